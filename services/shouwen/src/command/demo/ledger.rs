//! The demo's ledger in its data folder: how often it was started, and tokens of its people.
//!
//! In: a data folder. Out: a number that no other start has. Never here: a house that is no demo;
//! its clients are real.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use demo::cast::Tokens;
use serde_json::{Value, json};

use crate::{client::is_house, private};

/// The file.
const FILE: &str = "demo.json";

/// The ledger.
pub(super) struct Ledger {
    path: PathBuf,
    /// The number of this start.
    pub(super) run: u64,
    /// Tokens by user.
    pub(super) tokens: Tokens,
}

impl Ledger {
    /// Opens the ledger and takes the next number.
    pub(super) fn open(data: &Path) -> Result<Self> {
        let path = data.join(FILE);
        let kept = match private::read(&path) {
            Ok(text) => serde_json::from_str(&text).with_context(|| format!("{} is no ledger", path.display()))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let data = data.display();
                ensure!(
                    !is_house(path.parent().unwrap_or(Path::new(""))),
                    "{data} holds a house that is no demo; name another folder by --data"
                );
                Value::Null
            }
            Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
        };
        let run = kept.get("run").and_then(Value::as_u64).unwrap_or_default() + 1;
        let tokens = kept.get("tokens").and_then(Value::as_object).into_iter().flatten();
        let tokens = tokens.filter_map(|(name, token)| Some((name.clone(), token.as_str()?.to_owned()))).collect();
        let ledger = Self { path, run, tokens };
        ledger.keep()?;
        Ok(ledger)
    }

    /// Writes it.
    pub(super) fn keep(&self) -> Result<()> {
        let text = json!({ "run": self.run, "tokens": self.tokens });
        private::write(&self.path, &format!("{text:#}\n")).with_context(|| format!("writing {}", self.path.display()))
    }
}
