//! Events of calls in the generic form.

use channel::Content;
use contract::{
    Millis, Timestamp,
    inbound::{CallEvent, CallWhat},
};

use super::{contact, reason_of, undecodable};
use crate::Profile::{Freeswitch, Generic};

const FULL: &str = r#"{"call_id":"c1","event":"answered","from":"13800000001","to":"95500","at":"2026-11-09T09:14:00+08:00",
    "queue":"enquiries","agent":"lin","ring_s":7,"wait_s":41,"language":"cantonese","later_field":{"x":1}}"#;
const AT: Timestamp = Timestamp::from_ms(1_794_186_840_000);

fn event(fields: &str) -> String {
    format!(r#"{{"call_id":"c1","at":"2026-11-09T01:14:00Z",{fields}}}"#)
}

fn call(body: &str) -> CallEvent {
    match contact(Generic, "", body.as_bytes()).content {
        Content::Call(call) => call,
        other @ (Content::Message | Content::Menu(_) | Content::Automatic | Content::Leg(_) | Content::Counter(_)) => {
            panic!("no event: {other:?}")
        }
    }
}

#[test]
fn every_field_is_read() {
    let incoming = contact(Generic, "", FULL.as_bytes());
    assert_eq!(incoming.provider_id.as_deref(), Some("c1"));
    assert_eq!(incoming.from.as_ref().unwrap().value(), "+8613800000001");
    assert_eq!(incoming.to, ["95500"]);
    assert_eq!(incoming.received_at, Some(AT));
    let expected = CallEvent {
        what: CallWhat::Answered,
        at: AT,
        queue: Some("enquiries".parse().unwrap()),
        agent: Some("lin".parse().unwrap()),
        ring: Some(Millis::from_secs(7)),
        wait: Some(Millis::from_secs(41)),
        language: Some("cantonese".parse().unwrap()),
    };
    assert_eq!(call(FULL), expected);
}

#[test]
fn every_event_has_its_word() {
    let words = [
        ("ringing", CallWhat::Ringing),
        ("answered", CallWhat::Answered),
        ("missed", CallWhat::Missed),
        ("abandoned", CallWhat::Abandoned),
        ("voicemail", CallWhat::Voicemail),
        ("ended", CallWhat::Ended),
    ];
    for (word, what) in words {
        assert_eq!(call(&event(&format!(r#""event":"{word}""#))).what, what);
    }
}

#[test]
fn events_of_one_call_are_told_apart_and_repeats_are_not() {
    let mark = |fields: &str| contact(Generic, "", event(fields).as_bytes()).distinction;
    let first = mark(r#""event":"ringing","agent":"lin""#);
    assert_eq!(first, mark(r#""agent":"lin","event":"ringing","ring_s":3"#));
    assert_ne!(first, mark(r#""event":"ringing","agent":"wu""#));
    assert_ne!(first, mark(r#""event":"missed","agent":"lin""#));
    let later = event(r#""event":"ringing","agent":"lin""#).replace("01:14:00", "01:14:01");
    assert_ne!(first, contact(Generic, "", later.as_bytes()).distinction);
}

#[test]
fn a_withheld_number_is_none() {
    for from in [
        "",
        " ",
        "anonymous",
        "Anonymous",
        "unknown",
        "restricted",
        "private",
        "withheld",
        "0000000000",
        "abc",
        "+",
        "sip:anonymous@anonymous.invalid",
    ] {
        let body = event(&format!(r#""event":"missed","from":"{from}""#));
        assert_eq!(contact(Generic, "", body.as_bytes()).from, None, "{from}");
    }
    assert_eq!(contact(Generic, "", event(r#""event":"missed","from":null"#).as_bytes()).from, None);
}

#[test]
fn a_number_may_stand_in_an_address() {
    for from in [
        "13800000001",
        "+8613800000001",
        "008613800000001",
        "sip:13800000001@10.0.0.1:5060;user=phone",
        "tel:+86-138-0000-0001",
        "13800000001@pbx",
    ] {
        let body = event(&format!(r#""event":"missed","from":"{from}""#));
        assert_eq!(contact(Generic, "", body.as_bytes()).from.unwrap().value(), "+8613800000001", "{from}");
    }
}

#[test]
fn a_voice_message_has_a_text() {
    let text = |fields: &str| contact(Generic, "", event(fields).as_bytes()).text;
    assert_eq!(text(r#""event":"voicemail""#), "[语音留言]");
    assert_eq!(text(r#""event":"voicemail","text":"请回电""#), "请回电");
    assert_eq!(text(r#""event":"missed""#), "");
    let kept = contact(Generic, "", event(r#""event":"voicemail","recording":"http://pbx.example/1.wav""#).as_bytes());
    assert_eq!(kept.parts.len(), 1);
}

#[test]
fn route_tells_of_a_call_that_queues() {
    for profile in [Generic, Freeswitch] {
        let incoming = contact(profile, "route", event(r#""queue":"enquiries","from":"13800000001""#).as_bytes());
        let Content::Call(call) = incoming.content else { panic!("no event") };
        assert_eq!((call.what, call.agent), (CallWhat::Ringing, None));
        assert_eq!(incoming.provider_id.as_deref(), Some("c1"));
    }
}

/// The clock of an exchange may be wrong or jump; what it says of a call is taken all the same.
#[test]
fn no_call_is_lost_by_a_wrong_clock() {
    let waited = |told: &str| call(&event(&format!(r#""event":"abandoned","wait_s":{told}"#))).wait;
    let day = Some(Millis::from_secs(86_400));
    for (told, wait) in [
        ("-5", None),
        ("-1e300", None),
        ("\"\"", None),
        ("null", None),
        ("0", Some(Millis::ZERO)),
        ("1.9", Some(Millis::from_secs(1))),
        ("\"7\"", Some(Millis::from_secs(7))),
        ("86401", day),
        ("1000000000000000000000000000000", day),
        ("1e300", day),
    ] {
        assert_eq!(waited(told), wait, "{told}");
    }
    for at in ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", " 2026-11-09T01:14:00Z "] {
        call(&event(r#""event":"missed""#).replace("2026-11-09T01:14:00Z", at));
    }
}

#[test]
fn what_cannot_be_read_is_said_by_its_field() {
    for (fields, reason) in [
        (r#""event":"missed","at":"2026-11-09T01:14:00Z""#, "call_id is missing"),
        (r#""call_id":"c1","event":"missed""#, "at is missing"),
        (r#""call_id":"c1","event":"missed","at":7"#, "at is of the wrong type"),
        (r#""call_id":"c1","event":"missed","at":"""#, "at is no RFC 3339 time with an offset"),
        (
            r#""call_id":"c1","event":"missed","at":"2026-11-09T01:14:00Z","ring_s":[]"#,
            "ring_s is no number of seconds",
        ),
    ] {
        assert_eq!(reason_of(Generic, format!("{{{fields}}}").as_bytes()), reason, "{fields}");
    }
}

#[test]
fn what_cannot_be_read_is_kept_undecoded() {
    let cases = [
        "",
        "{",
        "[]",
        "null",
        "\"x\"",
        r#"{"call_id":"c1"}"#,
        r#"{"event":"missed","at":"2026-11-09T01:14:00Z"}"#,
        &event(r#""event":"exploded""#),
        &event(r#""event":"""#),
        r#"{"call_id":"c1","at":"2026-11-09T01:14:00Z"}"#,
        &event(r#""event":"missed","ring_s":"soon""#),
        &event(r#""event":"missed","ring_s":"nan""#),
        &event(r#""event":"missed","wait_s":{}"#),
        &event(r#""event":"missed","queue":"No Such""#),
        &event(r#""event":"missed","agent":"a__b""#),
        &event(r#""event":"missed","language":"é""#),
        &event(r#""event":"missed""#).replace("Z", ""),
        &event(r#""event":"missed""#).replace("c1", ""),
        &event(r#""event":"missed""#).replace("c1", &"c".repeat(300)),
    ];
    for body in cases {
        assert!(undecodable(Generic, body.as_bytes()), "{body}");
    }
    assert!(undecodable(Generic, b"\xff\xfe{}"));
    assert!(undecodable(Generic, "[".repeat(100_000).as_bytes()));
}
