//! The journal: streams with one writer each, fenced by an epoch, chained by a keyed hash.
//!
//! In: a lease, commits of decided records with what they change. Out: leases, records, the
//! verdict on a chain. Never here: what a record says.

use crate::{Store, StoreError};

mod anchor;
pub(crate) mod audit;
mod commit;
mod cursor;
mod head;
pub(crate) mod month;
mod record;
pub(crate) mod shared;
mod snapshot;
mod verify;

pub use audit::{Audit, PROCESS};
pub use commit::{Commit, CommitError, Text};
pub use cursor::Cursors;
pub use head::{Head, Lease};
pub(crate) use head::{lease_of, make, signed};
pub use record::{PAGE_RECORDS_MAX, Record, Records};
pub use snapshot::{Snapshot, Snapshots};
pub use verify::{Fault, Verdict};

/// Bytes of a record's hash.
pub const HASH_BYTES: usize = 32;

/// The name of a stream: `branch/<id>`, `notices/<process>`, `access/<process>`, `audit/<process>`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stream(String);

impl Stream {
    /// Names the stream of a branch.
    #[must_use]
    pub fn branch(id: &contract::BranchId) -> Self {
        Self(format!("branch/{id}"))
    }
    /// Names a stream of what is sent on our own motion, and of what allows it.
    #[must_use]
    pub fn notices(process: impl std::fmt::Display) -> Self {
        Self(format!("notices/{process}"))
    }
    /// Names the stream in which a console process records who looked at what.
    #[must_use]
    pub fn access(process: &str) -> Self {
        Self(format!("access/{process}"))
    }
    /// Names the stream of the deeds that a process does for those who run the house.
    #[must_use]
    pub fn audit(process: &str) -> Self {
        Self(format!("audit/{process}"))
    }
    /// Reads a name as it stands in an export or on a command line.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        let kinds = ["branch/", "notices/", "access/", "audit/"];
        let known = kinds.iter().any(|kind| text.len() > kind.len() && text.starts_with(kind));
        if known { Ok(Self(text.to_owned())) } else { Err(StoreError::refuse("that is no name of a stream")) }
    }
    /// Gives the branch whose stream this is.
    #[must_use]
    pub fn of_branch(&self) -> Option<contract::BranchId> {
        self.0.strip_prefix("branch/")?.parse().ok()
    }
    /// Gives the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The room in which streams are written.
#[derive(Debug, Clone)]
pub struct Journal(Store);

impl Store {
    /// Gives the room in which streams are written.
    #[must_use]
    pub fn journal(&self) -> Journal {
        Journal(self.clone())
    }
    /// Gives the room in which records are read.
    #[must_use]
    pub fn records(&self) -> Records {
        Records::new(self.clone())
    }
    /// Gives the room of readers' places.
    #[must_use]
    pub fn cursors(&self) -> Cursors {
        Cursors::new(self.clone())
    }
    /// Gives the room of snapshots.
    #[must_use]
    pub fn snapshots(&self) -> Snapshots {
        Snapshots::new(self.clone())
    }
}
