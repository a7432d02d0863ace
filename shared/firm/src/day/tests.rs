//! Hours and stretches, read, written and asked.

use super::*;

fn at(text: &str) -> TimeOfDay {
    text.parse().unwrap()
}

#[test]
fn hours_are_read_as_they_are_written() {
    for text in ["00:00", "08:05", "15:00", "23:59"] {
        assert_eq!(at(text).to_string(), text);
    }
    assert_eq!(at("15:00").minutes(), 900);
    for text in ["", "24:00", "8:00", "08:60", "08-00", "+8:00", "08:0", "08:00:00", "0８:00"] {
        assert!(text.parse::<TimeOfDay>().is_err(), "{text}");
    }
}

#[test]
fn a_stretch_holds_its_start_and_not_its_end() {
    let window: DayWindow = "08:00-09:10".parse().unwrap();
    assert_eq!(["07:59", "08:00", "09:09", "09:10"].map(|time| window.contains(at(time))), [false, true, true, false]);
    assert_eq!(window.to_string(), "08:00-09:10");
}

#[test]
fn a_stretch_may_go_over_midnight() {
    let quiet: DayWindow = "20:00-08:00".parse().unwrap();
    let times = ["19:59", "20:00", "23:59", "00:00", "07:59", "08:00"];
    assert_eq!(times.map(|time| quiet.contains(at(time))), [false, true, true, true, true, false]);
}

#[test]
fn a_stretch_of_nothing_is_none() {
    for text in ["08:00-08:00", "08:00", "-", "08:00-", "a-b"] {
        assert!(text.parse::<DayWindow>().is_err(), "{text}");
    }
}
