//! Findings: what a look at a server found, for whoever runs the house.
//!
//! In: words from the crate that knows the server. Out: the same, told apart by weight. Never
//! here: a password, a look.

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub weight: Weight,
    /// What it is, and what it means, in a sentence without a full stop.
    pub words: String,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// The house does not work so, or breaks a promise.
    Fault,
    /// It works, but not well, or not for long.
    Warning,
}

impl Finding {
    /// Makes a fault.
    #[must_use]
    pub fn fault(words: impl Into<String>) -> Self {
        Self { weight: Weight::Fault, words: words.into() }
    }

    /// Makes a warning.
    #[must_use]
    pub fn warning(words: impl Into<String>) -> Self {
        Self { weight: Weight::Warning, words: words.into() }
    }
}
