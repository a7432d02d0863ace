//! Hours of a day as files write them: `15:00`, and stretches of it, `20:00-08:00`.
//!
//! In: a text. Out: minutes after midnight, of whichever zone the reader means.
//! Never here: a zone, a date, a clock.

use std::{fmt, str::FromStr};

/// The minutes of a day.
const DAY_MINUTES: u16 = 24 * 60;

/// Says that a text is no hour of a day, or no stretch of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayError(&'static str);

impl fmt::Display for DayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for DayError {}

/// An hour and minute of a day, `00:00` to `23:59`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay(u16);

impl TimeOfDay {
    /// Takes minutes after midnight.
    #[must_use]
    pub const fn from_minutes(minutes: u16) -> Option<Self> {
        if minutes < DAY_MINUTES { Some(Self(minutes)) } else { None }
    }

    /// Gives the minutes after midnight.
    #[must_use]
    pub const fn minutes(self) -> u16 {
        self.0
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl FromStr for TimeOfDay {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Self, DayError> {
        let wrong = DayError("no hour of a day such as 15:00");
        let two_digits = |part: &str| match part.as_bytes() {
            [_, _] if part.bytes().all(|b| b.is_ascii_digit()) => part.parse::<u16>().ok(),
            _ => None,
        };
        let (hour, minute) = text.split_once(':').ok_or(wrong)?;
        let (hour, minute) = two_digits(hour).zip(two_digits(minute)).ok_or(wrong)?;
        if hour < 24 && minute < 60 { Ok(Self(hour * 60 + minute)) } else { Err(wrong) }
    }
}

/// A stretch of every day, its start within, its end not; one that ends before it starts goes
/// over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayWindow {
    from: TimeOfDay,
    to: TimeOfDay,
}

impl DayWindow {
    /// Takes two different hours.
    #[must_use]
    pub fn new(from: TimeOfDay, to: TimeOfDay) -> Option<Self> {
        (from != to).then_some(Self { from, to })
    }

    /// Gives the first minute of it.
    #[must_use]
    pub const fn from(self) -> TimeOfDay {
        self.from
    }

    /// Gives the first minute after it.
    #[must_use]
    pub const fn to(self) -> TimeOfDay {
        self.to
    }

    /// Says whether an hour lies in it.
    #[must_use]
    pub fn contains(self, at: TimeOfDay) -> bool {
        if self.from < self.to { self.from <= at && at < self.to } else { self.from <= at || at < self.to }
    }
}

impl fmt::Display for DayWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.from, self.to)
    }
}

impl FromStr for DayWindow {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Self, DayError> {
        let wrong = DayError("no stretch of a day such as 08:00-20:00");
        let (from, to) = text.split_once('-').ok_or(wrong)?;
        let (from, to) = (from.trim_end().parse(), to.trim_start().parse());
        let (from, to) = from.ok().zip(to.ok()).ok_or(wrong)?;
        Self::new(from, to).ok_or(wrong)
    }
}

#[cfg(test)]
mod tests;
