//! The core: who gets which matter, when, and why. Pure and deterministic.
//!
//! In: `decide(&mut State, &Input, now, &mut events)`, one input after the other. Out:
//! events, each applied to the State as it is made; `apply` alone over the same events gives
//! the same State. Never here: async, IO, a clock, chance, hash order, floats in a decision.

mod apply;
mod arena;
mod book;
mod case;
mod decide;
mod desk;
mod figures;
mod judge;
mod lineup;
mod live;
mod pool;
mod snapshot;
mod state;
mod tally;
mod view;

pub use apply::{apply, replay};
pub use case::REOPEN_WITHIN;
pub use decide::{decide, next_due};
pub use figures::figures;
pub use judge::{Idle, Sweep, Verdict, explain_all, sweep};
pub use snapshot::{SNAPSHOT_VERSION, restore, snapshot};
pub use state::State;
pub use view::{case_now, views};

/// The version of the rules: which decisions the same inputs lead to. Raised by one with every
/// change of a decision, however small; each record names it, and a replay compares its own only.
pub const RULES: u32 = 1;
