//! The transfer encodings of a part: base64 and quoted-printable, read leniently.
//!
//! In: the encoded bytes of a part. Out: the bytes meant. Broken input gives what can be
//! read of it. Never here: a charset; an error; unpacking of archives.

use std::borrow::Cow;

/// Undoes the transfer encoding that a header names; an unknown one counts as none.
#[must_use]
pub fn decode<'a>(encoding: &str, bytes: &'a [u8]) -> Cow<'a, [u8]> {
    let encoding = encoding.trim_matches(|c: char| c.is_whitespace() || c == '"' || c == ';');
    if encoding.eq_ignore_ascii_case("base64") {
        Cow::Owned(base64(bytes))
    } else if encoding.eq_ignore_ascii_case("quoted-printable") {
        Cow::Owned(quoted_printable(bytes))
    } else {
        Cow::Borrowed(bytes)
    }
}

/// Decodes base64 and skips what is none; padding ends a run, so joined runs decode too.
#[must_use]
pub fn base64(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() / 4 * 3 + 3);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for &byte in bytes {
        let Some(value) = sextet(byte) else {
            if byte == b'=' {
                (bits, held) = (0, 0);
            }
            continue;
        };
        bits = (bits << 6 | value) & 0xff_ffff;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.extend((bits >> held).to_be_bytes().last());
        }
    }
    out
}

/// Decodes quoted-printable; an escape that is none stays as it stands.
#[must_use]
pub fn quoted_printable(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        let body = line.trim_ascii_end();
        let (text, soft) = body.strip_suffix(b"=").map_or((body, false), |text| (text, true));
        escapes(text, b'=', &mut out);
        if !soft && line.len() > body.len() && line.ends_with(b"\n") {
            out.extend_from_slice(b"\r\n");
        }
    }
    out
}

/// Decodes the Q form of an encoded word, where `_` is a blank.
#[must_use]
pub fn q_word(bytes: &[u8]) -> Vec<u8> {
    let blanks: Vec<u8> = bytes.iter().map(|byte| if *byte == b'_' { b' ' } else { *byte }).collect();
    let mut out = Vec::with_capacity(bytes.len());
    escapes(&blanks, b'=', &mut out);
    out
}

/// Decodes the `%41` form of an extended parameter (RFC 2231).
#[must_use]
pub fn percent(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    escapes(bytes, b'%', &mut out);
    out
}

fn escapes(bytes: &[u8], mark: u8, out: &mut Vec<u8>) {
    let mut rest = bytes;
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        match after {
            [high, low, ..] if first == mark => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    out.push(high << 4 | low);
                    rest = after.get(2..).unwrap_or_default();
                }
                _ => out.push(first),
            },
            _ => out.push(first),
        }
    }
}

const fn sextet(byte: u8) -> Option<u32> {
    match byte {
        b'A'..=b'Z' => Some((byte - b'A') as u32),
        b'a'..=b'z' => Some((byte - b'a') as u32 + 26),
        b'0'..=b'9' => Some((byte - b'0') as u32 + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

const fn hex(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_leniently() {
        assert_eq!(base64(b"5oqV6K+J"), "投诉".as_bytes());
        assert_eq!(base64(b"5oqV\r\n6K+J\r\n"), "投诉".as_bytes());
        assert_eq!(base64(b"YQ==YWI="), b"aab");
        assert_eq!(base64(b"YW!Jj*"), b"abc");
        assert_eq!(base64(b"YWJ"), b"ab");
    }

    #[test]
    fn quoted_printable_is_read_leniently() {
        assert_eq!(quoted_printable(b"a=3Db  \r\nsoft=\r\nline=20\r\n"), b"a=b\r\nsoftline \r\n");
        assert_eq!(quoted_printable(b"50=ZZ =4"), b"50=ZZ =4");
        assert_eq!(quoted_printable(b"last="), b"last");
    }

    #[test]
    fn words_and_parameters_have_their_own_escapes() {
        assert_eq!(q_word(b"a_b=5F"), b"a b_");
        assert_eq!(percent(b"%E6%8A%95x%"), "投x%".as_bytes());
    }
}
