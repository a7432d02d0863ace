//! A case on its way to another branch: all of it, as it left.
//!
//! In: nothing. Out: the shape that `MovedOut` journals in one branch and `MovedIn` in the other.
//! Never here: what the other branch decides about it; texts, which lie in the store by its id.

use super::{TargetSet, Who};
use crate::{
    command::TransferTo,
    id::{AccountId, AgentId, BranchId, CaseId, ClientId, ContactId, PromiseId, QueueId, SkillId},
    time::{Millis, Timestamp},
    word::{ChannelKind, ClientClass, Kind, Mark, Priority, PromiseKind, PromiseState},
};

/// A case that leaves a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// The case.
    pub case: CaseId,
    /// Which of its moves this is, from 1.
    pub moves: u32,
    /// The branch it leaves.
    pub from: BranchId,
    /// The branch it goes to.
    pub to: BranchId,
    /// For whom there.
    pub whom: TransferTo,
    /// What it is about.
    pub kind: Kind,
    /// Whether it precedes normal ones.
    pub priority: Priority,
    /// The client's class.
    pub class: ClientClass,
    /// The channel it came by.
    pub channel: ChannelKind,
    /// The channel's account.
    pub account: AccountId,
    /// Whose matter it is.
    pub client: Option<ClientId>,
    /// The client's account manager.
    pub manager: Option<AgentId>,
    /// Who answers for it.
    pub owner: Who,
    /// Whether he is an agent who took it, rather than a lead.
    pub taken: bool,
    /// Skills asked for.
    pub skills: Vec<(SkillId, u8)>,
    /// Who must not get it.
    pub excluded: Vec<MovedExclusion>,
    /// The case it is linked to.
    pub linked: Option<CaseId>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// The promised response time.
    pub target: TargetSet,
    /// The targets that count in the waiting order.
    pub rungs: Vec<Millis>,
    /// The time that runs for an answer.
    pub clock: Option<MovedClock>,
    /// When it was first answered.
    pub answered_at: Option<Timestamp>,
    /// Whether the first answer came in time.
    pub on_time: Option<bool>,
    /// Whether it waited as long as any may.
    pub lifted: bool,
    /// Transfers so far, this one included.
    pub transfers: u32,
    /// Declines so far.
    pub declines: u32,
    /// How many contacts it has.
    pub contacts: u32,
    /// The contact that an answer goes to.
    pub last: MovedLast,
    /// What is owed in it.
    pub promises: Vec<MovedPromise>,
    /// What it was marked with.
    pub marks: Vec<Mark>,
    /// The client's language, where nobody understood him.
    pub language: Option<SkillId>,
    /// Whether the client has a receipt of it.
    pub receipted: bool,
}

/// Who must not get a case that leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedExclusion {
    /// Who.
    pub agent: AgentId,
    /// Until when; `None` = for the whole case.
    pub until: Option<Timestamp>,
    /// Whether he must not even see it.
    pub recused: bool,
}

/// The time that runs for an answer in a case that leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MovedClock {
    /// From when it counts.
    pub since: Timestamp,
    /// The promised time.
    pub within: Millis,
    /// When somebody is warned.
    pub warn: Millis,
    /// Whether it runs for the first answer.
    pub first: bool,
    /// Steps of warning and breach that were told.
    pub told: u32,
    /// Deadlines missed in the waiting order.
    pub rung: u32,
}

/// The contact that an answer goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedLast {
    /// The contact.
    pub contact: ContactId,
    /// Its channel.
    pub channel: ChannelKind,
    /// Its account.
    pub account: AccountId,
    /// Whether it can be answered the way it came.
    pub answerable: bool,
}

/// Something owed in a case that leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedPromise {
    /// The promise.
    pub promise: PromiseId,
    /// What it is.
    pub kind: PromiseKind,
    /// When it was made.
    pub made_at: Timestamp,
    /// By when.
    pub due_at: Timestamp,
    /// How it stands.
    pub state: PromiseState,
    /// Failed tries so far.
    pub tries: u32,
    /// Which times were told.
    pub told: u32,
    /// The contact that settled it.
    pub by: Option<ContactId>,
    /// Whether it is owed as soon as can be.
    pub soon: bool,
}

/// A case that came to a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedIn {
    /// The case as it left.
    pub moved: Moved,
    /// The queue it waits in.
    pub queue: QueueId,
}
