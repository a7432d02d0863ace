//! Headers as mailers write them, and as they should not.

use encoding_rs::GBK;
use proptest::prelude::*;

use super::*;

fn head(text: &str) -> Headers {
    Headers::split(text.replace('\n', "\r\n").as_bytes()).0
}

#[test]
fn head_and_body_are_split_at_the_empty_line() {
    let (headers, body) = Headers::split(b"Subject: a\r\n b\r\nX-Y : z\r\n\r\nbody\r\n\r\nmore");
    assert_eq!(headers.text("subject").as_deref(), Some("a b"));
    assert_eq!(headers.text("x-y").as_deref(), Some("z"));
    assert_eq!(body, b"body\r\n\r\nmore");
    assert_eq!(Headers::split(b"Subject: a\n\nbody").1, b"body");
    assert_eq!(Headers::split(b"no header here\r\n").1, b"no header here\r\n");
    assert_eq!(Headers::split(b"").1, b"");
}

#[test]
fn lines_that_are_no_header_are_skipped() {
    let headers = head("From mbox line\nSubject: a\njunk without colon\nbad name: x\nTo: b@example.test\n\n");
    assert_eq!(headers.text("subject").as_deref(), Some("a"));
    assert_eq!(headers.people("to").len(), 1);
    assert!(!headers.has("bad name"));
}

#[test]
fn people_have_names_in_every_spelling() {
    let person = |text: &str| {
        let person = head(&format!("From: {text}\n\n")).people("from").into_iter().next().unwrap();
        (person.name, person.address.value().to_owned())
    };
    let li = |name: &str| (Some(name.to_owned()), "li@example.test".to_owned());
    assert_eq!(person("li@Example.TEST"), (None, "li@example.test".to_owned()));
    assert_eq!(person("<li@example.test>"), (None, "li@example.test".to_owned()));
    assert_eq!(person("\"Li, Lei\" <li@example.test>, b@example.test"), li("Li, Lei"));
    assert_eq!(person("=?utf-8?B?5p2O?= =?utf-8?B?6Zu3?= <li@example.test>"), li("李雷"));
    assert_eq!(person("\"=?gbk?Q?=C0?= =?gbk?Q?=EE?=\" <li@example.test>"), li("李"));
    assert_eq!(person("Team: Li <li@example.test>;"), li("Li"));
    let mut raw = b"From: ".to_vec();
    raw.extend_from_slice(&GBK.encode("李雷").0);
    raw.extend_from_slice(b" <li@example.test>\r\n\r\n");
    assert_eq!(Headers::split(&raw).0.people("from").first().unwrap().name.as_deref(), Some("李雷"));
}

#[test]
fn ids_are_bounded_and_clean() {
    let headers = head("References: <a@x> junk <b@x>\n <c d@x> <bad\"@x>\nIn-Reply-To: plain@x\n\n");
    assert_eq!(headers.ids("references"), ["a@x", "b@x", "cd@x"]);
    assert_eq!(headers.ids("in-reply-to"), ["plain@x"]);
    let many: String = (0..80).map(|i| format!("<{i}@x> ")).collect();
    let ids = head(&format!("References: {many}\n\n")).ids("references");
    assert_eq!((ids.len(), ids.first().map(String::as_str)), (IDS_MAX, Some("30@x")));
}

#[test]
fn dates_are_read_or_absent() {
    let date = |text: &str| head(&format!("Date: {text}\n\n")).date("date").map(|time| time.to_string());
    assert_eq!(date("Mon, 9 Nov 2026 09:14:00 +0800").as_deref(), Some("2026-11-09T01:14:00.000Z"));
    assert_eq!(date("yesterday"), None);
    assert_eq!(date("Fri, 30 Feb 20266 99:99:99 +9999"), None);
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let (headers, _) = Headers::split(&bytes);
        let _seen = (headers.text("subject"), headers.ids("references"), headers.date("date"));
    }

    #[test]
    fn no_address_field_makes_it_panic(value in "[\"<>,;:@()\\\\=? a-z\u{4e2d}\r\n\t]{0,80}") {
        let raw = [b"From: ".as_slice(), value.as_bytes(), b"\r\n\r\n"].concat();
        let _people = Headers::split(&raw).0.people("from");
    }

    #[test]
    fn no_date_makes_it_panic(value in "[A-Za-z0-9:+, -]{0,60}") {
        let _date = head(&format!("Date: {value}\n\n")).date("date");
    }
}
