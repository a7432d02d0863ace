//! Reports in the standard's form and in words.

use proptest::prelude::*;

use super::*;

fn check(fields: &str, fate: Fate, status: &str) {
    let report = delivery_status(fields);
    assert_eq!(report.fate, fate, "{fields}");
    assert_eq!(report.status.map(|status| status.to_string()).unwrap_or_default(), status, "{fields}");
}

#[test]
fn fields_are_read() {
    check("Reporting-MTA: dns; a\n\nAction: failed\nStatus: 5.1.1", Fate::Failed, "5.1.1");
    check("Action: Failed (fatal)\nStatus: 4.4.7", Fate::Failed, "4.4.7");
    check("Action: delayed\nStatus: 4.4.1\nWill-Retry-Until: x", Fate::Delayed, "4.4.1");
    check("Action: relayed\nStatus: 2.0.0", Fate::Delivered, "2.0.0");
    check("Status: 5.0.0\nDiagnostic-Code: smtp; 550 5.1.1 unknown", Fate::Failed, "5.1.1");
    check("Status: 5.2.2 (mailbox full)", Fate::Failed, "5.2.2");
    check("Reporting-MTA: dns; a", Fate::Unclear, "");
    check("", Fate::Unclear, "");
}

#[test]
fn the_worst_recipient_counts() {
    check("A: b\n\nAction: delivered\nStatus: 2.0.0\n\n\nAction: failed\nStatus: 5.1.1\n\n", Fate::Failed, "5.1.1");
}

fn fate_of(subject: &str, text: &str) -> Fate {
    guess(&Entity::parse(format!("Subject: {subject}\nContent-Type: text/plain; charset=utf-8\n\n{text}").as_bytes()))
        .fate
}

#[test]
fn words_are_read_where_there_are_no_fields() {
    assert_eq!(fate_of("x", "Remote host said: 550 no such user"), Fate::Failed);
    assert_eq!(fate_of("x", "451 busy, will be retried for 3 days"), Fate::Delayed);
    assert_eq!(fate_of("x", "收件人不存在，邮件被退回"), Fate::Failed);
    assert_eq!(fate_of("Undeliverable: x", "sorry"), Fate::Failed);
    assert_eq!(fate_of("x", "hello"), Fate::Unclear);
    assert_eq!(fate_of("x", "hello\n----- Original message -----\n550 rejected"), Fate::Unclear);
}

#[test]
fn fields_are_found_without_their_part() {
    let raw = "Content-Type: multipart/report; report-type=delivery-status; boundary=other\n\n--b\n\nsorry\n\n\
               Final-Recipient: rfc822; a@example.test\nAction: failed\nStatus: 5.1.1\n\n--b--";
    let report = read(&Entity::parse(raw.as_bytes())).unwrap();
    assert_eq!((report.fate, report.status.unwrap().to_string().as_str()), (Fate::Failed, "5.1.1"));
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "(Action|Status|:| |failed|[245]\\.[0-9]{1,4}\\.[0-9]{1,4}|\n|.){0,60}") {
        let _fate = (delivery_status(&text), fate_of("x", &text));
    }
}
