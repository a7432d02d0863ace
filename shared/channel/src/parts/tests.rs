//! Parts at their bounds, in both alphabets.

use super::*;

fn told(text: &str) -> (&'static str, usize, usize) {
    let Parts { encoding, units, parts } = parts(text);
    (encoding.as_str(), units, parts)
}

#[test]
fn a_text_is_cut_where_its_alphabet_says() {
    for (text, expected) in [
        (String::new(), ("gsm7", 0, 1)),
        ("a".repeat(160), ("gsm7", 160, 1)),
        ("a".repeat(161), ("gsm7", 161, 2)),
        ("a".repeat(306), ("gsm7", 306, 2)),
        ("a".repeat(307), ("gsm7", 307, 3)),
        ("€".repeat(80), ("gsm7", 160, 1)),
        ("{".repeat(81), ("gsm7", 162, 2)),
        ("险".repeat(70), ("ucs2", 70, 1)),
        ("险".repeat(71), ("ucs2", 71, 2)),
        ("险".repeat(134), ("ucs2", 134, 2)),
        ("险".repeat(135), ("ucs2", 135, 3)),
        (format!("{}ж", "a".repeat(69)), ("ucs2", 70, 1)),
    ] {
        assert_eq!(told(&text), expected, "{} signs", text.chars().count());
    }
}

#[test]
fn no_sign_is_cut_in_two() {
    // 66 signs and a pair would be 68 units: the pair begins the second part.
    assert_eq!(told(&format!("{}😀{}", "险".repeat(66), "险".repeat(66))), ("ucs2", 134, 3));
    assert_eq!(told(&format!("{}€{}", "a".repeat(152), "a".repeat(152))), ("gsm7", 306, 3));
}

#[test]
fn every_sign_of_the_alphabet_is_known_once() {
    assert_eq!(BASIC.chars().count() + 62, 127, "all but the escape");
    assert_eq!(parts(BASIC).encoding, Encoding::Gsm7);
    assert_eq!(parts("`").encoding, Encoding::Ucs2);
}
