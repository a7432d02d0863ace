//! Mails and the contacts they become.

use contract::{AddressKind, DeliveryId};
use encoding_rs::{GB18030, GBK};
use proptest::prelude::*;

use super::*;
use crate::thread::Token;

fn keys() -> Keys {
    Keys::new(vec![(1, [7; 32])], [7; 32], [7; 32])
}

fn address(text: &str) -> Address {
    Address::parse(AddressKind::Email, text).unwrap()
}

fn read(text: &str) -> Decoded {
    decode(text.replace('\n', "\r\n").as_bytes(), Some(&address("li@example.test")), &keys())
}

fn contact(text: &str) -> Incoming {
    read(text).contact_for(&address("tousu@kf.example"))
}

#[test]
fn a_chinese_complaint_with_a_picture() {
    let mut raw = b"From: =?gb18030?B?".to_vec();
    raw.extend_from_slice(
        b"wO7A17w=?= <li@Example.test>\r\nTo: tousu@kf.example\r\nSubject: =?gb18030?B?zba?= =?gb18030?B?38s=?=\r\n",
    );
    raw.extend_from_slice(b"Message-ID: <m1@example.test>\r\nDate: Mon, 9 Nov 2026 23:10:00 +0800\r\n");
    raw.extend_from_slice(
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=gb18030\r\n\r\n",
    );
    raw.extend_from_slice(&GB18030.encode("我要投诉顾问，㐀").0);
    raw.extend_from_slice(b"\r\n--b\r\nContent-Type: image/jpeg; name=\"");
    raw.extend_from_slice(&GBK.encode("截图.jpg").0);
    raw.extend_from_slice(b"\"\r\nContent-Transfer-Encoding: base64\r\n\r\n/9j/\r\n--b--\r\n");
    let contact = decode(&raw, None, &keys()).contact_for(&address("tousu@kf.example"));
    // An empty return path makes it a machine's; everything else is read all the same.
    assert_eq!(contact.content, Content::Automatic);
    let contact =
        decode(&raw, Some(&address("bounce@example.test")), &keys()).contact_for(&address("tousu@kf.example"));
    assert_eq!(contact.content, Content::Message);
    assert_eq!(contact.from, Some(address("li@example.test")));
    assert_eq!(contact.text, "我要投诉顾问，㐀");
    assert_eq!(contact.to, ["tousu@kf.example"]);
    assert_eq!(contact.provider_id.as_deref(), Some("<m1@example.test> tousu@kf.example"));
    assert_eq!(contact.received_at.unwrap().to_string(), "2026-11-09T15:10:00.000Z");
    assert_eq!(contact.thread, ["m1@example.test"]);
    let parts: Vec<_> = contact.parts.iter().map(|part| (part.name.as_deref(), part.media_type.as_str())).collect();
    assert_eq!(parts, [(Some("截图.jpg"), "image/jpeg")]);
    assert!(matches!(&contact.parts[0].source, PartSource::Bytes(bytes) if bytes == b"\xff\xd8\xff"));
    let original = contact.original.unwrap();
    assert_eq!((original.name.as_deref(), original.media_type.as_str()), (Some("original.eml"), "message/rfc822"));
}

#[test]
fn the_raw_mail_is_kept_whole() {
    let raw = b"From: li@example.test\r\n\r\n\xff\xfe\x00 bytes \r\n";
    let contact = decode(raw, Some(&address("li@example.test")), &keys()).contact_for(&address("kf@kf.example"));
    let PartSource::Bytes(kept) = &contact.original.unwrap().source else { panic!("kept here") };
    assert!(kept.ends_with(raw) && kept.starts_with(b"Return-Path: <li@example.test>\r\n"));
    assert_eq!(contact.provider_id, None);
}

#[test]
fn the_envelope_stands_in_for_a_missing_sender() {
    assert_eq!(contact("Subject: a\n\nb").from, Some(address("li@example.test")));
    assert_eq!(contact("From: nobody\n\nb").from, Some(address("li@example.test")));
    assert_eq!(contact("just text, no head").text, "just text, no head");
}

#[test]
fn our_token_names_the_case() {
    let token = |case| {
        let token = Token { case: Some(CaseId::new(case)), delivery: DeliveryId::new(3) };
        format!("<{}>", thread::message_id(&keys(), token, "kf.example"))
    };
    let case = |text: &str| contact(text).case.map(CaseId::bits);
    assert_eq!(case(&format!("In-Reply-To: {}\n\nx", token(1))), Some(1));
    assert_eq!(case(&format!("References: {} {} <a@b>\n\nx", token(1), token(2))), Some(2));
    assert_eq!(case(&format!("In-Reply-To: {}\nReferences: {}\n\nx", token(1), token(2))), Some(1));
    let tag = thread::subject_tag(&keys(), CaseId::new(4));
    assert_eq!(case(&format!("Subject: Re: a {tag}\n\nx")), Some(4));
    let forged = token(1).replacen("01.", "02.", 1);
    assert_eq!(case(&format!("In-Reply-To: {forged}\n\nx")), None);
    // Through a mailing list it is a person's answer, out of the office it is not.
    let list = contact(&format!("List-Id: <x>\nIn-Reply-To: {}\n\nx", token(1)));
    assert_eq!((list.content, list.case.map(CaseId::bits)), (Content::Message, Some(1)));
    let away = contact(&format!("Auto-Submitted: auto-replied\nIn-Reply-To: {}\n\nx", token(1)));
    assert_eq!((away.content, away.case), (Content::Automatic, None));
}

#[test]
fn an_answer_to_us_does_not_repeat_what_was_said() {
    let token = Token { case: Some(CaseId::new(1)), delivery: DeliveryId::new(3) };
    let id = thread::message_id(&keys(), token, "kf.example");
    let text =
        |head: &str| contact(&format!("{head}\nContent-Type: text/plain; charset=utf-8\n\n谢谢\n> 我要投诉\n")).text;
    assert_eq!(text(&format!("In-Reply-To: <{id}>")), "谢谢");
    assert_eq!(text(&format!("Subject: Fw: x\nIn-Reply-To: <{id}>")), "谢谢\n> 我要投诉");
    assert_eq!(text("In-Reply-To: <other@example.test>"), "谢谢\n> 我要投诉");
}

#[test]
fn a_bounce_of_our_mail_is_a_receipt() {
    let token = Token { case: Some(CaseId::new(1)), delivery: DeliveryId::new(3) };
    let id = thread::message_id(&keys(), token, "kf.example");
    let bounce = |action: &str, status: &str, id: &str| {
        read(&format!(
            "From: MAILER-DAEMON@example.test\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n\
             --b\n\nsorry\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n\
             Action: {action}\nStatus: {status}\n--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <{id}>\n--b--\n"
        ))
    };
    let failed = bounce("failed", "5.1.1", &id).receipt.unwrap();
    assert_eq!((failed.status, failed.error.as_deref()), (ReceiptStatus::Failed, Some("5.1.1")));
    assert_eq!(failed.provider_id, thread::provider_id(&keys(), token));
    assert_eq!(bounce("delivered", "2.0.0", &id).receipt.unwrap().status, ReceiptStatus::Delivered);
    assert_eq!(bounce("delayed", "4.4.1", &id).receipt, None);
    assert_eq!(bounce("failed", "5.1.1", "other@kf.example").receipt, None);
    // Only a report may tell: a person who quotes the id tells nothing.
    assert_eq!(read(&format!("From: li@example.test\n\n550 5.1.1 <{id}>")).receipt, None);
}

#[test]
fn references_are_bounded_and_end_with_the_mail_itself() {
    let many: String = (0..60).map(|i| format!("<{i}@x> ")).collect();
    let thread = contact(&format!("Message-ID: <own@x>\nIn-Reply-To: <59@x>\nReferences: {many}\n\nx")).thread;
    assert_eq!(thread.len(), 50);
    assert_eq!(thread[48..], ["59@x", "own@x"]);
}

#[test]
fn an_unreadable_mail_is_taken_as_it_is() {
    let decoded = undecoded(&[0xff; 200_000], Some(&address("li@example.test")));
    let contact = decoded.contact_for(&address("kf@kf.example"));
    assert_eq!(contact.content, Content::Message);
    assert!(contact.text.len() <= 3 * text::TEXT_BYTES_MAX && contact.original.is_some());
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _contact = decode(&bytes, None, &keys()).contact_for(&address("kf@kf.example"));
    }

    #[test]
    fn no_mail_makes_it_panic(
        text in "((From|To|Subject|Date|Message-ID|References|Content-Type|Content-Transfer-Encoding|Action|Status): |multipart/(mixed|report|alternative); boundary=b|message/(delivery-status|rfc822)|text/html; charset=(hz|gbk|utf-8)|--b(--)?|\n|=\\?gbk\\?[qb]\\?|\\?=|<[a-z@.]{0,9}>|[ -~]{0,9}|[\u{4e00}-\u{4e10}]){0,60}"
    ) {
        let _contact = decode(text.as_bytes(), Some(&address("li@example.test")), &keys());
    }
}
