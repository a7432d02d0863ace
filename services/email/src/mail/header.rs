//! The headers of a mail or a part.
//!
//! In: the bytes before the empty line. Out: fields in order, unfolded, with readers for
//! text, ids, addresses and dates (the last two by mail-parser). Lines that are no header
//! are skipped. Never here: more than `FIELDS_MAX` fields or `HEAD_BYTES_MAX` bytes.

use contract::{Address, AddressKind, Timestamp};
use mail_parser::{DateTime, HeaderValue, parsers::MessageStream};

use super::{param::Params, word};

/// Bytes of a head that are read.
pub const HEAD_BYTES_MAX: usize = 256 * 1024;
/// Fields of a head that are read.
pub const FIELDS_MAX: usize = 1_000;
/// Ids of References and In-Reply-To that are kept, the newest ones.
pub const IDS_MAX: usize = 50;
/// The longest Message-ID in bytes that is kept.
pub const ID_BYTES_MAX: usize = 250;
/// Addresses of one header that are read.
const ADDRESSES_MAX: usize = 100;
/// Bytes of an address field that are read.
const ADDRESSES_BYTES_MAX: usize = 16 * 1024;

/// The fields of a head, in order.
#[derive(Clone, Default)]
pub struct Headers(Vec<(String, Vec<u8>)>);

/// Somebody named in a header.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// The display name.
    pub name: Option<String>,
    /// The mailbox.
    pub address: Address,
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Person(hidden)")
    }
}

impl Headers {
    /// Splits a mail or part into its head and its body; without any header all is body.
    #[must_use]
    pub fn split(raw: &[u8]) -> (Self, &[u8]) {
        let mut fields: Vec<(String, Vec<u8>)> = Vec::new();
        let mut at = 0;
        for line in raw.split_inclusive(|b| *b == b'\n') {
            let text = trim_line(line);
            if at == 0 && text.starts_with(b"From ") {
                at += line.len();
                continue;
            }
            if text.trim_ascii().is_empty() {
                at += line.len();
                break;
            }
            if at > HEAD_BYTES_MAX {
                break;
            }
            at += line.len();
            take_line(&mut fields, text);
        }
        if fields.is_empty() { (Self::default(), raw) } else { (Self(fields), raw.get(at..).unwrap_or_default()) }
    }

    /// Gives the raw, unfolded value of the first field of that lower-case name.
    #[must_use]
    pub fn raw(&self, name: &str) -> Option<&[u8]> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_slice())
    }

    /// Says whether a field of that lower-case name is there.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.raw(name).is_some()
    }

    /// Says whether any field's name begins so.
    #[must_use]
    pub fn has_prefix(&self, prefix: &str) -> bool {
        self.0.iter().any(|(name, _)| name.starts_with(prefix))
    }

    /// Says whether there is no field at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Gives a field as one line of decoded text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        self.raw(name).map(word::decode)
    }

    /// Gives a field's first word, in lower case, without what follows `;` or a comment.
    #[must_use]
    pub fn token(&self, name: &str) -> Option<String> {
        let text = self.text(name)?.to_ascii_lowercase();
        Some(text.split([';', '(', ' ', ',']).find(|word| !word.is_empty()).unwrap_or_default().to_owned())
    }

    /// Gives a field's parameters.
    #[must_use]
    pub fn params(&self, name: &str) -> Option<Params> {
        self.raw(name).map(Params::parse)
    }

    /// Gives the message ids of a field without their angle brackets, at most `IDS_MAX`, the
    /// last ones, each fit to stand in a header again.
    #[must_use]
    pub fn ids(&self, name: &str) -> Vec<String> {
        let Some(raw) = self.raw(name) else { return Vec::new() };
        let text = String::from_utf8_lossy(raw);
        let mut ids: Vec<String> = if text.contains('<') {
            text.split('<').skip(1).filter_map(|rest| rest.split('>').next()).filter_map(id).collect()
        } else {
            text.split_whitespace().filter_map(id).collect()
        };
        ids.drain(..ids.len().saturating_sub(IDS_MAX));
        ids
    }

    /// Gives the people of an address field; what is no valid mailbox is left out.
    #[must_use]
    pub fn people(&self, name: &str) -> Vec<Person> {
        let Some(raw) = self.raw(name) else { return Vec::new() };
        let raw = raw.get(..ADDRESSES_BYTES_MAX).unwrap_or(raw);
        let mut line = raw.to_vec();
        line.push(b'\n');
        let HeaderValue::Address(list) = MessageStream::new(&line).parse_address() else { return Vec::new() };
        let known = list.iter().take(ADDRESSES_MAX).filter_map(|addr| {
            let address = Address::parse(AddressKind::Email, addr.address.as_deref()?).ok()?;
            Some(Person { name: addr.name.as_deref().map(word::one_line), address })
        });
        let mut people: Vec<Person> = known.collect();
        // The library decodes encoded words one by one; the first name is read again whole.
        if let Some(first) = people.first_mut() {
            first.name = display_name(raw).filter(|name| !name.is_empty());
        }
        people
    }

    /// Gives the instant of a date field, if it is one between 1970 and 3000.
    #[must_use]
    pub fn date(&self, name: &str) -> Option<Timestamp> {
        let text = String::from_utf8_lossy(self.raw(name)?);
        let time = DateTime::parse_rfc822(text.trim()).filter(DateTime::is_valid)?.to_timestamp();
        (time > 0).then(|| Timestamp::from_ms(time.saturating_mul(1000)))
    }
}

/// Reads the display name before the first angle bracket.
fn display_name(raw: &[u8]) -> Option<String> {
    let at = raw.iter().position(|b| *b == b'<')?;
    let text = word::decode(raw.get(..at)?);
    // A group's name and a list before the bracket are no name of a person.
    let name = text.rsplit([':', ';']).next().unwrap_or_default().trim();
    Some(name.trim_matches(|c: char| matches!(c, '"' | '\'') || c.is_whitespace()).replace("\\\"", "\""))
}

/// Gives a message id fit to stand in a header, or none.
#[must_use]
pub fn id(text: &str) -> Option<String> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let fine = !text.is_empty()
        && text.len() <= ID_BYTES_MAX
        && text.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>' | ',' | ';' | '"' | '\\'));
    fine.then_some(text)
}

fn take_line(fields: &mut Vec<(String, Vec<u8>)>, line: &[u8]) {
    if line.starts_with(b" ") || line.starts_with(b"\t") {
        if let Some((_, value)) = fields.last_mut() {
            value.push(b' ');
            value.extend_from_slice(line.trim_ascii());
        }
        return;
    }
    let Some(at) = line.iter().position(|b| *b == b':') else { return };
    let (Some(name), Some(value)) = (line.get(..at), line.get(at + 1..)) else { return };
    let name = name.trim_ascii_end();
    if fields.len() < FIELDS_MAX && !name.is_empty() && name.iter().all(u8::is_ascii_graphic) {
        fields.push((String::from_utf8_lossy(name).to_ascii_lowercase(), value.trim_ascii().to_vec()));
    }
}

fn trim_line(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests;
