//! A contact as an adapter decoded it, and a receipt.
//!
//! In: decoded dialects. Out: what the intake seals and publishes, what the sender joins.
//! Never here: ids, which the intake derives.

use contract::{
    Address, AgentId, CaseId, Timestamp,
    inbound::{CallEvent, CallLeg},
    text,
};

/// What a client sent once, in plain words, before it is sealed.
#[derive(Clone, PartialEq, Eq)]
pub struct Incoming {
    /// The provider's id of it (of a call: its linked id); `None` = its digest is its id.
    pub provider_id: Option<String>,
    /// What tells several inputs of one contact apart; empty for all but calls.
    pub distinction: String,
    /// Who sent it; `None` when withheld.
    pub from: Option<Address>,
    /// The sender's name as the channel tells it.
    pub from_name: Option<String>,
    /// The firm's addresses it was sent to.
    pub to: Vec<String>,
    /// The subject line.
    pub subject: Option<String>,
    /// The text.
    pub text: String,
    /// When the provider says it was sent; `None` = at acceptance.
    pub received_at: Option<Timestamp>,
    /// Ids for an answer in the same thread.
    pub thread: Vec<String>,
    /// The open case that a token of ours names, checked.
    pub case: Option<CaseId>,
    /// Attachments with their bytes; those above 64 KiB go to the store's blobs.
    pub parts: Vec<IncomingPart>,
    /// The whole message as it came, where the channel keeps it; of two deliveries of one
    /// message it may differ.
    pub original: Option<IncomingPart>,
    /// Where it belongs in the traces of whoever called; the host sets it.
    pub trace: Option<String>,
    /// What kind of input it is.
    pub content: Content,
}

/// An attachment as it came.
#[derive(Clone, PartialEq, Eq)]
pub struct IncomingPart {
    /// File name as the sender gave it.
    pub name: Option<String>,
    /// Media type.
    pub media_type: String,
    /// The bytes, or where the provider keeps them.
    pub source: PartSource,
}

/// Where the bytes of an incoming part are.
#[derive(Clone, PartialEq, Eq)]
pub enum PartSource {
    /// Here.
    Bytes(Vec<u8>),
    /// At the provider, under this id or address.
    Provider(String),
}

/// What kind of input it is; see `contract::inbound::Matter`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Something written.
    Message,
    /// A menu key or an event of the channel.
    Menu(String),
    /// Something a machine sent: kept, never a case.
    Automatic,
    /// An event of a call that needs no settling.
    Call(CallEvent),
    /// A leg of a call.
    Leg(CallLeg),
    /// A walk-in that this agent registers.
    Counter(AgentId),
}

/// What became of a delivery, as the provider tells later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The provider's id from the answer to the submit.
    pub provider_id: String,
    /// What became of it.
    pub status: ReceiptStatus,
    /// The provider's error code, without personal data.
    pub error: Option<String>,
}

/// What a receipt says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiptStatus {
    /// It arrived.
    Delivered,
    /// It will not arrive.
    Failed,
}

impl Incoming {
    /// Makes an empty message from a sender, to be filled by struct update.
    #[must_use]
    pub fn message(from: Option<Address>) -> Self {
        Self {
            provider_id: None,
            distinction: String::new(),
            from,
            from_name: None,
            to: Vec::new(),
            subject: None,
            text: String::new(),
            received_at: None,
            thread: Vec::new(),
            case: None,
            parts: Vec::new(),
            original: None,
            trace: None,
            content: Content::Message,
        }
    }
}

impl Incoming {
    /// Says whether it holds nothing that anybody could read or open.
    #[must_use]
    pub fn says_nothing(&self) -> bool {
        let subject = self.subject.as_deref().unwrap_or_default();
        self.parts.is_empty() && text::is_blank(&self.text) && text::is_blank(subject)
    }
}

impl std::fmt::Debug for Incoming {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Incoming({:?}, {} parts, text hidden)", self.content, self.parts.len())
    }
}
