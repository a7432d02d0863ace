//! Inputs that others wrote: bodies and envelopes from the test suites of WeChat libraries,
//! in `../shared/data/wechat` beside the workspace; skipped aloud where they are absent.

use std::{collections::BTreeMap, fs, path::PathBuf};

use channel::{Arrival, Channel, Content, Raw, Refusal};
use contract::{Millis, Timestamp};
use serde::Deserialize;

use super::{NOW, plain, raw, receive, sha1_of};
use crate::{Settings, Wechat, envelope};

fn folder() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/wechat");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("SKIPPED: {} is absent", folder.display());
    None
}

#[test]
fn every_body_of_the_manifest_is_taken() {
    let Some(folder) = folder() else { return };
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut manifest = csv::Reader::from_path(folder.join("manifest.csv")).unwrap();
    for row in manifest.records() {
        let row = row.unwrap();
        let (file, kind, msg_type, event) = (&row[0], &row[1], &row[2], &row[3]);
        let text = fs::read_to_string(folder.join("xml").join(file)).unwrap();
        let result = receive(&plain(&text));
        if kind == "encrypted" {
            assert!(matches!(result, Err(Refusal::Signature(_))), "{file}: an envelope without msg_signature");
            *counts.entry("envelopes refused without msg_signature").or_default() += 1;
            continue;
        }
        let received = result.unwrap_or_else(|refusal| panic!("{file}: {refusal}"));
        assert_eq!(received.answer.unwrap().body, "success");
        for arrival in &received.arrivals {
            let name = match arrival {
                Arrival::Contact(incoming) if incoming.content == Content::Message => {
                    assert!(!msg_type.is_empty() && msg_type != "event", "{file}");
                    "messages"
                }
                Arrival::Contact(incoming) => {
                    assert!(matches!(incoming.content, Content::Menu(_)), "{file}");
                    "events"
                }
                Arrival::Receipt(_) => {
                    assert!(["TEMPLATESENDJOBFINISH", "subscribe_msg_sent_event"].contains(&event), "{file}");
                    "receipts"
                }
                Arrival::Undecodable(_) => {
                    assert!(msg_type.is_empty() && row[5].is_empty(), "{file}");
                    "kept undecoded: neither type nor event"
                }
            };
            *counts.entry(name).or_default() += 1;
        }
    }
    println!("wechat bodies: {counts:?}");
    assert!(counts.values().sum::<usize>() >= 70);
}

#[test]
fn every_body_survives_cutting() {
    let Some(folder) = folder() else { return };
    let mut refused = 0;
    for entry in fs::read_dir(folder.join("xml")).unwrap() {
        let text = fs::read(entry.unwrap().path()).unwrap();
        let end = text.iter().rposition(|byte| *byte == b'>').unwrap();
        for at in (0..end).step_by(7) {
            let mut call = plain("");
            call.body = text[..at].to_vec().into();
            assert!(receive(&call).is_err());
            refused += 1;
        }
    }
    println!("wechat bodies cut short, all refused: {refused}");
}

#[derive(Deserialize)]
struct Vector {
    token: Option<String>,
    encoding_aes_key: String,
    appid: String,
    ciphertext: String,
    plaintext: String,
    signatures: Vec<Signature>,
}

#[derive(Deserialize)]
struct Signature {
    msg_signature: String,
    timestamp: String,
    nonce: String,
}

#[test]
fn every_encrypted_vector_opens_and_no_changed_one_does() {
    let Some(folder) = folder() else { return };
    let vectors: Vec<Vector> =
        serde_json::from_slice(&fs::read(folder.join("encrypted_vectors.json")).unwrap()).unwrap();
    let mut signatures = 0;
    for vector in &vectors {
        let keys = [envelope::EncodingKey::parse(&vector.encoding_aes_key).unwrap()];
        let open = |app_id: &str| envelope::open_with(&keys, &vector.ciphertext, app_id);
        assert_eq!(String::from_utf8(open(&vector.appid).unwrap()).unwrap(), vector.plaintext);
        assert!(open("wx0000000000000000").is_err());
        signatures += vector.signatures.iter().filter(|signature| check(vector, signature)).count();
    }
    println!("wechat envelopes: {} open, {signatures} signatures good", vectors.len());
    assert!(vectors.len() >= 5 && signatures >= 3);
}

/// Checks one signature through the whole account, at the time that it names.
fn check(vector: &Vector, signature: &Signature) -> bool {
    let token = vector.token.clone().unwrap();
    let account = Wechat::new(Settings {
        app_id: vector.appid.clone(),
        app_secret: String::new(),
        token: token.clone(),
        aes_keys: vec![vector.encoding_aes_key.clone()],
        api_url: None,
    })
    .unwrap();
    let now = Timestamp::from_ms(Millis::from_secs(signature.timestamp.parse().unwrap()).get());
    let call = |msg_signature: &str| -> Raw {
        let query =
            format!("timestamp={}&nonce={}&msg_signature={msg_signature}", signature.timestamp, signature.nonce);
        raw("POST", query, format!("<xml><Encrypt><![CDATA[{}]]></Encrypt></xml>", vector.ciphertext).as_bytes())
    };
    let ours = sha1_of(&[&token, &signature.timestamp, &signature.nonce, &vector.ciphertext]);
    let received = account.receive(&call(&signature.msg_signature), now);
    assert_eq!(ours == signature.msg_signature, received.is_ok());
    assert!(account.receive(&call(&ours.replace('1', "2")), now).is_err());
    assert!(account.receive(&call(&ours), NOW).is_err(), "the time stamp is years old");
    received.is_ok()
}
