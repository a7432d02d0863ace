//! What a process of a house on servers is called: in `access/<process>`, where no other
//! process may write.
//!
//! In: the configuration, the data folder. Out: a name that stays, and that nobody else has.
//! Never here: an address.

use std::{fs, path::Path};

use anyhow::{Context, Result, ensure};
use runtime::Chance;

use crate::private;

/// The longest name in characters.
pub(crate) const NAME_CHARS_MAX: usize = 64;
/// The name of all commands that open a house on servers themselves.
pub(crate) const COMMANDS: &str = "commands";
/// The file that keeps a name made here.
const NAME_FILE: &str = "name";
/// Characters of a machine's name that a name made here begins with.
const MACHINE_CHARS_MAX: usize = 40;
/// Random bytes of a name made here: machines made from one image have one name.
const CHANCE_BYTES: usize = 4;

/// Says whether a text can be a name.
pub(crate) fn is_name(text: &str) -> bool {
    let is_sign = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '-' || sign == '_';
    !text.is_empty() && text.len() <= NAME_CHARS_MAX && text.chars().all(is_sign)
}

/// Gives the operator's name of this process, or the one that its data folder keeps; at the
/// first start one is made.
pub(crate) fn name(given: Option<&str>, data: &Path, chance: &Chance) -> Result<String> {
    if let Some(given) = given {
        return Ok(given.to_owned());
    }
    let path = data.join(NAME_FILE);
    if let Ok(kept) = private::read(&path) {
        ensure!(is_name(&kept), "{} holds no name of a process", path.display());
        return Ok(kept.as_str().to_owned());
    }
    let made = format!("{}-{}", machine(), private::hex(&chance.bytes::<CHANCE_BYTES>()));
    private::write(&path, &format!("{made}\n")).with_context(|| format!("making {}", path.display()))?;
    Ok(made)
}

fn machine() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default().trim().to_lowercase();
    let name: String =
        name.chars().take(MACHINE_CHARS_MAX).map(|sign| if is_name(&sign.to_string()) { sign } else { '-' }).collect();
    if name.is_empty() { "process".to_owned() } else { name }
}
