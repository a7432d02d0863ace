//! What may be lost: who is here, what was just committed, how much somebody may still
//! send, how the queues stand.
//!
//! In: beats, commits, counts, figures. Out: the same, to whoever asks, in this process or
//! through Redis in all. All of it may be empty or gone at any moment: the house slows down
//! and loses nothing. Never here: a fact that only this crate knows.

pub mod check;
pub mod fanout;
pub mod figures;
mod link;
pub mod presence;
pub mod quotas;
pub mod settings;

use contract::Millis;
use runtime::{Chance, Clock, Health, Tasks};

pub use check::check;
pub use contract::live::{BranchFigures, Committed, ProcessReport, Standing};
pub use fanout::{Fanout, Heard, Subscription};
pub use figures::{Figures, Reports};
use link::Link;
pub use presence::{ConsoleId, Presence};
pub use quotas::{Quotas, Rate};
pub use settings::{Kind, RedisSettings, SettingsError};

/// The five rooms of coordination. Clones share them.
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
    /// How the processes are.
    pub reports: Reports,
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
            reports: Reports::local(),
        }
    }

    /// Makes the coordination of many processes through Redis. It returns at once: Redis may
    /// be away, then as at any other time; part `coord` of `health` says so.
    pub fn redis(
        settings: &RedisSettings,
        clock: &Clock,
        chance: &Chance,
        tasks: &Tasks,
        health: &Health,
    ) -> Result<Self, SettingsError> {
        let link = Link::open(settings, clock, chance, tasks, health)?;
        Ok(Self {
            presence: Presence::redis(&link, tasks),
            fanout: Fanout::redis(&link, tasks),
            quotas: Quotas::redis(&link, settings.quota_wait),
            figures: Figures::redis(&link, "figures", tasks),
            reports: Reports::redis(&link, "reports", tasks),
        })
    }
}

/// How often screens beat and heads are told.
pub const BEAT_EVERY: Millis = Millis::from_secs(1);
