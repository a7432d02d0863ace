//! Signatures: what is good, what is forged, what is stale.

use bytes::Bytes;
use proptest::prelude::*;

use super::*;

const SECRET: &[u8] = b"a secret of two";

fn call(header: Option<String>, body: &[u8]) -> Raw {
    Raw {
        method: "POST".into(),
        tail: String::new(),
        query: String::new(),
        headers: header.map(|value| (HEADER.to_owned(), value)).into_iter().collect(),
        body: Bytes::copy_from_slice(body),
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_ms(seconds * 1000)
}

fn judge(header: &str, body: &[u8], now: i64) -> Result<(), Refusal> {
    check(&call(Some(header.to_owned()), body), SECRET, at(now))
}

#[test]
fn a_known_answer() {
    // echo -n '1700000000.{}' | openssl dgst -sha256 -hmac 'a secret of two'
    let value = sign(SECRET, at(1_700_000_000), b"{}");
    assert_eq!(value, "t=1700000000,v1=b9d9a971fe43b45dcebeac2c5a6d777c82a0c8cacc9d2381aa82e60c71e47fcc");
}

#[test]
fn good_until_five_minutes_off_either_way() {
    let value = sign(SECRET, at(1000), b"body");
    for now in [700, 1000, 1300] {
        assert_eq!(judge(&value, b"body", now), Ok(()));
    }
    assert_eq!(judge(&value, b"body", 1301), Err(Refusal::Signature("too old")));
    assert_eq!(judge(&value, b"body", 699), Err(Refusal::Signature("too far ahead")));
}

#[test]
fn another_body_secret_or_time_is_wrong() {
    let value = sign(SECRET, at(1000), b"body");
    assert_eq!(judge(&value, b"bodY", 1000), Err(Refusal::Signature("wrong")));
    assert_eq!(judge(&value.replace("t=1000", "t=1001"), b"body", 1000), Err(Refusal::Signature("wrong")));
    let other = sign(b"another", at(1000), b"body");
    assert_eq!(judge(&other, b"body", 1000), Err(Refusal::Signature("wrong")));
}

#[test]
fn a_stale_forgery_is_called_wrong_and_not_old() {
    let other = sign(b"another", at(1000), b"body");
    assert_eq!(judge(&other, b"body", 9_000_000), Err(Refusal::Signature("wrong")));
}

#[test]
fn one_good_value_among_two_is_enough_while_a_secret_changes() {
    let value = sign(SECRET, at(1000), b"body");
    let (stamp, v1) = value.split_once(',').unwrap();
    assert_eq!(judge(&format!("{stamp},v1=00ff,{v1}"), b"body", 1000), Ok(()));
}

#[test]
fn what_is_not_a_signature_is_refused() {
    assert_eq!(check(&call(None, b""), SECRET, at(0)), Err(Refusal::Signature("missing")));
    for value in ["", "v1=00", "t=1000", "t=,v1=", "t=1000,v1=zz", "t=x,v1=00", "t=1000;v1=00", "t=1000,v1="] {
        assert!(matches!(judge(value, b"", 1000), Err(Refusal::Signature(_))), "{value:?}");
    }
    let mut forged = hmac(SECRET);
    forged.update(b"1e3.");
    let forged = format!("t=1e3,v1={}", hex::encode(forged.finalize().into_bytes()));
    assert_eq!(judge(&forged, b"", 1000), Err(Refusal::Signature("time stamp is no number")));
}

proptest! {
    #[test]
    fn whatever_is_signed_is_good_and_whatever_is_not_is_refused(
        body in proptest::collection::vec(any::<u8>(), 0..300), now in 0i64..4_000_000_000, header in ".*"
    ) {
        prop_assert_eq!(judge(&sign(SECRET, at(now), &body), &body, now), Ok(()));
        prop_assert!(judge(&header, &body, now).is_err());
    }

    #[test]
    fn a_charset_is_read_from_any_media_type(text in ".*") {
        let mut raw = call(None, b"");
        raw.headers.push(("content-type".into(), text));
        drop(raw.charset());
    }
}
