//! A small disk: a file system in memory that is full soon.
//!
//! In: a size. Out: a folder that PostgreSQL may write to; no room, and room again. Only root can
//! mount one. Never here: a disk that stays when its handle goes.

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Result, ensure};
use tempfile::TempDir;

use crate::postgres::USER;

/// What is written at once to fill it.
const PIECE_BYTES: usize = 4096;
/// The file that takes the room.
const BALLAST: &str = "ballast";

/// A small disk, as long as it is held.
#[derive(Debug)]
pub struct Disk(TempDir);

impl Disk {
    /// Mounts one of so many MiB; `None` where that is not allowed, which is said.
    #[expect(clippy::print_stderr, reason = "what is left out is said")]
    pub fn mount(mib: u32) -> Result<Option<Self>> {
        let place = tempfile::Builder::new().prefix("shouwen-disk-").tempdir()?;
        let size = format!("size={mib}m");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
            .arg(place.path())
            .stderr(Stdio::null())
            .status();
        if !mounted.is_ok_and(|status| status.success()) {
            eprintln!("SKIPPED: only root can mount the small disk that this test fills, and this is not allowed here");
            return Ok(None);
        }
        let disk = Self(place);
        let given = Command::new("chown").arg(USER).arg(disk.path()).status()?;
        ensure!(given.success(), "user {USER} is not there; tests/run.sh installs PostgreSQL");
        Ok(Some(disk))
    }

    /// Gives the folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Takes all room but so many bytes.
    pub fn fill_but(&self, bytes: u64) -> Result<()> {
        let mut ballast = File::options().create(true).append(true).open(self.path().join(BALLAST))?;
        while ballast.write_all(&[1; PIECE_BYTES]).is_ok() {}
        let taken = ballast.metadata()?.len();
        Ok(ballast.set_len(taken.saturating_sub(bytes))?)
    }

    /// Makes room again.
    pub fn make_room(&self) -> Result<()> {
        Ok(fs::remove_file(self.path().join(BALLAST))?)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(self.path()).status());
    }
}
