//! The clock: wall time for records, monotonic time for spans; a test's clock moves by hand.
//!
//! In: the machine's time, or a test's. Out: `Timestamp` and `Monotonic`.
//! Never here: a decision about what is due.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use contract::{Millis, Timestamp};

/// Tells the time. Clones tell the same time.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    Machine(Instant),
    Hand(Arc<AtomicI64>),
}

/// A reading of a clock that never steps back, in milliseconds since the clock was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Monotonic(i64);

impl Clock {
    /// Makes the machine's clock.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the machine's clock")]
    pub fn machine() -> Self {
        Self(Source::Machine(Instant::now()))
    }

    /// Makes a clock that stands at `start` until it is moved.
    #[must_use]
    pub fn by_hand(start: Timestamp) -> Self {
        Self(Source::Hand(Arc::new(AtomicI64::new(start.as_ms()))))
    }

    /// Gives the wall time.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the machine's clock")]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::Machine(_) => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Timestamp::from_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
            }
            Source::Hand(ms) => Timestamp::from_ms(ms.load(Ordering::SeqCst)),
        }
    }

    /// Gives a reading that never steps back.
    #[must_use]
    pub fn monotonic(&self) -> Monotonic {
        match &self.0 {
            Source::Machine(start) => Monotonic(i64::try_from(start.elapsed().as_millis()).unwrap_or(i64::MAX)),
            Source::Hand(ms) => Monotonic(ms.load(Ordering::SeqCst)),
        }
    }

    /// Moves a clock that is moved by hand; the machine's clock stays as it is.
    pub fn advance(&self, span: Millis) {
        if let Source::Hand(ms) = &self.0 {
            ms.fetch_add(span.get(), Ordering::SeqCst);
        }
    }
}

impl Monotonic {
    /// Gives the reading itself: milliseconds since the clock was made, never below zero.
    #[must_use]
    pub const fn as_ms(self) -> i64 {
        self.0
    }

    /// Gives the span since an earlier reading of the same clock.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Millis {
        Millis::new(self.0.saturating_sub(earlier.0))
    }
}
