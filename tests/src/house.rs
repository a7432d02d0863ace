//! A house: the real binary, a folder, a port; started, killed, started again.
//!
//! In: the text of a configuration and a firm. Out: an address, an administrator's token.
//! Never here: a server that outlives its test; the process is killed when dropped.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::{PATIENCE, http, rest::Rest, until};

/// How long a house may take to stop when asked to.
const STOP_PATIENCE: Duration = Duration::from_secs(60);

/// A house in a folder of its own.
#[derive(Debug)]
pub struct House {
    binary: PathBuf,
    /// Whether the process survives a file that may grow no further.
    bounded: bool,
    folder: TempDir,
    port: u16,
    child: Option<Child>,
}

impl House {
    /// Makes the folder and starts the house with the sample firm's text or another.
    /// `channels` is the part of the configuration from `[channels…]` on.
    pub async fn start(firm: &str, channels: &str) -> Result<Self> {
        Self::start_binary(binary()?, firm, channels).await
    }

    /// Starts a house whose files can be kept from growing.
    pub async fn start_bounded(firm: &str, channels: &str) -> Result<Self> {
        Self::start_as(binary()?, true, firm, channels).await
    }

    /// Starts a house from another binary, for benchmarks of the release build.
    pub async fn start_binary(binary: PathBuf, firm: &str, channels: &str) -> Result<Self> {
        Self::start_as(binary, false, firm, channels).await
    }

    async fn start_as(binary: PathBuf, bounded: bool, firm: &str, channels: &str) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("shouwen-it-").tempdir()?;
        let port = free_port()?;
        let config =
            format!("firm = \"firm.toml\"\ndata = \"data\"\n\n[http]\nlisten = \"127.0.0.1:{port}\"\n\n{channels}\n");
        std::fs::write(folder.path().join("shouwen.toml"), config)?;
        std::fs::write(folder.path().join("firm.toml"), firm)?;
        let mut house = Self { binary, bounded, folder, port, child: None };
        house.go().await?;
        Ok(house)
    }

    /// Starts the process and waits until it says that it is ready.
    pub async fn go(&mut self) -> Result<()> {
        ensure!(self.child.is_none(), "the house runs already");
        let log = std::fs::File::options().create(true).append(true).open(self.path("log"))?;
        let mut command = if self.bounded { patient(&self.binary) } else { Command::new(&self.binary) };
        let child = command
            .args(["serve", "--config"])
            .arg(self.path("shouwen.toml"))
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("starting {}", self.binary.display()))?;
        self.child = Some(child);
        self.ready().await
    }

    async fn ready(&mut self) -> Result<()> {
        let client = http(PATIENCE);
        let url = format!("{}/readyz", self.url());
        let ended = async {
            let child = self.child.as_mut()?;
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
        anyhow::bail!("the house ended with {ended:?} before it was ready:\n{}", self.log())
    }

    /// Lets go of a process that has ended by itself.
    pub fn forget(&mut self) {
        self.child = None;
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

    /// Kills the process at once, as a power cut would.
    pub async fn kill(&mut self) -> Result<()> {
        let mut child = self.child.take().context("the house does not run")?;
        child.kill().await?;
        Ok(())
    }

    /// Asks the process to stop and waits until it did; gives its exit status.
    pub async fn stop(&mut self) -> Result<std::process::ExitStatus> {
        let mut child = self.child.take().context("the house does not run")?;
        let id = child.id().context("the house has ended already")?;
        let asked = Command::new("kill").args(["-TERM", &id.to_string()]).status().await?;
        ensure!(asked.success(), "cannot signal the house");
        match tokio::time::timeout(STOP_PATIENCE, child.wait()).await {
            Ok(status) => Ok(status?),
            Err(_) => anyhow::bail!("the house did not stop within {STOP_PATIENCE:?}:\n{}", self.log()),
        }
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
            .arg("--data")
            .arg(self.path("data"))
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

    /// Gives a client that signs in as the administrator.
    pub fn admin(&self) -> Result<Rest> {
        let token = std::fs::read_to_string(self.path("data/token")).context("reading the administrator's token")?;
        Ok(Rest::new(self.url(), token.trim().to_owned()))
    }

    /// Makes a token by the command line and gives a client that signs in with it.
    pub async fn user(&self, words: &[&str]) -> Result<Rest> {
        let said = self.command(&[&["user", "token"], words].concat()).await?;
        ensure!(said.code == 0, "user token: {} {}", said.out, said.err);
        let token = said.out.split_whitespace().last().context("no token was printed")?;
        Ok(Rest::new(self.url(), token.to_owned()))
    }

    /// Gives the house's address, without a path.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
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

    /// Gives the id of the running process.
    #[must_use]
    pub fn process(&self) -> Option<u32> {
        self.child.as_ref().and_then(Child::id)
    }
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

/// Finds a port that is free at this moment.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
