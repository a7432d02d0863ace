//! Short messages: what is taken, what is parked, what is refused, what goes out.

use bytes::Bytes;
use channel::{Arrival, CallBody, Content, Incoming, signature};
use contract::{Address, AddressKind, DeliveryId};
use proptest::prelude::*;

use super::*;

const SECRET: &str = "sms secret";
const FULL: &str =
    r#"{"id":"m1","from":"138 0013 8000","to":"1069000","text":"怎么开户","received_at":"2026-11-09T09:14:00+08:00"}"#;
const NO_TIME: &str = "received_at is no RFC 3339 time with an offset";

fn now() -> Timestamp {
    "2026-11-09T01:15:00Z".parse().unwrap()
}

fn account() -> Sms {
    Sms::generic(SECRET, Some("http://provider.example/send".into()))
}

fn post(tail: &str, body: impl AsRef<[u8]>) -> Raw {
    let body = Bytes::copy_from_slice(body.as_ref());
    let headers = vec![(signature::HEADER.to_owned(), signature::sign(SECRET.as_bytes(), now(), &body))];
    Raw { method: "POST".into(), tail: tail.into(), query: String::new(), headers, body }
}

fn arrival(body: impl AsRef<[u8]>) -> Arrival {
    let mut received = account().receive(&post("", body), now()).unwrap();
    assert_eq!(received.answer, None);
    assert_eq!(received.arrivals.len(), 1);
    received.arrivals.remove(0)
}

fn contact(body: impl AsRef<[u8]>) -> Incoming {
    let Arrival::Contact(incoming) = arrival(body) else { panic!("not taken") };
    *incoming
}

fn parked(body: impl AsRef<[u8]>) -> String {
    let Arrival::Undecodable(reason) = arrival(body) else { panic!("not parked") };
    reason
}

fn delivery(to: Address, text: &str) -> Outbound {
    Outbound {
        automatic: false,
        unsubscribe: None,
        delivery: DeliveryId::new(9),
        case: None,
        to,
        from: None,
        subject: None,
        text: text.into(),
        thread: vec!["m1".into()],
    }
}

fn phone() -> Address {
    Address::parse(AddressKind::Phone, "13800138000").unwrap()
}

#[test]
fn a_whole_message() {
    let incoming = contact(FULL);
    assert_eq!(incoming.provider_id.as_deref(), Some("m1"));
    assert_eq!(incoming.from, Some(phone()));
    assert_eq!(incoming.to, ["1069000"]);
    assert_eq!(incoming.text, "怎么开户");
    assert_eq!(incoming.received_at, Some("2026-11-09T01:14:00Z".parse().unwrap()));
    assert_eq!(incoming.content, Content::Message);
}

#[test]
fn a_message_that_has_only_a_sender() {
    for body in [
        r#"{"from":"13800138000","text":""}"#,
        r#"{"id":"","from":"13800138000","to":" ","text":"","received_at":"","more":[1]}"#,
        r#"{"id":" ","from":"13800138000","to":null,"text":"","received_at":null}"#,
    ] {
        assert!(contact(body) == Incoming::message(Some(phone())), "{body}");
    }
}

#[test]
fn a_time_that_no_clock_shows_loses_no_message() {
    for at in ["9999-12-31T23:59:59Z", "0000-01-01T00:00:00Z", "1970-01-01T00:00:00+14:00"] {
        let body = serde_json::json!({"from": "13800138000", "text": "x", "received_at": at});
        assert!(contact(body.to_string()).received_at.is_some(), "{at}");
    }
}

#[test]
fn the_signature_comes_before_the_content() {
    let mut raw = post("", "not json");
    raw.headers.clear();
    assert_eq!(account().receive(&raw, now()).unwrap_err(), Refusal::Signature("missing"));
    let mut raw = post("", FULL);
    raw.body = Bytes::from(FULL.replace("m1", "m2"));
    assert_eq!(account().receive(&raw, now()).unwrap_err(), Refusal::Signature("wrong"));
    let late = now() + contract::Millis::from_secs(301);
    assert_eq!(account().receive(&post("", FULL), late).unwrap_err(), Refusal::Signature("too old"));
}

#[test]
fn signed_but_undecodable_is_parked_with_a_reason_that_repeats_nothing() {
    for (body, reason) in [
        ("", "cut off, line 1 column 0"),
        ("{\"id\":\"m1\"", "cut off, line 1 column 10"),
        ("<xml/>", "not JSON, line 1 column 1"),
        ("[]", "not a JSON object"),
        (r#"{"id":"m1"}"#, "text is missing"),
        (r#"{"id":1,"text":""}"#, "id is of the wrong type"),
        (r#"{"text":"","text":"x"}"#, "text stands twice"),
        (r#"{"text":"","received_at":7}"#, "received_at is of the wrong type"),
        (r#"{"from":"BANK","text":""}"#, "from is no telephone number"),
        (r#"{"from":"13800138000","text":"","received_at":"2026-11-09 09:14"}"#, NO_TIME),
        (r#"{"from":"13800138000","text":"","received_at":"99999-11-09T09:14:00Z"}"#, NO_TIME),
        (r#"{"text":"x"}"#, "from is empty"),
        (r#"{"from":" ","to":"","text":""}"#, "from is empty"),
    ] {
        assert_eq!(parked(body), reason, "{body}");
    }
    let long = format!(r#"{{"id":"{}","from":"13800138000","text":""}}"#, "x".repeat(257));
    assert_eq!(parked(long), "id is too long");
}

#[test]
fn bytes_that_are_not_utf_8_are_parked_and_another_declared_charset_is_refused() {
    let mut gbk = br#"{"id":"m1","text":""#.to_vec();
    gbk.extend_from_slice(&[0xbf, 0xaa, 0xbb, 0xa7]);
    gbk.extend_from_slice(br#""}"#);
    assert!(parked(&gbk).starts_with("not JSON"));
    let mut raw = post("", &gbk);
    raw.headers.push(("content-type".into(), "application/json; charset=gbk".into()));
    assert!(matches!(account().receive(&raw, now()), Err(Refusal::MediaType(_))));
}

#[test]
fn deep_nesting_is_parked() {
    assert!(parked(format!(r#"{{"text":"","x":{}"#, "[".repeat(100_000))).starts_with("cut off"));
}

#[test]
fn routes_and_methods() {
    assert_eq!(account().receive(&post("other", FULL), now()).unwrap_err(), Refusal::NoRoute);
    for tail in ["", "receipts"] {
        let raw = Raw { method: "GET".into(), ..post(tail, FULL) };
        assert_eq!(account().receive(&raw, now()).unwrap_err(), Refusal::Method);
    }
    let receipt = account().receive(&post("receipts", r#"{"provider_id":"p","status":"delivered"}"#), now()).unwrap();
    assert!(matches!(receipt.arrivals[..], [Arrival::Receipt(_)]));
}

#[test]
fn an_answer_goes_out() {
    let call = account().send(&delivery(phone(), "请稍等"), None, now()).unwrap();
    let CallBody::Bytes(_, body) = call.body else { panic!("a body") };
    assert_eq!(
        String::from_utf8(body).unwrap(),
        r#"{"id":"00000000-0000-0000-0000-000000000009","to":"+8613800138000","text":"请稍等"}"#
    );
    assert_eq!((call.method, call.url.as_str()), ("POST", "http://provider.example/send"));
}

#[test]
fn what_cannot_go_out() {
    let mute = Sms::generic(SECRET, None);
    assert_eq!(mute.send(&delivery(phone(), "x"), None, now()), Err(Unsendable::NoReplyChannel));
    let openid = Address::parse(AddressKind::Wechat, "oX").unwrap();
    assert_eq!(account().send(&delivery(openid, "x"), None, now()), Err(Unsendable::WrongAddress));
    let long = "长".repeat(encode::TEXT_CHARS_MAX + 1);
    assert_eq!(account().send(&delivery(phone(), &long), None, now()), Err(Unsendable::TooLong));
}

proptest! {
    #[test]
    fn whatever_is_signed_is_taken_or_parked(body in proptest::collection::vec(any::<u8>(), 0..400)) {
        drop(arrival(body));
    }

    #[test]
    fn whatever_fields_hold_is_taken_or_parked(id in ".*", from in ".*", text in ".*", at in ".*") {
        let body = serde_json::json!({"id": id, "from": from, "text": text, "received_at": at});
        drop(arrival(body.to_string()));
    }

    #[test]
    fn a_cut_message_is_parked(end in 0..FULL.len()) {
        prop_assert!(!parked(FULL.as_bytes().split_at(end).0).is_empty());
    }

    #[test]
    fn every_text_survives(text in ".*", id in "[a-z0-9]{1,256}") {
        let incoming = contact(serde_json::json!({"id": id, "from": "13800138000", "text": text}).to_string());
        prop_assert_eq!((incoming.provider_id, incoming.text), (Some(id), text));
    }
}

/// Gives the fenced block of the handbook with this mark.
fn handbook(mark: &str) -> &'static str {
    let (_, rest) = include_str!("../../../docs/channels.md").split_once(&format!("```json {mark}\n")).unwrap();
    rest.split_once("```").unwrap().0
}

#[test]
fn the_handbooks_bodies_are_taken() {
    assert_eq!(contact(handbook("sms-in")).text, "我的交易软件登录不上");
    let received = account().receive(&post("receipts", handbook("sms-receipt")), now()).unwrap();
    assert!(matches!(received.arrivals.as_slice(), [Arrival::Receipt(receipt)] if receipt.provider_id == "p-77"));
}
