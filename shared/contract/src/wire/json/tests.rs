//! JSON of the schema is read however proto3 lets it be written; what is not is told by its
//! field, without a word of it.

use proptest::prelude::*;

use super::*;

/// What nobody may repeat.
const SECRET: &str = "13800138000";

fn refused(json: &str) -> String {
    let said = inbound(json.as_bytes()).unwrap_err().to_string();
    assert!(!said.contains(SECRET), "{said}");
    said
}

#[test]
fn both_spellings_and_both_kinds_of_numbers_are_read() {
    let camel = r#"{"channel":"CHANNEL_KIND_SMS","account":"main","receivedAt":"1794186842000","hop":1,
        "contact":"AAECAwQFBgcICQoLDA0ODw==","matter":{"message":{}},
        "body":{"from":{"kind":"ADDRESS_KIND_PHONE","value":"13800138000"},"text":"怎么开户 😀","fromName":"王","providerId":"a-1"}}"#;
    let snake = r#"{"channel":4,"account":"main","received_at":1794186842000,"accepted_at":null,"hop":"1",
        "contact":"AAECAwQFBgcICQoLDA0ODw","matter":{"message":{}},
        "body":{"from":{"kind":1,"value":"13800138000"},"text":"怎么开户 \ud83d\ude00","from_name":"王","provider_id":"a-1"}}"#;
    let (one, other) = (inbound(camel.as_bytes()).unwrap(), inbound(snake.as_bytes()).unwrap());
    assert!(one == other);
    assert_eq!((one.received_at, one.contact.len(), one.hop), (1_794_186_842_000, 16, 1));
    let body = one.body.unwrap();
    assert_eq!((body.text.as_str(), body.from_name.as_deref()), ("怎么开户 😀", Some("王")));
}

#[test]
fn what_does_not_fit_is_told_by_its_field() {
    let cases = [
        (r#"{"body":{"text":13800138000}}"#, "body.text is of the wrong type or out of range, line 1 column 27"),
        (r#"{"body":{"13800138000":1}}"#, "body has a field that the schema does not have"),
        (r#"{"13800138000":1}"#, "the message has a field that the schema does not have"),
        (r#"{"channel":"13800138000"}"#, "channel is no word of its list"),
        (r#"{"hop":13800138000}"#, "hop is of the wrong type or out of range"),
        (r#"{"hop":-1}"#, "hop is of the wrong type or out of range"),
        (r#"{"receivedAt":1.5}"#, "receivedAt is of the wrong type or out of range"),
        (
            r#"{"receivedAt":"99999999999999999999"}"#,
            "receivedAt is of the wrong type or out of range, line 1 column 36",
        ),
        (r#"{"contact":"*"}"#, "contact is of the wrong type or out of range"),
        (r#"{"matter":{"message":{},"menu":"k"}}"#, "matter is said twice"),
        (r#"{"body":{"to":["a",1]}}"#, "body.to[1] is of the wrong type or out of range"),
        (r#"["13800138000"]"#, "the message is of the wrong type or out of range"),
        (r#"{"account":"13800138000"#, "the JSON is cut off"),
        (r#"{"account":"13800138000"}x"#, "not JSON"),
        (r#"{"body":{"text":"\ud800"}}"#, "not JSON"),
        ("", "the JSON is cut off"),
        ("\u{a}\u{1}\u{2}protobuf", "not JSON"),
    ];
    for (json, expected) in cases {
        let said = refused(json);
        assert!(said.starts_with(expected) && said.contains(", line "), "{said} for {expected}");
    }
    let said = inbound(b"{\"account\":\"\xff\"}").unwrap_err().to_string();
    assert!(said.starts_with("not JSON"), "{said}");
}

#[test]
fn depth_ends_in_words() {
    for open in ["[", "{\"a\":", "{\"body\":{\"parts\":[{\"place\":"] {
        refused(&open.repeat(100_000));
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_refused_or_read(bytes in proptest::collection::vec(any::<u8>(), 0..256)) {
        drop(inbound(&bytes));
    }

    #[test]
    fn a_message_that_is_cut_or_changed_is_refused_or_read(at in 0..90_usize, byte in any::<u8>(), cut in any::<bool>()) {
        let whole = br#"{"channel":"CHANNEL_KIND_SMS","account":"main","matter":{"menu":"K"},"body":{"text":"x","to":[]}}"#;
        let mut bytes = whole.to_vec();
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        drop(inbound(&bytes));
    }
}
