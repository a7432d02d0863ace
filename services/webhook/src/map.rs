//! Where the fields of a service's JSON stand: JSON pointers (RFC 6901).
//!
//! In: configuration. Out: a pointer for each field. Never here: the JSON itself.

use std::str::FromStr;

/// Where each field stands; a field without a pointer is never read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Map {
    /// The service's id of the message; text or a whole number.
    pub id: Option<Pointer>,
    /// The sender's id at the service; text or a whole number.
    pub from: Option<Pointer>,
    /// What he wrote; anything but text is taken as the JSON that it is.
    pub text: Option<Pointer>,
    /// The conversation that an answer belongs to; text or a whole number.
    pub thread: Option<Pointer>,
    /// When it was sent: RFC 3339 with an offset, or Unix seconds or milliseconds.
    pub received_at: Option<Pointer>,
    /// Attachments: an address, a list of addresses, or of objects with `url` or with
    /// `data` (Base64), and with `name` and `media_type` if known.
    pub attachments: Option<Pointer>,
}

/// A JSON pointer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pointer(String);

/// Says that a text is no JSON pointer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a JSON pointer, which is empty or begins with /")]
pub struct PointerError;

impl Pointer {
    /// Gives the pointer as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Pointer {
    type Err = PointerError;
    fn from_str(text: &str) -> Result<Self, PointerError> {
        let mut escapes = text.match_indices('~').map(|(at, _)| text.get(at + 1..at + 2));
        let fine = (text.is_empty() || text.starts_with('/')) && escapes.all(|next| matches!(next, Some("0" | "1")));
        fine.then(|| Self(text.to_owned())).ok_or(PointerError)
    }
}

impl Default for Map {
    /// Gives the places where the neutral form has its fields.
    fn default() -> Self {
        let at = |text: &str| Some(Pointer(text.to_owned()));
        Self {
            id: at("/id"),
            from: at("/from"),
            text: at("/text"),
            thread: at("/thread"),
            received_at: at("/received_at"),
            attachments: at("/attachments"),
        }
    }
}
