//! The tree: ordinary mails, broken ones, and those built to hurt.

use proptest::prelude::*;

use super::*;

/// Draws the tree as indented media types, leaves with their text.
fn drawing(entity: &Entity<'_>, indent: usize) -> String {
    let (margin, kind) = (" ".repeat(indent), entity.media_type());
    if !entity.is_divided() {
        return format!("{margin}{kind} {}\n", entity.text().trim());
    }
    let parts: String = entity.parts.iter().map(|part| drawing(part, indent + 1)).collect();
    format!("{margin}{kind}\n{parts}")
}

fn check(raw: &str, expected: &str) {
    assert_eq!(drawing(&Entity::parse(raw.replace('\n', "\r\n").as_bytes()), 0), expected);
}

#[test]
fn nested_multiparts_make_a_tree() {
    check(
        "Content-Type: multipart/mixed; boundary=a\n\npreamble\n--a\nContent-Type: multipart/alternative; boundary=\"b\"\n\n\
         --b\n\nplain\n--b\nContent-Type: text/html\n\n<p>\n--b--\n\n--a  \nContent-Type: image/png\n\
         Content-Transfer-Encoding: base64\n\neA==\n--a--\nepilogue",
        "multipart/mixed\n multipart/alternative\n  text/plain plain\n  text/html <p>\n image/png x\n",
    );
}

#[test]
fn broken_multiparts_keep_what_they_hold() {
    check(
        "Content-Type: multipart/mixed; boundary=a\n\n--a\n\none\n--a\n\ntwo",
        "multipart/mixed\n text/plain one\n text/plain two\n",
    );
    check("Content-Type: multipart/mixed\n\nno boundary", "multipart/mixed no boundary\n");
    check("Content-Type: multipart/mixed; boundary=a\n\nnever used", "multipart/mixed never used\n");
    check("Content-Type: nonsense\n\ntext", "text/plain text\n");
    check(
        "Content-Type: multipart/digest; boundary=a\n\n--a\n\nSubject: x\n\ny\n--a--",
        "multipart/digest\n message/rfc822 Subject: x\r\n\r\ny\n",
    );
}

#[test]
fn enclosing_without_end_is_harmless() {
    let raw = "Content-Type: message/rfc822\n\n".repeat(100_000);
    assert!(Entity::parse(raw.as_bytes()).parts.is_empty());

    let mut nested = String::from("x");
    for depth in 0..500 {
        nested = format!("Content-Type: multipart/mixed; boundary=b{depth}\n\n--b{depth}\n{nested}\n--b{depth}--\n");
    }
    let mut leaves = 0;
    Entity::parse(nested.as_bytes()).leaves(&mut |_| leaves += 1);
    assert_eq!(leaves, 1);
}

#[test]
fn parts_are_counted_over_the_whole_mail() {
    let inner = format!("Content-Type: multipart/mixed; boundary=b\n\n{}--b--\n", "--b\n\nx\n".repeat(1_000));
    let raw = format!("Content-Type: multipart/mixed; boundary=a\n\n{}--a--\n", format!("--a\n{inner}\n").repeat(10));
    let mut leaves = 0;
    Entity::parse(raw.as_bytes()).leaves(&mut |_| leaves += 1);
    assert!(leaves <= PARTS_MAX, "{leaves}");
}

#[test]
fn file_names_lead_nowhere() {
    let name = |disposition: &str| {
        Entity::parse(format!("Content-Disposition: attachment; filename=\"{disposition}\"\n\nx").as_bytes())
            .file_name()
    };
    assert_eq!(name("../../etc/passwd").as_deref(), Some("passwd"));
    assert_eq!(name("C:\\\\a\\\\b.doc").as_deref(), Some("b.doc"));
    assert_eq!(name(".."), None);
    assert_eq!(name(&"长".repeat(500)).map(|name| name.chars().count()), Some(FILE_NAME_CHARS_MAX));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..500)) {
        let _text = drawing(&Entity::parse(&bytes), 0);
    }

    #[test]
    fn no_structure_makes_it_panic(
        text in "(Content-Type: (multipart/(mixed|digest|related)|message/rfc822|text/html); boundary=\"?[ab]\"?\n|Content-Transfer-Encoding: (base64|quoted-printable)\n|--[ab](--)?\n|\n|=3D|x){0,60}"
    ) {
        let _text = drawing(&Entity::parse(text.as_bytes()), 0);
    }
}
