//! Hours in which an alert may leave: outside of the quiet ones, inside of its topic's own.
//!
//! In: a zone, stretches of the day, an instant. Out: the first instant from then on at which it
//! may leave; the day that an instant lies in. Never here: a clock.

use contract::Timestamp;
use jiff::{Zoned, civil::Time, tz::TimeZone};

/// Opening times that are tried before it is said that there is none: one stretch may open into
/// another that is closed.
const TRIES_MAX: usize = 4;

/// A stretch of every day in minutes after midnight, its start within, its end not; one that ends
/// before it starts goes over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// Its first minute.
    pub from: u16,
    /// The first minute after it.
    pub to: u16,
}

/// The hours of one alert.
#[derive(Debug, Clone)]
pub(crate) struct Hours {
    zone: TimeZone,
    quiet: Option<Stretch>,
    window: Option<Stretch>,
}

impl Hours {
    /// Takes a zone by its name; one that nobody knows is UTC.
    pub(crate) fn new(zone: &str, quiet: Option<Stretch>, window: Option<Stretch>) -> Self {
        Self { zone: TimeZone::get(zone).unwrap_or(TimeZone::UTC), quiet, window }
    }

    /// Gives the first instant from `now` on that lies in no quiet hour and in the window.
    pub(crate) fn opens(&self, now: Timestamp) -> Option<Timestamp> {
        let mut at = self.local(now)?;
        for _ in 0..TRIES_MAX {
            let minute = minute(&at);
            let next = match (self.quiet, self.window) {
                (Some(quiet), _) if quiet.contains(minute) => quiet.to,
                (_, Some(window)) if !window.contains(minute) => window.from,
                _ => return Some(Timestamp::from_ms(at.timestamp().as_millisecond()).max(now)),
            };
            at = next_at(&at, next)?;
        }
        None
    }

    /// Gives the day that an instant lies in, `2026-11-22`.
    pub(crate) fn day(&self, at: Timestamp) -> String {
        self.local(at).map_or_else(String::new, |at| at.date().to_string())
    }

    fn local(&self, at: Timestamp) -> Option<Zoned> {
        Some(jiff::Timestamp::from_millisecond(at.as_ms()).ok()?.to_zoned(self.zone.clone()))
    }
}

impl Stretch {
    /// Says whether a minute lies in it.
    #[must_use]
    pub const fn contains(self, minute: u16) -> bool {
        if self.from < self.to {
            self.from <= minute && minute < self.to
        } else {
            self.from <= minute || minute < self.to
        }
    }
}

/// Gives when it is so many minutes after midnight in a zone, on the day that `now` lies in.
#[must_use]
pub fn today_at(zone: &str, minutes: u16, now: Timestamp) -> Option<Timestamp> {
    let local = Hours::new(zone, None, None).local(now)?;
    let at = local.date().to_datetime(time(minutes)?).to_zoned(local.time_zone().clone()).ok()?;
    Some(Timestamp::from_ms(at.timestamp().as_millisecond()))
}

fn time(minutes: u16) -> Option<Time> {
    Time::new(i8::try_from(minutes / 60).ok()?, i8::try_from(minutes % 60).ok()?, 0, 0).ok()
}

/// Gives the minutes of an instant after its midnight.
fn minute(at: &Zoned) -> u16 {
    u16::try_from(i32::from(at.hour()) * 60 + i32::from(at.minute())).unwrap_or(0)
}

/// Gives the next instant after `at` at which it is so late.
fn next_at(at: &Zoned, minutes: u16) -> Option<Zoned> {
    let time = time(minutes)?;
    let today = at.date().to_datetime(time).to_zoned(at.time_zone().clone()).ok()?;
    if today > *at {
        return Some(today);
    }
    at.date().tomorrow().ok()?.to_datetime(time).to_zoned(at.time_zone().clone()).ok()
}

#[cfg(test)]
mod tests;
