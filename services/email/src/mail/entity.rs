//! The tree of a mail's parts.
//!
//! In: raw bytes. Out: parts with their headers, media types and encoded bodies, as slices
//! of the input. The walk has a limit on depth and number, and does not enter enclosed
//! mails: mail-parser does, without a limit, and a mail of 300 KiB that does nothing but
//! enclose itself overflows the stack when its result is dropped. What lies beyond the
//! limits is one undivided part. Never here: an error; unpacking of archives.

use std::borrow::Cow;

use super::{charset, header::Headers, param::Params, transfer};

/// How deep multiparts may nest.
pub const DEPTH_MAX: usize = 10;
/// How many parts a mail may have.
pub const PARTS_MAX: usize = 200;

/// A mail or a part of it.
pub struct Entity<'a> {
    /// Its headers.
    pub headers: Headers,
    /// Its Content-Type; a missing or broken one counts as `text/plain`.
    pub content: Params,
    /// Its body, still in its transfer encoding.
    pub body: &'a [u8],
    /// The parts of a multipart; empty for all else.
    pub parts: Vec<Entity<'a>>,
}

impl<'a> Entity<'a> {
    /// Reads a mail.
    #[must_use]
    pub fn parse(raw: &'a [u8]) -> Self {
        let mut left = PARTS_MAX;
        Self::read(raw, "text/plain", DEPTH_MAX, &mut left)
    }

    fn read(raw: &'a [u8], default: &str, depth: usize, left: &mut usize) -> Self {
        let (headers, body) = Headers::split(raw);
        let mut content = headers.params("content-type").unwrap_or_default();
        if !is_media_type(&content.value) {
            content.value = default.to_owned();
        }
        let parts = if content.value.starts_with("multipart/") && depth > 0 {
            let default = if content.value == "multipart/digest" { "message/rfc822" } else { "text/plain" };
            divide(&content, body, left).into_iter().map(|part| Self::read(part, default, depth - 1, left)).collect()
        } else {
            Vec::new()
        };
        Self { headers, content, body, parts }
    }

    /// Gives the media type, in lower case.
    #[must_use]
    pub fn media_type(&self) -> &str {
        &self.content.value
    }

    /// Says whether it is divided into parts.
    #[must_use]
    pub fn is_divided(&self) -> bool {
        !self.parts.is_empty()
    }

    /// Gives the body with its transfer encoding undone.
    #[must_use]
    pub fn bytes(&self) -> Cow<'a, [u8]> {
        match self.headers.text("content-transfer-encoding") {
            Some(encoding) => transfer::decode(&encoding, self.body),
            None => Cow::Borrowed(self.body),
        }
    }

    /// Gives the body as text, in whatever charset it is.
    #[must_use]
    pub fn text(&self) -> String {
        charset::decode(self.content.get("charset").as_deref(), &self.bytes())
    }

    /// Gives the file name, from the disposition or the type.
    #[must_use]
    pub fn file_name(&self) -> Option<String> {
        let disposition = self.headers.params("content-disposition");
        let name = disposition.and_then(|params| params.get("filename")).or_else(|| self.content.get("name"))?;
        // Only the last piece of a path, so that no reader is led elsewhere.
        let name = name.rsplit(['/', '\\']).next().unwrap_or_default().trim();
        (!name.is_empty() && name != "." && name != "..").then(|| name.chars().take(FILE_NAME_CHARS_MAX).collect())
    }

    /// Says whether the sender meant it to be shown in the text rather than kept beside it.
    #[must_use]
    pub fn is_attached(&self) -> bool {
        let disposition = self.headers.params("content-disposition");
        disposition.is_some_and(|params| params.value == "attachment") || self.file_name().is_some()
    }

    /// Visits every part that is not divided, in order.
    pub fn leaves<'b>(&'b self, visit: &mut dyn FnMut(&'b Self)) {
        if self.is_divided() {
            self.parts.iter().for_each(|part| part.leaves(visit));
        } else {
            visit(self);
        }
    }
}

/// The longest file name in characters that is kept.
pub const FILE_NAME_CHARS_MAX: usize = 200;

fn is_media_type(text: &str) -> bool {
    text.split_once('/').is_some_and(|(kind, form)| {
        let word = |text: &str| {
            !text.is_empty()
                && text.len() <= 100
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-+._".contains(&b))
        };
        word(kind) && word(form)
    })
}

/// Cuts a multipart's body at its boundary; the last delimiter may be missing. Without a
/// boundary, or with one that does not occur, it is not divided.
fn divide<'a>(content: &Params, body: &'a [u8], left: &mut usize) -> Vec<&'a [u8]> {
    let Some(boundary) = content.raw("boundary").filter(|boundary| !boundary.is_empty()) else { return Vec::new() };
    let mut parts = Vec::new();
    let (mut start, mut at) = (None, 0);
    if *left == 0 {
        return parts;
    }
    for line in body.split_inclusive(|b| *b == b'\n') {
        if let Some(last) = delimiter(line, boundary) {
            let room = start.is_none() || parts.len() + 1 < *left;
            if last || room {
                parts.extend(start.and_then(|start| part(body, start, at)));
                start = Some(at + line.len());
            }
            if last {
                start = None;
                break;
            }
        }
        at += line.len();
    }
    parts.extend(start.and_then(|start| body.get(start..)));
    *left = left.saturating_sub(parts.len());
    parts
}

/// Tells whether a line is a delimiter, and whether the last one.
fn delimiter(line: &[u8], boundary: &[u8]) -> Option<bool> {
    let rest = line.strip_prefix(b"--")?.strip_prefix(boundary)?.trim_ascii_end();
    match rest {
        b"" => Some(false),
        b"--" => Some(true),
        _ => None,
    }
}

/// Gives the bytes of a part; the line end before a delimiter belongs to the delimiter.
fn part(body: &[u8], start: usize, end: usize) -> Option<&[u8]> {
    let part = body.get(start..end)?;
    let part = part.strip_suffix(b"\n").unwrap_or(part);
    Some(part.strip_suffix(b"\r").unwrap_or(part))
}

#[cfg(test)]
mod tests;
