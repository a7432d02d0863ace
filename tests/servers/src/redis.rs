//! A private Redis, which keeps nothing on disk.
//!
//! In: a port, or a free one. Out: an address; killed, paused, emptied, started again. Never
//! here: a cluster.

use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpStream},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::{
    child::{Process, listens, signal},
    free_port,
};

/// How long an answer may take.
const ANSWER_WAIT: Duration = Duration::from_secs(30);

/// A Redis.
#[derive(Debug)]
pub struct Redis {
    port: u16,
    more: Vec<String>,
    process: Option<Process>,
    folder: TempDir,
}

impl Redis {
    /// Starts one.
    pub fn start() -> Result<Self> {
        Self::start_with(&[])
    }

    /// Starts one with more words on its command line.
    pub fn start_with(more: &[&str]) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("shouwen-redis-").tempdir()?;
        let more = more.iter().map(ToString::to_string).collect();
        let mut redis = Self { port: free_port()?, more, process: None, folder };
        redis.go()?;
        Ok(redis)
    }

    /// Starts it again, empty.
    pub fn go(&mut self) -> Result<()> {
        ensure!(self.process.is_none(), "Redis runs already");
        let port = self.port.to_string();
        let mut command = Command::new("redis-server");
        command
            .args(["--port", &port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--databases", "4096"])
            .arg("--dir")
            .arg(self.folder.path())
            .args(&self.more);
        let mut process = Process::start("Redis", &mut command, &self.folder.path().join("log"))?;
        process.wait_until(|| listens(self.port) && command_at(self.port, &["PING"]).is_ok())?;
        self.process = Some(process);
        Ok(())
    }

    /// Gives the port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Gives the address, without a database.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Kills it at once; all it held is lost.
    pub fn kill(&mut self) -> Result<()> {
        self.process.take().context("Redis does not run")?.kill()
    }

    /// Lets it answer nobody, without closing a connection.
    pub fn pause(&self) -> Result<()> {
        signal("STOP", self.id()?)
    }

    /// Lets it go on.
    pub fn resume(&self) -> Result<()> {
        signal("CONT", self.id()?)
    }

    /// Gives a command; gives the first line of the answer.
    pub fn command(&self, words: &[&str]) -> Result<String> {
        command_at(self.port, words)
    }

    fn id(&self) -> Result<u32> {
        Ok(self.process.as_ref().context("Redis does not run")?.id())
    }
}

/// Gives a command to the Redis at a port; gives the first line of its answer.
pub(crate) fn command_at(port: u16, words: &[&str]) -> Result<String> {
    let mut stream = TcpStream::connect_timeout(&SocketAddr::from(([127, 0, 0, 1], port)), ANSWER_WAIT)?;
    stream.set_read_timeout(Some(ANSWER_WAIT))?;
    let mut request = format!("*{}\r\n", words.len());
    for word in words {
        request.push_str(&format!("${}\r\n{word}\r\n", word.len()));
    }
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer)?;
    ensure!(!answer.starts_with('-'), "Redis refuses: {}", answer.trim_end());
    Ok(answer.trim_end().to_owned())
}
