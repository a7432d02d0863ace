//! Faults of a file: where, and what is wrong.
//!
//! In: positions and words. Out: sorted lists, shown one line each, `file:line: key: what`.
//! Never here: a value that may be a secret.

use std::{fmt, sync::Arc};

/// One fault, or one warning, at one place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The file, or the environment variable.
    pub file: Arc<str>,
    /// The line, from 1; 0 where there are no lines.
    pub line: usize,
    /// The key, from the root of the file: `queue.trading.within`.
    pub key: String,
    /// What is wrong, in words.
    pub what: String,
}

/// Every fault and every warning of a file, each sorted by place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Faults {
    /// What must be mended.
    pub errors: Vec<Fault>,
    /// What works, but perhaps not as meant.
    pub warnings: Vec<Fault>,
}

impl Faults {
    /// Puts both lists in order of place and drops repeats.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        for list in [&mut self.errors, &mut self.warnings] {
            list.sort();
            list.dedup();
        }
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        if !self.key.is_empty() {
            write!(f, ": {}", self.key)?;
        }
        write!(f, ": {}", self.what)
    }
}

impl fmt::Display for Faults {
    /// Writes the errors, one line each.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, fault) in self.errors.iter().enumerate() {
            if at > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}
