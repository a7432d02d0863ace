//! Views: the current state of every case, offer, promise, agent and contact, as committed.
//!
//! In: the changes of a commit (written inside it, by `projection`). Out: contract views.
//! Never here: personal data in the clear; a change outside of a commit.

use crate::Store;

mod agent;
mod case;
mod contact;
mod offer;
mod open;
mod outcome;
pub(crate) mod projection;
mod promise;
mod reply;

pub(crate) use case::take as take_case;
pub use contact::Message;
pub(crate) use contact::{take as take_contact, take_message};
pub use open::Open;
pub use outcome::OUTCOMES_KEPT;
pub(crate) use promise::take as take_promise;
pub(crate) use reply::take_told;
pub(crate) use reply::{NEW_TEXT, put_text};

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
