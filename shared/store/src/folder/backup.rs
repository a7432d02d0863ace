//! Backups: consistent copies of the databases while the house runs, and the way back.
//!
//! In: a data folder, an empty place. Out: copies that open by themselves with the keys, which
//! lie apart. Never here: the key file beside the data it opens.

use std::{
    fs::{self, File, Permissions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{self, Path, PathBuf},
};

use super::{
    ANCHOR_FILE, BUS_FILE, FOLDER_MODE, Folder, FolderError, KEY_FILE, SECRET_MODE, STORE_FILE, sync_folder, system,
    write_secret,
};
use crate::connection::sqlite::copy_database;

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// Its files and their sizes in bytes.
    pub files: Vec<(PathBuf, u64)>,
}

/// Copies the databases of `data` into `place`, which must be empty or absent; with `keys_to`
/// the key file as well, to a path outside of it. The house may be running.
pub async fn backup(data: &Path, place: &Path, keys_to: Option<&Path>) -> Result<Backup, FolderError> {
    if !data.join(STORE_FILE).exists() {
        return Err(FolderError::Wrong { path: data.to_owned(), what: "there are no records here" });
    }
    if lies_in(place, data)? {
        let what = "a backup must not lie in the data folder it copies";
        return Err(FolderError::Wrong { path: place.to_owned(), what });
    }
    empty(place)?;
    if let Some(path) = keys_to {
        copy_keys(data, place, path)?;
    }
    let mut files = Vec::new();
    // The bus first: what is taken from it meanwhile is in the store by then, and known as a
    // repeat after a restore; the other way round it would be in neither.
    for name in [BUS_FILE, STORE_FILE] {
        let (from, to) = (data.join(name), place.join(name));
        if from.exists() {
            // The copy keeps the rights of the file that it is written into.
            make_secret(&to).map_err(system("make", &to))?;
            copy_database(&from, &to).await.map_err(|source| FolderError::Copy { path: from, source })?;
            File::open(&to).and_then(|copy| copy.sync_all()).map_err(system("flush", &to))?;
            files.push(sized(to)?);
        }
    }
    let (from, to) = (data.join(ANCHOR_FILE), place.join(ANCHOR_FILE));
    if from.exists() {
        fs::copy(&from, &to).and_then(|_| keep_secret(&to)).map_err(system("copy", &from))?;
        files.push(sized(to)?);
    }
    sync_folder(&place.join(STORE_FILE)).map_err(system("flush", place))?;
    Ok(Backup { files })
}

/// Brings a backup back into `data`, which must be empty or absent, with the key file that
/// was kept apart.
pub fn restore(place: &Path, keys: &Path, data: &Path) -> Result<(), FolderError> {
    if !place.join(STORE_FILE).exists() {
        return Err(FolderError::Wrong { path: place.to_owned(), what: "that is no backup" });
    }
    empty(data)?;
    let folder = Folder::lock(data)?;
    let secret = fs::read(keys).map_err(system("read", keys))?;
    write_secret(&folder.path().join(KEY_FILE), &secret)?;
    for name in [BUS_FILE, STORE_FILE, ANCHOR_FILE] {
        let (from, to) = (place.join(name), data.join(name));
        if from.exists() {
            fs::copy(&from, &to).and_then(|_| keep_secret(&to)).map_err(system("copy", &from))?;
            File::open(&to).and_then(|copy| copy.sync_all()).map_err(system("flush", &to))?;
        }
    }
    sync_folder(&data.join(STORE_FILE)).map_err(system("flush", data))
}

/// Makes a folder for the house's user alone, or makes sure that it holds nothing.
fn empty(place: &Path) -> Result<(), FolderError> {
    if place.exists() && !place.is_dir() {
        return Err(FolderError::Wrong { path: place.to_owned(), what: "it is a file, and must be a folder" });
    }
    fs::DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(place).map_err(system("make", place))?;
    let mut entries = fs::read_dir(place).map_err(system("read", place))?;
    match entries.next() {
        None => {
            fs::set_permissions(place, Permissions::from_mode(FOLDER_MODE)).map_err(system("close to others", place))
        }
        Some(_) => Err(FolderError::Wrong { path: place.to_owned(), what: "it must be empty" }),
    }
}

/// Says whether a place is a folder or lies in it, whether it is there already or not.
fn lies_in(place: &Path, folder: &Path) -> Result<bool, FolderError> {
    let folder = fs::canonicalize(folder).map_err(system("find", folder))?;
    let place = path::absolute(place).map_err(system("find", place))?;
    // What is not there yet lies where the nearest folder above it lies.
    let above = place.ancestors().find_map(|above| fs::canonicalize(above).ok());
    Ok(above.is_some_and(|above| above.starts_with(folder)))
}

/// Makes an empty file that only the house's user may read.
fn make_secret(path: &Path) -> io::Result<()> {
    fs::OpenOptions::new().create_new(true).write(true).mode(SECRET_MODE).open(path).map(drop)
}

/// Closes a file to everybody but the house's user.
fn keep_secret(path: &Path) -> io::Result<()> {
    fs::set_permissions(path, Permissions::from_mode(SECRET_MODE))
}

fn copy_keys(data: &Path, place: &Path, to: &Path) -> Result<(), FolderError> {
    let from = data.join(KEY_FILE);
    let parent = to.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let (inside, outer) = (fs::canonicalize(place), fs::canonicalize(parent));
    let apart = !outer.map_err(system("find", parent))?.starts_with(inside.map_err(system("find", place))?);
    if !apart {
        return Err(FolderError::Wrong { path: to.to_owned(), what: "keys must not lie with what they open" });
    }
    let secret = fs::read(&from).map_err(system("read", &from))?;
    write_secret(to, &secret)
}

fn sized(path: PathBuf) -> Result<(PathBuf, u64), FolderError> {
    let size = fs::metadata(&path).map_err(system("look at", &path))?.len();
    Ok((path, size))
}
