//! Submits and receipts of the neutral form.

use bytes::Bytes;
use contract::{Address, AddressKind, DeliveryId, Millis};
use proptest::prelude::*;

use super::*;

const SECRET: &[u8] = b"secret";

fn now() -> Timestamp {
    Timestamp::from_ms(1_700_000_000_000)
}

fn outbound(text: &str) -> Outbound {
    Outbound {
        automatic: false,
        unsubscribe: None,
        delivery: DeliveryId::new(7),
        case: None,
        to: Address::parse(AddressKind::Phone, "13800138000").unwrap(),
        from: None,
        subject: None,
        text: text.to_owned(),
        thread: vec!["t1".into(), "t2".into()],
    }
}

fn reply(status: u16, body: &str) -> Reply {
    Reply { status, retry_after: Some(Millis::from_secs(9)), body: body.into() }
}

fn post(body: &str) -> Raw {
    Raw {
        method: "POST".into(),
        tail: "receipts".into(),
        query: String::new(),
        headers: Vec::new(),
        body: Bytes::copy_from_slice(body.as_bytes()),
    }
}

fn only(body: &str) -> Arrival {
    receipts(&post(body)).unwrap().arrivals.remove(0)
}

#[test]
fn a_submit_is_signed_over_what_it_says() {
    let call = submit("http://p.example/send", SECRET, &outbound("您好"), "+8613800138000", Threads::Named, now());
    let CallBody::Bytes(media_type, body) = &call.body else { panic!("a body") };
    assert_eq!(*media_type, "application/json");
    assert_eq!(
        std::str::from_utf8(body).unwrap(),
        r#"{"id":"00000000-0000-0000-0000-000000000007","to":"+8613800138000","text":"您好","thread":"t1"}"#
    );
    assert_eq!(call.headers, [(signature::HEADER, signature::sign(SECRET, now(), body))]);
}

#[test]
fn a_channel_without_threads_names_none() {
    let call = submit("http://p.example/send", SECRET, &outbound("x"), "1", Threads::None, now());
    let CallBody::Bytes(_, body) = call.body else { panic!("a body") };
    assert!(!String::from_utf8(body).unwrap().contains("thread"));
}

#[test]
fn only_a_definite_refusal_may_be_tried_again() {
    assert_eq!(outcome(&reply(200, r#"{"provider_id":"p1"}"#)), SendOutcome::Sent(Some("p1".into())));
    assert_eq!(outcome(&reply(202, "")), SendOutcome::Sent(None));
    assert_eq!(outcome(&reply(200, r#"{"provider_id":""}"#)), SendOutcome::Sent(None));
    for status in [408, 425, 429, 503] {
        let wait = Some(Millis::from_secs(9));
        assert!(matches!(outcome(&reply(status, "")), SendOutcome::Retry(_, given) if given == wait), "{status}");
    }
    for status in [301, 400, 401, 404, 409, 422, 501, 505] {
        assert!(matches!(outcome(&reply(status, "")), SendOutcome::Failed(_)), "{status}");
    }
    for status in [500, 502, 504, 507, 599, 100, 999] {
        assert!(matches!(outcome(&reply(status, "")), SendOutcome::Unknown(_)), "{status}");
    }
}

#[test]
fn receipts_tell_what_became_of_it() {
    let Arrival::Receipt(receipt) = only(r#"{"provider_id":"p1","status":"failed","error":"UNDELIV"}"#) else {
        panic!("a receipt")
    };
    assert_eq!(
        receipt,
        Receipt { provider_id: "p1".into(), status: ReceiptStatus::Failed, error: Some("UNDELIV".into()) }
    );
}

#[test]
fn an_error_that_may_name_the_client_is_not_kept() {
    for error in ["unknown subscriber 张三", "13800138000", "no route to +8613800138000", ""] {
        let body = format!(r#"{{"provider_id":"p1","status":"failed","error":"{error}"}}"#);
        let Arrival::Receipt(receipt) = only(&body) else { panic!("a receipt") };
        assert_eq!(receipt.error, None, "{error}");
    }
}

#[test]
fn a_signed_receipt_that_is_not_understood_is_parked() {
    for body in ["", "{", "[]", r#"{"status":"delivered"}"#, r#"{"provider_id":"p","status":"lost"}"#] {
        assert!(matches!(only(body), Arrival::Undecodable(_)), "{body}");
    }
    assert!(matches!(only(r#"{"provider_id":"","status":"failed"}"#), Arrival::Undecodable(_)));
}

#[test]
fn another_charset_is_refused() {
    let mut raw = post("{}");
    raw.headers.push(("content-type".into(), "application/json; charset=GBK".into()));
    assert!(matches!(receipts(&raw), Err(Refusal::MediaType(_))));
    raw.headers.pop();
    raw.headers.push(("content-type".into(), "application/json; charset=\"UTF-8\"".into()));
    assert!(receipts(&raw).is_ok());
}

proptest! {
    #[test]
    fn no_answer_and_no_receipt_panics(status: u16, body in ".*") {
        drop(outcome(&reply(status, &body)));
        prop_assert_eq!(receipts(&post(&body)).unwrap().arrivals.len(), 1);
    }
}
