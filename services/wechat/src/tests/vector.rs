//! Signatures and envelopes: a vector made by another implementation, and what must fail.

use channel::{Channel, Content, Raw, Refusal};
use contract::{Millis, Timestamp};

use super::{
    APP_ID, KEY, NOW, NOW_S, OTHER_KEY, account, one, plain, raw, receive, safe, seal, sealed, settings, sha1_of,
};
use crate::{Settings, SettingsError, Wechat};

/// Made by wechatpy 1.8.18; its padding of 17 bytes and its key trip strict decoders.
const ENCRYPTED: &str = "XTSSgFbr09xjBmKSVeXgiU+ilaCUv00hB8R5m+j9FkspzVAJm+9wz5FT1NA+/qt3ITAuc5TJw+ufXH6f86AYBeXeq40eo97A+iCeny6y6ZE/mC1z9yEyHCK3W98lZGKsEm4ucqlfXV/Al5B8pPtt/2w5fTQ8fJHYrA9RdPBPX9lSs+/NJolwNq0+kQedZ/54wYmpwoqqRdI5C+qtbBca4SRVTKvKZS/0y6bDxGmxYcb6pMlPa6mGiDrYTcyze1sgZDgQBg4p9Yp4qOrIQAEDmoVJtHrFfqCBRCcM51LCwFlswcl0h5PRhdCN1UL+X/bPHBMhGDGfNcyFacLeVX+IhRzmoCTLivwunApk9Tnxz79sGTFMFmzxquaGpy1X9k3E";
const SIGNATURE: &str = "b0cb513012bc38b5d1571a235b2b256889d7bf6c";
const MSG_SIGNATURE: &str = "0d75b5731c7847a4ec0f37214fa7ac1611f34e30";
const TEXT: &str =
    "<xml><FromUserName>oX</FromUserName><MsgType>text</MsgType><Content>hi</Content><MsgId>1</MsgId></xml>";

fn vector(msg_signature: &str) -> Raw {
    let query = format!(
        "signature={SIGNATURE}&timestamp={NOW_S}&nonce=n0nce&openid=oX&encrypt_type=aes&msg_signature={msg_signature}"
    );
    let body =
        format!("<xml><ToUserName><![CDATA[gh_1]]></ToUserName><Encrypt><![CDATA[{ENCRYPTED}]]></Encrypt></xml>");
    raw("POST", query, body.as_bytes())
}

fn refused(raw: &Raw) -> Refusal {
    receive(raw).unwrap_err()
}

#[test]
fn the_vector_opens() {
    let incoming = one(receive(&vector(MSG_SIGNATURE)));
    assert_eq!(incoming.text, "退订");
    assert_eq!(incoming.provider_id.as_deref(), Some("1234567890123456"));
    assert_eq!(incoming.from.unwrap().value(), "oX");
    assert_eq!(incoming.to, ["gh_1"]);
    assert_eq!(incoming.received_at, Some(NOW));
    assert_eq!(incoming.content, Content::Message);
}

#[test]
fn a_flipped_msg_signature_is_refused() {
    let flipped = MSG_SIGNATURE.replace('0', "1");
    assert_eq!(refused(&vector(&flipped)), Refusal::Signature("wrong"));
    assert_eq!(refused(&vector(&MSG_SIGNATURE[1..])), Refusal::Signature("wrong"));
}

#[test]
fn a_flipped_signature_is_refused_in_every_mode() {
    let mut flipped = vector(MSG_SIGNATURE);
    flipped.query = flipped.query.replace(SIGNATURE, MSG_SIGNATURE);
    assert_eq!(refused(&flipped), Refusal::Signature("wrong"));
    let mut flipped = plain(TEXT);
    flipped.query = flipped.query.replace("nonce=n1", "nonce=n2");
    assert_eq!(refused(&flipped), Refusal::Signature("wrong"));
}

#[test]
fn another_app_id_a_lying_length_and_bad_paddings_get_the_same_refusal() {
    let length = u32::try_from(TEXT.len()).unwrap();
    let same = Refusal::Signature("the sealed message does not open");
    let bad = [
        seal(KEY, TEXT.as_bytes(), length, "wx0000000000000000", None),
        seal(KEY, TEXT.as_bytes(), u32::MAX, APP_ID, None),
        seal(KEY, TEXT.as_bytes(), length + 1, APP_ID, None),
        seal(KEY, TEXT.as_bytes(), length, APP_ID, Some(0)),
        seal(KEY, TEXT.as_bytes(), length, APP_ID, Some(33)),
        seal(OTHER_KEY, TEXT.as_bytes(), length, APP_ID, None),
        "AAAA".to_owned(),
        "not base64".to_owned(),
        "=".to_owned(),
    ];
    for encrypted in bad {
        assert_eq!(refused(&safe(&encrypted)), same, "{encrypted}");
    }
}

#[test]
fn a_document_type_is_refused_inside_and_outside() {
    let bomb = format!("<!DOCTYPE xml [<!ENTITY a \"aaaa\">]>{}", TEXT.replace("hi", "&a;"));
    assert!(matches!(refused(&safe(&sealed(&bomb))), Refusal::Malformed(_)));
    assert!(matches!(refused(&plain(&bomb)), Refusal::Malformed(_)));
}

#[test]
fn an_older_key_still_opens() {
    let keys = vec![OTHER_KEY.to_owned(), KEY.to_owned()];
    let account = Wechat::new(Settings { aes_keys: keys, ..settings() }).unwrap();
    assert_eq!(one(account.receive(&vector(MSG_SIGNATURE), NOW)).text, "退订");
    let length = u32::try_from(TEXT.len()).unwrap();
    let current = safe(&seal(OTHER_KEY, TEXT.as_bytes(), length, APP_ID, None));
    assert_eq!(one(account.receive(&current, NOW)).text, "hi");
}

#[test]
fn a_stale_or_future_time_stamp_is_refused() {
    for (off_s, good) in [(-301, false), (-300, true), (300, true), (301, false), (30_000_000, false)] {
        let now = NOW + Millis::from_secs(off_s);
        assert_eq!(account().receive(&vector(MSG_SIGNATURE), now).is_ok(), good, "{off_s}");
        assert_eq!(account().receive(&plain(TEXT), now).is_ok(), good, "{off_s}");
    }
    assert!(account().receive(&plain(TEXT), Timestamp::from_ms(i64::MIN)).is_err());
}

#[test]
fn a_missing_part_of_the_query_is_refused() {
    let full = plain(TEXT).query;
    for name in ["signature", "timestamp", "nonce"] {
        let query = full.replace(&format!("{name}="), "other=");
        assert!(matches!(refused(&raw("POST", query, TEXT.as_bytes())), Refusal::Signature(_)), "{name}");
    }
    let encrypted = format!("<xml><Encrypt>{ENCRYPTED}</Encrypt></xml>");
    assert!(matches!(refused(&plain(&encrypted)), Refusal::Signature(_)));
}

#[test]
fn a_sealed_message_that_is_no_xml_is_kept() {
    let received = receive(&safe(&sealed("<xml><MsgType>"))).unwrap();
    assert!(matches!(received.arrivals.as_slice(), [channel::Arrival::Undecodable(_)]));
    assert_eq!(received.answer.unwrap().body, "success");
}

#[test]
fn compatibility_mode_reads_the_sealed_part_alone() {
    let encrypted = sealed(TEXT);
    let mut both = safe(&encrypted);
    let forged = format!("<xml><MsgType>text</MsgType><Content>forged</Content><Encrypt>{encrypted}</Encrypt></xml>");
    both.body = forged.into_bytes().into();
    assert_eq!(one(receive(&both)).text, "hi");
}

#[test]
fn the_probe_is_echoed_verbatim() {
    let signature = sha1_of(&["tok123", NOW_S, "n1"]);
    let query = format!("signature={signature}&echostr=58%2B9%20x&timestamp={NOW_S}&nonce=n1");
    let received = receive(&raw("GET", query.clone(), b"")).unwrap();
    assert!(received.arrivals.is_empty());
    let answer = received.answer.unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (200, "58+9 x"));
    let wrong = query.replace("nonce=n1", "nonce=n2");
    assert_eq!(refused(&raw("GET", wrong, b"")), Refusal::Signature("wrong"));
    assert_eq!(refused(&raw("DELETE", query.clone(), b"")), Refusal::Method);
    let mut below = raw("GET", query, b"");
    below.tail = "receipts".to_owned();
    assert_eq!(refused(&below), Refusal::NoRoute);
}

#[test]
fn settings_that_would_let_anybody_in_are_refused() {
    let short = Settings { aes_keys: vec![KEY.to_owned(), "short".to_owned()], ..settings() };
    assert_eq!(Wechat::new(short).unwrap_err(), SettingsError::AesKey(2));
    assert_eq!(Wechat::new(Settings { token: String::new(), ..settings() }).unwrap_err(), SettingsError::Token);
    assert_eq!(Wechat::new(Settings { app_id: String::new(), ..settings() }).unwrap_err(), SettingsError::AppId);
    assert!(!format!("{:?}", account()).contains("tok123"));
}
