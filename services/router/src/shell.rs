//! The shell: takes leases of branches and does the core's IO, in one order: receive, enrich,
//! decide, commit, acknowledge.
//!
//! In: messages of `route.<branch>` and `command.<branch>`, due times. Out: commits, and after
//! each the acknowledgement and the fan-out. When a commit fails or its answer is lost, the
//! State and all that was decided on it are dropped and read again. Never here: a decision.

mod branch_time;
mod enrich;
mod holder;
mod load;
mod pending;
mod router;
mod seconds;
mod sharing;
mod spans;
mod tail;
mod touch;

use std::{collections::BTreeSet, time::Duration};

use bus::{Bus, BusError};
use contract::{AccountId, ChannelKind};
use coord::Coord;
use runtime::{Chance, Clock, Tasks};
use store::{Store, StoreError, journal::CommitError};

pub use crate::share::{Company, Identity};
pub use load::{Loaded, advance, load};
pub use sharing::share;
pub use tail::run as run_tail;

/// How long a router waits before it tries again after a failure.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(500);

/// All that a router touches. Clones touch the same.
#[derive(Debug, Clone)]
pub struct Ports {
    /// Where contacts and commands come from, and committed events go to.
    pub bus: Bus,
    /// Where everything is committed.
    pub store: Store,
    /// Presence, fan-out and figures.
    pub coord: Coord,
    /// The time.
    pub clock: Clock,
    /// Randomness for ids.
    pub chance: Chance,
    /// Where a snapshot is written beside the deciding task.
    pub tasks: Tasks,
    /// Accounts that have a way back to the client.
    pub answerable: BTreeSet<(ChannelKind, AccountId)>,
}

/// Why a holder gives up what it decided and begins again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Broken {
    #[error("another router holds the branch")]
    Fenced,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the bus does not do its work")]
    Bus(#[from] BusError),
    #[error("the journal does not lead to its head: {0}")]
    Journal(&'static str),
    #[error("a decision panicked; the input comes again")]
    Panic,
}

impl From<CommitError> for Broken {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Fenced => Self::Fenced,
            CommitError::Store(error) => Self::Store(error),
        }
    }
}
