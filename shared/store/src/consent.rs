//! Consent: what may be sent to which address, what proves it, and the gate of submits.
//!
//! In: acts of clients and of those who act at their word. Out: subscriptions, consent, evidence
//! in the journal stream `notices/house`. The rooms: `rules` says what an act does, `act` does
//! it, `confirm` ends it with one word to the client, `look` reads, `gate` lets submits through.
//!
//! One row per blind address is what a cancel and a submit both lock first, whoever the address
//! belongs to: a submit that begins after a cancel finds it, and a cancel finds every submit
//! that began before. It is committed at once, and confirmed when none of those is under way.
//! Never here: an address, a text in the clear; the firm file, whose terms the caller gives.

mod act;
mod confirm;
mod gate;
mod look;
mod proof;
mod rules;

use contract::{AccountId, AddressId, ChannelKind, ClientId, ContactId, EvidenceId, Timestamp, seal::Sealed};

pub(crate) use self::gate::{Ask, Verdict, gate};
pub use self::{
    act::Done,
    confirm::Unconfirmed,
    look::{Kept, Subscription},
    rules::Stamp,
};
use crate::Store;

/// The process under whose name evidence is journalled, whichever writes it.
pub const PROCESS: &str = "house";

/// The room of consent.
#[derive(Debug, Clone)]
pub struct Consents(Store);

impl Store {
    /// Gives the room of consent.
    #[must_use]
    pub fn consents(&self) -> Consents {
        Consents(self.clone())
    }
}

/// Something asked of subscriptions and consent, by whom, about which address.
#[derive(Debug, Clone)]
pub struct Act {
    /// The id of its evidence; what has it already is the same act.
    pub evidence: EvidenceId,
    /// What is asked.
    pub asks: contract::consent::Asks,
    /// By whom.
    pub by: contract::consent::Source,
    /// Whose address.
    pub client: ClientId,
    /// Which.
    pub address: AddressId,
    /// Its blind index.
    pub hash: [u8; 16],
    /// Its place among all acts.
    pub stamp: Stamp,
    /// When.
    pub at: Timestamp,
    /// The contact that the confirmation answers; without one it goes to the address.
    pub answers: Option<Answers>,
    /// What somebody noted of the client's words.
    pub noted: Option<Noted>,
}

/// A contact, and the way back to its sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answers {
    /// The contact.
    pub contact: ContactId,
    /// Its channel.
    pub channel: ChannelKind,
    /// Its account.
    pub account: AccountId,
}

/// Words that somebody noted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    /// Their version: a digest.
    pub version: String,
    /// They themselves, sealed for `about::text` of the evidence's id.
    pub sealed: Sealed,
}
