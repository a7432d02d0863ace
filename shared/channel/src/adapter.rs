//! The `Channel` trait: what one dialect of one provider must know.
//!
//! In: an HTTP call as it came. Out: what it means, and what the provider is to be answered.
//! Never here: IO, time of its own, a look-up.

use bytes::Bytes;
use contract::{ChannelKind, Millis, Timestamp};

use crate::{
    incoming::{Incoming, Receipt},
    outbound::{Call, Outbound, Reply, SendOutcome, Unsendable},
};

/// One account of one channel, in its provider's dialect.
pub trait Channel: Send + Sync + 'static {
    /// Tells which channel this is.
    fn kind(&self) -> ChannelKind;

    /// Reads a call of the provider: checks its signature first, then decodes.
    fn receive(&self, raw: &Raw, now: Timestamp) -> Result<Received, Refusal>;

    /// Writes the call that submits a delivery. `token` is what `token_call` brought, for
    /// those that have one; `now` is for dialects whose calls are signed with their time.
    fn send(&self, outbound: &Outbound, token: Option<&str>, now: Timestamp) -> Result<Call, Unsendable>;

    /// Reads the provider's answer to `send`.
    fn outcome(&self, reply: &Reply) -> SendOutcome;

    /// Writes the call that fetches an access token; `None` where none is needed.
    fn token_call(&self) -> Option<Call> {
        None
    }

    /// Reads the answer to `token_call`: the token and how long it lasts.
    fn token(&self, _reply: &Reply) -> Option<(String, Millis)> {
        None
    }
}

/// An HTTP call of a provider, before anything is believed of it.
#[derive(Debug, Clone)]
pub struct Raw {
    /// The method, in capitals.
    pub method: String,
    /// What follows `/channels/<channel>/<account>`, without a slash: empty, `receipts`, `route`.
    pub tail: String,
    /// The query as it stands in the address, without `?`.
    pub query: String,
    /// Header names in lower case with their values, in order.
    pub headers: Vec<(String, String)>,
    /// The body, already unpacked and bounded by the host.
    pub body: Bytes,
}

impl Raw {
    /// Gives the first header of that lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Gives the charset that the media type declares, in lower case.
    #[must_use]
    pub fn charset(&self) -> Option<String> {
        let (_, parameters) = self.header("content-type")?.split_once(';')?;
        let (_, value) = parameters
            .split(';')
            .filter_map(|parameter| parameter.split_once('='))
            .find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))?;
        Some(value.trim().trim_matches('"').to_ascii_lowercase())
    }
}

/// What a call of a provider holds, and the answer it gets once all of it is durable.
#[derive(Debug, Clone)]
pub struct Received {
    /// What it brought; none for a probe or a verification.
    pub arrivals: Vec<Arrival>,
    /// What the provider gets; `None` = the generic 202 with the contact's id.
    pub answer: Option<Answer>,
}

/// One thing that a call brought.
#[derive(Debug, Clone)]
pub enum Arrival {
    /// A contact, or a leg of one.
    Contact(Box<Incoming>),
    /// What became of a delivery.
    Receipt(Receipt),
    /// Validly signed but undecodable: parked with this reason and answered as accepted.
    Undecodable(String),
}

/// A fixed answer to a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Media type of the body.
    pub media_type: &'static str,
    /// The body.
    pub body: String,
}

/// Why a call is refused; nothing of it is stored. The texts never repeat the content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Signature missing, wrong, too old or too early: 401.
    #[error("signature refused: {0}")]
    Signature(&'static str),
    /// Malformed before any signature could be checked: 400.
    #[error("malformed: {0}")]
    Malformed(&'static str),
    /// No such route below the account: 404.
    #[error("no such route")]
    NoRoute,
    /// Not this method: 405.
    #[error("method not allowed")]
    Method,
    /// The body is declared to be of a charset or a media type that the dialect has not: 415.
    #[error("media type not taken: {0}")]
    MediaType(&'static str),
    /// Larger than is taken: 413.
    #[error("too large")]
    TooLarge,
}
