//! A server's process: started, waited for, paused, killed; it ends with its handle.
//!
//! In: a command. Out: a process. Never here: a process that was not started here.

use std::{
    fs::File,
    io::ErrorKind,
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};

/// How long a server may take to start on a machine that has little time.
const START_PATIENCE: Duration = Duration::from_secs(300);
/// How often it is asked whether something is so.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A process that ends with its handle.
#[derive(Debug)]
pub struct Process {
    child: Child,
    what: &'static str,
}

impl Process {
    /// Starts a command; what it prints goes into a file.
    pub fn start(what: &'static str, command: &mut Command, log: &Path) -> Result<Self> {
        let log = File::options().create(true).append(true).open(log)?;
        let child = command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn();
        let child = child.with_context(|| format!("starting {what}; tests/run.sh installs it"))?;
        Ok(Self { child, what })
    }

    /// Waits until `ready`; fails when the process ends before.
    pub fn wait_until(&mut self, mut ready: impl FnMut() -> bool) -> Result<()> {
        let what = self.what;
        until(what, || match self.child.try_wait() {
            Ok(Some(status)) => Some(Err(anyhow::anyhow!("{what} ended with {status} before it was ready"))),
            Ok(None) | Err(_) => ready().then_some(Ok(())),
        })?
    }

    /// Gives its id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Kills it at once.
    pub fn kill(&mut self) -> Result<()> {
        match self.child.kill() {
            Err(error) if error.kind() != ErrorKind::InvalidInput => Err(error.into()),
            Ok(()) | Err(_) => self.ended(),
        }
    }

    /// Waits for its end.
    pub fn ended(&mut self) -> Result<()> {
        let what = self.what;
        until(what, || self.child.try_wait().transpose())??;
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Whoever ended by himself needs no killing.
        drop(self.kill());
    }
}

/// Sends a signal to a process of ours.
pub fn signal(name: &str, id: u32) -> Result<()> {
    let sent = Command::new("kill").args([&format!("-{name}"), &id.to_string()]).stderr(Stdio::null()).status()?;
    ensure!(sent.success(), "no process {id} to send {name} to");
    Ok(())
}

/// Says whether somebody listens at a port.
#[must_use]
pub fn listens(port: u16) -> bool {
    TcpStream::connect_timeout(&SocketAddr::from(([127, 0, 0, 1], port)), Duration::from_secs(1)).is_ok()
}

/// Asks again until there is an answer.
#[expect(clippy::disallowed_methods, reason = "a look itself may take seconds")]
pub fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> Result<T> {
    let began = Instant::now();
    while began.elapsed() < START_PATIENCE {
        if let Some(answer) = ask() {
            return Ok(answer);
        }
        sleep(LOOK_EVERY);
    }
    bail!("waited {START_PATIENCE:?} in vain for {what}")
}

/// Makes a command that runs as another user when this process is root: PostgreSQL refuses root.
#[must_use]
pub fn as_user(user: &str, program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", user, "--regid", user, "--init-groups", "--"]).arg(program);
    command
}

/// Says whether this process may act as others.
#[must_use]
pub fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}
