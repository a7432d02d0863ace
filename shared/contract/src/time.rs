//! Times and spans in whole milliseconds.
//!
//! In: numbers and RFC 3339 texts. Out: `Timestamp` and `Millis`. Never here: a clock.

use std::{
    fmt,
    ops::{Add, Sub},
    str::FromStr,
    time::Duration,
};

/// An instant: milliseconds since 1970-01-01T00:00Z, as every table and message keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

/// A span of time in milliseconds; negative for what lies in the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Millis(i64);

/// Says that a text is no RFC 3339 time with an offset.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an RFC 3339 time with an offset")]
pub struct TimeError;

impl Timestamp {
    /// Wraps milliseconds since the epoch.
    #[must_use]
    pub const fn from_ms(ms: i64) -> Self {
        Self(ms)
    }
    /// Gives milliseconds since the epoch.
    #[must_use]
    pub const fn as_ms(self) -> i64 {
        self.0
    }
    /// Gives the span since `earlier`, negative if `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Millis {
        Millis(self.0.saturating_sub(earlier.0))
    }
}

impl Millis {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// Wraps milliseconds.
    #[must_use]
    pub const fn new(ms: i64) -> Self {
        Self(ms)
    }
    /// Wraps seconds.
    #[must_use]
    pub const fn from_secs(s: i64) -> Self {
        Self(s.saturating_mul(1000))
    }
    /// Gives milliseconds.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }
    /// Gives whole seconds, rounded down.
    #[must_use]
    pub const fn whole_secs(self) -> i64 {
        self.0.div_euclid(1000)
    }
    /// Gives `n` times the span, never overflowing.
    #[must_use]
    pub const fn times(self, n: i64) -> Self {
        Self(self.0.saturating_mul(n))
    }
    /// Gives the span as a standard duration, zero when negative.
    #[must_use]
    pub fn to_duration(self) -> Duration {
        Duration::from_millis(u64::try_from(self.0).unwrap_or(0))
    }
}

impl Add<Millis> for Timestamp {
    type Output = Self;
    fn add(self, span: Millis) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub<Millis> for Timestamp {
    type Output = Self;
    fn sub(self, span: Millis) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

impl Add for Millis {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl fmt::Display for Timestamp {
    /// Writes RFC 3339 in UTC with milliseconds, `2026-11-09T01:14:00.000Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(time) => write!(f, "{time:.3}"),
            Err(_) => write!(f, "{}ms", self.0),
        }
    }
}

impl FromStr for Timestamp {
    type Err = TimeError;
    /// Reads RFC 3339; of the last hours of the year 9999, which no clock of ours can show,
    /// the last that it can.
    fn from_str(text: &str) -> Result<Self, TimeError> {
        let read = text.parse::<jiff::Timestamp>().ok().or_else(|| nearest(text));
        read.map(|time| Self(time.as_millisecond())).ok_or(TimeError)
    }
}

/// Gives the nearest time that can be kept to one that is written well and cannot.
fn nearest(text: &str) -> Option<jiff::Timestamp> {
    let pieces = jiff::fmt::temporal::Pieces::parse(text).ok()?;
    pieces.time().zip(pieces.to_numeric_offset())?;
    Some(if pieces.date().year() > 0 { jiff::Timestamp::MAX } else { jiff::Timestamp::MIN })
}

#[cfg(test)]
mod tests;
