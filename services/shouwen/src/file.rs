//! Files that an operator names: what stands in them, or why it cannot be read, in plain words.
//!
//! In: paths. Out: bytes and texts. Never here: what they mean; the words of the system.

use std::{
    io::{self, ErrorKind},
    path::Path,
};

use anyhow::{Result, anyhow};

/// Reads a text; `what` is what the file is called in the error.
pub(crate) fn text(what: &str, path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|error| anyhow!("{what} {}: {}", path.display(), why(&error)))
}

/// Reads bytes; `what` is what the file is called in the error.
pub(crate) fn bytes(what: &str, path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| anyhow!("{what} {}: {}", path.display(), why(&error)))
}

/// Says why a file cannot be read.
pub(crate) fn why(error: &io::Error) -> String {
    let kind = error.kind();
    if kind == ErrorKind::NotFound {
        "there is no such file".to_owned()
    } else if kind == ErrorKind::PermissionDenied {
        "this user may not read it".to_owned()
    } else if kind == ErrorKind::IsADirectory {
        "it is a folder".to_owned()
    } else if kind == ErrorKind::InvalidData {
        "it is not text in UTF-8".to_owned()
    } else {
        format!("it cannot be read ({kind})")
    }
}
