//! What may be lost: who is here, what was just committed, how much somebody may still
//! send, how the queues stand.
//!
//! In: beats, commits, counts, figures. Out: the same, to whoever asks. All of it may be
//! empty or gone at any moment: the house slows down and loses nothing. Never here: a
//! fact that only this crate knows.

pub mod fanout;
pub mod figures;
pub mod presence;
pub mod quotas;

use contract::Millis;
use runtime::Clock;

pub use fanout::{Committed, Fanout, Heard, Standing, Subscription};
pub use figures::{BranchFigures, Figures};
pub use presence::{ConsoleId, Presence};
pub use quotas::{Quotas, Rate};

/// The four rooms of coordination. Clones share them.
#[derive(Debug, Clone)]
pub struct Coord {
    /// Which agents have a live screen.
    pub presence: Presence,
    /// Commits on their way to screens.
    pub fanout: Fanout,
    /// Rates that several processes share.
    pub quotas: Quotas,
    /// How the queues stand.
    pub figures: Figures,
}

/// Says that coordination does not answer; whoever asked goes on without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("coordination does not answer")]
pub struct Absent;

impl Coord {
    /// Makes the coordination of one process.
    #[must_use]
    pub fn local(clock: &Clock) -> Self {
        Self {
            presence: Presence::local(clock.clone()),
            fanout: Fanout::local(),
            quotas: Quotas::local(clock),
            figures: Figures::local(),
        }
    }
}

/// How often screens beat and heads are told.
pub const BEAT_EVERY: Millis = Millis::from_secs(1);
