//! The forecast: how many of those who wait are late, and how many will be at the present pace.
//!
//! In: when the cases of a queue are due, and how it goes there. Out: two counts. Pure.

use contract::{Millis, Timestamp, view::QueueView};

/// What is to be feared for a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Forecast {
    /// Waits although its promised time has ended.
    pub(crate) late: u64,
    /// Will wait longer than promised if it goes on like this.
    pub(crate) endangered: u64,
}

/// Judges the cases that wait in a queue by when they are due, soonest first. The late ones have
/// given way to those that can still be saved.
pub(super) fn forecast(due: impl Iterator<Item = Timestamp>, queue: &QueueView, now: Timestamp) -> Forecast {
    let mut forecast = Forecast::default();
    let mut turn = now;
    let pace = pace(queue);
    for due in due {
        if due <= now {
            forecast.late += 1;
            continue;
        }
        let missed = match pace {
            Some(pace) => {
                turn = turn + pace;
                due < turn
            }
            // Nobody takes anything.
            None => true,
        };
        forecast.endangered += u64::from(missed);
    }
    forecast
}

/// Gives how long it takes until the next one is taken; `None` where nobody takes.
fn pace(queue: &QueueView) -> Option<Millis> {
    if queue.ready_agents > 0 {
        return Some(Millis::ZERO);
    }
    let ahead = i64::try_from(queue.waiting).ok()?.saturating_add(1);
    Some(Millis::new(queue.predicted_wait?.get() / ahead))
}
