//! Addresses of clients, in the one spelling that look-ups use.
//!
//! In: what a provider, a file or a page calls an address. Out: `Address`, normalised.
//! Never here: a log line with an address in it (`Debug` shows only the kind).

use std::fmt;

use crate::word::AddressKind;

/// The longest address in bytes that is taken (RFC 5321 allows 254 for a mailbox).
pub const ADDRESS_BYTES_MAX: usize = 320;

/// Where a client is reached: a kind and a normalised value.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    kind: AddressKind,
    value: String,
    namespace: String,
}

/// Says why a text is no address of its kind; it never repeats the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {kind} address")]
pub struct AddressError {
    /// The kind that was asked for.
    pub kind: AddressKind,
}

impl Address {
    /// Parses and normalises: numbers to `+` and digits (mainland China when no country is
    /// given; service numbers of up to 8 digits stay as they are), mailboxes with their
    /// domain in lower case, other ids trimmed.
    pub fn parse(kind: AddressKind, text: &str) -> Result<Self, AddressError> {
        let value = match kind {
            AddressKind::Phone => phone(text),
            AddressKind::Email => email(text),
            AddressKind::Wechat | AddressKind::Webhook => opaque(text),
        };
        value.map(|value| Self { kind, value, namespace: String::new() }).ok_or(AddressError { kind })
    }

    /// Gives the same address as one of a namespace: equal values of two services are two
    /// clients there.
    #[must_use]
    pub fn within(self, namespace: &str) -> Self {
        Self { namespace: namespace.to_owned(), ..self }
    }

    /// Gives the namespace that the value means something in; empty where it does everywhere.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Gives the kind.
    #[must_use]
    pub const fn kind(&self) -> AddressKind {
        self.kind
    }

    /// Gives the normalised value, which is personal data.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Gives the value with its middle hidden, `+86138****5678`, fit for a page.
    #[must_use]
    pub fn masked(&self) -> String {
        let chars: Vec<char> = self.value.chars().collect();
        let at = match self.kind {
            AddressKind::Email => chars.iter().position(|c| *c == '@').unwrap_or(chars.len()),
            AddressKind::Phone | AddressKind::Wechat | AddressKind::Webhook => chars.len(),
        };
        let (head, tail) =
            if self.kind == AddressKind::Email { (1, at) } else { (at.saturating_sub(8).min(6), at.saturating_sub(4)) };
        chars.iter().enumerate().map(|(i, c)| if i >= head && i < tail { '*' } else { *c }).collect()
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({}, hidden)", self.kind)
    }
}

fn phone(text: &str) -> Option<String> {
    let mut digits = String::new();
    let mut plus = false;
    for c in text.trim().chars() {
        match c {
            '0'..='9' => digits.push(c),
            '\u{ff10}'..='\u{ff19}' => digits.push(char::from_digit(u32::from(c) - 0xff10, 10)?),
            '+' | '\u{ff0b}' if digits.is_empty() && !plus => plus = true,
            ' ' | '-' | '(' | ')' | '.' | '\u{a0}' => {}
            _ => return None,
        }
    }
    if !plus && digits.starts_with("00") {
        digits.drain(..2);
        plus = true;
    }
    if plus {
        return (7..=15).contains(&digits.len()).then(|| format!("+{digits}"));
    }
    match digits.len() {
        3..=8 => Some(digits),
        10..=12 if digits.starts_with('0') => Some(format!("+86{}", digits.trim_start_matches('0'))),
        11 if digits.starts_with('1') => Some(format!("+86{digits}")),
        13 if digits.starts_with("861") => Some(format!("+{digits}")),
        9..=15 => Some(format!("+{digits}")),
        _ => None,
    }
}

fn email(text: &str) -> Option<String> {
    let text = text.trim().trim_start_matches('<').trim_end_matches('>');
    let (local, domain) = text.rsplit_once('@')?;
    let fine = !local.is_empty()
        && !domain.is_empty()
        && text.len() <= ADDRESS_BYTES_MAX
        && !text.chars().any(|c| c.is_control() || c.is_whitespace())
        && !domain.contains(['<', '>', ',', ';']);
    fine.then(|| format!("{local}@{}", domain.to_lowercase()))
}

fn opaque(text: &str) -> Option<String> {
    let text = text.trim();
    let fine = !text.is_empty() && text.len() <= ADDRESS_BYTES_MAX && !text.chars().any(char::is_control);
    fine.then(|| text.to_owned())
}

#[cfg(test)]
mod tests;
