//! Header text: encoded words (RFC 2047) and what senders write instead of them.
//!
//! In: the raw bytes of an unstructured header or a display name. Out: one line of text.
//! Adjacent words of one charset are joined before decoding, since mailers cut Chinese in
//! the middle of a character. Never here: an error; a control character.

use super::{charset, transfer};

/// The longest header text in characters that is kept (RFC 5322's longest line).
pub const TEXT_CHARS_MAX: usize = 998;

/// Bytes of one header that are looked at; past them it is no text that anybody wrote.
const RAW_BYTES_MAX: usize = 16 * 1024;

/// A stretch of a header: bytes as they stand, or those of an encoded word.
enum Run {
    Plain(Vec<u8>),
    Word { charset: String, bytes: Vec<u8> },
}

/// Decodes a header's text to one line without control characters.
#[must_use]
pub fn decode(raw: &[u8]) -> String {
    let raw = raw.get(..RAW_BYTES_MAX).unwrap_or(raw);
    let text: String = runs(raw).into_iter().map(text).collect();
    one_line(&text)
}

/// Makes one line of a text: runs of blanks and line ends become one blank, other control
/// characters vanish, and what is too long is cut.
#[must_use]
pub fn one_line(text: &str) -> String {
    let blanks: String = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
    let words: Vec<&str> = blanks.split(' ').filter(|word| !word.is_empty()).collect();
    words.join(" ").chars().filter(|c| !c.is_control()).take(TEXT_CHARS_MAX).collect()
}

fn text(run: Run) -> String {
    match run {
        Run::Plain(bytes) => charset::undeclared(&bytes),
        Run::Word { charset, bytes } => charset::decode(Some(&charset), &bytes),
    }
}

fn runs(raw: &[u8]) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut rest = raw;
    while !rest.is_empty() {
        if let Some((charset, bytes, after)) = encoded_word(rest) {
            push_word(&mut runs, charset, bytes);
            rest = after;
        } else {
            // Up to the next word that may begin, and at least one byte.
            let from = if rest.starts_with(b"=?") { 2 } else { 0 };
            let tail = rest.get(from..).unwrap_or_default();
            let end = tail.windows(2).position(|pair| pair == b"=?").map_or(rest.len(), |at| from + at);
            let (plain, after) = rest.split_at(end);
            push_plain(&mut runs, plain);
            rest = after;
        }
    }
    runs
}

/// Takes a word in; blanks alone between two words count for nothing.
fn push_word(runs: &mut Vec<Run>, charset: String, bytes: Vec<u8>) {
    let blank = matches!(runs.as_slice(), [.., Run::Word { .. }, Run::Plain(plain)] if plain.trim_ascii().is_empty());
    if blank {
        runs.pop();
    }
    match runs.last_mut() {
        Some(Run::Word { charset: before, bytes: joined }) if before.eq_ignore_ascii_case(&charset) => {
            joined.extend_from_slice(&bytes);
        }
        _ => runs.push(Run::Word { charset, bytes }),
    }
}

fn push_plain(runs: &mut Vec<Run>, bytes: &[u8]) {
    match runs.last_mut() {
        Some(Run::Plain(before)) => before.extend_from_slice(bytes),
        _ => runs.push(Run::Plain(bytes.to_vec())),
    }
}

/// Reads `=?charset?B|Q?data?=` at the start; blanks inside the data are let pass.
fn encoded_word(raw: &[u8]) -> Option<(String, Vec<u8>, &[u8])> {
    let rest = raw.strip_prefix(b"=?")?;
    let (charset, rest) = split(rest, b"?")?;
    let (form, rest) = split(rest, b"?")?;
    let fine = !charset.is_empty() && charset.len() <= 64 && charset.iter().all(|b| b.is_ascii_graphic() && *b != b'=');
    if !fine {
        return None;
    }
    // The data of a Q word may begin with `=`, so that `?=` is found only after it.
    let (data, after) = split(rest, b"?=")?;
    let bytes = match form {
        b"B" | b"b" => transfer::base64(data),
        b"Q" | b"q" => transfer::q_word(data),
        _ => return None,
    };
    Some((String::from_utf8_lossy(charset).into_owned(), bytes, after))
}

fn split<'a>(bytes: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = bytes.windows(mark.len()).position(|window| window == mark)?;
    Some((bytes.get(..at)?, bytes.get(at + mark.len()..)?))
}

#[cfg(test)]
mod tests {
    use encoding_rs::GBK;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_joined_before_decoding() {
        // 投诉 in GBK is CD B6 CB DF, cut here in the middle of each character.
        assert_eq!(decode(b"=?GBK?Q?=CD?= =?gbk?Q?=B6=CB?=\r\n =?GBK?B?3w==?="), "投诉");
        assert_eq!(decode(b"=?UTF-8?B?5oqV?= =?utf-8?B?6K+J?="), "投诉");
        assert_eq!(decode(b"=?utf-8?Q?=E6=8A?= =?utf-8?Q?=95?="), "投");
    }

    #[test]
    fn text_around_words_keeps_its_blanks() {
        assert_eq!(decode(b"Re: =?utf-8?B?5oqV6K+J?= (2)"), "Re: 投诉 (2)");
        assert_eq!(decode(b"=?utf-8?Q?a?= b =?utf-8?Q?c?="), "a b c");
        assert_eq!(decode(b"=?utf-8?Q?a_b?=\r\n\t=?iso-8859-1?Q?=E9?="), "a bé");
    }

    #[test]
    fn what_is_no_word_stays() {
        for text in ["=?", "=?utf-8?", "=?utf-8?X?aa?=", "=??Q?a?=", "1 =? 2", "=?utf-8?B?YQ=="] {
            assert_eq!(decode(text.as_bytes()), text, "{text}");
        }
    }

    #[test]
    fn raw_bytes_and_control_characters_are_tamed() {
        assert_eq!(decode(&GBK.encode("请回电").0), "请回电");
        assert_eq!(decode(b"=?utf-8?Q?a=0D=0ABcc:_x=00y?="), "a Bcc: xy");
        assert_eq!(decode(&b"x".repeat(5_000)).len(), TEXT_CHARS_MAX);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _text = decode(&bytes);
        }

        #[test]
        fn words_in_any_order_do_not_make_it_panic(text in "((=\\?(gbk|utf-8|hz|x)\\?[bq]\\?[=a-f0-9_]{0,9}(\\?=)?)| |a){0,20}") {
            let _text = decode(text.as_bytes());
        }
    }
}
