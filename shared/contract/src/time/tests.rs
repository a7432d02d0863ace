//! Times at the edges: those that no clock shows, and how they are told.

use super::*;

#[test]
fn a_time_that_no_clock_shows_is_the_nearest_that_can_be_kept() {
    let ms = |text: &str| text.parse::<Timestamp>().map(Timestamp::as_ms);
    assert_eq!(ms("2026-11-09T09:14:00+08:00"), Ok(1_794_186_840_000));
    let last = ms("9999-12-30T22:00:00.999Z").unwrap();
    for text in ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59.999999999+00:00", "9999-12-31T00:00:00-12:00"] {
        assert_eq!(ms(text), Ok(last), "{text}");
    }
    assert!(ms("0001-01-01T00:00:00+14:00").unwrap() < ms("0001-01-01T00:00:00Z").unwrap());
    for text in ["", "9999-12-31T23:59:59", "9999-12-31", "9999-13-31T00:00:00Z", "99999-12-31T00:00:00Z", "tomorrow"] {
        assert_eq!(ms(text), Err(TimeError), "{text}");
    }
}
