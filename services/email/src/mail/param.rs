//! The parameters of Content-Type and Content-Disposition.
//!
//! In: the raw value of the header. Out: its first word in lower case and its parameters,
//! continuations joined and charsets decoded (RFC 2231), and the encoded words and raw bytes
//! that mailers write instead. Never here: an error; more than `PARAMS_MAX` parameters.

use super::{charset, transfer, word};

/// Parameters of one header that are read.
pub const PARAMS_MAX: usize = 64;

/// A header's first word with its parameters.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Params {
    /// The first word, in lower case: `text/plain`, `attachment`.
    pub value: String,
    list: Vec<(String, Vec<u8>)>,
}

impl Params {
    /// Reads a header's raw value.
    #[must_use]
    pub fn parse(raw: &[u8]) -> Self {
        let mut pieces = pieces(raw).into_iter();
        let value = pieces.next().map(|piece| String::from_utf8_lossy(&piece).trim().to_ascii_lowercase());
        let list = pieces.take(PARAMS_MAX).filter_map(|piece| pair(&piece)).collect();
        Self { value: value.unwrap_or_default(), list }
    }

    /// Gives a parameter's value, decoded to one line.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        if let Some(raw) = self.raw(name) {
            return Some(word::decode(raw));
        }
        let extended = format!("{name}*");
        match self.raw(&extended) {
            Some(raw) => Some(word::one_line(&decode_extended(raw))),
            None => self.continued(name),
        }
    }

    /// Gives a parameter's bytes as they stand, for a boundary.
    #[must_use]
    pub fn raw(&self, name: &str) -> Option<&[u8]> {
        self.list.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_slice())
    }

    /// Joins `name*0`, `name*1*`, … of RFC 2231; only those with a closing `*` are escaped.
    fn continued(&self, name: &str) -> Option<String> {
        let mut bytes = Vec::new();
        let mut label = None;
        for index in 0..PARAMS_MAX {
            if let Some(plain) = self.raw(&format!("{name}*{index}")) {
                bytes.extend_from_slice(plain);
            } else if let Some(extended) = self.raw(&format!("{name}*{index}*")) {
                let (declared, data) = if index == 0 { charset_and_data(extended) } else { (None, extended) };
                label = label.or(declared);
                bytes.extend(transfer::percent(data));
            } else if index == 0 {
                return None;
            } else {
                break;
            }
        }
        Some(match label {
            Some(label) => word::one_line(&charset::decode(Some(&label), &bytes)),
            None => word::decode(&bytes),
        })
    }
}

fn decode_extended(raw: &[u8]) -> String {
    let (label, data) = charset_and_data(raw);
    charset::decode(label.as_deref(), &transfer::percent(data))
}

/// Splits `utf-8'zh'%E6%8A%95`; without quotes all of it is data.
fn charset_and_data(raw: &[u8]) -> (Option<String>, &[u8]) {
    let mut parts = raw.splitn(3, |b| *b == b'\'');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(label), Some(_), Some(data)) => (Some(String::from_utf8_lossy(label).into_owned()), data),
        _ => (None, raw),
    }
}

fn pair(piece: &[u8]) -> Option<(String, Vec<u8>)> {
    let at = piece.iter().position(|b| *b == b'=')?;
    let (name, value) = (piece.get(..at)?, piece.get(at + 1..)?);
    let name = String::from_utf8_lossy(name).trim().to_ascii_lowercase();
    Some((name, value.trim_ascii().to_vec())).filter(|(name, _)| !name.is_empty())
}

/// Cuts a value at its semicolons, with quotes and comments taken away.
fn pieces(raw: &[u8]) -> Vec<Vec<u8>> {
    let mut pieces = vec![Vec::new()];
    let (mut quoted, mut was_quoted, mut comment) = (false, false, 0_u32);
    let mut bytes = raw.iter().copied().filter(|b| !matches!(b, b'\r' | b'\n'));
    while let Some(byte) = bytes.next() {
        let Some(piece) = pieces.last_mut() else { break };
        match byte {
            b'\\' if quoted || comment > 0 => {
                // A backslash before anything but a quote is a Windows path, not an escape.
                match bytes.next() {
                    Some(next @ (b'"' | b'\\')) if comment == 0 => piece.push(next),
                    Some(next) if comment == 0 => piece.extend([byte, next]),
                    _ => {}
                }
            }
            b'"' if comment == 0 => (quoted, was_quoted) = (!quoted, true),
            b'(' if !quoted && (comment > 0 || was_quoted || !has_value(piece)) => comment += 1,
            b')' if !quoted && comment > 0 => comment -= 1,
            _ if comment > 0 => {}
            b';' if !quoted => {
                pieces.push(Vec::new());
                was_quoted = false;
            }
            _ => piece.push(byte),
        }
    }
    pieces
}

/// Tells whether a value has begun: a bracket in an unquoted file name is no comment.
fn has_value(piece: &[u8]) -> bool {
    piece.iter().position(|b| *b == b'=').is_some_and(|at| piece.len() > at + 1)
}

#[cfg(test)]
mod tests {
    use encoding_rs::GBK;
    use proptest::prelude::*;

    use super::*;

    fn name(raw: &str) -> Option<String> {
        let params = Params::parse(raw.as_bytes());
        params.get("filename")
    }

    #[test]
    fn values_quotes_and_comments() {
        let params = Params::parse(b"Text/Plain (a;b); charset=\"utf-8\" (c); Format=flowed");
        assert_eq!(params.value, "text/plain");
        assert_eq!(params.get("charset").as_deref(), Some("utf-8"));
        assert_eq!(params.get("format").as_deref(), Some("flowed"));
        assert_eq!(Params::parse(b"multipart/mixed; boundary=\"a;b \"").raw("boundary"), Some(b"a;b".as_slice()));
        assert_eq!(Params::parse(b"").value, "");
    }

    #[test]
    fn file_names_in_every_spelling() {
        assert_eq!(name("attachment; filename=a.txt").as_deref(), Some("a.txt"));
        assert_eq!(name("attachment; filename=\"a \\\"b\\\".txt\"").as_deref(), Some("a \"b\".txt"));
        assert_eq!(name("attachment; filename=\"C:\\dir\\a.txt\"").as_deref(), Some("C:\\dir\\a.txt"));
        assert_eq!(name("attachment; filename=report (1).pdf").as_deref(), Some("report (1).pdf"));
        assert_eq!(name("attachment; filename*=utf-8''%E6%8A%95%E8%AF%89.doc").as_deref(), Some("投诉.doc"));
        assert_eq!(name("attachment; filename*=gbk'zh'%CD%B6.doc").as_deref(), Some("投.doc"));
        let cut = "attachment; filename*0*=utf-8''%E6%8A; filename*1*=%95; filename*2=\".doc\"";
        assert_eq!(name(cut).as_deref(), Some("投.doc"));
        assert_eq!(name("attachment; filename=\"=?GBK?B?zba2uQ==?=.doc\"").as_deref(), Some("投豆.doc"));
        assert_eq!(name("attachment"), None);
    }

    #[test]
    fn raw_chinese_bytes_are_read() {
        let mut raw = b"attachment; filename=\"".to_vec();
        raw.extend_from_slice(&GBK.encode("对账单.xls").0);
        raw.push(b'"');
        assert_eq!(Params::parse(&raw).get("filename").as_deref(), Some("对账单.xls"));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let params = Params::parse(&bytes);
            let _name = params.get("filename");
        }
    }
}
