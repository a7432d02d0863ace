//! The account as a whole: calls as WeChat makes them, sealed and signed by the tests' own hand.

mod decoding;
mod real;
mod robust;
mod sending;
mod vector;

use bytes::Bytes;
use cbc::cipher::{BlockModeEncrypt, KeyIvInit, block_padding::NoPadding};
use channel::{Arrival, Channel, Incoming, Raw, Received, Refusal};
use contract::Timestamp;
use sha1::{Digest, Sha1};

use crate::{Settings, Wechat};

const TOKEN: &str = "tok123";
const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
const OTHER_KEY: &str = "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR";
const APP_ID: &str = "wx1234567890abcdef";
const NOW: Timestamp = Timestamp::from_ms(1_700_000_000_000);
const NOW_S: &str = "1700000000";

fn settings() -> Settings {
    Settings {
        app_id: APP_ID.to_owned(),
        app_secret: "app-secret".to_owned(),
        token: TOKEN.to_owned(),
        aes_keys: vec![KEY.to_owned()],
        api_url: Some("http://127.0.0.1:9/".to_owned()),
    }
}

fn account() -> Wechat {
    Wechat::new(settings()).unwrap()
}

fn sha1_of(parts: &[&str]) -> String {
    let mut parts = parts.to_vec();
    parts.sort_unstable();
    hex::encode(Sha1::digest(parts.concat()))
}

fn raw(method: &str, query: String, body: &[u8]) -> Raw {
    let body = Bytes::copy_from_slice(body);
    Raw { method: method.to_owned(), tail: String::new(), query, headers: Vec::new(), body }
}

/// Gives a plaintext callback, well signed.
fn plain(body: &str) -> Raw {
    let signature = sha1_of(&[TOKEN, NOW_S, "n1"]);
    raw("POST", format!("signature={signature}&timestamp={NOW_S}&nonce=n1&openid=oX"), body.as_bytes())
}

/// Gives a safe-mode callback around `encrypted`, well signed.
fn safe(encrypted: &str) -> Raw {
    let msg_signature = sha1_of(&[TOKEN, NOW_S, "n1", encrypted]);
    let query = format!("timestamp={NOW_S}&nonce=n1&encrypt_type=aes&msg_signature={msg_signature}");
    let body =
        format!("<xml><ToUserName><![CDATA[gh_1]]></ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>");
    raw("POST", query, body.as_bytes())
}

/// Seals a message as WeChat does; `length` and `pad` may lie.
fn seal(key: &str, message: &[u8], length: u32, app_id: &str, pad: Option<u8>) -> String {
    use base64::Engine;
    let key = base64_lax().decode(key).unwrap();
    let mut plain = b"0123456789abcdef".to_vec();
    plain.extend(length.to_be_bytes());
    plain.extend(message);
    plain.extend(app_id.as_bytes());
    let room = 32 - plain.len() % 32;
    plain.extend(std::iter::repeat_n(u8::try_from(room).unwrap(), room));
    if let Some(pad) = pad {
        *plain.last_mut().unwrap() = pad;
    }
    let cipher = cbc::Encryptor::<aes::Aes256>::new_from_slices(&key, &key[..16]).unwrap();
    base64::engine::general_purpose::STANDARD.encode(cipher.encrypt_padded_vec::<NoPadding>(&plain))
}

fn sealed(message: &str) -> String {
    seal(KEY, message.as_bytes(), u32::try_from(message.len()).unwrap(), APP_ID, None)
}

fn base64_lax() -> base64::engine::GeneralPurpose {
    let config = base64::engine::GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent);
    base64::engine::GeneralPurpose::new(&base64::alphabet::STANDARD, config)
}

/// Gives the one contact that a call brought, and checks that WeChat is answered `success`.
fn one(result: Result<Received, Refusal>) -> Incoming {
    let received = result.unwrap();
    assert_eq!(received.answer.unwrap().body, "success");
    match received.arrivals.as_slice() {
        [Arrival::Contact(incoming)] => (**incoming).clone(),
        other => panic!("not one contact: {other:?}"),
    }
}

fn receive(raw: &Raw) -> Result<Received, Refusal> {
    account().receive(raw, NOW)
}
