//! People and machines, told apart by their marks.

use contract::AddressKind;
use proptest::prelude::*;

use super::*;
use crate::report::Fate;

fn origin(head: &str) -> Origin {
    let sender = Address::parse(AddressKind::Email, "li@example.test").unwrap();
    let raw = format!("From: li@example.test\n{head}\n\nbody 550");
    judge(&Entity::parse(raw.as_bytes()), Some(Some(&sender)))
}

#[test]
fn people_are_people() {
    for head in [
        "Subject: 请问自动回复怎么设置",
        "Subject: 自动回复怎么设置",
        "Subject: Re: Undelivered Mail Returned to Sender",
        "Subject: 转发: 退信通知",
        "Subject: 我收到了退信",
        "Auto-Submitted: no",
        "Auto-Submitted: No (a person)",
        "Precedence: first-class",
        "X-Auto-Response-Suppress: None",
        "X-Priority: 1",
        "Reply-To: noreply@example.test",
        "",
    ] {
        assert_eq!(origin(head), Origin::Person, "{head}");
    }
}

#[test]
fn machines_carry_marks() {
    for (head, mark) in [
        ("Auto-Submitted: auto-replied", Mark::AutoSubmitted),
        ("Auto-Submitted: auto-generated; x=y", Mark::AutoSubmitted),
        ("X-QQ-AUTO-REPLY: yes", Mark::Responder),
        ("Subject: =?gbk?B?19S2r7vYuLQ6IMTjusM=?=", Mark::Subject),
        ("Subject: 自动回复：您好", Mark::Subject),
        ("Subject: Out of Office", Mark::Subject),
    ] {
        assert_eq!(origin(head), Origin::Machine(mark), "{head}");
    }
    assert_eq!(origin("Precedence: bulk"), Origin::Mailing(Mark::Precedence));
    assert_eq!(origin("X-Auto-Response-Suppress: All"), Origin::Mailing(Mark::Suppression));
    assert_eq!(origin("List-Id: <x.example.test>"), Origin::Mailing(Mark::List));
}

#[test]
fn bounces_are_reports_whatever_else_they_claim() {
    let fate = |raw: &str, envelope| match judge(&Entity::parse(raw.as_bytes()), envelope) {
        Origin::Report(report) => Some(report.fate),
        Origin::Person | Origin::Machine(_) | Origin::Mailing(_) => None,
    };
    let exim = "From: Mail Delivery System <Mailer-Daemon@example.test>\nAuto-Submitted: auto-replied\n\
                Subject: Mail delivery failed: returning message to sender\n\n550 5.1.1 unknown user";
    assert_eq!(fate(exim, Some(None)), Some(Fate::Failed));
    let delayed = "From: postmaster@example.test\nSubject: Warning: message delayed\n\n\
                   451 greylisted\nThis is a warning message only. You do not need to resend.";
    assert_eq!(fate(delayed, None), Some(Fate::Delayed));
    let standard = "From: x@example.test\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n\
                    --b\n\nhello\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n\
                    Final-Recipient: rfc822; a@example.test\nAction: delayed\nStatus: 4.4.1\n--b--";
    assert_eq!(fate(standard, None), Some(Fate::Delayed));
}

#[test]
fn who_passes_a_bounce_on_is_a_person() {
    let parts = "--b\n\n看，你们的信退回来了\n--b\nContent-Type: message/delivery-status\n\nX: y\n\nAction: failed\nStatus: 5.1.1\n--b--";
    let origin = |kind: &str, from: &str| {
        let raw = format!("From: {from}\nContent-Type: multipart/{kind}; boundary=b\n\n{parts}");
        judge(&Entity::parse(raw.as_bytes()), None)
    };
    assert_eq!(origin("mixed", "li@example.test"), Origin::Person);
    assert!(matches!(origin("mixed", "postmaster@example.test"), Origin::Report(_)));
    assert!(matches!(origin("report", "li@example.test"), Origin::Report(_)));
}

#[test]
fn an_empty_return_path_is_a_machine() {
    let mail = Entity::parse(b"From: li@example.test\nReturn-Path: <>\n\nx");
    assert_eq!(judge(&mail, None), Origin::Machine(Mark::NoReturn));
    let sender = Address::parse(AddressKind::Email, "li@example.test").unwrap();
    // The envelope is what the other side says now; the header may be old.
    assert_eq!(judge(&mail, Some(Some(&sender))), Origin::Person);
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _origin = judge(&Entity::parse(&bytes), None);
    }
}
