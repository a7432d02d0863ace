//! The key file: a line a key, in hexadecimal, for the house's user alone.
//!
//! In: randomness, or the file. Out: the keys. Never here: a key in an error or a log.

use std::{fs, io, os::unix::fs::PermissionsExt, path::Path};

use contract::seal::{KEY_BYTES, Keys};
use runtime::Chance;

use super::{FolderError, sync_folder, system, write_secret};

/// What stands above the keys.
const HEAD: &str = "\
# The secrets of this house: sealing keys by number (the highest one seals), the key of
# look-ups, the key of the journal. Whoever loses this file loses every name, address and
# text in the store; whoever else reads it can read them all. Keep a copy apart from backups.
";
/// The number of the first sealing key.
const FIRST_KEY: u8 = 1;
/// Rights that nobody but the owner may have on a file of the data folder.
const OTHERS: u32 = 0o077;
/// The same of a file that was handed to the process: Kubernetes and systemd let the user of
/// the process read it as a member of a group (0440), and own it themselves.
const OTHERS_HANDED: u32 = 0o037;

/// Makes a key file.
pub(super) fn make(path: &Path, chance: &Chance) -> Result<(), FolderError> {
    write_secret(path, fresh(chance).as_bytes())
}

/// Makes a key file where none is; says whether it was this call. The file is there whole, or
/// somebody else's is.
pub(super) fn make_once(path: &Path, chance: &Chance) -> Result<bool, FolderError> {
    // Of its own, for others may be at it.
    let beside = path.with_extension(hex::encode(chance.bytes::<8>()));
    write_secret(&beside, fresh(chance).as_bytes())?;
    let linked = fs::hard_link(&beside, path);
    fs::remove_file(&beside).map_err(system("remove", &beside))?;
    match linked {
        Ok(()) => sync_folder(path).map(|()| true).map_err(system("flush", path)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(system("make", path)(error)),
    }
}

fn fresh(chance: &Chance) -> String {
    let key = || hex::encode(chance.bytes::<KEY_BYTES>());
    format!("{HEAD}sealing {FIRST_KEY} {}\nindex {}\njournal {}\n", key(), key(), key())
}

/// Reads a key file that nobody else may read.
pub(super) fn read(path: &Path) -> Result<Keys, FolderError> {
    refuse(path, OTHERS, "others than the owner may read the key file: chmod 600")?;
    open(path)
}

/// Reads a key file that was handed to the process.
pub(super) fn read_handed(path: &Path) -> Result<Keys, FolderError> {
    refuse(path, OTHERS_HANDED, "others than the owner and a group may read or change the key file: chmod 440")?;
    open(path)
}

fn refuse(path: &Path, rights: u32, what: &'static str) -> Result<(), FolderError> {
    let mode = fs::metadata(path).map_err(system("read", path))?.permissions().mode();
    if mode & rights == 0 { Ok(()) } else { Err(FolderError::Wrong { path: path.to_owned(), what }) }
}

fn open(path: &Path) -> Result<Keys, FolderError> {
    let wrong = |what| FolderError::Wrong { path: path.to_owned(), what };
    let text = fs::read_to_string(path).map_err(system("read", path))?;
    parse(&text).ok_or_else(|| wrong("the key file is damaged"))
}

fn parse(text: &str) -> Option<Keys> {
    let (mut sealing, mut index, mut journal) = (Vec::new(), None, None);
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["sealing", number, key] => sealing.push((number.parse::<u8>().ok()?, key_of(key)?)),
            ["index", key] => index = Some(key_of(key)?),
            ["journal", key] => journal = Some(key_of(key)?),
            _ => return None,
        }
    }
    sealing.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
    let twice = sealing.windows(2).any(|pair| matches!(pair, [(one, _), (other, _)] if one == other));
    (!sealing.is_empty() && !twice).then_some(())?;
    Some(Keys::new(sealing, index?, journal?))
}

fn key_of(text: &str) -> Option<[u8; KEY_BYTES]> {
    let mut key = [0; KEY_BYTES];
    hex::decode_to_slice(text, &mut key).ok().map(|()| key)
}
