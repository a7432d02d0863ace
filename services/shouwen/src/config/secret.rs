//! A secret of the configuration: never shown, not even by mistake.
//!
//! In: a value, or the file that holds it. Out: its bytes to whoever signs or signs in.
//! Never here: a log line with it.

use std::{fmt, fs, path::Path};

use firm::sheet::Field;
use zeroize::Zeroizing;

use crate::file::why;

/// The largest file that holds a secret: 4 KiB.
const FILE_BYTES_MAX: usize = 4 << 10;

/// A secret.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Secret {
    /// Given by the operator.
    Given(Zeroizing<String>),
    /// Left out: made at the first start, kept in the data folder.
    Made,
}

impl Secret {
    /// Gives what the operator gave; nothing where it is made at the first start.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Given(text) => text.as_str().to_owned(),
            Self::Made => String::new(),
        }
    }

    /// Reads a value or `{ file = "…" }`, whose path counts from `folder`.
    pub(crate) fn read(field: &Field<'_>, folder: &Path) -> Option<Self> {
        if !field.is_table() {
            return field.filled().map(|text| Self::Given(text.to_owned().into()));
        }
        let table = field.table()?;
        let file = table.need("file");
        table.close();
        let file = file?;
        let path = folder.join(file.filled()?);
        let wrong = |what: &str| {
            file.error(format!("the secret's file {}: {what}", path.display()));
            None
        };
        let text = match fs::read_to_string(&path) {
            Ok(text) => Zeroizing::new(text),
            Err(error) => return wrong(&why(&error)),
        };
        let secret = text.trim_end_matches(['\r', '\n']);
        if secret.is_empty() {
            return wrong("it is empty");
        }
        if secret.len() > FILE_BYTES_MAX {
            return wrong("it is too large for a secret");
        }
        Some(Self::Given(secret.to_owned().into()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Given(_) => "Secret(given)",
            Self::Made => "Secret(made)",
        })
    }
}
