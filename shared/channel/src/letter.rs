//! Letters: what an alert says to one client on one channel.
//!
//! In: the alert's words, the client's name and number, the channel. Out: subject and text, with
//! the firm's signature and the way to cancel where they belong. A template is worked within a
//! bound of steps and bytes, reads no file and calls nothing. Never here: an address, a provider.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use contract::{ChannelKind, notice::Words};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};

/// Steps that one template may take.
const FUEL: u64 = 20_000;
/// The longest text in bytes that comes out.
pub const LETTER_BYTES_MAX: usize = 16 * 1024;
/// Stands before what goes out once more.
const REPEATED: &str = "(重发)";
/// Signs of a client's number that are shown, at its end.
const NUMBER_SHOWN: usize = 4;

/// What templates may say of a client.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Reader {
    /// His name; empty where the book has none.
    pub name: String,
    /// His number in the book, masked but for its end.
    pub number: String,
}

/// What goes to one client.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// The subject, where the channel has one.
    pub subject: Option<String>,
    /// The text.
    pub text: String,
}

/// Why there is no letter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoLetter {
    /// The template is wrong, and how; nothing of a client stands in it.
    #[error("{0}")]
    Template(String),
    /// What comes out is too long.
    #[error("is longer than 16 KiB")]
    TooLong,
    /// Nothing comes out.
    #[error("is empty")]
    Empty,
}

impl Reader {
    /// Takes a client's name and his number in the book.
    #[must_use]
    pub fn new(name: Option<String>, number: Option<&str>) -> Self {
        let signs: Vec<char> = number.unwrap_or_default().chars().collect();
        let hidden = signs.len().saturating_sub(NUMBER_SHOWN);
        let number = signs.iter().enumerate().map(|(place, sign)| if place < hidden { '*' } else { *sign }).collect();
        Self { name: name.unwrap_or_default(), number }
    }
}

/// Says whether words differ from client to client.
#[must_use]
pub fn is_personal(words: &Words) -> bool {
    let texts = words.texts.iter().map(|(_, text)| text).chain([&words.title]);
    texts.into_iter().any(|text| is_template(text) && text.contains("client"))
}

/// Writes the letter of one client.
pub fn letter(
    words: &Words,
    reader: &Reader,
    language: Option<&str>,
    channel: ChannelKind,
    repeat: bool,
) -> Result<Letter, NoLetter> {
    let text = filled(words.text(language), words, reader)?;
    if contract::text::is_blank(&text) {
        return Err(NoLetter::Empty);
    }
    let mark = if repeat { REPEATED } else { "" };
    let Words { signature, cancel, .. } = words;
    let gap = |text: &str| if text.is_empty() { "" } else { " " };
    let letter = match channel {
        ChannelKind::Email => {
            let subject = filled(&words.title, words, reader)?;
            let below: String = [cancel, signature]
                .into_iter()
                .filter(|text| !text.is_empty())
                .fold(String::new(), |below, text| format!("{below}\n\n{text}"));
            // A subject is one line.
            let subject = format!("{mark}{}", subject.replace('\n', " "));
            Letter { subject: Some(subject), text: format!("{text}{below}") }
        }
        ChannelKind::Sms | ChannelKind::Wechat | ChannelKind::Webhook | ChannelKind::Phone | ChannelKind::Counter => {
            let signed = if text.contains(signature.as_str()) { "" } else { signature };
            Letter { subject: None, text: format!("{signed}{mark}{text}{}{cancel}", gap(cancel)) }
        }
    };
    if letter.text.len() > LETTER_BYTES_MAX { Err(NoLetter::TooLong) } else { Ok(letter) }
}

/// Gives the subject of a mail that has none of its own: its first sentence, without the end of it.
#[must_use]
pub fn heading(text: &str) -> String {
    let is_end = |c: char| matches!(c, '。' | '！' | '？' | '!' | '?' | '\n' | '\r');
    let text = text.trim();
    // A point is an end only where a sentence follows: 3.5 % is none.
    let end = text.find(is_end).into_iter().chain(text.find(". ")).min();
    text.get(..end.unwrap_or(text.len())).unwrap_or_default().trim_end_matches('.').to_owned()
}

fn is_template(text: &str) -> bool {
    ["{{", "{%", "{#"].iter().any(|sign| text.contains(sign))
}

/// Works a template; a text that is none stays as it is.
fn filled(text: &str, words: &Words, reader: &Reader) -> Result<String, NoLetter> {
    if !is_template(text) {
        return Ok(text.to_owned());
    }
    // A text times a number may be of any length before the first byte of it is written.
    if text.contains('*') && inside(text).any(|part| part.contains('*')) {
        return Err(NoLetter::Template("a template multiplies nothing".to_owned()));
    }
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_fuel(Some(FUEL));
    let template = environment.template_from_str(text).map_err(|error| wrong(&error))?;
    let client = context! { name => reader.name.as_str(), number => reader.number.as_str() };
    let vars = words.vars.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str())));
    let known: BTreeMap<String, Value> = vars.chain([("client".to_owned(), client)]).collect();
    let mut page = Page::default();
    match template.render_captured_to(Value::from(known), &mut page) {
        Ok(_) => String::from_utf8(page.bytes).map_err(|_| NoLetter::Template("no text comes out".to_owned())),
        Err(_) if page.is_full => Err(NoLetter::TooLong),
        Err(error) => Err(wrong(&error)),
    }
}

/// Gives what stands between the signs of a template.
fn inside(text: &str) -> impl Iterator<Item = &str> {
    text.split(['{']).skip(1).filter_map(|part| part.split('}').next())
}

/// Says what is wrong with a template: the kind of fault and its line, which tell nothing of a
/// client.
fn wrong(error: &minijinja::Error) -> NoLetter {
    let line = error.line().map(|line| format!(" in line {line}")).unwrap_or_default();
    NoLetter::Template(format!("no good template: {}{line}", error.kind()))
}

/// A page that takes so much and no more.
#[derive(Default)]
struct Page {
    bytes: Vec<u8>,
    is_full: bool,
}

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > LETTER_BYTES_MAX {
            self.is_full = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl std::fmt::Debug for Letter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Letter(hidden)")
    }
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reader(hidden)")
    }
}

#[cfg(test)]
mod tests;
