//! Webhooks: fields by pointers, foreign signatures, answers.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use channel::{
    Arrival, CallBody, Incoming,
    incoming::{IncomingPart, PartSource},
    signature,
};
use contract::{Address, AddressKind, DeliveryId};
use hmac::Mac;
use proptest::prelude::*;

use super::*;

const SECRET: &str = "hook secret";

fn now() -> Timestamp {
    "2026-11-09T01:15:00Z".parse().unwrap()
}

fn call(headers: Vec<(&str, String)>, body: &[u8]) -> Raw {
    Raw {
        method: "POST".into(),
        tail: String::new(),
        query: String::new(),
        headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        body: Bytes::copy_from_slice(body),
    }
}

fn post(body: &[u8]) -> Raw {
    call(vec![(signature::HEADER, signature::sign(SECRET.as_bytes(), now(), body))], body)
}

fn foreign(header: &str, prefix: &str, over: Over) -> Webhook {
    let verify = Verify::Foreign { header: header.into(), prefix: prefix.into(), over };
    Webhook::new(SECRET, Map::default(), verify, "app".into(), None)
}

fn neutral_account() -> Webhook {
    Webhook::new(SECRET, Map::default(), Verify::Ours, "app".into(), Some("http://app.example/out".into()))
}

fn arrival_by(map: Map, body: impl AsRef<[u8]>) -> Arrival {
    let account = Webhook::new(SECRET, map, Verify::Ours, "app".into(), None);
    let mut received = account.receive(&post(body.as_ref()), now()).unwrap();
    assert_eq!(received.arrivals.len(), 1);
    received.arrivals.remove(0)
}

fn contact_by(map: Map, body: impl AsRef<[u8]>) -> Incoming {
    let Arrival::Contact(incoming) = arrival_by(map, body) else { panic!("not taken") };
    *incoming
}

fn parked(body: &str) -> String {
    let Arrival::Undecodable(reason) = arrival_by(Map::default(), body) else { panic!("not parked") };
    reason
}

/// Gives a sender of the service that the tests' accounts belong to.
fn user(id: &str) -> Address {
    Address::parse(AddressKind::Webhook, id).unwrap().within("app")
}

fn mac(over: &[u8]) -> Vec<u8> {
    let mut mac = signature::hmac(SECRET.as_bytes());
    mac.update(over);
    mac.finalize().into_bytes().to_vec()
}

#[test]
fn the_neutral_places() {
    let incoming = contact_by(
        Map::default(),
        r#"{"id":"w1","from":"u42","text":"怎么开户","thread":"t9","received_at":"2026-11-09T09:14:00+08:00",
            "attachments":["https://app.example/a.png"]}"#,
    );
    assert_eq!(incoming.provider_id.as_deref(), Some("w1"));
    assert_eq!(incoming.from, Some(user("u42")));
    assert_eq!((incoming.text.as_str(), incoming.thread.as_slice()), ("怎么开户", &["t9".to_owned()][..]));
    assert_eq!(incoming.received_at, Some("2026-11-09T01:14:00Z".parse().unwrap()));
    let source = PartSource::Provider("https://app.example/a.png".into());
    let part = IncomingPart { name: None, media_type: "application/octet-stream".into(), source };
    assert!(incoming.parts == [part]);
}

#[test]
fn fields_stand_where_the_map_says() {
    let at = |text: &str| Some(text.parse().unwrap());
    let map = Map {
        id: at("/update/message_id"),
        from: at("/update/from/id"),
        text: at("/update/a~1b/0"),
        thread: None,
        received_at: at("/update/date"),
        attachments: None,
    };
    let incoming = contact_by(
        map,
        r#"{"update":{"message_id":77,"from":{"id":18446744073709551615},"a/b":["hello"],"date":1700000000,
            "thread":"not asked for"}}"#,
    );
    assert_eq!(incoming.provider_id.as_deref(), Some("77"));
    assert_eq!(incoming.from, Some(user("18446744073709551615")));
    assert_eq!(incoming.text, "hello");
    assert_eq!(incoming.thread, [""; 0]);
    assert_eq!(incoming.received_at, Some(Timestamp::from_ms(1_700_000_000_000)));
}

#[test]
fn the_whole_of_a_form_may_be_the_text() {
    let map = Map { text: Some("".parse().unwrap()), from: None, ..Map::default() };
    assert_eq!(contact_by(map, r#"{"name":"x", "n":1}"#).text, r#"{"n":1,"name":"x"}"#);
}

#[test]
fn attachments_in_every_shape() {
    let body = format!(
        r#"{{"from":"u1","attachments":[{{"data":"{}","name":"a.txt","media_type":"text/plain"}},{{"url":"https://x.example/1"}}]}}"#,
        STANDARD.encode("bytes")
    );
    let incoming = contact_by(Map::default(), body);
    let first = IncomingPart {
        name: Some("a.txt".into()),
        media_type: "text/plain".into(),
        source: PartSource::Bytes(b"bytes".to_vec()),
    };
    assert!(incoming.parts.first() == Some(&first));
    assert_eq!((incoming.parts.len(), incoming.text.as_str()), (2, ""));
}

#[test]
fn signed_but_undecodable_is_parked() {
    for (body, reason) in [
        ("", "cut off, line 1 column 0"),
        ("[1]", "from is empty"),
        (r#"{"from":"u1","text":null}"#, "there is neither a text nor an attachment where the map points"),
        (r#"{"text":"","id":1.5}"#, "id is neither text nor a whole number"),
        (r#"{"text":"","from":{}}"#, "from is neither text nor a whole number"),
        (r#"{"text":"x"}"#, "from is empty"),
        (r#"{"text":"x","from":null}"#, "from is empty"),
        (r#"{"text":"x","from":" "}"#, "from is empty"),
        (r#"{"from":1,"text":"","received_at":"yesterday"}"#, "received_at is no time"),
        (r#"{"from":1,"text":"","received_at":"nan"}"#, "received_at is no time"),
        (r#"{"from":1,"text":"","received_at":[]}"#, "received_at is no time"),
        (r#"{"from":1,"attachments":[1]}"#, "an attachment has neither an address nor data"),
        (r#"{"from":1,"attachments":[{"data":"?"}]}"#, "an attachment's data is not Base64"),
    ] {
        assert_eq!(parked(body), reason, "{body}");
    }
    let many = format!(r#"{{"from":1,"attachments":[{}""]}}"#, "\"\",".repeat(64));
    assert_eq!(parked(&many), "too many attachments");
    assert_eq!(
        parked(&format!(r#"{{"text":"","from":"{}"}}"#, "x".repeat(400))),
        "from is too long or holds control characters"
    );
}

#[test]
fn no_message_is_lost_by_a_wrong_clock() {
    let sent = |at: &str| {
        let body = format!(r#"{{"from":1,"text":"x","received_at":{at}}}"#);
        contact_by(Map::default(), body).received_at.map(Timestamp::as_ms)
    };
    for (at, ms) in [
        ("1700000000", Some(1_700_000_000_000)),
        ("1700000000.5", Some(1_700_000_000_500)),
        ("1700000000000", Some(1_700_000_000_000)),
        ("\"1700000000\"", Some(1_700_000_000_000)),
        ("-5", Some(-5000)),
        ("18446744073709551615", Some(i64::MAX)),
        ("-1e300", Some(i64::MIN)),
        ("\"\"", None),
        ("null", None),
    ] {
        assert_eq!(sent(at), ms, "{at}");
    }
    assert!(sent("\"9999-12-31T23:59:59Z\"").is_some());
}

#[test]
fn senders_of_two_services_are_two_people_unless_they_share_a_namespace() {
    let from = |namespace: &str| {
        let account = Webhook::new(SECRET, Map::default(), Verify::Ours, namespace.to_owned(), None);
        let Arrival::Contact(incoming) =
            account.receive(&post(br#"{"from":"u-5","text":"x"}"#), now()).unwrap().arrivals.remove(0)
        else {
            panic!("not taken")
        };
        incoming.from.unwrap()
    };
    assert_ne!(from("app"), from("form"));
    assert_eq!(from("app"), from("app"));
    assert_eq!(from("app").value(), "u-5", "an answer names him as the service does");
}

#[test]
fn deep_nesting_is_parked() {
    assert!(parked(&format!("{}{}", "[".repeat(100_000), "]".repeat(100_000))).starts_with("not JSON"));
}

#[test]
fn a_foreign_signature_over_the_body() {
    let body = br#"{"text":"x"}"#;
    for (encoding, value) in [(Encoding::Hex, hex::encode(mac(body))), (Encoding::Base64, STANDARD.encode(mac(body)))] {
        let account = foreign("X-Hub-Signature-256", "sha256=", Over::Body(encoding));
        let with = |value: &str| call(vec![("x-hub-signature-256", value.to_owned())], body);
        assert!(account.receive(&with(&format!("sha256={value}")), now()).is_ok());
        for bad in [&value, "sha256=", "sha256=zz", "sha1=00", ""] {
            assert!(matches!(account.receive(&with(bad), now()), Err(Refusal::Signature(_))), "{bad}");
        }
        let changed = Raw { body: Bytes::from_static(b"{}"), ..with(&format!("sha256={value}")) };
        assert_eq!(account.receive(&changed, now()).unwrap_err(), Refusal::Signature("wrong"));
        assert_eq!(account.receive(&post(body), now()).unwrap_err(), Refusal::Signature("missing"));
    }
}

#[test]
fn a_foreign_signature_with_a_time_stamp_grows_old() {
    let account = foreign("x-sig", "v0=", Over::StampedBody(Encoding::Hex, "X-Stamp".into()));
    let at = |seconds: i64| {
        let stamp = seconds.to_string();
        let value = format!("v0={}", hex::encode(mac(format!("{stamp}.{{\"text\":1}}").as_bytes())));
        call(vec![("x-sig", value), ("x-stamp", stamp)], br#"{"text":1}"#)
    };
    let seconds = now().as_ms() / 1000;
    assert!(account.receive(&at(seconds - 300), now()).is_ok());
    assert_eq!(account.receive(&at(seconds - 301), now()).unwrap_err(), Refusal::Signature("too old"));
    assert_eq!(account.receive(&at(seconds + 301), now()).unwrap_err(), Refusal::Signature("too far ahead"));
}

#[test]
fn a_static_token() {
    let account = foreign("authorization", "Bearer ", Over::Token);
    let with = |value: &str| call(vec![("authorization", value.to_owned())], br#"{"text":"x"}"#);
    assert!(account.receive(&with("Bearer hook secret"), now()).is_ok());
    for bad in ["Bearer hook secre", "Bearer ", "hook secret", "Bearer hook secrets"] {
        assert!(matches!(account.receive(&with(bad), now()), Err(Refusal::Signature(_))), "{bad}");
    }
}

#[test]
fn receipts_and_routes() {
    let body = br#"{"provider_id":"p","status":"delivered"}"#;
    let receipt = Raw { tail: "receipts".into(), ..post(body) };
    assert!(matches!(neutral_account().receive(&receipt, now()).unwrap().arrivals[..], [Arrival::Receipt(_)]));
    let unsigned = Raw { headers: Vec::new(), ..receipt };
    assert_eq!(neutral_account().receive(&unsigned, now()).unwrap_err(), Refusal::Signature("missing"));
    let lost = Raw { tail: "x".into(), ..post(b"{}") };
    assert_eq!(neutral_account().receive(&lost, now()).unwrap_err(), Refusal::NoRoute);
    let got = Raw { method: "GET".into(), ..post(b"{}") };
    assert_eq!(neutral_account().receive(&got, now()).unwrap_err(), Refusal::Method);
}

#[test]
fn an_answer_names_its_thread() {
    let to = Address::parse(AddressKind::Webhook, "u42").unwrap();
    let outbound = Outbound {
        automatic: false,
        unsubscribe: None,
        delivery: DeliveryId::new(9),
        case: None,
        to,
        from: None,
        subject: None,
        text: "请稍等".into(),
        thread: vec!["t9".into()],
    };
    let call = neutral_account().send(&outbound, None, now()).unwrap();
    let CallBody::Bytes(_, body) = call.body else { panic!("a body") };
    assert_eq!(
        String::from_utf8(body).unwrap(),
        r#"{"id":"00000000-0000-0000-0000-000000000009","to":"u42","text":"请稍等","thread":"t9"}"#
    );
    let mute = foreign("x", "", Over::Token);
    assert_eq!(mute.send(&outbound, None, now()), Err(Unsendable::NoReplyChannel));
    let phone = Address::parse(AddressKind::Phone, "13800138000").unwrap();
    let wrong = Outbound { to: phone, ..outbound.clone() };
    assert_eq!(neutral_account().send(&wrong, None, now()), Err(Unsendable::WrongAddress));
    let long = Outbound { text: "长".repeat(encode::TEXT_CHARS_MAX + 1), ..outbound };
    assert_eq!(neutral_account().send(&long, None, now()), Err(Unsendable::TooLong));
}

#[test]
fn pointers() {
    for good in ["", "/", "/a", "/a~0b/~1/0"] {
        assert_eq!(good.parse::<Pointer>().unwrap().as_str(), good);
    }
    for bad in ["a", "a/b", "/a~", "/a~2", "/~é"] {
        assert_eq!(bad.parse::<Pointer>(), Err(PointerError), "{bad}");
    }
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        ".*".prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        let keys = prop_oneof!["(id|from|text|thread|received_at|attachments|url|data|name)", ".*"];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
            proptest::collection::btree_map(keys, inner, 0..6)
                .prop_map(|fields| serde_json::Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_bytes_are_taken_or_parked(body in proptest::collection::vec(any::<u8>(), 0..400)) {
        drop(arrival_by(Map::default(), body));
    }

    #[test]
    fn any_json_is_taken_or_parked(value in json()) {
        drop(arrival_by(Map::default(), value.to_string()));
    }

    #[test]
    fn any_text_is_a_pointer_or_not(text in ".*", value in json()) {
        if let Ok(pointer) = text.parse() {
            drop(arrival_by(Map { text: Some(pointer), ..Map::default() }, value.to_string()));
        }
    }

    #[test]
    fn no_header_of_a_foreign_scheme_panics(value in ".*", stamp in ".*", prefix in ".{0,3}") {
        for over in [Over::Token, Over::Body(Encoding::Base64), Over::StampedBody(Encoding::Hex, "s".into())] {
            let raw = call(vec![("x", value.clone()), ("s", stamp.clone())], b"{}");
            prop_assert!(foreign("X", &prefix, over).receive(&raw, now()).is_err());
        }
    }
}

#[test]
fn the_handbooks_body_is_taken_by_the_handbooks_map() {
    let handbook = include_str!("../../../docs/channels.md");
    let (_, rest) = handbook.split_once("```json webhook-in\n").unwrap();
    let body = rest.split_once("```").unwrap().0;
    let (_, line) = handbook.split_once("\nmap = { ").unwrap();
    let mut map = Map { id: None, from: None, text: None, thread: None, received_at: None, attachments: None };
    for pair in line.split_once(" }").unwrap().0.split(", ") {
        let (name, place) = pair.split_once(" = ").unwrap();
        let pointer = Some(place.trim_matches('"').parse().unwrap());
        match name {
            "id" => map.id = pointer,
            "from" => map.from = pointer,
            "text" => map.text = pointer,
            "thread" => map.thread = pointer,
            "received_at" => map.received_at = pointer,
            "attachments" => map.attachments = pointer,
            other => panic!("no field {other}"),
        }
    }
    let incoming = contact_by(map, body);
    assert_eq!((incoming.provider_id.as_deref(), incoming.text.as_str()), (Some("991"), "如何开通港股通"));
    assert_eq!((incoming.from.unwrap().value(), incoming.thread.as_slice()), ("u-5", &["c-12".to_owned()][..]));
    assert_eq!((incoming.parts.len(), incoming.received_at.is_some()), (1, true));
}
