//! Frames: each verb of the design decodes, everything else is refused with its `ref`.

use contract::{CaseId, DeclineReason, Outcome, Timestamp, command::TransferTo};
use proptest::prelude::*;

use super::*;

const REF: &str = "0190a5b0-0000-7000-8000-000000000001";
const CASE: &str = "0190a5b0-0000-7000-8000-000000000002";

fn lin() -> AgentId {
    "lin".parse().unwrap()
}

fn now() -> Timestamp {
    "2026-11-09T09:14:00+08:00".parse().unwrap()
}

fn read(text: &str) -> Result<Ask, (Option<String>, Option<String>)> {
    decode(text, &lin(), now())
        .map(|frame| frame.ask.expect("it asks something"))
        .map_err(|bad| (bad.reference, bad.problem.shape().field))
}

fn frame(rest: &str) -> String {
    format!(r#"{{"ref":"{REF}",{rest}}}"#)
}

fn about(rest: &str) -> String {
    frame(&format!(r#""case_id":"{CASE}",{rest}"#))
}

fn is(text: &str, ask: Ask) {
    assert!(read(text).ok() == Some(ask), "{text}");
}

fn is_case(rest: &str, ask: CaseAsk) {
    is(&about(rest), Ask::Case(CASE.parse::<CaseId>().unwrap(), ask));
}

#[test]
fn every_frame_of_the_design_is_understood() {
    let offer = CASE.parse::<OfferId>().unwrap();
    is(&frame(r#""type":"ready""#), Ask::Ready(lin()));
    is(&frame(r#""type":"away","reason":"lunch""#), Ask::Away(lin(), "lunch".into()));
    is(&frame(&format!(r#""type":"accept","offer_id":"{CASE}""#)), Ask::Accept(offer));
    let decline = frame(&format!(r#""type":"decline","offer_id":"{CASE}","reason":"busy""#));
    is(&decline, Ask::Decline(offer, DeclineReason::Busy));
    is_case(r#""type":"reply","text":"您好""#, CaseAsk::Reply("您好".into()));
    let queue = TransferTo::Queue("funds".parse().unwrap());
    is_case(r#""type":"transfer","to":{"queue":"funds"}"#, CaseAsk::Transfer(queue));
    is_case(r#""type":"pend""#, CaseAsk::Pend(None));
    is_case(r#""type":"done""#, CaseAsk::Done);
    is_case(r#""type":"raise""#, CaseAsk::Raise);
    is_case(r#""type":"upset""#, CaseAsk::Upset);
    is_case(r#""type":"dialect","language":"cantonese""#, CaseAsk::Dialect("cantonese".parse().unwrap()));
    is_case(r#""type":"close","outcome":"solved""#, CaseAsk::Close(Outcome::Solved));
    let callback = about(r#""type":"callback","at":"2026-11-09T11:00:00+08:00","number":"13800000000""#);
    assert!(matches!(read(&callback), Ok(Ask::Case(_, CaseAsk::Callback(_, Some(_))))));
}

#[test]
fn what_is_wrong_is_named_beside_the_ref() {
    let wrong = |text: &str| {
        let (reference, field) = read(text).err().expect(text);
        assert_eq!(reference.as_deref(), Some(REF), "{text}");
        field.unwrap_or_default()
    };
    assert_eq!(wrong(&frame(r#""type":"fly""#)), "type");
    assert_eq!(wrong(&frame(r#""kind":"ready""#)), "type");
    assert_eq!(wrong(&frame(r#""type":"ready","loud":true"#)), "loud");
    assert_eq!(wrong(&frame(r#""type":"accept""#)), "offer_id");
    assert_eq!(wrong(&about(r#""type":"reply","text":"  ""#)), "text");
    assert_eq!(wrong(&about(r#""type":"transfer","to":{}"#)), "to");
    assert_eq!(wrong(&about(r#""type":"transfer","to":{"agent":"a","queue":"b"}"#)), "to");
    assert_eq!(wrong(&about(r#""type":"callback","at":"2026-11-09T09:00:00+08:00""#)), "at");
    assert_eq!(wrong(&about(r#""type":"callback","at":"tomorrow""#)), "at");
    assert_eq!(wrong(&about(r#""type":"callback","at":"2026-11-10T09:00:00Z","number":"x""#)), "number");
}

#[test]
fn a_frame_without_a_usable_ref_is_refused_all_the_same() {
    let refused = |text: &str| read(text).err().expect(text);
    assert_eq!(refused(r#"{"type":"ready"}"#), (None, Some("ref".into())));
    assert_eq!(refused(r#"{"type":"ready","ref":7}"#), (None, Some("ref".into())));
    assert_eq!(refused(r#"{"type":"ready","ref":"one"}"#), (Some("one".into()), Some("ref".into())));
    assert_eq!(refused("[1]"), (None, None));
    assert_eq!(refused("\u{0}"), (None, None));
}

proptest! {
    #[test]
    fn any_text_is_decoded_without_a_panic(text in ".{0,300}") {
        drop(read(&text));
    }

    #[test]
    fn any_fields_are_decoded_without_a_panic(
        verb in "(ready|away|accept|decline|reply|transfer|callback|pend|close|done|note|recuse|rekind|assign|[a-z]{0,6})",
        name in "(text|to|at|until|outcome|agent|kind|queue|reason|number|offer_id|case_id|[a-z_]{0,8})",
        value in prop_oneof![
            Just("null".to_owned()), Just("7".to_owned()), Just("{}".to_owned()), Just("[]".to_owned()),
            "[a-z0-9:+-]{0,30}".prop_map(|text| format!("\"{text}\"")),
        ],
    ) {
        drop(read(&about(&format!(r#""type":"{verb}","{name}":{value}"#))));
    }
}
