//! Small files of the data folder that only the operator may read.
//!
//! In: secrets, tokens, the running house's address. Out: files of mode 0600 that are there
//! whole or not at all. Never here: the key file, which is the store's.

use std::{
    fs::{self, File},
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use contract::ChannelKind;
use runtime::Chance;
use zeroize::Zeroizing;

use crate::config::Secret;

/// Random bytes of a secret that is made here.
const SECRET_BYTES: usize = 32;
/// The folder of secrets that were made here.
const SECRETS: &str = "secrets";

/// Makes a folder that only its owner may enter, where it is not there.
pub(crate) fn folder(path: &Path) -> Result<()> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.with_context(|| format!("making the folder {}", path.display()))
}

/// Writes a file that only its owner may read; whoever reads it sees the old or the new one.
pub(crate) fn write(path: &Path, text: &str) -> Result<()> {
    let around = path.parent().unwrap_or(Path::new("."));
    folder(around)?;
    let beside = path.with_extension("new");
    // A leftover of a crash may have other rights.
    drop(fs::remove_file(&beside));
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    File::open(around)?.sync_all()?;
    Ok(())
}

/// Reads a file, without the end of its line.
pub(crate) fn read(path: &Path) -> std::io::Result<Zeroizing<String>> {
    let text = Zeroizing::new(fs::read_to_string(path)?);
    Ok(Zeroizing::new(text.trim_end().to_owned()))
}

/// Gives the secret of an account: the operator's, or one made at the first start.
pub(crate) fn secret(
    data: &Path,
    channel: ChannelKind,
    account: &str,
    secret: &Secret,
    chance: &Chance,
) -> Result<Zeroizing<String>> {
    if let Secret::Given(given) = secret {
        return Ok(given.clone());
    }
    let path = secret_path(data, channel, account);
    match read(&path) {
        Ok(known) if !known.is_empty() => Ok(known),
        Ok(_) => anyhow::bail!("the secret in {} is empty", path.display()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let made = Zeroizing::new(hex(&chance.bytes::<SECRET_BYTES>()));
            write(&path, &made).with_context(|| format!("making {}", path.display()))?;
            Ok(made)
        }
        Err(error) => Err(error).with_context(|| format!("reading {}", path.display())),
    }
}

/// Gives the place of an account's secret that was made here.
pub(crate) fn secret_path(data: &Path, channel: ChannelKind, account: &str) -> PathBuf {
    data.join(SECRETS).join(format!("{channel}.{account}"))
}

/// Writes bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes everything");
        text
    })
}

#[cfg(test)]
mod tests;
