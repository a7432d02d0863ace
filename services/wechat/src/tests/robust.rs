//! Whatever bytes come, nothing panics; and what is good stays good only unchanged.

use channel::{Channel, Reply};
use proptest::prelude::*;

use super::{account, plain, raw, receive, safe, sealed};

const GOOD: &str = "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[oX]]></FromUserName><CreateTime>1700000000</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[退订 &]]></Content><MsgId>1234567890123456</MsgId></xml>";

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_as_body(body in proptest::collection::vec(any::<u8>(), 0..600)) {
        let mut call = plain("");
        call.body = body.clone().into();
        drop(receive(&call));
        let mut call = safe("");
        call.body = body.into();
        drop(receive(&call));
    }

    #[test]
    fn any_text_like_xml(body in "(<(xml|MsgType|Event|a|/xml|/a|!\\[CDATA\\[|\\?xml|!DOCTYPE)?|>|&|;|\\]\\]>|[a-z中 ]){0,60}") {
        drop(receive(&plain(&body)));
        drop(receive(&safe(&sealed(&body))));
    }

    #[test]
    fn any_query(query in ".{0,200}", method in "(GET|POST|PUT|)") {
        drop(receive(&raw(&method, query, GOOD.as_bytes())));
    }

    #[test]
    fn any_sealed_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        use base64::Engine;
        prop_assert!(receive(&safe(&base64::engine::general_purpose::STANDARD.encode(bytes))).is_err());
    }

    #[test]
    fn a_cut_message(at in 0..GOOD.len()) {
        let mut call = plain("");
        call.body = GOOD.as_bytes()[..at].to_vec().into();
        prop_assert!(receive(&call).is_err());
    }

    #[test]
    fn a_changed_message(at in 0..GOOD.len(), byte in any::<u8>()) {
        let mut bytes = GOOD.as_bytes().to_vec();
        bytes[at] = byte;
        let mut call = plain("");
        call.body = bytes.into();
        drop(receive(&call));
    }

    #[test]
    fn a_changed_envelope(at in 0..400_usize, bit in 0..8_u8) {
        let good = sealed(GOOD);
        let mut bytes = good.clone().into_bytes();
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        let Ok(changed) = String::from_utf8(bytes) else { return Ok(()) };
        let call = safe(&good);
        let body = String::from_utf8(call.body.to_vec()).unwrap().replace(&good, &changed);
        let mut forged = call;
        forged.body = body.into_bytes().into();
        prop_assert!(receive(&forged).is_err());
    }

    #[test]
    fn any_answer(status in any::<u16>(), body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let reply = Reply { status, retry_after: None, body };
        drop(account().outcome(&reply));
        drop(account().token(&reply));
    }
}
