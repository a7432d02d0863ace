//! When a submit that was not taken is tried again.
//!
//! In: the number of the try, what the provider asked for, a fact of chance. Out: a due time,
//! or none when the delivery would expire before it. Never here: a clock, a row; a submit
//! whose outcome is not known, which is never tried again for an answer.

use contract::{Millis, Timestamp};

/// How long after the first try the second is due.
const FIRST_DELAY: Millis = Millis::from_secs(5);
/// The longest delay of ours; a provider may ask for more.
const DELAY_MAX: Millis = Millis::from_secs(15 * 60);
/// The range of the fact of chance.
pub const CHANCE_RANGE: u64 = 1000;
/// The largest part of a delay, in thousandths, that chance adds.
const SPREAD: i64 = 250;

/// Gives when the try after `attempt` is due: twice as long as the time before, up to a
/// bound, never before the provider wants it, spread by up to a quarter by `chance` (below
/// `CHANCE_RANGE`) so that what failed together does not come back together.
#[must_use]
pub fn due(
    attempt: u32,
    asked: Option<Millis>,
    chance: u64,
    now: Timestamp,
    expires_at: Timestamp,
) -> Option<Timestamp> {
    let doubled = FIRST_DELAY.get().saturating_mul(1 << attempt.saturating_sub(1).min(20));
    let ours = doubled.min(DELAY_MAX.get());
    let delay = asked.map_or(ours, |asked| ours.max(asked.get()));
    let share = i64::try_from(chance.min(CHANCE_RANGE)).unwrap_or(0);
    let spread = delay.min(DELAY_MAX.get()).saturating_mul(SPREAD).saturating_mul(share) / 1_000_000;
    let due = now + Millis::new(delay.saturating_add(spread));
    (due < expires_at).then_some(due)
}

#[cfg(test)]
mod tests;
