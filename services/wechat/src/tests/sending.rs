//! Calls to WeChat and what its answers mean.

use channel::{Call, CallBody, Channel, Outbound, Reply, SendOutcome, Unsendable};
use contract::{Address, AddressKind, DeliveryId, Millis};

use super::{NOW, account, settings};
use crate::{Settings, Wechat};

fn outbound(kind: AddressKind, to: &str, text: &str) -> Outbound {
    Outbound {
        automatic: false,
        unsubscribe: None,
        delivery: DeliveryId::new(1),
        case: None,
        to: Address::parse(kind, to).unwrap(),
        from: None,
        subject: None,
        text: text.to_owned(),
        thread: Vec::new(),
    }
}

fn body(call: &Call) -> String {
    match &call.body {
        CallBody::Bytes(media_type, bytes) => {
            assert_eq!(*media_type, "application/json; charset=utf-8");
            String::from_utf8(bytes.clone()).unwrap()
        }
        CallBody::Empty => panic!("no body"),
    }
}

fn reply(status: u16, body: &str) -> Reply {
    Reply { status, retry_after: None, body: body.as_bytes().to_vec() }
}

#[test]
fn a_text_goes_out_as_plain_utf8() {
    let call = account().send(&outbound(AddressKind::Wechat, "oX", "您好 \"林\"\n😀"), Some("t+k/n="), NOW).unwrap();
    assert_eq!(call.method, "POST");
    assert_eq!(call.url, "http://127.0.0.1:9/cgi-bin/message/custom/send?access_token=t%2Bk%2Fn%3D");
    assert_eq!(body(&call), r#"{"touser":"oX","msgtype":"text","text":{"content":"您好 \"林\"\n😀"}}"#);
}

#[test]
fn what_cannot_be_sent_is_said() {
    let send = |kind, to, text: &str| account().send(&outbound(kind, to, text), Some("t"), NOW).unwrap_err();
    assert_eq!(send(AddressKind::Phone, "+8613800000000", "x"), Unsendable::WrongAddress);
    assert_eq!(send(AddressKind::Wechat, "oX", &"中".repeat(683)), Unsendable::TooLong);
    assert!(account().send(&outbound(AddressKind::Wechat, "oX", &"中".repeat(682)), Some("t"), NOW).is_ok());
}

#[test]
fn the_token_is_the_stable_one() {
    let call = account().token_call().unwrap();
    assert_eq!(call.url, "http://127.0.0.1:9/cgi-bin/stable_token");
    let expect = r#"{"grant_type":"client_credential","appid":"wx1234567890abcdef","secret":"app-secret","force_refresh":false}"#;
    assert_eq!(body(&call), expect);
    let default = Wechat::new(Settings { api_url: None, ..settings() }).unwrap().token_call().unwrap();
    assert_eq!(default.url, "https://api.weixin.qq.com/cgi-bin/stable_token");
}

#[test]
fn a_token_is_read_with_its_span() {
    let token = |status, body: &str| account().token(&reply(status, body));
    let long = "x".repeat(512);
    let good = format!(r#"{{"access_token":"{long}","expires_in":7200}}"#);
    assert_eq!(token(200, &good), Some((long, Millis::from_secs(7200))));
    for bad in ["", "{}", r#"{"errcode":40013,"errmsg":"invalid appid"}"#, r#"{"access_token":"","expires_in":7200}"#] {
        assert_eq!(token(200, bad), None, "{bad}");
    }
    assert_eq!(token(502, &good), None);
}

#[test]
fn the_error_table_is_followed() {
    let failed = |why: &str| SendOutcome::Failed(why.to_owned());
    let cases = [
        (0, SendOutcome::Sent(None)),
        (-1, SendOutcome::Retry("busy".to_owned(), None)),
        (40001, SendOutcome::TokenRefused),
        (40014, SendOutcome::TokenRefused),
        (42001, SendOutcome::TokenRefused),
        (45009, SendOutcome::Retry("daily_quota".to_owned(), Some(Millis::from_secs(86400)))),
        (45011, SendOutcome::Retry("minute_quota".to_owned(), Some(Millis::from_secs(60)))),
        (45015, failed("window_closed")),
        (45047, failed("window_closed")),
        (43004, failed("not_follower")),
        (43101, failed("refused")),
        (40003, failed("bad_address")),
        (40037, failed("bad_template")),
        (47003, failed("bad_arguments")),
        (48001, failed("not_permitted_48001")),
        (48002, failed("not_permitted_48002")),
        (48004, failed("not_permitted_48004")),
        (40164, failed("not_permitted_40164")),
        (61004, failed("not_permitted_61004")),
        (99999, failed("errcode_99999")),
    ];
    for (code, outcome) in cases {
        let body = format!(r#"{{"errcode":{code},"errmsg":"words of the provider"}}"#);
        assert_eq!(account().outcome(&reply(200, &body)), outcome, "{code}");
    }
    assert_eq!(
        account().outcome(&reply(200, r#"{"errcode":0,"msgid":18446744073709551615}"#)),
        SendOutcome::Sent(Some("18446744073709551615".to_owned()))
    );
}

#[test]
fn an_answer_that_says_nothing_is_unknown() {
    for (status, text) in [
        (200, ""),
        (200, "<html>"),
        (200, "{}"),
        (200, "[]"),
        (200, r#"{"errcode":"0"}"#),
        (500, ""),
        (502, "{}"),
        (504, ""),
    ] {
        assert!(matches!(account().outcome(&reply(status, text)), SendOutcome::Unknown(_)), "{status} {text}");
    }
    let busy = Reply { status: 503, retry_after: Some(Millis::from_secs(7)), body: Vec::new() };
    assert_eq!(account().outcome(&busy), SendOutcome::Retry("http_503".to_owned(), Some(Millis::from_secs(7))));
    assert_eq!(account().outcome(&reply(404, "")), SendOutcome::Failed("http_404".to_owned()));
}
