//! A house for a test: the real binary in a folder of its own, with the sample firm.
//!
//! In: words of a command line. Out: exit code, output, errors. Never here: a server that
//! outlives its test; the process is killed when dropped.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Output, Stdio},
};

/// Runs the binary in a folder.
pub(crate) fn shouwen(folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shouwen"));
    command.args(words).current_dir(folder).env_remove("SHOUWEN_TOKEN").stdin(Stdio::null());
    command.output().unwrap()
}

pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or(-1)
}

pub(crate) fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(crate) fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A running house on a free port.
pub(crate) struct House {
    child: Child,
    /// Where it listens.
    pub(crate) url: String,
    /// What it printed before it was ready.
    pub(crate) said: Vec<String>,
}

impl House {
    /// Starts one of the sample firm.
    pub(crate) fn start(folder: &Path) -> Self {
        Self::start_with(folder, "sample")
    }

    /// Starts one whose log goes to a pipe that nobody reads any more.
    pub(crate) fn start_unread(folder: &Path) -> Self {
        let mut command = serving(folder, "sample");
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stderr.take());
        Self::of(child)
    }

    /// Starts one that logs all it can as JSON, into a file.
    pub(crate) fn start_telling(folder: &Path, log: &Path) -> Self {
        let mut command = serving(folder, "sample");
        command.env("SHOUWEN__LOG__FORM", "json").env("SHOUWEN__LOG__FILTER", "debug");
        Self::of(command.stderr(std::fs::File::create(log).unwrap()).spawn().unwrap())
    }

    /// Starts one of a firm file.
    pub(crate) fn start_with(folder: &Path, firm: &str) -> Self {
        Self::of(serving(folder, firm).stderr(Stdio::null()).spawn().unwrap())
    }

    /// Starts processes of a house on servers at once, each in the data folder of its name, and
    /// waits until all are ready.
    pub(crate) fn start_roles(folder: &Path, processes: &[(&str, &[&str])]) -> Vec<Self> {
        let spawn = |(data, roles): &(&str, &[&str])| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_shouwen"));
            let words = ["serve", "--config", "shouwen.toml", "--listen", "127.0.0.1:0", "--data", data];
            command.args(words).args(roles.iter().flat_map(|role| ["--role", role])).current_dir(folder);
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
        };
        let children: Vec<_> = processes.iter().map(spawn).collect();
        children.into_iter().map(Self::of).collect()
    }

    /// Waits until it is ready.
    fn of(mut child: Child) -> Self {
        let mut url = None;
        let mut said = Vec::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok) {
            if line.starts_with("ready at ") {
                url = line.split([' ', ';']).nth(2).map(str::to_owned);
                break;
            }
            said.push(line);
        }
        Self { child, url: url.expect("the house ended before it was ready"), said }
    }

    pub(crate) fn stop(mut self) -> i32 {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        self.child.wait().unwrap().code().unwrap_or(-1)
    }
}

fn serving(folder: &Path, firm: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shouwen"));
    let words = ["serve", "--firm", firm, "--listen", "127.0.0.1:0"];
    command.args(words).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::piped());
    command
}

impl Drop for House {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
