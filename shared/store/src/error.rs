//! What goes wrong in the store, cut by what the caller can do.
//!
//! In: the database's errors. Out: `Retry`, `Refuse` or `Bug`. Never here: values of a row.

use sea_orm::DbErr;

use crate::dialect;

/// Why the store did not do what was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// It cannot be done at the moment: the same call may work later.
    #[error("the store cannot do it at the moment: {why}")]
    Retry {
        /// What stands in the way.
        why: Hindrance,
        /// The database's own words, if it was the database.
        source: Option<DbErr>,
    },
    /// It contradicts what is stored: the same call will never work.
    #[error("the store refuses: {what}")]
    Refuse {
        /// What contradicts.
        what: &'static str,
        /// The database's own words, if it was the database.
        source: Option<DbErr>,
    },
    /// Ours or the file's fault: nothing that the caller can do.
    #[error("the store met a fault: {what}")]
    Bug {
        /// What was attempted or found.
        what: &'static str,
        /// The database's own words, if it was the database.
        source: Option<DbErr>,
    },
}

/// What stands in the way for the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Hindrance {
    /// Somebody else holds what is needed.
    #[error("busy")]
    Busy,
    /// The database does not answer; what was under way may be done or not.
    #[error("the database does not answer")]
    Away,
    /// The disk is full.
    #[error("the disk is full")]
    Full,
    /// Somebody else wrote what was only about to be written, and otherwise.
    #[error("overtaken by another writer")]
    Overtaken,
    /// The store is closing.
    #[error("closing")]
    Closing,
}

impl StoreError {
    /// Makes a fault of ours.
    #[must_use]
    pub const fn bug(what: &'static str) -> Self {
        Self::Bug { what, source: None }
    }
    /// Makes a refusal.
    #[must_use]
    pub const fn refuse(what: &'static str) -> Self {
        Self::Refuse { what, source: None }
    }
    /// Refuses a journal that this version cannot read.
    pub(crate) const fn unreadable() -> Self {
        Self::refuse("the journal has records that only a newer version of Shouwen reads")
    }
    /// Makes a hindrance.
    #[must_use]
    pub const fn retry(why: Hindrance) -> Self {
        Self::Retry { why, source: None }
    }
    /// Says whether the same call may work later.
    #[must_use]
    pub const fn is_retry(&self) -> bool {
        matches!(self, Self::Retry { .. })
    }
    /// Says whether the disk is full.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        matches!(self, Self::Retry { why: Hindrance::Full, .. })
    }
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        let meaning = dialect::meaning(&error);
        let source = Some(dialect::without_values(error));
        match meaning {
            dialect::Meaning::Busy => Self::Retry { why: Hindrance::Busy, source },
            dialect::Meaning::Away => Self::Retry { why: Hindrance::Away, source },
            dialect::Meaning::Denied => Self::Refuse { what: "the database does not let its user do that", source },
            dialect::Meaning::Full => Self::Retry { why: Hindrance::Full, source },
            dialect::Meaning::Conflict => Self::Refuse { what: "it conflicts with what is there", source },
            dialect::Meaning::Fault => Self::Bug { what: "a statement failed", source },
        }
    }
}
