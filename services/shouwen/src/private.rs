//! Small files of the data folder that only the operator may read.
//!
//! In: the running house's address. Out: files of mode 0600 that are there
//! whole or not at all. Never here: the key file, which is the store's.

use std::{
    fs::{self, File},
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
};

use anyhow::Result;

/// Writes a file that only its owner may read; whoever reads it sees the old or the new one.
pub(crate) fn write(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let beside = path.with_extension("new");
    // A leftover of a crash may have other rights.
    drop(fs::remove_file(&beside));
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    File::open(folder)?.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests;
