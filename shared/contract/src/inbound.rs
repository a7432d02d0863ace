//! What an adapter publishes to `route.<branch>`: one contact, or one leg of a call.
//!
//! In: what the channel host sealed. Out: the router's facts. Personal data stands only in
//! `sealed`, an encoded `Body`. Never here: a provider's dialect.

use crate::{
    address::Address,
    id::{AccountId, AgentId, BlobId, BranchId, CaseId, ContactId, InputId, QueueId, SkillId},
    seal::{Keys, Sealed, keyed_hash},
    time::{Millis, Timestamp},
    wire,
    word::{AddressKind, ChannelKind},
};

/// One input for a branch, as it lies on the bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbound {
    /// The input's id; differs for several inputs of one contact.
    pub input: InputId,
    /// The contact's id; the same for every repeat.
    pub contact: ContactId,
    /// The branch the account belongs to.
    pub branch: BranchId,
    /// The channel.
    pub channel: ChannelKind,
    /// The account of the channel.
    pub account: AccountId,
    /// When the provider says the client sent it.
    pub received_at: Timestamp,
    /// When the door took it.
    pub accepted_at: Timestamp,
    /// Blind index of the sender's address; `None` when he withheld it.
    pub sender: Option<BlindAddress>,
    /// The encoded and sealed `Body`.
    pub sealed: Sealed,
    /// HMAC of the decoded content under the salt that lies in the body.
    pub digest: Vec<u8>,
    /// The open case that a trusted thread token names, checked by the adapter.
    pub thread: Option<CaseId>,
    /// What kind of input it is.
    pub matter: Matter,
    /// Branches it was forwarded through already.
    pub hop: u32,
}

/// An address as a look-up key: its kind and a keyed hash of its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlindAddress {
    /// The kind of address.
    pub kind: AddressKind,
    /// HMAC-SHA-256 of kind and value, cut to 16 bytes.
    pub hash: [u8; 16],
}

/// Parts above this many bytes, and what does not fit beside the others, lie outside of the message.
pub const INLINE_BYTES_MAX: usize = 64 * 1024;
/// The longest text in a body, in bytes; the whole of a longer one is a part beside it.
pub const TEXT_BYTES_MAX: usize = 64 * 1024;
/// The longest subject, in bytes.
pub const SUBJECT_BYTES_MAX: usize = 4 * 1024;
/// The longest name of a sender or a file, in bytes.
pub const NAME_BYTES_MAX: usize = 1024;
/// The longest media type, in bytes.
pub const MEDIA_TYPE_BYTES_MAX: usize = 255;
/// The longest id of a provider, in bytes.
pub const PROVIDER_ID_BYTES_MAX: usize = 256;
/// The longest address of the firm and the longest id in a thread, in bytes.
pub const ID_BYTES_MAX: usize = 1024;
/// The most addresses of the firm, and the most ids in a thread.
pub const IDS_MAX: usize = 32;
/// The most parts of a contact from another program.
pub const PARTS_MAX: usize = 64;

/// What the key of a channel's own event begins with, `event:subscribe`, to tell it from a
/// choice from a menu.
pub const EVENT_KEY: &str = "event:";

/// What an inbound input is, apart from its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Matter {
    /// Something written.
    Message,
    /// A choice from a menu, or an event of the channel, by its key.
    Menu(String),
    /// Something a machine sent (a bounce, an automatic reply): kept, never a case.
    Automatic,
    /// An event of a phone call, profile `generic`.
    Call(CallEvent),
    /// A leg of a phone call, to be settled with its siblings.
    Leg(CallLeg),
    /// A walk-in registered by an agent, who takes it himself.
    Counter(AgentId),
}

/// One event of a call that needs no settling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallEvent {
    /// What happened.
    pub what: CallWhat,
    /// When.
    pub at: Timestamp,
    /// The queue the PBX had it in.
    pub queue: Option<QueueId>,
    /// The agent it concerns.
    pub agent: Option<AgentId>,
    /// How long it rang at a desk.
    pub ring: Option<Millis>,
    /// How long the caller queued.
    pub wait: Option<Millis>,
    /// The caller's language or dialect, a skill.
    pub language: Option<SkillId>,
}

/// What happened to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum CallWhat {
    /// Rings at a desk.
    Ringing,
    /// An agent answered it.
    Answered,
    /// It rang out at a desk or reached nobody.
    Missed,
    /// The caller hung up while he queued.
    Abandoned,
    /// The caller left a voice message.
    Voicemail,
    /// It is over.
    Ended,
}

impl CallWhat {
    /// Everything that can happen to a call, in order.
    pub const ALL: &'static [Self] =
        &[Self::Ringing, Self::Answered, Self::Missed, Self::Abandoned, Self::Voicemail, Self::Ended];
}

/// One leg of a call, from a call record that the PBX posts at hang-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallLeg {
    /// The leg's own id.
    pub leg: String,
    /// Whether this is the caller's leg.
    pub inbound: bool,
    /// When it began.
    pub started_at: Timestamp,
    /// When an agent answered, if one did.
    pub answered_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Timestamp,
    /// When the caller joined a queue.
    pub queued_at: Option<Timestamp>,
    /// The queue the PBX had it in.
    pub queue: Option<QueueId>,
    /// The agent who answered.
    pub agent: Option<AgentId>,
    /// How long it rang at a desk.
    pub ring: Option<Millis>,
    /// Whether the caller hung up while he queued.
    pub abandoned: bool,
    /// The caller's language or dialect, a skill.
    pub language: Option<SkillId>,
}

/// The personal part of a contact: travels and rests sealed, is opened by the router for
/// classification and by the console for those who may see it.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Body {
    /// The sender's address, absent when withheld.
    pub from: Option<Address>,
    /// The sender's name as the channel tells it.
    pub from_name: Option<String>,
    /// Addresses of the firm it was sent to.
    pub to: Vec<String>,
    /// The subject line.
    pub subject: Option<String>,
    /// The text; the transcript of a voice message where the channel gives one.
    pub text: String,
    /// The provider's own id of it.
    pub provider_id: Option<String>,
    /// Ids for an answer in the same thread: Message-ID, References, a webhook's thread.
    pub thread: Vec<String>,
    /// Parts kept beside the message.
    pub parts: Vec<Part>,
    /// Salt of the digest.
    pub salt: Vec<u8>,
}

impl Body {
    /// Gives the digest that the journal keeps: worth nothing once body and salt are gone.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        keyed_hash(&self.salt, &[&self.unsalted()])
    }

    /// Hashes what was sent, the same for every repeat, so that two contents under one id
    /// can be told apart; never kept.
    #[must_use]
    pub fn mark(&self, keys: &Keys) -> [u8; 32] {
        let mut sent = Self { salt: Vec::new(), ..self.clone() };
        sent.parts.retain(|part| !part.original);
        keys.mark("content", &[&wire::encode(&sent)])
    }

    fn unsalted(&self) -> Vec<u8> {
        wire::encode(&Self { salt: Vec::new(), ..self.clone() })
    }
}

/// An attachment, a picture, a raw mail.
#[derive(Clone, PartialEq, Eq)]
pub struct Part {
    /// File name as the sender gave it.
    pub name: Option<String>,
    /// Media type, `image/jpeg`.
    pub media_type: String,
    /// Size in bytes.
    pub bytes: u64,
    /// Where the bytes are.
    pub place: PartPlace,
    /// Whether it is the whole message as it came, trace of its way included: that is another
    /// at every delivery of one message, and nothing the client wrote.
    pub original: bool,
}

/// Where the bytes of a part are.
#[derive(Clone, PartialEq, Eq)]
pub enum PartPlace {
    /// In the message itself; at most 64 KiB.
    Inline(Vec<u8>),
    /// In the store's blobs.
    Blob(BlobId),
    /// At the provider, under this id or address, for as long as it keeps it.
    Provider(String),
}
