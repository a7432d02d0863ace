//! Hours of an alert over midnight, in its zone, one stretch after the other.

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn opens(quiet: Option<(u16, u16)>, window: Option<(u16, u16)>, now: &str) -> Option<String> {
    let stretch = |(from, to)| Stretch { from: from * 60, to: to * 60 };
    let hours = Hours::new("Asia/Shanghai", quiet.map(stretch), window.map(stretch));
    hours.opens(at(now)).map(|at| at.to_string())
}

#[test]
fn quiet_hours_end_at_eight_in_the_branchs_zone() {
    let quiet = Some((20, 8));
    for (now, open) in [
        ("2026-11-09T14:40:00+08:00", "2026-11-09T06:40:00Z"),
        ("2026-11-09T19:59:59+08:00", "2026-11-09T11:59:59Z"),
        ("2026-11-09T20:00:00+08:00", "2026-11-10T00:00:00Z"),
        ("2026-11-09T03:00:00+08:00", "2026-11-09T00:00:00Z"),
        ("2026-11-09T08:00:00+08:00", "2026-11-09T00:00:00Z"),
    ] {
        assert_eq!(opens(quiet, None, now).map(|open| at(&open)), Some(at(open)), "{now}");
    }
}

#[test]
fn a_window_opens_where_it_and_the_quiet_hours_allow() {
    let evening = Some((15, 21));
    let open = |now| opens(Some((20, 8)), evening, now).map(|open| at(&open));
    assert_eq!(open("2026-11-09T12:00:00+08:00"), Some(at("2026-11-09T15:00:00+08:00")));
    assert_eq!(open("2026-11-09T20:30:00+08:00"), Some(at("2026-11-10T15:00:00+08:00")));
    assert_eq!(opens(Some((20, 8)), Some((21, 23)), "2026-11-09T12:00:00+08:00"), None, "never open");
}

#[test]
fn a_day_is_the_branchs_own() {
    let hours = Hours::new("Asia/Shanghai", None, None);
    assert_eq!(hours.day(at("2026-11-09T16:30:00Z")), "2026-11-10");
}
