//! The seven-bit Chinese and Korean charsets that shift between ASCII and two-byte text.
//!
//! In: HZ (RFC 1843), ISO-2022-CN (RFC 1922), ISO-2022-KR (RFC 1557). Out: the same text as
//! GB 2312 or KS C 5601 bytes with the high bit set, for the ordinary decoder.
//! Never here: CNS 11643 (ISO-2022-CN's traditional plane), which becomes U+FFFD.

/// Escape, which designates a character set.
const ESC: u8 = 0x1b;
/// Shift out: two-byte text begins.
const SHIFT_OUT: u8 = 0x0e;
/// Shift in: ASCII again.
const SHIFT_IN: u8 = 0x0f;

/// Turns HZ into eight-bit GB 2312: `~{` begins Chinese, `~}` ends it, `~~` is a tilde.
pub(super) fn from_hz(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut chinese = false;
    let mut rest = bytes;
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        match (first, rest.first()) {
            (b'~', Some(b'{')) if !chinese => (chinese, rest) = (true, tail(rest)),
            (b'~', Some(b'}')) if chinese => (chinese, rest) = (false, tail(rest)),
            (b'~', Some(b'~')) if !chinese => {
                out.push(b'~');
                rest = tail(rest);
            }
            (b'~', Some(b'\n')) if !chinese => rest = tail(rest),
            // A line end takes the text back to ASCII even where `~}` was forgotten.
            (b'\n', _) => {
                out.push(first);
                chinese = false;
            }
            _ => out.push(high(first, chinese)),
        }
    }
    out
}

/// Turns ISO-2022-CN or ISO-2022-KR into eight-bit text of its one designated set.
pub(super) fn from_iso_2022(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let (mut shifted, mut known) = (false, true);
    let mut rest = bytes;
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        match (first, rest) {
            // Designation of the set that shift-out calls: A = GB 2312, C = KS C 5601, G = CNS.
            (ESC, [b'$', b')', set, ..]) => {
                known = matches!(set, b'A' | b'C');
                rest = rest.get(3..).unwrap_or_default();
            }
            (ESC, [b'$', b'*' | b'+', _, ..]) => rest = rest.get(3..).unwrap_or_default(),
            // A single shift to CNS plane 2: two bytes that have no counterpart here.
            (ESC, [b'N' | b'O', _, _, ..]) => {
                out.extend_from_slice(b"\xff");
                rest = rest.get(3..).unwrap_or_default();
            }
            (SHIFT_OUT, _) => shifted = true,
            (SHIFT_IN, _) => shifted = false,
            (b'\n', _) => {
                out.push(first);
                shifted = false;
            }
            (_, [_, ..]) if shifted && !known => {
                out.push(0xff);
                rest = tail(rest);
            }
            _ => out.push(high(first, shifted)),
        }
    }
    out
}

const fn high(byte: u8, two_byte_text: bool) -> u8 {
    if two_byte_text && byte > 0x20 && byte < 0x7f { byte | 0x80 } else { byte }
}

fn tail(bytes: &[u8]) -> &[u8] {
    bytes.get(1..).unwrap_or_default()
}
