//! Months begin where the civil ones do, in UTC.

use super::*;

fn month(text: &str) -> i64 {
    of(Timestamp::from_ms(text.parse::<jiff::Timestamp>().unwrap().as_millisecond()))
}

#[test]
fn a_month_begins_at_its_first_midnight() {
    assert_eq!(month("2026-11-30T23:59:59.999Z"), 2026 * 12 + 10);
    assert_eq!(month("2026-12-01T00:00:00Z"), 2026 * 12 + 11);
    assert_eq!(month("2027-01-01T00:00:00Z"), 2027 * 12);
}
