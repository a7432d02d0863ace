//! Views: the current state of every case, offer, promise, agent and contact, as committed.
//!
//! In: the changes of a commit (written inside it, by `projection`). Out: contract views.
//! Never here: personal data in the clear; a change outside of a commit.

use crate::Store;

mod agent;
mod case;
mod contact;
mod offer;
mod outcome;
pub(crate) mod projection;
mod promise;
mod reply;

pub use contact::Message;
pub use outcome::OUTCOMES_KEPT;

/// The room in which projections are read.
#[derive(Debug, Clone)]
pub struct Views(Store);

impl Store {
    /// Gives the room in which projections are read.
    #[must_use]
    pub fn views(&self) -> Views {
        Views(self.clone())
    }
}
