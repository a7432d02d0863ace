//! Spans, read and shown.

use super::*;

#[test]
fn spans_carry_their_unit() {
    assert_eq!(span("20s"), Some(Millis::from_secs(20)));
    assert_eq!(span("15m"), Some(Millis::from_secs(900)));
    assert_eq!(span("1d"), Some(Millis::from_secs(86_400)));
    assert_eq!(span("250 ms"), Some(Millis::new(250)));
    for wrong in ["", "20", "s", "-5s", "1.5h", "20 sec", "400d", "99999999999999999999s"] {
        assert_eq!(span(wrong), None, "{wrong}");
    }
}

#[test]
fn what_is_shown_reads_back() {
    for text in ["0s", "20s", "90m", "2h", "3d", "1500ms"] {
        assert_eq!(span(&show(span(text).unwrap())), span(text));
    }
    assert_eq!(show(Millis::from_secs(7200)), "2h");
}
