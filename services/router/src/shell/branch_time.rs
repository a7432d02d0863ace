//! The time of a branch: monotonic since its lease was taken, never back, slewed to the wall.
//!
//! In: a clock, and the last time that the journal knows. Out: `now` for decisions.
//! Never here: a step of an hour because somebody set the machine's clock.

use contract::{Millis, Timestamp};
use runtime::{Clock, Monotonic};

/// A difference to the wall clock above this is reported.
pub(super) const DRIFT_REPORTED: Millis = Millis::from_secs(2);

/// At most one part in so many of the elapsed time is added or held back to follow the wall.
const SLEW_PART: i64 = 20;

/// Tells the branch's time.
#[derive(Debug)]
pub(super) struct BranchTime {
    clock: Clock,
    last_read: Monotonic,
    now: Timestamp,
}

impl BranchTime {
    /// Starts at the wall time, or at `floor` if the journal is ahead of it.
    pub(super) fn start(clock: Clock, floor: Timestamp) -> Self {
        Self { last_read: clock.monotonic(), now: clock.now().max(floor), clock }
    }

    /// Gives the time, not before any time given earlier.
    pub(super) fn now(&mut self) -> Timestamp {
        let read = self.clock.monotonic();
        let elapsed = read.since(self.last_read);
        let ahead = (self.now + elapsed).since(self.clock.now());
        let slew_max = elapsed.get() / SLEW_PART;
        let slew = Millis::new((-ahead.get()).clamp(-slew_max, slew_max));
        self.now = self.now + elapsed + slew;
        self.last_read = read;
        self.now
    }

    /// Gives how far the branch's time is ahead of the wall, negative when behind.
    pub(super) fn drift(&self) -> Millis {
        self.now.since(self.clock.now())
    }
}

#[cfg(test)]
mod tests;
