//! What of a mail is its text, and what is kept beside it.
//!
//! In: the tree of parts. Out: the text a reader would see (plain text first, else HTML
//! turned into text) and the attachments with their names. Enclosed mails are attachments.
//! Never here: the raw mail, which the decoder keeps as a part of its own.

use super::{Entity, html};

/// Bytes of text that are taken into the contact; the rest stays in the raw mail.
pub const TEXT_BYTES_MAX: usize = 64 * 1024;
/// Attachments that are kept apart; more stay in the raw mail only.
pub const ATTACHMENTS_MAX: usize = 50;
/// Bytes of HTML that are turned into text.
const HTML_BYTES_MAX: usize = 2 * 1024 * 1024;

/// An attachment of a mail.
#[derive(Clone, PartialEq, Eq)]
pub struct Attachment {
    /// File name as the sender gave it, without a path.
    pub name: Option<String>,
    /// Media type.
    pub media_type: String,
    /// The bytes, decoded.
    pub bytes: Vec<u8>,
}

/// What a reader sees of a mail.
#[derive(Default)]
pub struct Shown {
    /// The text, cut to `TEXT_BYTES_MAX`.
    pub text: String,
    /// The attachments, in order.
    pub attachments: Vec<Attachment>,
}

/// Takes a mail apart into text and attachments.
#[must_use]
pub fn show(mail: &Entity<'_>) -> Shown {
    let mut shown = Shown::default();
    visit(mail, &mut shown);
    shown.text = cut(shown.text.trim(), TEXT_BYTES_MAX).to_owned();
    shown
}

fn visit(entity: &Entity<'_>, shown: &mut Shown) {
    match entity.media_type() {
        "multipart/alternative" if entity.is_divided() => alternative(entity, shown),
        _ if entity.is_divided() => entity.parts.iter().for_each(|part| visit(part, shown)),
        "text/plain" | "text/html" if !entity.is_attached() => add(shown, &readable(entity)),
        // A multipart that could not be divided is text, if anything.
        kind if kind.starts_with("multipart/") => add(shown, &entity.text()),
        _ => attach(entity, shown),
    }
}

/// Shows the best of several forms: the plain one if it says anything, else the HTML one,
/// else the last. Attachments inside any of them are kept.
fn alternative(entity: &Entity<'_>, shown: &mut Shown) {
    let mut forms: Vec<(u8, Shown)> = entity
        .parts
        .iter()
        .map(|part| (rank(part), part))
        .map(|(rank, part)| {
            let mut form = Shown::default();
            visit(part, &mut form);
            let rank = if form.text.trim().is_empty() { 0 } else { rank };
            (rank, form)
        })
        .collect();
    let best = forms.iter().enumerate().max_by_key(|(_, (rank, _))| *rank).map_or(0, |(index, _)| index);
    for (index, (_, form)) in forms.drain(..).enumerate() {
        if index == best {
            add(shown, &form.text);
        }
        let room = ATTACHMENTS_MAX.saturating_sub(shown.attachments.len());
        shown.attachments.extend(form.attachments.into_iter().take(room));
    }
}

fn rank(part: &Entity<'_>) -> u8 {
    match part.media_type() {
        "text/plain" => 3,
        "text/html" | "multipart/related" | "multipart/mixed" => 2,
        _ => 1,
    }
}

fn readable(entity: &Entity<'_>) -> String {
    let text = entity.text();
    if entity.media_type() == "text/html" {
        return html::to_text(cut(&text, HTML_BYTES_MAX));
    }
    let flowed = entity.content.get("format").is_some_and(|format| format.eq_ignore_ascii_case("flowed"));
    let text = text.replace("\r\n", "\n");
    if flowed {
        let joined_words = entity.content.get("delsp").is_some_and(|delsp| delsp.eq_ignore_ascii_case("yes"));
        reflow(&text, joined_words)
    } else {
        text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
    }
}

/// Joins the lines that `format=flowed` (RFC 3676) has broken at a trailing blank.
fn reflow(text: &str, delete_blank: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split('\n') {
        // Space-stuffing: a leading blank protects the line and is no part of it.
        let line = line.strip_prefix(' ').unwrap_or(line);
        let soft = line.ends_with(' ') && line != "-- ";
        out.push_str(if soft && delete_blank { line.strip_suffix(' ').unwrap_or(line) } else { line });
        if !soft {
            out.push('\n');
        }
    }
    out.pop();
    out
}

fn add(shown: &mut Shown, text: &str) {
    let text = text.trim_matches(['\r', '\n']);
    if !shown.text.is_empty() && !text.is_empty() {
        shown.text.push('\n');
    }
    // Never much more than will be kept, whatever the number of parts.
    shown.text.push_str(cut(text, TEXT_BYTES_MAX));
    let kept = cut(&shown.text, TEXT_BYTES_MAX).len();
    shown.text.truncate(kept);
}

fn attach(entity: &Entity<'_>, shown: &mut Shown) {
    if entity.body.is_empty() || shown.attachments.len() >= ATTACHMENTS_MAX {
        return;
    }
    shown.attachments.push(Attachment {
        name: entity.file_name(),
        media_type: entity.media_type().to_owned(),
        bytes: entity.bytes().into_owned(),
    });
}

/// Cuts a text to at most so many bytes, at a character.
fn cut(text: &str, bytes_max: usize) -> &str {
    let mut end = bytes_max.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests;
