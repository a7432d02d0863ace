//! Who may post: signatures, basic credentials, and all that is refused.

use base64::{Engine, engine::general_purpose::STANDARD};
use channel::{Channel, Outbound, Refusal, Reply, SendOutcome, Unsendable};
use contract::{Address, AddressKind, DeliveryId, Millis};

use super::{NOW, line, raw, refused, signed};
use crate::{Phone, Profile, SettingsError};

const BODY: &[u8] = br#"{"call_id":"c1","event":"missed","at":"2023-11-14T22:13:20Z"}"#;

fn basic(credentials: &str) -> String {
    format!("Basic {}", STANDARD.encode(credentials))
}

#[test]
fn a_signature_opens_both_profiles() {
    for profile in [Profile::Generic, Profile::Freeswitch] {
        assert!(line(profile).receive(&signed("", BODY), NOW).is_ok());
        assert!(matches!(refused(line(profile).receive(&raw("", &[], BODY), NOW)), Refusal::Signature(_)));
        let mut changed = signed("", BODY);
        changed.body = b"{}".as_slice().into();
        assert!(matches!(refused(line(profile).receive(&changed, NOW)), Refusal::Signature(_)));
        for off_s in [-301, 301] {
            let now = NOW + Millis::from_secs(off_s);
            assert!(matches!(refused(line(profile).receive(&signed("", BODY), now)), Refusal::Signature(_)));
        }
    }
}

#[test]
fn basic_credentials_open_freeswitch_alone() {
    let header = basic("main:s3cret");
    let call = raw("", &[("authorization", &header)], BODY);
    assert!(line(Profile::Freeswitch).receive(&call, NOW).is_ok());
    assert!(matches!(refused(line(Profile::Generic).receive(&call, NOW)), Refusal::Signature(_)));
}

#[test]
fn wrong_credentials_are_refused() {
    let wrong = [
        basic("main:wrong"),
        basic("other:s3cret"),
        basic("main:s3cret2"),
        basic("main:"),
        basic("s3cret"),
        basic(""),
        "Basic".to_owned(),
        "Basic ***".to_owned(),
        basic("main:s3cret").replace("Basic", "Bearer"),
        String::new(),
    ];
    for header in wrong {
        let call = raw("", &[("authorization", &header)], BODY);
        assert!(matches!(refused(line(Profile::Freeswitch).receive(&call, NOW)), Refusal::Signature(_)), "{header}");
    }
    let good = basic("main:s3cret");
    let mut bad_signature = signed("", BODY);
    bad_signature.body = b"{}".as_slice().into();
    bad_signature.headers.push(("authorization".to_owned(), good));
    assert!(line(Profile::Freeswitch).receive(&bad_signature, NOW).is_err(), "a bad signature is not outvoted");
}

#[test]
fn other_routes_methods_charsets_and_sizes_are_refused() {
    let generic = line(Profile::Generic);
    assert_eq!(refused(generic.receive(&signed("receipts", BODY), NOW)), Refusal::NoRoute);
    let mut get = signed("", BODY);
    get.method = "GET".to_owned();
    assert_eq!(refused(generic.receive(&get, NOW)), Refusal::Method);
    let mut gbk = signed("", BODY);
    gbk.headers.push(("content-type".to_owned(), "application/json; charset=gbk".to_owned()));
    assert!(matches!(refused(generic.receive(&gbk, NOW)), Refusal::MediaType(_)));
    assert_eq!(refused(generic.receive(&signed("", &[b' '; 1024 * 1024 + 1]), NOW)), Refusal::TooLarge);
}

#[test]
fn an_empty_secret_is_no_setting() {
    let account = || "main".parse().unwrap();
    assert_eq!(Phone::new(Profile::Generic, account(), String::new()).unwrap_err(), SettingsError::Secret);
    assert!(!format!("{:?}", line(Profile::Generic)).contains("s3cret"));
}

#[test]
fn nothing_goes_out_by_phone() {
    let outbound = Outbound {
        automatic: false,
        unsubscribe: None,
        delivery: DeliveryId::new(1),
        case: None,
        to: Address::parse(AddressKind::Phone, "+8613800000000").unwrap(),
        from: None,
        subject: None,
        text: "x".to_owned(),
        thread: Vec::new(),
    };
    let line = line(Profile::Generic);
    assert_eq!(line.send(&outbound, None, NOW).unwrap_err(), Unsendable::NoReplyChannel);
    let reply = Reply { status: 200, retry_after: None, body: Vec::new() };
    assert!(matches!(line.outcome(&reply), SendOutcome::Failed(_)));
    assert_eq!(line.token_call(), None);
}
