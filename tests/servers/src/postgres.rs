//! A private PostgreSQL.
//!
//! In: nothing, or a folder for its files. Out: an address; killed and started again. Never
//! here: a schema.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::{
    Disk,
    child::{Process, as_user, is_root, listens, signal},
    free_port,
};

/// Where the distribution puts its versions.
const VERSIONS: &str = "/usr/lib/postgresql";
/// Who owns it when the tests run as root.
pub(crate) const USER: &str = "postgres";
/// What it goes by beside its defaults: many tests at once, little memory each.
const SETTINGS: &[&str] = &["listen_addresses=127.0.0.1", "max_connections=600", "shared_buffers=64MB"];

/// A PostgreSQL.
#[derive(Debug)]
pub struct Postgres {
    port: u16,
    process: Option<Process>,
    data: PathBuf,
    folder: TempDir,
}

impl Postgres {
    /// Makes the files of one and starts it.
    pub fn start() -> Result<Self> {
        Self::start_in(None)
    }

    /// Starts one whose files lie in a folder that somebody else keeps, for example a small disk.
    pub fn start_in(data: Option<&Path>) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("shouwen-postgres-").tempdir()?;
        let data = data.unwrap_or(folder.path()).join("data");
        fs::create_dir(&data)?;
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755))?;
        fs::set_permissions(&data, Permissions::from_mode(0o700))?;
        if is_root() {
            let given = Command::new("chown").arg(USER).arg(&data).arg(folder.path()).status()?;
            ensure!(given.success(), "user {USER} is not there; tests/run.sh installs PostgreSQL");
        }
        let made = as_user(USER, &program("initdb")?)
            .args(["-A", "trust", "-E", "UTF8", "--locale=C", "-U", USER, "--no-sync", "-D"])
            .arg(&data)
            .current_dir("/")
            .stdin(Stdio::null())
            .output()?;
        ensure!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        let mut postgres = Self { port: free_port()?, process: None, data, folder };
        postgres.go()?;
        Ok(postgres)
    }

    /// Starts it again with the files it has.
    pub fn go(&mut self) -> Result<()> {
        ensure!(self.process.is_none(), "PostgreSQL runs already");
        let mut command = as_user(USER, &program("postgres")?);
        command.arg("-D").arg(&self.data).args(["-p", &self.port.to_string()]).current_dir("/");
        command.arg("-k").arg(self.folder.path());
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        let mut process = Process::start("PostgreSQL", &mut command, &self.log())?;
        process.wait_until(|| listens(self.port) && self.ask("postgres", "SELECT 1").is_ok())?;
        self.process = Some(process);
        Ok(())
    }

    /// Gives the address, without a database.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://{USER}@127.0.0.1:{}", self.port)
    }

    /// Gives the port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Runs SQL in a database and gives what it prints.
    pub fn ask(&self, database: &str, sql: &str) -> Result<String> {
        ask_at(&format!("{}/{database}", self.url()), sql)
    }

    /// Makes a database whose tables lie on a small disk; the log stays elsewhere, for a server that
    /// cannot write that stops. Gives its address.
    pub fn database_on(&self, disk: &Disk, name: &str) -> Result<String> {
        self.ask("postgres", &format!("CREATE TABLESPACE {name} LOCATION '{}'", disk.path().display()))?;
        self.ask("postgres", &format!("CREATE DATABASE {name} TABLESPACE {name}"))?;
        Ok(format!("{}/{name}", self.url()))
    }

    /// Kills it at once, as a power cut would; its children end when they notice.
    pub fn kill(&mut self) -> Result<()> {
        self.process.take().context("PostgreSQL does not run")?.kill()
    }

    /// Stops it orderly: connections are cut, what is committed stays.
    pub fn stop(&mut self) -> Result<()> {
        let mut process = self.process.take().context("PostgreSQL does not run")?;
        signal("INT", process.id())?;
        process.ended()
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Orderly, so that no child of it is left in a folder that goes.
        if self.process.is_some() {
            drop(self.stop());
        }
    }
}

/// Runs SQL at an address and gives what it prints.
pub fn ask_at(url: &str, sql: &str) -> Result<String> {
    let said = Command::new(program("psql")?)
        .args(["-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", sql])
        .stdin(Stdio::null())
        .output()?;
    ensure!(said.status.success(), "psql: {}", String::from_utf8_lossy(&said.stderr).trim_end());
    Ok(String::from_utf8_lossy(&said.stdout).trim_end().to_owned())
}

/// Finds a program of the newest version.
fn program(name: &str) -> Result<PathBuf> {
    let versions = fs::read_dir(VERSIONS).context("PostgreSQL is not installed; tests/run.sh installs it")?;
    let version = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().parse::<u32>().ok();
    let newest = versions.filter_map(Result::ok).filter(|entry| entry.path().join("bin").join(name).exists());
    let newest = newest.max_by_key(version).with_context(|| format!("{name} of PostgreSQL is not installed"))?;
    Ok(newest.path().join("bin").join(name))
}
