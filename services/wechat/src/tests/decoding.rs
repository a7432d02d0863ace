//! Every message and event type, and the bounds of what is read.

use channel::{
    Arrival, Content, Incoming, Receipt, ReceiptStatus, Refusal,
    incoming::{IncomingPart, PartSource},
};

use super::{one, plain, receive};

fn body(fields: &str) -> String {
    format!(
        "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[oX]]></FromUserName>\
         <CreateTime>1700000000</CreateTime>{fields}</xml>"
    )
}

fn decoded(fields: &str) -> Incoming {
    one(receive(&plain(&body(fields))))
}

fn refused(text: &str) -> Refusal {
    receive(&plain(text)).unwrap_err()
}

fn at_provider(part: &IncomingPart) -> (&str, &str) {
    match &part.source {
        PartSource::Provider(id) => (&part.media_type, id),
        PartSource::Bytes(_) => panic!("no bytes come with a callback"),
    }
}

#[test]
fn every_message_type_has_a_text_and_its_media() {
    let cases = [
        ("<MsgType>text</MsgType><Content><![CDATA[ 买 & 卖 <b> ]]></Content>", " 买 & 卖 <b> ", None),
        ("<MsgType>text</MsgType><Content>a &amp; b &#x4e2d;&lt;</Content>", "a & b 中<", None),
        ("<MsgType>text</MsgType><Content/>", "", None),
        ("<MsgType>image</MsgType><PicUrl>u</PicUrl><MediaId>m1</MediaId>", "[图片]", Some(("image/jpeg", "m1"))),
        ("<MsgType>voice</MsgType><MediaId>m2</MediaId><Format>speex</Format>", "[语音]", Some(("audio/speex", "m2"))),
        (
            "<MsgType>voice</MsgType><MediaId>m3</MediaId><Format>amr</Format><Recognition>查余额</Recognition>",
            "查余额",
            Some(("audio/amr", "m3")),
        ),
        (
            "<MsgType>video</MsgType><MediaId>m4</MediaId><ThumbMediaId>t</ThumbMediaId>",
            "[视频]",
            Some(("video/mp4", "m4")),
        ),
        ("<MsgType>shortvideo</MsgType><MediaId>m5</MediaId>", "[小视频]", Some(("video/mp4", "m5"))),
        (
            "<MsgType>location</MsgType><Location_X>31.23</Location_X><Location_Y>121.47</Location_Y><Scale>20</Scale><Label>人民广场</Label>",
            "[位置] 人民广场 31.23 121.47",
            None,
        ),
        (
            "<MsgType>link</MsgType><Title>公告</Title><Description>d</Description><Url>http://x.example</Url>",
            "[链接] 公告 d http://x.example",
            None,
        ),
        ("<MsgType>hologram</MsgType><MediaId>m6</MediaId>", "[hologram]", Some(("application/octet-stream", "m6"))),
    ];
    for (fields, text, part) in cases {
        let incoming = decoded(&format!("{fields}<MsgId>18446744073709551615</MsgId>"));
        assert_eq!(incoming.text, text);
        assert_eq!(incoming.content, Content::Message, "{text}");
        assert_eq!(incoming.parts.iter().map(at_provider).collect::<Vec<_>>(), Vec::from_iter(part));
        assert_eq!(incoming.provider_id.as_deref(), Some("18446744073709551615"));
        assert_eq!(incoming.from.unwrap().value(), "oX");
    }
}

#[test]
fn a_message_id_is_a_number_or_none() {
    for (id, kept) in [("007", Some("7")), ("18446744073709551616", None), ("1e3", None), ("-1", None), ("", None)] {
        let incoming = decoded(&format!("<MsgType>text</MsgType><Content>x</Content><MsgId>{id}</MsgId>"));
        assert_eq!(incoming.provider_id.as_deref(), kept, "{id}");
    }
}

#[test]
fn events_become_menu_choices() {
    let cases = [
        ("<Event>CLICK</Event><EventKey>TOUSU</EventKey>", "TOUSU", "[菜单] TOUSU"),
        ("<Event>CLICK</Event><EventKey></EventKey>", "event:CLICK", "[事件] CLICK"),
        ("<Event>VIEW</Event><EventKey>http://x.example</EventKey>", "event:VIEW", "[事件] VIEW http://x.example"),
        ("<Event>subscribe</Event><EventKey>qrscene_12</EventKey>", "event:subscribe", "[事件] subscribe qrscene_12"),
        ("<Event>unsubscribe</Event>", "event:unsubscribe", "[事件] unsubscribe"),
        ("<Event>SCAN</Event><EventKey>12</EventKey><Ticket>t</Ticket>", "event:SCAN", "[事件] SCAN 12"),
        (
            "<Event>LOCATION</Event><Latitude>31.2</Latitude><Longitude>121.4</Longitude>",
            "event:LOCATION",
            "[事件] LOCATION 31.2 121.4",
        ),
        (
            "<Event>kf_create_session</Event><KfAccount>k@x</KfAccount>",
            "event:kf_create_session",
            "[事件] kf_create_session k@x",
        ),
        ("<Event>kf_switch_session</Event>", "event:kf_switch_session", "[事件] kf_switch_session"),
        (
            "<Event>subscribe_msg_popup_event</Event>",
            "event:subscribe_msg_popup_event",
            "[事件] subscribe_msg_popup_event",
        ),
        ("<Event>brand_new_event</Event>", "event:brand_new_event", "[事件] brand_new_event"),
    ];
    for (fields, menu, text) in cases {
        let incoming = decoded(&format!("<MsgType>event</MsgType>{fields}"));
        assert_eq!(incoming.content, Content::Menu(menu.to_owned()));
        assert_eq!(incoming.text, text);
    }
}

#[test]
fn events_are_told_apart_by_sender_second_event_and_key() {
    let id = |fields: &str| decoded(&format!("<MsgType>event</MsgType>{fields}")).provider_id.unwrap();
    let first = id("<Event>CLICK</Event><EventKey>A</EventKey>");
    assert_eq!(first, id("<EventKey><![CDATA[A]]></EventKey><Event>CLICK</Event>"));
    assert_ne!(first, id("<Event>CLICK</Event><EventKey>B</EventKey>"));
    assert_ne!(first, id("<Event>SCAN</Event><EventKey>A</EventKey>"));
    let later =
        body("<MsgType>event</MsgType><Event>CLICK</Event><EventKey>A</EventKey>").replace("1700000000", "1700000001");
    assert_ne!(Some(first.clone()), one(receive(&plain(&later))).provider_id);
    assert!(!first.contains("oX"), "an openid is personal data");
}

#[test]
fn reports_of_sent_notices_are_receipts() {
    let report = |status: &str| {
        let fields = format!(
            "<MsgType>event</MsgType><Event>TEMPLATESENDJOBFINISH</Event><MsgID>200163840</MsgID><Status>{status}</Status>"
        );
        receive(&plain(&body(&fields))).unwrap().arrivals
    };
    let expect = |status, error: Option<&str>| Receipt {
        provider_id: "200163840".to_owned(),
        status,
        error: error.map(str::to_owned),
    };
    let cases = [
        ("success", expect(ReceiptStatus::Delivered, None)),
        ("failed:user block", expect(ReceiptStatus::Failed, Some("failed:user block"))),
        ("failed: system failed", expect(ReceiptStatus::Failed, Some("failed: system failed"))),
    ];
    for (status, receipt) in cases {
        assert!(matches!(report(status).as_slice(), [Arrival::Receipt(got)] if *got == receipt), "{status}");
    }
    let two = "<MsgType>event</MsgType><Event>subscribe_msg_sent_event</Event><SubscribeMsgSentEvent>\
        <List><TemplateId>t</TemplateId><MsgID>1</MsgID><ErrorStatus>success</ErrorStatus></List>\
        <List><TemplateId>t</TemplateId><MsgID>2</MsgID><ErrorStatus>reject</ErrorStatus></List></SubscribeMsgSentEvent>";
    let arrivals = receive(&plain(&body(two))).unwrap().arrivals;
    assert_eq!(arrivals.len(), 2);
    assert!(arrivals.iter().all(|arrival| matches!(arrival, Arrival::Receipt(_))));
}

#[test]
fn what_has_neither_type_nor_event_is_kept_undecoded() {
    for fields in ["", "<MsgType>event</MsgType>", "<return_code>SUCCESS</return_code>"] {
        let received = receive(&plain(&body(fields))).unwrap();
        assert!(matches!(received.arrivals.as_slice(), [Arrival::Undecodable(_)]), "{fields}");
    }
}

#[test]
fn a_sender_that_is_no_address_is_withheld() {
    let text = body("<MsgType>text</MsgType><Content>x</Content>").replace("oX", "");
    assert_eq!(one(receive(&plain(&text))).from, None);
}

#[test]
fn malformed_bodies_are_refused() {
    let cases = [
        "",
        " ",
        "hello",
        "<xml>",
        "<xml></yml>",
        "<xml/><xml/>",
        "<html></html>",
        "<xml></xml>x",
        "<xml><a>&unknown;</a></xml>",
        "<xml><a>&#0;</a></xml>",
        "<xml><a>& b</a></xml>",
        "<xml><a></xml></a>",
        "<xml><Content><xml>x</xml></Content></xml>",
        "<xml><FromUserName><b>oX</b></FromUserName></xml>",
        "<?xml version=\"1.0\" encoding=\"gbk\"?><xml></xml>",
        "<xml><a><![CDATA[x</a></xml>",
    ];
    for text in cases {
        assert!(matches!(refused(text), Refusal::Malformed(_)), "{text}");
    }
    let mut gbk = plain("");
    gbk.body = b"<xml><Content>\xcd\xcb\xb6\xa9</Content></xml>".to_vec().into();
    assert!(matches!(receive(&gbk), Err(Refusal::Malformed(_))));
}

#[test]
fn size_depth_and_number_of_elements_are_bounded() {
    let deep = format!("<xml>{}{}</xml>", "<a>".repeat(8), "</a>".repeat(8));
    assert!(matches!(refused(&deep), Refusal::Malformed(_)));
    assert!(matches!(refused(&format!("<xml>{}</xml>", "<a/>".repeat(3000))), Refusal::Malformed(_)));
    assert_eq!(refused(&format!("<xml><a>{}</a></xml>", "x".repeat(300_000))), Refusal::TooLarge);
    let fine = format!("<xml><MsgType>text</MsgType>{}{}</xml>", "<a>".repeat(7), "</a>".repeat(7));
    assert!(receive(&plain(&fine)).is_ok());
}

#[test]
fn a_declaration_of_utf8_and_layout_are_fine() {
    let text = "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- c --><xml>\n  <MsgType>\n  text </MsgType>\n\
        <Content>\n  <![CDATA[ok]]>\n  </Content></xml>\n";
    assert_eq!(one(receive(&plain(text))).text, "ok");
}

#[test]
fn the_handbooks_message_is_taken() {
    let handbook = include_str!("../../../../docs/channels.md");
    let (_, rest) = handbook.split_once("```xml wechat-text\n").unwrap();
    assert_eq!(one(receive(&plain(rest.split_once("```").unwrap().0))).text, "我要查询上月对账单");
}
