//! A delivery on its way to a provider.
//!
//! In: what the sender opened. Out: one call, and what its answer means.
//! Never here: a second try; the notifier decides that.

use contract::{Address, CaseId, DeliveryId, Millis};

/// One delivery, in plain words, at the moment it is submitted.
#[derive(Clone, PartialEq, Eq)]
pub struct Outbound {
    /// The delivery's id, the provider's reference where it takes one.
    pub delivery: DeliveryId,
    /// The case it answers; `None` for a notice. A mail carries it as its thread token.
    pub case: Option<CaseId>,
    /// To whom.
    pub to: Address,
    /// The address of the firm that the answered contact was sent to, for channels that
    /// answer from it: the complaint mailbox answers as the complaint mailbox.
    pub from: Option<String>,
    /// The subject line, where the channel has one.
    pub subject: Option<String>,
    /// The text.
    pub text: String,
    /// Whether the house itself answers by it, and no person (RFC 3834).
    pub automatic: bool,
    /// Where the reader's mailer cancels what this is one of (RFC 8058), where he may.
    pub unsubscribe: Option<String>,
    /// Ids of the contact that is answered, as its `Incoming::thread` gave them: a mail's
    /// References with its own Message-ID last, a webhook's thread.
    pub thread: Vec<String>,
}

/// An HTTP call to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The method, in capitals.
    pub method: &'static str,
    /// The address; may hold a token, so it is never logged.
    pub url: String,
    /// Headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: CallBody,
}

/// The body of a call.
#[derive(Clone, PartialEq, Eq)]
pub enum CallBody {
    /// None.
    Empty,
    /// Bytes of this media type.
    Bytes(&'static str, Vec<u8>),
}

/// A provider's answer.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// `Retry-After`, if it named seconds.
    pub retry_after: Option<Millis>,
    /// The body, at most 64 KiB of it.
    pub body: Vec<u8>,
}

/// What a provider's answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendOutcome {
    /// Taken; receipts will name this id.
    Sent(Option<String>),
    /// Not taken; the same may be tried again, not before this span if one is given.
    Retry(String, Option<Millis>),
    /// Not taken, and never will be.
    Failed(String),
    /// Not taken because the token is not good: fetch another and try once more.
    TokenRefused,
    /// It cannot be told whether it was taken.
    Unknown(String),
}

/// Why a delivery cannot be submitted at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unsendable {
    /// The account has no way out.
    #[error("the account has no send_url")]
    NoReplyChannel,
    /// A mail account has no address to write from.
    #[error("the account has no `from`, and the client wrote to no address of its domains")]
    NoSender,
    /// The address is of a kind that the channel does not reach.
    #[error("the channel does not reach that kind of address")]
    WrongAddress,
    /// Nobody reads what the house itself answers there.
    #[error("a machine is not answered by a machine")]
    Machine,
    /// The text is longer than the channel takes.
    #[error("the text is too long for the channel")]
    TooLong,
}

impl std::fmt::Debug for Outbound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Outbound({}, hidden)", self.delivery)
    }
}

impl std::fmt::Debug for CallBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Bytes(media_type, bytes) => write!(f, "Bytes({media_type}, {} bytes)", bytes.len()),
        }
    }
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Reply({}, {} bytes)", self.status, self.body.len())
    }
}
