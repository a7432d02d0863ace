//! Due times as data: try, what was asked, chance -> seconds until the next, or none.

use contract::{Millis, Timestamp};
use proptest::prelude::*;

use super::{CHANCE_RANGE, due};

const NOW: Timestamp = Timestamp::from_ms(1_000_000);

fn seconds(attempt: u32, asked: Option<i64>, chance: u64, left: i64) -> Option<i64> {
    let expires_at = NOW + Millis::from_secs(left);
    due(attempt, asked.map(Millis::from_secs), chance, NOW, expires_at).map(|at| at.since(NOW).whole_secs())
}

#[test]
fn delays_double_up_to_a_bound() {
    let day = 24 * 3600;
    let delays: Vec<_> = (1..=10).map(|attempt| seconds(attempt, None, 0, day)).collect();
    assert_eq!(delays, [5, 10, 20, 40, 80, 160, 320, 640, 900, 900].map(Some));
    assert_eq!(seconds(u32::MAX, None, 0, day), Some(900));
}

#[test]
fn the_provider_is_not_asked_earlier_than_it_wants() {
    assert_eq!(seconds(1, Some(60), 0, 3600), Some(60));
    assert_eq!(seconds(9, Some(60), 0, 3600), Some(900));
    assert_eq!(seconds(1, Some(7200), 0, 3600), None);
    assert_eq!(seconds(1, Some(7200), 0, 8000), Some(7200));
}

#[test]
fn chance_adds_up_to_a_quarter() {
    assert_eq!(seconds(3, None, 500, 3600), Some(22));
    assert_eq!(seconds(3, None, CHANCE_RANGE, 3600), Some(25));
    assert_eq!(seconds(1, Some(7200), CHANCE_RANGE, 8000), Some(7425));
}

#[test]
fn nothing_is_due_at_or_after_its_expiry() {
    assert_eq!(seconds(1, None, 0, 5), None);
    assert_eq!(seconds(1, None, 0, 6), Some(5));
}

proptest! {
    #[test]
    fn a_due_time_lies_ahead_and_before_the_expiry(
        attempt: u32, asked in proptest::option::of(0_i64..1_000_000), chance in 0..CHANCE_RANGE, left in 0_i64..200_000,
    ) {
        if let Some(seconds) = seconds(attempt, asked, chance, left) {
            prop_assert!(seconds >= 5 && seconds >= asked.unwrap_or(0) && seconds < left);
        }
    }
}
