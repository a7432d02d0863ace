//! Answers as mails, read back by our own decoder.

use channel::Account;
use contract::{CaseId, ChannelKind, DeliveryId};
use proptest::prelude::*;

use super::*;
use crate::{decode, mail::Entity};

fn keys() -> Keys {
    Keys::new(vec![(1, [7; 32])], [7; 32], [7; 32])
}

fn address(text: &str) -> Address {
    Address::parse(AddressKind::Email, text).unwrap()
}

fn mailbox(from: Option<&str>) -> Mailbox {
    let account = Account { channel: ChannelKind::Email, id: "main".parse().unwrap(), branch: "hq".parse().unwrap() };
    let domains = vec!["kf.example".to_owned()];
    Mailbox { account, domains, from: from.map(address), from_name: Some("示例证券".to_owned()) }
}

fn outbound() -> Outbound {
    Outbound {
        automatic: false,
        unsubscribe: None,
        delivery: DeliveryId::new(3),
        case: Some(CaseId::new(1)),
        to: address("li@example.test"),
        from: Some("tousu@kf.example".to_owned()),
        subject: Some("我要投诉".to_owned()),
        text: "您好，\n已收到。\n.\n".to_owned(),
        thread: vec!["first@example.test".to_owned(), "m1@example.test".to_owned()],
    }
}

fn written(outbound: &Outbound) -> Letter {
    encode(&mailbox(None), &keys(), outbound, Timestamp::from_ms(1_794_204_840_000)).unwrap()
}

#[test]
fn an_answer_reads_back_whole() {
    let letter = written(&outbound());
    let mail = Entity::parse(&letter.bytes);
    assert_eq!(mail.text(), "您好，\r\n已收到。\r\n.\r\n");
    assert_eq!(mail.headers.people("to")[0].address, address("li@example.test"));
    let from = mail.headers.people("from").remove(0);
    assert_eq!((from.name.as_deref(), from.address), (Some("示例证券"), address("tousu@kf.example")));
    assert!(mail.headers.text("subject").unwrap().starts_with("Re: 我要投诉 [#"));
    assert_eq!(mail.headers.ids("in-reply-to"), ["m1@example.test"]);
    assert_eq!(mail.headers.ids("references"), ["first@example.test", "m1@example.test"]);
    assert_eq!(mail.headers.date("date"), Some(Timestamp::from_ms(1_794_204_840_000)));
    assert!(!mail.headers.has("auto-submitted"));
    assert_eq!(letter.envelope.to()[0].to_string(), "li@example.test");
    assert!(letter.bytes.is_ascii() && !letter.bytes.windows(2).any(|pair| pair[1] == b'\n' && pair[0] != b'\r'));
}

#[test]
fn promotion_says_where_a_mailer_cancels_it() {
    let header = |url: &str, name: &str| {
        let outbound = Outbound { unsubscribe: Some(url.to_owned()), thread: Vec::new(), ..outbound() };
        Entity::parse(&written(&outbound).bytes).headers.text(name)
    };
    let token = "A".repeat(75);
    let url = format!("https://kf.example/s/{token}?topic=morning");
    assert_eq!(header(&url, "list-unsubscribe"), Some(format!("<{url}>")));
    assert_eq!(header(&url, "list-unsubscribe-post").as_deref(), Some("List-Unsubscribe=One-Click"));
    assert_eq!(header("http://kf.example/s/A", "list-unsubscribe").as_deref(), Some("<http://kf.example/s/A>"));
    assert_eq!(header("http://kf.example/s/A", "list-unsubscribe-post"), None);
    assert!(!Entity::parse(&written(&outbound()).bytes).headers.has("list-unsubscribe"));
}

#[test]
fn the_answer_to_the_answer_names_the_case() {
    let letter = written(&outbound());
    let sent = Entity::parse(&letter.bytes);
    let id = sent.headers.ids("message-id").remove(0);
    let subject = sent.headers.text("subject").unwrap();
    let sender = address("li@example.test");
    let case = |head: String| {
        let raw = format!("From: li@example.test\r\n{head}\r\n\r\n好的");
        decode::decode(raw.as_bytes(), Some(&sender), &keys()).contact_for(&address("kf@kf.example")).case
    };
    assert_eq!(case(format!("In-Reply-To: <{id}>")), Some(CaseId::new(1)));
    assert_eq!(case(format!("Subject: 回复：{subject}")), Some(CaseId::new(1)));
    assert!(id.starts_with(&letter.provider_id) && id.ends_with("@kf.example"));
}

#[test]
fn the_subject_grows_no_longer_with_each_answer() {
    let first = Entity::parse(&written(&outbound()).bytes).headers.text("subject").unwrap();
    let again = Outbound { subject: Some(first.clone()), ..outbound() };
    assert_eq!(Entity::parse(&written(&again).bytes).headers.text("subject").unwrap(), first);
    let notice = Outbound { subject: Some("通知".to_owned()), case: None, thread: Vec::new(), ..outbound() };
    assert_eq!(Entity::parse(&written(&notice).bytes).headers.text("subject").unwrap(), "通知");
}

#[test]
fn what_the_house_answers_is_marked_and_goes_to_no_machine() {
    let receipt = Outbound { automatic: true, ..outbound() };
    let letter = written(&receipt);
    assert!(letter.envelope.from().is_none(), "no bounce comes back");
    assert_eq!(Entity::parse(&letter.bytes).headers.text("auto-submitted").as_deref(), Some("auto-replied"));
    for machine in ["noreply@client.example", "MAILER-DAEMON@client.example", "kf@kf.example"] {
        let outbound = Outbound { to: address(machine), ..receipt.clone() };
        let refused = encode(&mailbox(None), &keys(), &outbound, Timestamp::from_ms(0)).err();
        assert_eq!(refused, Some(Unsendable::Machine), "{machine}");
    }
}

#[test]
fn the_configured_mailbox_answers_for_all() {
    let letter = encode(&mailbox(Some("kf@kf.example")), &keys(), &outbound(), Timestamp::from_ms(0)).unwrap();
    assert_eq!(letter.envelope.from().unwrap().to_string(), "kf@kf.example");
    let nowhere = Outbound { from: Some("x@elsewhere.example".to_owned()), ..outbound() };
    let refused = encode(&mailbox(None), &keys(), &nowhere, Timestamp::from_ms(0)).err().unwrap();
    assert_eq!(refused, Unsendable::NoSender);
}

#[test]
fn what_cannot_be_sent_is_refused() {
    let phone = Address::parse(AddressKind::Phone, "13800138000").unwrap();
    let refuse = |outbound: &Outbound| encode(&mailbox(None), &keys(), outbound, Timestamp::from_ms(0)).err().unwrap();
    assert_eq!(refuse(&Outbound { to: phone, ..outbound() }), Unsendable::WrongAddress);
    assert_eq!(refuse(&Outbound { text: "长".repeat(TEXT_BYTES_MAX), ..outbound() }), Unsendable::TooLong);
}

/// Header names that may stand in a mail of ours.
const OURS: [&str; 10] = [
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "in-reply-to",
    "references",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
];

proptest! {
    #[test]
    fn no_words_make_a_header(
        subject in "(\r|\n|Bcc: x@y.z|=\\?utf-8\\?q\\?=0d=0aX: y\\?=| |[a-z投诉:<>@]){0,40}",
        text in "(\r|\n|\\.|Bcc: x@y.z|[a-z投诉]){0,40}",
        id in "(\r|\n|<|>| |Bcc: x@y.z|[a-z@]){0,20}",
        name in "(\r|\n|\"|<|>|Bcc: x@y.z|[a-z投]){0,20}",
    ) {
        let outbound = Outbound { subject: Some(subject), text, thread: vec![id], ..outbound() };
        let mailbox = Mailbox { from_name: Some(name), ..mailbox(None) };
        let letter = encode(&mailbox, &keys(), &outbound, Timestamp::from_ms(0)).unwrap();
        let text = String::from_utf8(letter.bytes).unwrap();
        let (head, _) = text.split_once("\r\n\r\n").unwrap();
        for line in head.split("\r\n").filter(|line| !line.starts_with([' ', '\t'])) {
            let name = line.split(':').next().unwrap().to_lowercase();
            prop_assert!(OURS.contains(&name.as_str()), "{line}");
        }
        prop_assert!(!head.replace("\r\n", "").contains(['\r', '\n']));
    }
}
