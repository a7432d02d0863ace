//! The journal: what a branch was told, and what it decided.
//!
//! In: facts by id, as the shell looked them up. Out: records, inputs and events, whose
//! replay gives the same State. Never here: personal data, display names, texts.

mod event;
mod moved;
mod reason;

use std::sync::Arc;

pub use event::*;
pub use moved::{Moved, MovedClock, MovedExclusion, MovedIn, MovedLast, MovedPromise};
pub use reason::{Candidate, REASON_BYTES_MAX, Reason};

use crate::{
    command::{Actor, Verb},
    consent::Asks,
    firm::Firm,
    id::{AccountId, AgentId, BranchId, CaseId, ClientId, ContactId, InputId, QueueId, RuleId, SkillId},
    inbound::Matter,
    time::Timestamp,
    word::{ChannelKind, ClientClass, Kind, Priority},
};

/// The version of records that this code writes; whoever reads less must not take a lease. Raised
/// when a record may hold what the version before does not know.
pub const READER: u32 = 4;

/// One decision: what came in and what was decided, chained to the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its place in the stream, from 1.
    pub seq: u64,
    /// The lease it was written under.
    pub epoch: u64,
    /// The branch's time.
    pub now: Timestamp,
    /// What came in.
    pub input: Input,
    /// What was decided.
    pub events: Vec<Event>,
    /// The hash of the record before it.
    pub prev_hash: Vec<u8>,
    /// The lowest version that can read it.
    pub reader: u32,
    /// The version of the rules that decided it; 0 in records from before they named it.
    pub rules: u32,
}

/// What the core may read, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Its id: of a contact, a command, or made by the shell.
    pub id: InputId,
    /// A UUIDv7 from the shell, from which the decision derives the ids it needs.
    pub fresh: u128,
    /// What it says.
    pub fact: Fact,
}

/// What an input says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// A contact, an event of a call, or a leg of one.
    Contact(Box<ContactFacts>),
    /// A person or a program asks something.
    Command(Box<CommandFacts>),
    /// The firm's file changed.
    Firm(FirmChanged),
    /// Time has come for what is due.
    Tick,
}

/// What is known about a contact when it is decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactFacts {
    /// Its id; the same for all events and legs of one call.
    pub contact: ContactId,
    /// The channel.
    pub channel: ChannelKind,
    /// The channel's account.
    pub account: AccountId,
    /// When the provider says it was sent.
    pub received_at: Timestamp,
    /// When the door took it.
    pub accepted_at: Timestamp,
    /// Whose it is; `None` when the number was withheld.
    pub client: Option<ClientId>,
    /// The client's class; of an unknown one `Prospect`.
    pub class: ClientClass,
    /// The client's account manager.
    pub manager: Option<AgentId>,
    /// What the classifier says it is about.
    pub kind: Kind,
    /// The queue the classifier chose.
    pub queue: QueueId,
    /// The priority the classifier set.
    pub priority: Priority,
    /// Skills the classifier asks for.
    pub skills: Vec<(SkillId, u8)>,
    /// The rules that set something.
    pub rules: Arc<[RuleId]>,
    /// Agents whose name the classifier found in a complaint or report.
    pub named: Vec<AgentId>,
    /// The case that a trusted thread mark names.
    pub thread: Option<CaseId>,
    /// Whether the account had a way back to the sender when it came: of several contacts the
    /// last such one is answered. Whether there is one at last, `CommandFacts::way_back` says.
    pub answerable: bool,
    /// What kind of input it is.
    pub matter: Matter,
    /// Branches it was forwarded through already.
    pub hop: u32,
    /// Where else the client has an open case, as the store knew it when this was looked up: a
    /// hint, for it may be stale. Asked for before the first hop only.
    pub elsewhere: Option<Elsewhere>,
    /// What it asks of the client's subscriptions, in words that are no matter for an agent, or
    /// besides being one.
    pub asks: Option<Asks>,
}

/// An open case of a client in another branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    /// The case.
    pub case: CaseId,
    /// The branch it is in.
    pub branch: BranchId,
    /// What it is about.
    pub kind: Kind,
}

/// A command as the core reads it; its id is the input's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandFacts {
    /// HMAC of verb and content.
    pub digest: Arc<[u8]>,
    /// Who gives it.
    pub by: Actor,
    /// What is asked.
    pub verb: Verb,
    /// Of a reply: whether the account of the contact that it answers can send it now.
    pub way_back: bool,
}

/// A firm to decide by from this record on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirmChanged {
    /// Counts the firm's changes.
    pub version: u64,
    /// Digest of the firm file.
    pub digest: Vec<u8>,
    /// The firm; which branch of it this is stands in `branch`.
    pub firm: Arc<Firm>,
    /// The branch that decides.
    pub branch: BranchId,
}
