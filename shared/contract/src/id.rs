//! Ids: 128-bit ones for what happens, short slugs for what the firm file names.
//!
//! In: bytes, text, or what an id is derived from. Out: one newtype per meaning.
//! Never here: the making of random ids (see `runtime::Chance`).

use std::{fmt, str::FromStr, sync::Arc};

use sha2::{Digest, Sha256};

use crate::word::ChannelKind;

/// Says why a text or a byte string is no id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {what}")]
pub struct IdError {
    /// The kind of id that was asked for, for example `case id`.
    pub what: &'static str,
}

macro_rules! uuid_ids {
    ($($(#[$doc:meta])* $name:ident = $what:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u128);

        impl $name {
            /// Wraps 128 bits.
            #[must_use]
            pub const fn new(bits: u128) -> Self { Self(bits) }
            /// Gives the 128 bits.
            #[must_use]
            pub const fn bits(self) -> u128 { self.0 }
            /// Gives the 16 bytes, most significant first.
            #[must_use]
            pub const fn to_bytes(self) -> [u8; 16] { self.0.to_be_bytes() }
            /// Reads 16 bytes, most significant first.
            pub fn from_bytes(bytes: &[u8]) -> Result<Self, IdError> {
                let raw = <[u8; 16]>::try_from(bytes).map_err(|_| IdError { what: $what })?;
                Ok(Self(u128::from_be_bytes(raw)))
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write_uuid(self.0, f) }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write_uuid(self.0, f) }
        }
        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                read_uuid(text).map(Self).ok_or(IdError { what: $what })
            }
        }
    )*};
}

uuid_ids! {
    /// Names what a client sent once; derived, so that a repeat has the same one.
    ContactId = "contact id";
    /// Names a matter.
    CaseId = "case id";
    /// Names one case put before one agent.
    OfferId = "offer id";
    /// Names something owed to a client.
    PromiseId = "promise id";
    /// Names a client or a prospect.
    ClientId = "client id";
    /// Names one address of a client.
    AddressId = "address id";
    /// Names one alert to many.
    NoticeId = "alert id";
    /// Names one notice or answer on its way to one address.
    DeliveryId = "delivery id";
    /// Names one input of a core: a contact, a leg of a call, a command, a tick.
    InputId = "input id";
    /// Names one thing on record about subscriptions and consent.
    EvidenceId = "evidence id";
    /// Names a body kept beside the messages: an attachment, a raw mail.
    BlobId = "blob id";
    /// Names a message that could not be taken.
    DeadId = "dead letter id";
}

fn write_uuid(bits: u128, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(
        f,
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        bits >> 96,
        (bits >> 80) & 0xffff,
        (bits >> 64) & 0xffff,
        (bits >> 48) & 0xffff,
        bits & 0xffff_ffff_ffff
    )
}

fn read_uuid(text: &str) -> Option<u128> {
    let dashes = [8, 13, 18, 23];
    if text.len() != 36 || !text.bytes().enumerate().all(|(i, b)| (b == b'-') == dashes.contains(&i)) {
        return None;
    }
    u128::from_str_radix(&text.replace('-', ""), 16).ok()
}

/// Makes a UUIDv8 (RFC 9562) from SHA-256 over length-prefixed parts, so that what is
/// known again gets the same id without a look-up.
#[must_use]
pub fn derived(parts: &[&[u8]]) -> u128 {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let digest: [u8; 32] = hash.finalize().into();
    let mut bits = [0; 16];
    bits.copy_from_slice(digest.split_at(16).0);
    let plain = u128::from_be_bytes(bits);
    plain & !(0xf << 76) & !(0x3 << 62) | (0x8 << 76) | (0x2 << 62)
}

/// Makes a UUIDv7 (RFC 9562) from a time in milliseconds and 74 random bits.
#[must_use]
pub fn timed(unix_ms: u64, random: u128) -> u128 {
    let head = u128::from(unix_ms & 0xffff_ffff_ffff) << 80;
    let tail = random & !(0xffff_ffff_ffff << 80) & !(0xf << 76) & !(0x3 << 62);
    head | tail | (0x7 << 76) | (0x2 << 62)
}

impl ContactId {
    /// Derives the id of what `account` of `channel` calls `provider_id` (for a call its linked id).
    #[must_use]
    pub fn derive(channel: ChannelKind, account: &AccountId, provider_id: &str) -> Self {
        Self(derived(&[b"contact", channel.as_str().as_bytes(), account.as_str().as_bytes(), provider_id.as_bytes()]))
    }

    /// Derives the id of another content that came under the same id; `mark` is its `Body::mark`.
    #[must_use]
    pub fn of_other_content(self, mark: &[u8; 32]) -> Self {
        Self(derived(&[b"other content", &self.to_bytes(), mark]))
    }
}

impl InputId {
    /// Derives the input id of a contact, with what tells several inputs of one contact apart
    /// (empty, a leg, or a phone event with agent and time).
    #[must_use]
    pub fn of_contact(contact: ContactId, distinction: &str) -> Self {
        Self(derived(&[b"input", &contact.to_bytes(), distinction.as_bytes()]))
    }

    /// Derives the id that an input has in the branch it was forwarded to: the store knows
    /// inputs of all branches, and there it is no repeat of what was forwarded here.
    #[must_use]
    pub fn forwarded(self) -> Self {
        Self(derived(&[b"forwarded", &self.to_bytes()]))
    }
}

macro_rules! slugs {
    ($($(#[$doc:meta])* $name:ident = $what:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Gives the text.
            #[must_use]
            pub fn as_str(&self) -> &str { &self.0 }
            /// Gives the text to keep, without a copy.
            #[must_use]
            pub fn shared(&self) -> Arc<str> { Arc::clone(&self.0) }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }
        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                if is_slug(text) { Ok(Self(text.into())) } else { Err(IdError { what: $what }) }
            }
        }
    )*};
}

slugs! {
    /// Names a branch, the unit of sharding.
    BranchId = "branch id";
    /// Names a queue.
    QueueId = "queue id";
    /// Names an agent.
    AgentId = "agent id";
    /// Names an account of a channel, the `main` of `[channels.sms.main]`.
    AccountId = "account id";
    /// Names a skill, a language or a qualification.
    SkillId = "skill id";
    /// Names a rule of the classifier.
    RuleId = "rule id";
    /// Names a topic that clients subscribe to.
    TopicId = "topic id";
    /// Names somebody or something that signs in: a person or a program.
    UserId = "user name";
}

/// Says whether a text may be an id of the firm file: `[a-z0-9_-]{1,64}` without `__`.
#[must_use]
pub fn is_slug(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'))
        && !text.contains("__")
}

impl CaseId {
    /// Gives the number that clients are told: twelve digits in groups, as they are read out.
    #[must_use]
    pub fn number(self) -> String {
        let digits = format!("{:012}", self.bits() % NUMBERS);
        let groups: Vec<&str> = [0..4, 4..8, 8..12].into_iter().filter_map(|group| digits.get(group)).collect();
        groups.join("-")
    }
}

/// How many numbers of cases there are.
const NUMBERS: u128 = 1_000_000_000_000;
