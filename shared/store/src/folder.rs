//! The data folder: one process at a time, its keys, its ballast, its backups.
//!
//! In: a path. Out: the folder under lock. Never here: a table.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};

use contract::seal::Keys;
use runtime::Chance;

pub mod backup;
mod ballast;
mod keyfile;

pub use ballast::{BALLAST_BYTES, Ballast};

/// The file whose lock says that a process works here.
const LOCK_FILE: &str = "lock";
/// The file of the house's secrets.
pub const KEY_FILE: &str = "keys";
/// The file of the records.
pub const STORE_FILE: &str = "store.db";
/// The file of the embedded bus.
pub const BUS_FILE: &str = "bus.db";
/// The file into which the heads of all streams go.
pub const ANCHOR_FILE: &str = "anchors.log";
/// Only the house's user may enter.
const FOLDER_MODE: u32 = 0o700;
/// Only the house's user may read.
const SECRET_MODE: u32 = 0o600;

/// Why a data folder cannot be used; all of it is for the operator to mend.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Another process works in it.
    #[error("another process works in the data folder {0}: only one may")]
    Held(PathBuf),
    /// Its contents speak against it.
    #[error("{path}: {what}")]
    Wrong {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The system refused.
    #[error("cannot {what} {path}")]
    System {
        /// What was attempted.
        what: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// A copy of a database failed.
    #[error("cannot copy {path}")]
    Copy {
        /// The database.
        path: PathBuf,
        /// The database's words.
        source: crate::StoreError,
    },
}

/// A data folder that this process alone works in, until it is dropped.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    _lock: File,
}

/// The keys of a house, and whether they are new.
#[derive(Debug, Clone)]
pub struct HouseKeys {
    /// The keys.
    pub keys: Arc<Keys>,
    /// Whether the key file was made by this call: the caller tells the operator that losing
    /// it loses every sealed word.
    pub made: bool,
    /// Where it is.
    pub file: PathBuf,
}

impl Folder {
    /// Makes the folder if it is not there, and locks it.
    pub fn lock(path: impl Into<PathBuf>) -> Result<Self, FolderError> {
        let path = path.into();
        fs::DirBuilder::new()
            .recursive(true)
            .mode(FOLDER_MODE)
            .create(&path)
            .map_err(system("make the data folder", &path))?;
        let file = path.join(LOCK_FILE);
        let lock = fs::OpenOptions::new().create(true).write(true).truncate(false).mode(SECRET_MODE).open(&file);
        let lock = lock.map_err(system("open", &file))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(FolderError::Held(path)),
            Err(TryLockError::Error(source)) => Err(system("lock", &file)(source)),
        }
    }

    /// Gives the path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the key file, or makes it in a folder that holds no records yet.
    pub fn keys(&self, chance: &Chance) -> Result<HouseKeys, FolderError> {
        let file = self.path.join(KEY_FILE);
        if file.exists() {
            return Ok(HouseKeys { keys: Arc::new(keyfile::read(&file)?), made: false, file });
        }
        if [STORE_FILE, BUS_FILE].iter().any(|records| self.path.join(records).exists()) {
            let what = "the key file is missing, and the records beside it cannot be opened without it";
            return Err(FolderError::Wrong { path: file, what });
        }
        keyfile::make(&file, chance)?;
        Ok(HouseKeys { keys: Arc::new(keyfile::read(&file)?), made: true, file })
    }

    /// Lays down the ballast; the caller has it `watch` the disk.
    pub fn ballast(&self, chance: &Chance) -> Result<Ballast, FolderError> {
        Ballast::lay(&self.path, BALLAST_BYTES, chance)
    }
}

/// Reads the key file of a folder that another process may hold, for commands that only read.
pub fn read_keys(path: &Path) -> Result<Arc<Keys>, FolderError> {
    keyfile::read(&path.join(KEY_FILE)).map(Arc::new)
}

/// Reads the key file that a process of a house on servers is given; its group may read it.
pub fn handed_keys(file: &Path) -> Result<Arc<Keys>, FolderError> {
    keyfile::read_handed(file).map(Arc::new)
}

/// Makes the key file that the processes of a house on servers share, unless it is there; of
/// several that make it at once one does, and all get the same keys.
pub fn shared_keys(file: &Path, chance: &Chance) -> Result<HouseKeys, FolderError> {
    let made = keyfile::make_once(file, chance)?;
    Ok(HouseKeys { keys: handed_keys(file)?, made, file: file.to_owned() })
}

/// Turns the system's refusal into ours.
fn system(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FolderError {
    let path = path.to_owned();
    move |source| FolderError::System { what, path, source }
}

/// Writes a file that is there whole, on disk and for the house's user alone, or not at all.
fn write_secret(path: &Path, bytes: &[u8]) -> Result<(), FolderError> {
    let new = path.with_added_extension("new");
    let write = || -> io::Result<()> {
        let mut file = fs::OpenOptions::new().create(true).write(true).truncate(true).mode(SECRET_MODE).open(&new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&new, path)?;
        sync_folder(path)
    };
    write().map_err(system("write", path))
}

/// Brings the entry of a file to disk.
fn sync_folder(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(parent)?.sync_all()
}

#[cfg(test)]
mod tests;
