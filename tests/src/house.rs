//! A house: the real binary, a folder, ports; started, killed, started again.
//!
//! In: the text of a configuration and a firm. Out: an address, an administrator's token; the
//! embedded house is one process, the full one several on private servers. Never here: a
//! process that outlives its test; all are killed when dropped.

use std::{
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
pub use servers::free_port;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::{PATIENCE, http, rest::Rest, until};

/// How long a house may take to stop when asked to.
const STOP_PATIENCE: Duration = Duration::from_secs(60);
/// Says which house the stories run in: `full`, or the embedded one.
const WHICH: &str = "SHOUWEN_TEST_HOUSE";
/// The processes of a full house: two of every kind that matters, as few as can be.
const FULL: &[(&str, &[&str])] = &[
    ("front", &["phone", "email", "wechat", "sms", "webhook", "console"]),
    ("back", &["console", "notifier"]),
    ("router-1", &["router", "notifier"]),
    ("router-2", &["router"]),
];

/// A house in a folder of its own.
#[derive(Debug)]
pub struct House {
    binary: PathBuf,
    /// Whether the process survives a file that may grow no further.
    bounded: bool,
    /// Whether the routers' wall clock is set by the test.
    set_clock: bool,
    folder: TempDir,
    processes: Vec<Process>,
}

/// One process of a house; the first one has the doors and a console.
#[derive(Debug)]
struct Process {
    name: &'static str,
    roles: &'static [&'static str],
    port: u16,
    child: Option<Child>,
}

/// Where a full house keeps what it shares.
#[derive(Debug, Clone)]
pub struct Servers {
    /// RabbitMQ, with user, password and virtual host; several nodes of one cluster.
    pub bus: Vec<String>,
    /// PostgreSQL, with its database.
    pub store: String,
    /// Redis, with its database.
    pub coord: String,
}

impl Servers {
    /// Takes a place of its own in the servers of the whole run.
    pub fn claim() -> Result<Self> {
        Ok(Self { bus: vec![servers::vhost()?], store: servers::database()?, coord: servers::redis()? })
    }

    fn config(&self) -> String {
        let nodes: Vec<String> = self.bus.iter().map(|node| format!("{node:?}")).collect();
        let bus = if let [node] = nodes.as_slice() { node.clone() } else { format!("[{}]", nodes.join(", ")) };
        format!("[bus]\nurl = {bus}\n\n[store]\nurl = {:?}\n\n[coord]\nurl = {:?}\n\n", self.store, self.coord)
    }
}

/// Where the wall clock of a house stands, as libfaketime reads it.
const CLOCK_FILE: &str = "clock";

/// Finds the library of the distribution that sets a process's wall clock.
fn clock_library() -> Result<PathBuf> {
    let name = "faketime/libfaketime.so.1";
    let found = std::fs::read_dir("/usr/lib")?.filter_map(Result::ok).map(|entry| entry.path().join(name));
    found.into_iter().find(|path| path.exists()).context("libfaketime is not there: tests/run.sh installs it")
}

/// Says whether stories run in the full house.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "tests/run.sh says it by the environment alone")]
pub fn is_full() -> bool {
    std::env::var(WHICH).is_ok_and(|which| which == "full")
}

impl House {
    /// Makes the folder and starts the house with the sample firm's text or another.
    /// `channels` is the part of the configuration from `[channels…]` on.
    pub async fn start(firm: &str, channels: &str) -> Result<Self> {
        if is_full() {
            return Self::start_full(&Servers::claim()?, firm, channels).await;
        }
        Self::start_binary(binary()?, firm, channels).await
    }

    /// Starts a full house on servers, whatever house the stories run in.
    pub async fn start_full(servers: &Servers, firm: &str, channels: &str) -> Result<Self> {
        let mut house = Self::full(servers, firm, channels)?;
        house.go().await?;
        Ok(house)
    }

    /// Makes the folder of a full house on servers, and starts nothing.
    pub fn full(servers: &Servers, firm: &str, channels: &str) -> Result<Self> {
        Self::prepare(binary()?, false, FULL, &servers.config(), firm, channels)
    }

    /// Starts a full house of other processes and from another binary, for benchmarks.
    pub async fn start_processes(
        binary: PathBuf,
        processes: &[(&'static str, &'static [&'static str])],
        servers: &Servers,
        firm: &str,
        channels: &str,
    ) -> Result<Self> {
        let mut house = Self::prepare(binary, false, processes, &servers.config(), firm, channels)?;
        house.go().await?;
        Ok(house)
    }

    /// Starts a full house whose routers have a wall clock that `step_clock` sets.
    pub async fn start_with_clock(servers: &Servers, firm: &str, channels: &str) -> Result<Self> {
        let mut house = Self::full(servers, firm, channels)?;
        house.set_clock = true;
        house.step_clock(0)?;
        house.go().await?;
        Ok(house)
    }

    /// Sets the routers' wall clock so many seconds off the machine's.
    pub fn step_clock(&self, seconds: i64) -> Result<()> {
        ensure!(self.set_clock, "the clock of this house cannot be set");
        // Whole or not at all: a process may read it at any moment.
        std::fs::write(self.path("clock.new"), format!("{seconds:+}\n"))?;
        Ok(std::fs::rename(self.path("clock.new"), self.path(CLOCK_FILE))?)
    }

    /// Starts an embedded house whose files can be kept from growing.
    pub async fn start_bounded(firm: &str, channels: &str) -> Result<Self> {
        Self::start_embedded(binary()?, true, firm, channels).await
    }

    /// Starts an embedded house from another binary, for benchmarks of the release build.
    pub async fn start_binary(binary: PathBuf, firm: &str, channels: &str) -> Result<Self> {
        Self::start_embedded(binary, false, firm, channels).await
    }

    async fn start_embedded(binary: PathBuf, bounded: bool, firm: &str, channels: &str) -> Result<Self> {
        let mut house = Self::prepare(binary, bounded, &[("data", &[])], "", firm, channels)?;
        house.go().await?;
        Ok(house)
    }

    fn prepare(
        binary: PathBuf,
        bounded: bool,
        processes: &[(&'static str, &'static [&'static str])],
        servers: &str,
        firm: &str,
        channels: &str,
    ) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("shouwen-it-").tempdir()?;
        let keys = if servers.is_empty() { "" } else { "[keys]\nfile = \"keys\"\n\n" };
        std::fs::write(
            folder.path().join("shouwen.toml"),
            format!("firm = \"firm.toml\"\n\n{servers}{keys}{channels}\n"),
        )?;
        std::fs::write(folder.path().join("firm.toml"), firm)?;
        let process = |(name, roles): &(&'static str, &'static [&'static str])| -> Result<Process> {
            Ok(Process { name, roles, port: free_port()?, child: None })
        };
        let processes = processes.iter().map(process).collect::<Result<_>>()?;
        Ok(Self { binary, bounded, set_clock: false, folder, processes })
    }

    /// Starts what does not run and waits until all of it says that it is ready.
    pub async fn go(&mut self) -> Result<()> {
        ensure!(self.processes.iter().any(|process| process.child.is_none()), "the house runs already");
        for place in 0..self.processes.len() {
            self.begin(place)?;
        }
        self.all_ready().await
    }

    /// Starts one process of a full house and waits until it is ready.
    pub async fn go_one(&mut self, name: &str) -> Result<()> {
        let place = self.place(name)?;
        self.begin(place)?;
        self.ready(place).await
    }

    /// Starts one process of a full house.
    pub fn begin_one(&mut self, name: &str) -> Result<()> {
        self.begin(self.place(name)?)
    }

    /// Waits until every process is ready.
    pub async fn all_ready(&mut self) -> Result<()> {
        for place in 0..self.processes.len() {
            self.ready(place).await?;
        }
        Ok(())
    }

    fn begin(&mut self, place: usize) -> Result<()> {
        let folder = self.folder.path();
        let process = self.processes.get_mut(place).context("no such process")?;
        if process.child.is_some() {
            return Ok(());
        }
        let log = std::fs::File::options().create(true).append(true).open(folder.join("log"))?;
        let mut command = if self.bounded { patient(&self.binary) } else { Command::new(&self.binary) };
        if !process.roles.is_empty() {
            command.env("SHOUWEN__HTTP__NAME", process.name);
        }
        if self.set_clock && process.roles.contains(&"router") {
            command
                .env("LD_PRELOAD", clock_library()?)
                .env("FAKETIME_TIMESTAMP_FILE", folder.join(CLOCK_FILE))
                .env("FAKETIME_NO_CACHE", "1")
                .env("FAKETIME_DISABLE_SHM", "1")
                .env("DONT_FAKE_MONOTONIC", "1");
        }
        let child = command
            .args(["serve", "--config"])
            .arg(folder.join("shouwen.toml"))
            .arg("--data")
            .arg(folder.join(process.name))
            .args(["--listen", &format!("127.0.0.1:{}", process.port)])
            .args(process.roles.iter().flat_map(|role| ["--role", role]))
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("starting {}", self.binary.display()))?;
        process.child = Some(child);
        Ok(())
    }

    async fn ready(&mut self, place: usize) -> Result<()> {
        let client = http(PATIENCE);
        let log = self.path("log");
        let process = self.processes.get_mut(place).context("no such process")?;
        let url = format!("http://127.0.0.1:{}/readyz", process.port);
        let ended = async {
            let child = process.child.as_mut()?;
            child.wait().await.ok()
        };
        let well = until("the house is ready", || {
            let request = client.get(&url);
            async move { request.send().await.ok().filter(|answer| answer.status().is_success()) }
        });
        let ended = tokio::select! {
            ended = ended => ended,
            _ = well => return Ok(()),
        };
        let log = std::fs::read_to_string(log).unwrap_or_default();
        bail!("the house ended with {ended:?} before it was ready:\n{log}")
    }

    /// Lets go of a process that has ended by itself.
    pub fn forget(&mut self) {
        self.processes.iter_mut().for_each(|process| process.child = None);
    }

    /// Lets no file of the process grow beyond so many bytes, as a disk without room would; `None` ends it.
    pub async fn bound_files(&self, bytes: Option<u64>) -> Result<()> {
        ensure!(self.bounded, "the process would not survive it");
        let id = self.process().context("the house does not run")?;
        let bytes = bytes.map_or_else(|| "unlimited".to_owned(), |bytes| bytes.to_string());
        let set = Command::new("prlimit").args(["--pid", &id.to_string(), &format!("--fsize={bytes}:")]).status().await;
        ensure!(set.context("prlimit is of util-linux")?.success(), "cannot bound the files of the house");
        Ok(())
    }

    /// Kills every process at once, as a power cut would.
    pub async fn kill(&mut self) -> Result<()> {
        for process in &mut self.processes {
            let child = process.child.as_mut().context("the house does not run")?;
            child.start_kill()?;
        }
        for process in &mut self.processes {
            let mut child = process.child.take().context("the house does not run")?;
            child.wait().await?;
        }
        Ok(())
    }

    /// Kills one process of a full house.
    pub async fn kill_one(&mut self, name: &str) -> Result<()> {
        let place = self.place(name)?;
        let process = self.processes.get_mut(place).context("no such process")?;
        process.child.take().context("the process does not run")?.kill().await?;
        Ok(())
    }

    /// Sends a signal to one process of a full house: `STOP`, `CONT`, `TERM`.
    pub async fn signal(&self, name: &str, signal: &str) -> Result<()> {
        let process = self.processes.get(self.place(name)?).context("no such process")?;
        let child = process.child.as_ref().context("the process does not run")?;
        send(signal, child).await
    }

    /// Gives the names of the processes of a full house.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        self.processes.iter().map(|process| process.name).collect()
    }

    fn place(&self, name: &str) -> Result<usize> {
        let place = self.processes.iter().position(|process| process.name == name);
        place.with_context(|| format!("the house has no process {name}"))
    }

    /// Asks every process to stop and waits until it did; gives the first exit status that is a failure.
    pub async fn stop(&mut self) -> Result<ExitStatus> {
        for process in &self.processes {
            send("TERM", process.child.as_ref().context("the house does not run")?).await?;
        }
        let mut worst = None;
        for place in 0..self.processes.len() {
            let process = self.processes.get_mut(place).context("no such process")?;
            let mut child = process.child.take().context("the house does not run")?;
            let Ok(status) = tokio::time::timeout(STOP_PATIENCE, child.wait()).await else {
                bail!("the house did not stop within {STOP_PATIENCE:?}:\n{}", self.log())
            };
            worst = worst.filter(|worst: &ExitStatus| !worst.success()).or(Some(status?));
        }
        worst.context("a house has a process")
    }

    /// Runs a command of the binary against this house and gives its exit code and output.
    pub async fn command(&self, words: &[&str]) -> Result<Said> {
        self.command_by(None, words).await
    }

    /// Runs a command with somebody's token.
    pub async fn command_by(&self, who: Option<&Rest>, words: &[&str]) -> Result<Said> {
        let output = Command::new(&self.binary)
            .envs(who.map(|who| ("SHOUWEN_TOKEN", who.token())))
            .args(words)
            .arg("--config")
            .arg(self.path("shouwen.toml"))
            .arg("--data")
            .arg(self.data())
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .output()
            .await?;
        Ok(Said {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// Has the journal of every branch verified and decided again.
    pub async fn journal_is_whole(&self) -> Result<()> {
        for words in [&["journal", "verify"][..], &["journal", "replay"][..]] {
            let said = self.command(words).await?;
            ensure!(said.code == 0, "{words:?}: {} {}", said.out, said.err);
            ensure!(!said.out.contains("not compared"), "{words:?} proves nothing: {}", said.out);
        }
        Ok(())
    }

    /// Gives a client that signs in as the administrator.
    pub fn admin(&self) -> Result<Rest> {
        let token = std::fs::read_to_string(self.data().join("token")).context("reading the administrator's token")?;
        Ok(Rest::new(self.url(), token.trim().to_owned()))
    }

    /// Makes a token by the command line and gives a client that signs in with it.
    pub async fn user(&self, words: &[&str]) -> Result<Rest> {
        let said = self.command(&[&["user", "token"], words].concat()).await?;
        ensure!(said.code == 0, "user token: {} {}", said.out, said.err);
        let token = said.out.split_whitespace().last().context("no token was printed")?;
        Ok(Rest::new(self.url(), token.to_owned()))
    }

    /// Gives the house's address, without a path: of the process with the doors and a console.
    #[must_use]
    pub fn url(&self) -> String {
        self.urls().into_iter().next().unwrap_or_default()
    }

    /// Gives the addresses of all processes, without a path.
    #[must_use]
    pub fn urls(&self) -> Vec<String> {
        self.processes.iter().map(|process| format!("http://127.0.0.1:{}", process.port)).collect()
    }

    /// Gives the address of one process of a full house.
    pub fn url_of(&self, name: &str) -> Result<String> {
        self.urls().into_iter().nth(self.place(name)?).context("no such process")
    }

    /// Gives what all processes say at `/metrics`, one after the other.
    pub async fn figures(&self) -> Result<String> {
        let (client, mut figures) = (http(PATIENCE), String::new());
        for url in self.urls() {
            figures.push_str(&client.get(format!("{url}/metrics")).send().await?.text().await?);
        }
        Ok(figures)
    }

    /// Gives the parts of all processes, as each tells of its own at `/readyz`.
    pub async fn parts(&self) -> Result<Vec<Value>> {
        let (client, mut parts) = (http(PATIENCE), Vec::new());
        for url in self.urls() {
            let said = client.get(format!("{url}/readyz")).send().await?.text().await?;
            let mut said: Value = serde_json::from_str(&said)?;
            parts.extend(said["parts"].take().as_array().cloned().unwrap_or_default());
        }
        Ok(parts)
    }

    /// Gives what the process with the doors and a console is called in the journal.
    #[must_use]
    pub fn journal_name(&self) -> &'static str {
        self.processes.first().filter(|process| !process.roles.is_empty()).map_or("house", |process| process.name)
    }

    /// Gives the data folder of the process with the doors and a console.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.path(self.processes.first().map_or("data", |process| process.name))
    }

    /// Gives a path in the house's folder.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Gives all that the house has printed so far.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// Gives the id of the running process of an embedded house, of the first one of a full house.
    #[must_use]
    pub fn process(&self) -> Option<u32> {
        self.processes.first()?.child.as_ref().and_then(Child::id)
    }

    /// Gives the id of a running process of a full house.
    pub fn process_of(&self, name: &str) -> Result<u32> {
        let process = self.processes.get(self.place(name)?).context("no such process")?;
        process.child.as_ref().and_then(Child::id).context("the process does not run")
    }
}

async fn send(signal: &str, child: &Child) -> Result<()> {
    let id = child.id().context("the process has ended already")?;
    let sent = Command::new("kill").args([&format!("-{signal}"), &id.to_string()]).status().await?;
    ensure!(sent.success(), "cannot signal the house");
    Ok(())
}

/// Starts a program that hears of a file's bound by the write that fails, not by a signal.
fn patient(binary: &Path) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(binary);
    command
}

/// What a command answered.
#[derive(Debug, Clone)]
pub struct Said {
    /// Its exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// Finds the binary beside the test's own folder.
pub fn binary() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let found = own.ancestors().skip(1).map(|folder| folder.join("shouwen")).find(|path| is_file(path));
    found.context("the binary is not built: use tests/run.sh, or cargo build first")
}

fn is_file(path: &Path) -> bool {
    path.is_file()
}
