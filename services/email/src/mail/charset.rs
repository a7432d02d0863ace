//! Bytes in any charset a mail may claim, to text.
//!
//! In: a declared charset, or none, and bytes. Out: text, always: what cannot be decoded
//! becomes U+FFFD. Declared charsets are believed unless the bytes contradict them.
//! Never here: an error.

use encoding_rs::{EUC_KR, Encoding, GB18030, GBK, UTF_8};

mod shifted;

/// Decodes bytes by their declared charset; without one, or with one that says nothing,
/// UTF-8 is tried, then GB18030.
#[must_use]
pub fn decode(declared: Option<&str>, bytes: &[u8]) -> String {
    let label = declared.map(normal).unwrap_or_default();
    match label.as_str() {
        "" | "us-ascii" | "ascii" | "ansi_x3.4-1968" | "unknown-8bit" | "x-unknown" | "8bit" | "7bit" | "default"
        | "binary" => undeclared(bytes),
        "hz-gb-2312" | "hz" => GBK.decode_without_bom_handling(&shifted::from_hz(bytes)).0.into_owned(),
        "iso-2022-cn" | "iso-2022-cn-ext" => {
            GBK.decode_without_bom_handling(&shifted::from_iso_2022(bytes)).0.into_owned()
        }
        "iso-2022-kr" | "csiso2022kr" => {
            EUC_KR.decode_without_bom_handling(&shifted::from_iso_2022(bytes)).0.into_owned()
        }
        label => match Encoding::for_label(alias(label).as_bytes()) {
            Some(encoding) => believed(encoding, bytes),
            None => rare(label, bytes),
        },
    }
}

/// Decodes bytes that say nothing of their charset.
#[must_use]
pub fn undeclared(bytes: &[u8]) -> String {
    let (utf8, _, utf8_wrong) = UTF_8.decode(bytes);
    if !utf8_wrong {
        return utf8.into_owned();
    }
    let (chinese, chinese_wrong) = GB18030.decode_without_bom_handling(bytes);
    if !chinese_wrong || losses(&chinese) < losses(&utf8) { chinese.into_owned() } else { utf8.into_owned() }
}

/// Trims what senders put around a charset's name: quotes, a language after `*`.
fn normal(label: &str) -> String {
    let label = label.split('*').next().unwrap_or_default();
    label.trim_matches(|c: char| c.is_whitespace() || c == '"' || c == '\'').to_ascii_lowercase().replace('_', "-")
}

/// Gives the registered name of names that only mailers use.
fn alias(label: &str) -> &str {
    match label {
        "cp936" | "ms936" | "windows-936" | "euc-cn" | "x-euc-cn" | "euccn" | "x-gb2312" | "gb-2312" | "gb2312-80"
        | "gb2312-1980" | "gb-2312-80" | "gbk2312" | "chinese-gb" => "gbk",
        "gb18030-2000" | "gb18030-2005" | "gb18030-2022" | "gb-18030" | "cp54936" => "gb18030",
        "cp950" | "ms950" | "windows-950" | "x-big5" | "big-5" => "big5",
        "utf8mb4" | "utf-8mb4" | "utf-8-sig" | "cp65001" | "x-utf-8" => "utf-8",
        "cp932" | "ms932" | "windows-932" => "shift_jis",
        "shift-jis" => "shift_jis",
        "ks-c-5601-1987" | "cp949" | "ms949" => "euc-kr",
        "iso8859-1" | "latin-1" | "cp1252" => "windows-1252",
        other => other,
    }
}

/// Decodes as declared, unless that does not go through and a likelier charset does.
fn believed(encoding: &'static Encoding, bytes: &[u8]) -> String {
    let (text, _, wrong) = encoding.decode(bytes);
    if !wrong {
        return text.into_owned();
    }
    let other = if encoding == UTF_8 { GB18030 } else { UTF_8 };
    match other.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(better) => better.into_owned(),
        None => text.into_owned(),
    }
}

/// Decodes the charsets that browsers do not know (UTF-7, the DOS pages) by the mail
/// library's tables.
fn rare(label: &str, bytes: &[u8]) -> String {
    match mail_parser::decoders::charsets::map::charset_decoder(label.as_bytes()) {
        Some(decoder) => decoder(bytes),
        None => undeclared(bytes),
    }
}

fn losses(text: &str) -> usize {
    text.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER).count()
}

#[cfg(test)]
mod tests;
