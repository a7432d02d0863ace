//! Whatever bytes come, nothing panics.

use base64::{Engine, engine::general_purpose::STANDARD};
use channel::Channel;
use proptest::prelude::*;

use super::{NOW, line, raw, signed};
use crate::Profile::{Freeswitch, Generic};

const EVENT: &str = r#"{"call_id":"c1","event":"answered","from":"13800000001","to":"95500","at":"2026-11-09T09:14:00+08:00","queue":"enquiries","agent":"lin","ring_s":7,"wait_s":41,"language":"cantonese"}"#;
const RECORD: &str = r#"{"channel_data":{"direction":"inbound"},"variables":{"uuid":"a1","start_epoch":"1700000000","start_uepoch":"1700000000123456","end_epoch":"1700000060","bridge_epoch":"1700000009","progress_epoch":"1700000003","cc_queue":"q@d","cc_queue_joined_epoch":"1700000005","cc_agent":"lin@d","caller_id":"%22Z%22%20%3C13800000001%3E"},"callflow":[{"caller_profile":{"caller_id_number":"13800000001","originator":{"originator_caller_profiles":[{"uuid":"b1"}]}},"times":{"created_time":"1700000000123456"}}]}"#;

fn try_all(body: &[u8]) {
    for tail in ["", "route"] {
        for profile in [Generic, Freeswitch] {
            drop(line(profile).receive(&signed(tail, body), NOW));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(body in proptest::collection::vec(any::<u8>(), 0..600)) {
        try_all(&body);
        try_all(&[b"cdr=", body.as_slice()].concat());
        try_all(format!("cdr={}", STANDARD.encode(&body)).as_bytes());
    }

    #[test]
    fn a_cut_body(at in 0..RECORD.len()) {
        try_all(&EVENT.as_bytes()[..at.min(EVENT.len())]);
        try_all(&RECORD.as_bytes()[..at]);
        try_all(format!("cdr={}", &STANDARD.encode(RECORD)[..at]).as_bytes());
    }

    #[test]
    fn a_changed_body(at in 0..RECORD.len(), byte in any::<u8>()) {
        for good in [EVENT, RECORD] {
            let mut bytes = good.as_bytes().to_vec();
            let place = at % bytes.len();
            bytes[place] = byte;
            try_all(&bytes);
        }
    }

    #[test]
    fn any_header(name in "(authorization|x-shouwen-signature|content-type)", value in ".{0,80}") {
        let call = raw("", &[(&name, &value)], EVENT.as_bytes());
        prop_assert!(line(Generic).receive(&call, NOW).is_err());
        prop_assert!(line(Freeswitch).receive(&call, NOW).is_err());
    }
}

proptest! {
    // Every case tries every variable, so few are plenty.
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn any_value_of_a_variable(value in ".{0,40}", number in any::<i64>()) {
        let record: serde_json::Value = serde_json::from_str(RECORD).unwrap();
        let names: Vec<String> = record["variables"].as_object().unwrap().keys().cloned().collect();
        for name in names {
            for value in [serde_json::json!(value), serde_json::json!(number), serde_json::json!(number.to_string())] {
                let mut changed = record.clone();
                changed["variables"][&name] = value;
                try_all(changed.to_string().as_bytes());
            }
        }
    }
}
