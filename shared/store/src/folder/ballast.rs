//! Ballast: bytes laid down in good times and thrown off when the disk is full, so that acks,
//! closing and dead letters still work while the doors take nothing in.
//!
//! In: the free room of the disk, a write that found none. Out: `is_released`. Never here:
//! what is refused meanwhile; the doors and the blobs ask.

use std::{
    fs, io,
    io::Write,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use runtime::{Chance, Stop, Tasks};

use super::{FolderError, system};

/// Bytes of the ballast.
pub const BALLAST_BYTES: u64 = 64 * 1024 * 1024;
/// Free bytes below which it is thrown off before a write fails.
const LOW_BYTES: u64 = 16 * 1024 * 1024;
/// Free bytes beyond its own that it takes to lay it down again.
const MARGIN_BYTES: u64 = 64 * 1024 * 1024;
/// Time between two looks at the disk.
const LOOK: Duration = Duration::from_secs(1);
/// Bytes that repeat in the ballast; random, for a disk that compresses would keep nothing of zeros.
const BLOCK_BYTES: usize = 1024 * 1024;
/// Its file.
const FILE: &str = "ballast";

/// The ballast of a data folder. Clones are the same one.
#[derive(Debug, Clone)]
pub struct Ballast(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    folder: PathBuf,
    bytes: u64,
    block: Vec<u8>,
    released: AtomicBool,
}

impl Ballast {
    /// Lays down so many bytes; on a disk without room for them it counts as released.
    pub(super) fn lay(folder: &Path, bytes: u64, chance: &Chance) -> Result<Self, FolderError> {
        let block = (0..BLOCK_BYTES / 64).flat_map(|_| chance.bytes::<64>()).collect();
        let ballast =
            Self(Arc::new(Inner { folder: folder.to_owned(), bytes, block, released: AtomicBool::new(true) }));
        let laid = fs::metadata(ballast.file()).is_ok_and(|found| found.len() == bytes);
        if laid {
            ballast.0.released.store(false, Ordering::SeqCst);
        } else if ballast.free().map_err(system("look at", folder))? >= bytes + MARGIN_BYTES {
            ballast.write().map_err(system("lay the ballast in", folder))?;
        }
        Ok(ballast)
    }

    /// Says whether the disk is full: nothing new is taken in until it is laid down again.
    #[must_use]
    pub fn is_released(&self) -> bool {
        self.0.released.load(Ordering::SeqCst)
    }

    /// Throws it off.
    pub fn release(&self) {
        if !self.0.released.swap(true, Ordering::SeqCst) {
            tracing::error!("the disk is full: ballast released, nothing new is taken in");
        }
        match fs::remove_file(self.file()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::error!(%error, "the ballast could not be removed");
            }
            _ => {}
        }
    }

    /// Starts the task that looks at the disk until the house stops.
    pub fn watch(&self, tasks: &Tasks) {
        tasks.spawn("store.ballast", self.clone().look_until(tasks.stop()));
    }

    async fn look_until(self, stop: Stop) {
        loop {
            // Both arms may be dropped.
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(LOOK) => {}
            }
            let ballast = self.clone();
            // Laying it down writes for a while, which no async thread should do.
            if tokio::task::spawn_blocking(move || ballast.look()).await.is_err() {
                return;
            }
        }
    }

    /// Throws it off when room is scarce, lays it down when there is plenty.
    fn look(&self) {
        match self.free() {
            Ok(free) if free < LOW_BYTES => self.release(),
            Ok(free) if self.is_released() && free >= self.0.bytes + MARGIN_BYTES => match self.write() {
                Ok(()) => tracing::info!("the disk has room again: ballast laid down"),
                Err(error) => {
                    tracing::warn!(%error, "the ballast could not be laid down");
                    self.release();
                }
            },
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "the free room of the disk is not known"),
        }
    }

    fn write(&self) -> io::Result<()> {
        let mut file = fs::File::create(self.file())?;
        let mut left = usize::try_from(self.0.bytes).unwrap_or(usize::MAX);
        while left > 0 {
            let part = self.0.block.get(..left.min(BLOCK_BYTES)).unwrap_or(&self.0.block);
            file.write_all(part)?;
            left -= part.len();
        }
        file.sync_all()?;
        self.0.released.store(false, Ordering::SeqCst);
        Ok(())
    }

    fn free(&self) -> io::Result<u64> {
        let disk = rustix::fs::statvfs(&self.0.folder)?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    fn file(&self) -> PathBuf {
        self.0.folder.join(FILE)
    }
}

#[cfg(test)]
mod tests;
