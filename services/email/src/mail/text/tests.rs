//! Which part of a mail is read, and what is kept beside it.

use super::*;

fn check(raw: &str, text: &str, attachments: &[(Option<&str>, &str)]) {
    let raw = raw.replace('\n', "\r\n");
    let shown = show(&Entity::parse(raw.as_bytes()));
    assert_eq!(shown.text, text);
    let kept: Vec<_> = shown.attachments.iter().map(|a| (a.name.as_deref(), a.media_type.as_str())).collect();
    assert_eq!(kept, attachments);
}

fn mixed(subtype: &str, parts: &[&str]) -> String {
    let parts: String = parts.iter().map(|part| format!("--b\n{part}\n")).collect();
    format!("Content-Type: multipart/{subtype}; boundary=b\n\n{parts}--b--\n")
}

#[test]
fn plain_text_is_preferred_if_it_says_anything() {
    let html = "Content-Type: text/html\n\n<p>html</p>";
    check(&mixed("alternative", &["\nplain", html]), "plain", &[]);
    check(&mixed("alternative", &[html, "\nplain"]), "plain", &[]);
    check(&mixed("alternative", &["\n  ", html]), "html", &[]);
    check("Content-Type: text/html; charset=utf-8\n\n<div>a</div><div>b</div>", "a\nb", &[]);
}

#[test]
fn attachments_are_kept_with_their_names() {
    let picture = "Content-Type: image/png; name=\"=?utf-8?B?5Zu+?=.png\"\nContent-Transfer-Encoding: base64\n\neA==";
    let note = "Content-Type: text/plain\nContent-Disposition: attachment; filename=note.txt\n\nnot the text";
    let letter = "Content-Type: message/rfc822\n\nSubject: inner\n\ninner text";
    check(
        &mixed("mixed", &["\n正文", picture, note, letter]),
        "正文",
        &[(Some("图.png"), "image/png"), (Some("note.txt"), "text/plain"), (None, "message/rfc822")],
    );
    let inline = "Content-Type: image/png\nContent-ID: <a>\n\nx";
    let related = mixed("related", &["Content-Type: text/html\n\nhi <img src=cid:a>", inline])
        .replace("=b\n", "=c\n")
        .replace("--b", "--c");
    check(&mixed("alternative", &["\n", &related]), "hi", &[(None, "image/png")]);
}

#[test]
fn a_mail_of_parts_only_has_no_text() {
    check("Content-Type: application/pdf; name=a.pdf\n\nx", "", &[(Some("a.pdf"), "application/pdf")]);
    check("Subject: only a head\n\n", "", &[]);
}

#[test]
fn texts_in_several_parts_are_joined() {
    check(&mixed("mixed", &["\none", "Content-Type: text/html\n\n<b>two</b>", "\n"]), "one\ntwo", &[]);
}

#[test]
fn flowed_lines_are_joined_again() {
    check("Content-Type: text/plain; format=flowed\n\na b \nc\n d\n-- \nsig", "a b c\nd\n-- \nsig", &[]);
    check("Content-Type: text/plain; format=flowed; delsp=yes; charset=utf-8\n\n我要投 \n诉", "我要投诉", &[]);
}

#[test]
fn a_long_text_is_cut_at_a_character() {
    let long = "长".repeat(TEXT_BYTES_MAX);
    let shown = show(&Entity::parse(format!("Content-Type: text/plain; charset=utf-8\n\n{long}").as_bytes()));
    assert_eq!(shown.text.len(), TEXT_BYTES_MAX / 3 * 3);
    let many = mixed("mixed", &vec!["Content-Type: image/gif\n\nx"; 150]);
    assert_eq!(show(&Entity::parse(many.as_bytes())).attachments.len(), ATTACHMENTS_MAX);
}
