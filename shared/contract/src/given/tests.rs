//! What comes in the clear becomes what a door would have made of it, or a word about a field.

use proptest::prelude::*;

use super::*;
use crate::{AddressKind, ChannelKind, address::Address, wire::json};

const NOW: Timestamp = Timestamp::from_ms(1_794_186_842_000);

fn keys() -> Keys {
    Keys::new(vec![(1, [1; 32])], [2; 32], [3; 32])
}

fn sealed_with(json: &str, salt: u8) -> Result<Inbound, String> {
    let (keys, branch) = (keys(), "hq".parse().map_err(|_| "hq")?);
    let touch = Touch { keys: &keys, branch: &branch, now: NOW, nonce: [salt; NONCE_BYTES], salt: [salt; SALT_BYTES] };
    let given = json::inbound(json.as_bytes()).map_err(|error| error.to_string())?;
    touch.seal(given).map_err(|unfit| unfit.to_string())
}

fn sealed(json: &str) -> Result<Inbound, String> {
    sealed_with(json, 7)
}

fn body(inbound: &Inbound) -> Body {
    let plain = keys().open(&crate::about::contact(inbound.contact), &inbound.sealed).unwrap();
    wire::decode(&plain).unwrap()
}

fn with(body: &str, rest: &str) -> String {
    format!(r#"{{"channel":"CHANNEL_KIND_SMS","account":"main","matter":{{"message":{{}}}},"body":{{{body}}}{rest}}}"#)
}

const FROM: &str = r#""from":{"kind":"ADDRESS_KIND_PHONE","value":"138 0013 8000"},"text":"怎么开户""#;

#[test]
fn a_message_in_the_clear_is_sealed_as_a_door_does_it() {
    let inbound = sealed(&with(&format!("{FROM},\"providerId\":\"m-1\""), "")).unwrap();
    let account = "main".parse().unwrap();
    assert_eq!(inbound.contact, ContactId::derive(ChannelKind::Sms, &account, "m-1"));
    assert_eq!(inbound.input, InputId::of_contact(inbound.contact, ""));
    let from = Address::parse(AddressKind::Phone, "13800138000").unwrap();
    assert_eq!(inbound.sender, Some(keys().blind(&from)));
    assert_eq!((inbound.received_at, inbound.accepted_at, inbound.hop), (NOW, NOW, 0));
    let body = body(&inbound);
    assert!(body.from == Some(from) && body.text == "怎么开户");
    assert_eq!((body.salt.as_slice(), inbound.digest.as_slice()), (&[7; SALT_BYTES][..], &body.digest()[..]));
    let bytes = wire::encode(&inbound);
    for clear in ["怎么开户", "13800138000", "138 0013 8000", "m-1"] {
        assert!(!bytes.windows(clear.len()).any(|window| window == clear.as_bytes()), "{clear}");
    }
}

#[test]
fn repeats_have_the_ids_of_the_first() {
    for id in [",\"providerId\":\"m-1\"", ",\"providerId\":\" \"", ""] {
        let json = with(&format!("{FROM}{id}"), ",\"receivedAt\":\"1794186000000\"");
        let (one, other) = (sealed_with(&json, 1).unwrap(), sealed_with(&json, 2).unwrap());
        assert_eq!((one.contact, one.input), (other.contact, other.input));
        assert!(one.sealed != other.sealed && one.digest != other.digest);
    }
    let no_id = |text: &str| sealed(&with(&format!("\"text\":\"{text}\""), "")).unwrap().contact;
    assert_ne!(no_id("a"), no_id("b"));
    let given = sealed(&with(FROM, ",\"contact\":\"AAECAwQFBgcICQoLDA0ODw==\"")).unwrap();
    assert_eq!(given.contact.to_bytes()[..3], [0, 1, 2]);
}

#[test]
fn events_of_one_call_are_inputs_of_one_contact() {
    let call = |what: &str| {
        let json = format!(
            r#"{{"channel":"CHANNEL_KIND_PHONE","account":"main","matter":{{"call":{{"what":"CALL_WHAT_{what}","at":"5"}}}},"body":{{"providerId":"c-1"}}}}"#
        );
        sealed(&json).unwrap()
    };
    let (ringing, answered) = (call("RINGING"), call("ANSWERED"));
    assert_eq!(ringing.contact, answered.contact);
    assert_ne!(ringing.input, answered.input);
    assert_eq!(call("RINGING").input, ringing.input);
}

#[test]
fn times_are_believed_as_far_as_a_door_believes_them() {
    let times = |times: &str| {
        let inbound = sealed(&with(FROM, times)).unwrap();
        (inbound.received_at.as_ms(), inbound.accepted_at.as_ms())
    };
    let now = NOW.as_ms();
    assert_eq!(times(""), (now, now));
    assert_eq!(times(",\"receivedAt\":1000"), (1000, now));
    assert_eq!(times(",\"receivedAt\":1000,\"acceptedAt\":\"2000\""), (1000, 2000));
    assert_eq!(times(",\"acceptedAt\":\"2000\""), (2000, 2000));
    assert_eq!(times(",\"acceptedAt\":\"9223372036854775807\""), (now, now));
    assert_eq!(times(",\"receivedAt\":\"-9223372036854775808\""), (0, now));
}

#[test]
fn what_says_nothing_is_no_matter() {
    let matter = |text: &str| sealed(&with(&format!("\"text\":\"{text}\""), "")).unwrap().matter;
    assert_eq!((matter(" \\u200b"), matter("x")), (Matter::Automatic, Matter::Message));
}

#[test]
fn what_does_not_fit_is_told_by_its_field() {
    let long = |bytes: usize| "x".repeat(bytes);
    let inline =
        |bytes: usize| format!("\"parts\":[{{\"place\":{{\"inline\":\"{}\"}}}}]", "AAAA".repeat(bytes / 3 + 1));
    let cases = [
        (with("\"text\":\"x\"", ",\"sealed\":\"AAAA\""), "sealed is made by the house"),
        (with("\"text\":\"x\"", ",\"sender\":{\"kind\":1}"), "sender is made by the house"),
        (with("\"text\":\"x\"", ",\"hop\":1"), "hop is made by the house"),
        (with("\"salt\":\"AAAA\"", ""), "body.salt is made by the house"),
        (with("\"text\":\"x\"", ",\"branch\":\"sz\""), "branch is not the branch of the queue"),
        (with("\"text\":\"x\"", ",\"contact\":\"AAAA\""), "contact is not 16 bytes long"),
        (with("\"text\":\"x\"", ",\"input\":\"AAAA\""), "input is not 16 bytes long"),
        (with("\"from\":{\"kind\":1,\"value\":\"x\"}", ""), "body.from is no address of its kind"),
        (with("\"from\":{\"value\":\"x\"}", ""), "body.from is no word of its list"),
        (with(&format!("\"text\":\"{}\"", long(65_537)), ""), "body.text has more than 65536 bytes"),
        (with(&format!("\"subject\":\"{}\"", long(5_000)), ""), "body.subject has more than 4096 bytes"),
        (with(&format!("\"providerId\":\"{}\"", long(257)), ""), "body.provider_id has more than 256 bytes"),
        (with(&format!("\"to\":[{}\"x\"]", "\"x\",".repeat(32)), ""), "body.to has more than 32 entries"),
        (with(&inline(65_536), ""), "body.parts.place.inline has more than 65536 bytes"),
        (with("\"parts\":[{}]", ""), "body.parts.place is absent"),
        (
            with("\"parts\":[{\"place\":{\"blob\":\"AAECAwQFBgcICQoLDA0ODw==\"}}]", ""),
            "body.parts.place.blob is a place",
        ),
        (r#"{"channel":4,"account":"main","matter":{"message":{}}}"#.into(), "body is absent"),
        (r#"{"channel":4,"account":"main","body":{}}"#.into(), "matter is absent"),
        (r#"{"channel":4,"matter":{"message":{}},"body":{}}"#.into(), "account is no id of the firm file"),
        (r#"{"account":"main","matter":{"message":{}},"body":{}}"#.into(), "channel is no word of its list"),
        (
            r#"{"channel":99,"account":"main","matter":{"message":{}},"body":{}}"#.into(),
            "channel is no word of its list",
        ),
        (r#"{"channel":4,"account":"main","matter":{"menu":" "},"body":{}}"#.into(), "matter.menu is empty"),
        (
            r#"{"channel":4,"account":"main","matter":{"menu":"a\u0000"},"body":{}}"#.into(),
            "matter.menu is empty or holds",
        ),
    ];
    for (json, expected) in cases {
        let said = sealed(&json).unwrap_err();
        assert!(said.starts_with(expected), "{said} for {expected}");
    }
}

proptest! {
    #[test]
    fn whatever_is_given_is_sealed_small_enough_or_refused(
        text in ".{0,200}", subject in proptest::option::of(".{0,80}"), id in proptest::option::of(".{0,80}"),
        account in "[a-z0-9_ -]{0,12}", times in any::<(i64, i64)>(), channel in -1..9_i32,
        inline in proptest::collection::vec(any::<u8>(), 0..4096),
    ) {
        let place = Some(v1::PartPlace { what: Some(v1::part_place::What::Inline(inline.into())) });
        let part = v1::Part { place, bytes: u64::MAX, ..v1::Part::default() };
        let body = v1::Body { text: text.clone(), subject, provider_id: id, parts: vec![part], ..v1::Body::default() };
        let given = v1::Inbound {
            channel, account, received_at: times.0, accepted_at: times.1, body: Some(body),
            matter: Some(v1::Matter { what: Some(v1::matter::What::Message(v1::Empty {})) }), ..v1::Inbound::default()
        };
        let (keys, branch) = (keys(), "hq".parse().unwrap());
        let touch = Touch { keys: &keys, branch: &branch, now: NOW, nonce: [0; NONCE_BYTES], salt: [0; SALT_BYTES] };
        if let Ok(inbound) = touch.seal(given) {
            let bytes = wire::encode(&inbound);
            prop_assert!(wire::decode::<Inbound>(&bytes).unwrap() == inbound);
            prop_assert!(inbound.received_at <= inbound.accepted_at && inbound.accepted_at <= NOW);
            prop_assert!(body_of(&inbound) == text);
        }
    }
}

fn body_of(inbound: &Inbound) -> String {
    body(inbound).text
}
