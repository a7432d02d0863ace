//! What a branch decided: the only things that change its State.
//!
//! In: nothing. Out: one small struct per event. Applying them in order to an empty State
//! gives the State that decided them.

use std::{fmt, sync::Arc};

use super::{FirmChanged, Moved, MovedIn, MovedLast, Reason};
use crate::{
    consent::Asks,
    id::{
        AccountId, AgentId, BranchId, CaseId, ClientId, ContactId, DeliveryId, InputId, OfferId, PromiseId, QueueId,
        RuleId, SkillId,
    },
    inbound::{CallEvent, CallLeg},
    journal::ContactFacts,
    problem::Code,
    time::{Millis, Timestamp},
    word::{
        AgentState, Cause, ChannelKind, ClientClass, Joining, Kind, Mark, OfferState, Outcome, Priority, PromiseKind,
        PromiseState, Stage,
    },
};

/// Somebody who answers for a matter: an agent's id or a user's name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Who(Arc<str>);

impl Who {
    /// Wraps a name of the firm file.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }
    /// Gives the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&AgentId> for Who {
    fn from(agent: &AgentId) -> Self {
        Self(agent.shared())
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One thing that was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The branch decides by another firm.
    FirmSet(Box<FirmChanged>),
    /// An agent takes offers, or no longer does.
    AgentSet(AgentSet),
    /// A contact was taken.
    ContactTaken(Box<ContactTaken>),
    /// A contact goes to the branch that has its matter; nothing of it stays here.
    Forwarded(Box<Forwarded>),
    /// A case leaves for another branch; until that has it, its times are watched here.
    MovedOut(Box<Moved>),
    /// A case came from another branch; it waits.
    MovedIn(Box<MovedIn>),
    /// The branch that a case left for has it.
    MoveDone(CaseId),
    /// A matter was opened; it waits.
    CaseOpened(Box<CaseOpened>),
    /// A case waits, from here or from elsewhere.
    Queued(Queued),
    /// Waiting lowered the levels that a case asks for.
    Relaxed(Relaxed),
    /// A case missed a deadline; the next rung of the ladder holds.
    Late(Late),
    /// A case waited as long as any may.
    Lifted(CaseId),
    /// A case was put before an agent.
    Offered(Box<Offered>),
    /// An offer reached a screen.
    OfferShown(OfferId),
    /// An offer ended.
    OfferEnded(OfferEnded),
    /// An agent has a case without an offer.
    Took(Took),
    /// The promised response was given.
    Answered(Answered),
    /// An answer goes out.
    Replied(Box<Replied>),
    /// The house itself tells the client something.
    Said(Box<Said>),
    /// The client waits for an answer again.
    Clocked(Clocked),
    /// A case was laid aside.
    Pended(Pended),
    /// A case ended; its agent wraps up.
    WrappedUp(WrappedUp),
    /// A case ended.
    Closed(Closed),
    /// A case being wrapped up is being worked on again.
    Reactivated(CaseId),
    /// A case was given on.
    Transferred(Transferred),
    /// Somebody else answers for a matter.
    OwnerSet(OwnerSet),
    /// An agent must not get a case.
    Excluded(Excluded),
    /// A case has another kind or queue.
    Rekinded(Box<Rekinded>),
    /// A case precedes every normal one.
    Raised(CaseId),
    /// A note was added.
    Noted(CaseId),
    /// A case was marked.
    Marked(Marked),
    /// A case asks for the client's language, however long it waits.
    LanguageSet(Box<LanguageSet>),
    /// Something is owed to a client.
    PromiseMade(Box<PromiseMade>),
    /// A promise stands differently.
    PromiseSet(PromiseSet),
    /// Somebody was told that a promise is due or late.
    PromiseTold(PromiseTold),
    /// Somebody was told about a case.
    Told(ToldOf),
    /// An event of a call was noted.
    CallNoted(Box<CallNoted>),
    /// A leg of a call waits for its siblings.
    LegNoted(Box<LegNoted>),
    /// A call is over and settled.
    CallSettled(CallSettled),
    /// Nothing more of a settled call is expected.
    CallForgotten(ContactId),
    /// A command was decided.
    Decided(Decided),
    /// A closed case can no longer be reopened.
    Retired(CaseId),
}

/// An agent takes offers, or no longer does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentSet {
    /// Who.
    pub agent: AgentId,
    /// What he is.
    pub state: AgentState,
    /// Why he is away.
    pub reason: Option<String>,
}

/// A contact was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactTaken {
    /// The contact.
    pub contact: ContactId,
    /// The input it came with.
    pub input: InputId,
    /// Its matter.
    pub case: Option<CaseId>,
    /// Whose it is.
    pub client: Option<ClientId>,
    /// What it is about.
    pub kind: Kind,
    /// Its channel.
    pub channel: ChannelKind,
    /// Its account.
    pub account: AccountId,
    /// Whether it can be answered the way it came.
    pub answerable: bool,
    /// How it came to its matter.
    pub joining: Joining,
    /// What it asks of the client's subscriptions.
    pub asks: Option<Asks>,
}

/// A contact goes to the branch that has its matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forwarded {
    /// The contact.
    pub contact: ContactId,
    /// The input it came with; there it has `InputId::forwarded`.
    pub input: InputId,
    /// Whose it is.
    pub client: Option<ClientId>,
    /// The branch.
    pub to: BranchId,
    /// The matter.
    pub case: CaseId,
}

/// A matter was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseOpened {
    /// The matter.
    pub case: CaseId,
    /// What it is about.
    pub kind: Kind,
    /// Where it waits.
    pub queue: QueueId,
    /// Whether it precedes normal ones.
    pub priority: Priority,
    /// The channel it came by.
    pub channel: ChannelKind,
    /// The channel's account.
    pub account: AccountId,
    /// Whose matter it is.
    pub client: Option<ClientId>,
    /// The client's class.
    pub class: ClientClass,
    /// The client's account manager.
    pub manager: Option<AgentId>,
    /// Who answers for it until somebody accepts.
    pub owner: Who,
    /// Skills asked for.
    pub skills: Vec<(SkillId, u8)>,
    /// Agents who must not get it.
    pub recused: Vec<AgentId>,
    /// The case it is linked to.
    pub linked: Option<CaseId>,
    /// When the promised time began to count.
    pub since: Timestamp,
    /// The promised response time.
    pub target: TargetSet,
    /// The target that counts in the waiting order; differs only for prospects.
    pub rungs: Vec<Millis>,
    /// The rules that classified it.
    pub rules: Arc<[RuleId]>,
}

/// A promised response time and what set it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TargetSet {
    /// Time to the first answer.
    pub within: Millis,
    /// When somebody is warned, from the same start.
    pub warn: Millis,
    /// Time to every later answer.
    pub next: Millis,
    /// The target's place in the firm file from 1; 0 = the queue's, `u32::MAX` = the channel's.
    pub rule: u32,
}

/// A case waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queued {
    /// The case.
    pub case: CaseId,
    /// Where.
    pub queue: QueueId,
    /// For whom.
    pub stage: Stage,
    /// For whom by name, and until when, where it waits for one alone.
    pub alone: Option<(AgentId, Timestamp)>,
    /// Why.
    pub cause: Cause,
}

/// Waiting lowered the levels that a case asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relaxed {
    /// The case.
    pub case: CaseId,
    /// By how many levels since it began to wait.
    pub step: u32,
}

/// A case missed a deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Late {
    /// The case.
    pub case: CaseId,
    /// How many deadlines it missed since the client began to wait.
    pub rung: u32,
}

/// A case was put before an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// The offer.
    pub offer: OfferId,
    /// The case.
    pub case: CaseId,
    /// Before whom.
    pub agent: AgentId,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// Why he.
    pub reason: Reason,
}

/// An offer ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferEnded {
    /// The offer.
    pub offer: OfferId,
    /// The case.
    pub case: CaseId,
    /// Before whom it was.
    pub agent: AgentId,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it would have ended by itself.
    pub expires_at: Timestamp,
    /// How it ended.
    pub state: OfferState,
    /// Why.
    pub cause: Cause,
    /// The agent's own word for it, when he declined.
    pub reason: Option<crate::word::DeclineReason>,
}

/// An agent has a case without an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Took {
    /// The case.
    pub case: CaseId,
    /// Who has it.
    pub agent: AgentId,
    /// Why.
    pub cause: Cause,
}

/// The promised response was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answered {
    /// The case.
    pub case: CaseId,
    /// When.
    pub at: Timestamp,
    /// Whether in time.
    pub on_time: bool,
}

/// An answer goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replied {
    /// The case.
    pub case: CaseId,
    /// The contact whose sender gets it.
    pub contact: ContactId,
    /// The delivery to make.
    pub delivery: DeliveryId,
    /// The channel.
    pub channel: ChannelKind,
    /// The channel's account.
    pub account: AccountId,
    /// Who wrote it.
    pub agent: Option<AgentId>,
}

/// The house itself tells the client something about his matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The delivery to make, of an id that goes by what is said.
    pub delivery: DeliveryId,
    /// The case.
    pub case: CaseId,
    /// What.
    pub saying: Saying,
    /// What the case is about.
    pub kind: Kind,
    /// Who answers for it.
    pub owner: Who,
    /// Whose matter it is; `None` when the number was withheld.
    pub client: Option<ClientId>,
    /// The contact whose sender is told.
    pub last: MovedLast,
}

/// What the house tells a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saying {
    /// His matter was taken; somebody answers until then.
    Receipt(Timestamp),
    /// He is called back at that time.
    Booked(Timestamp),
    /// He is called back until then, sooner if it can be.
    Owed(Timestamp),
    /// He is called back at the second time instead of the first.
    Moved(Timestamp, Timestamp),
    /// He was called back.
    Kept,
    /// He could not be reached; he is called again at that time.
    Tried(Timestamp),
}

impl Saying {
    /// Gives it in a word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Receipt(_) => "receipt",
            Self::Booked(_) => "booked",
            Self::Owed(_) => "owed",
            Self::Moved(..) => "moved",
            Self::Kept => "kept",
            Self::Tried(_) => "tried",
        }
    }
}

/// The client waits for an answer again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clocked {
    /// The case.
    pub case: CaseId,
    /// From when it counts.
    pub since: Timestamp,
}

/// A case was laid aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pended {
    /// The case.
    pub case: CaseId,
    /// Until when.
    pub until: Timestamp,
}

/// A case ended; its agent wraps up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrappedUp {
    /// The case.
    pub case: CaseId,
    /// How it ended.
    pub outcome: Outcome,
    /// Until when its units are held.
    pub until: Timestamp,
}

/// A case ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closed {
    /// The case.
    pub case: CaseId,
    /// How it ended.
    pub outcome: Outcome,
    /// Why.
    pub cause: Cause,
}

/// A case was given on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transferred {
    /// The case.
    pub case: CaseId,
    /// By whom, if an agent did it.
    pub by: Option<AgentId>,
}

/// Somebody else answers for a matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerSet {
    /// The matter.
    pub case: CaseId,
    /// Who.
    pub owner: Who,
    /// Whether he is an agent who took it, rather than a lead.
    pub taken: bool,
    /// Why.
    pub cause: Cause,
}

/// An agent must not get a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excluded {
    /// The case.
    pub case: CaseId,
    /// Who.
    pub agent: AgentId,
    /// Until when; `None` = for the whole case.
    pub until: Option<Timestamp>,
    /// Why.
    pub cause: Cause,
}

/// A case has another kind or queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rekinded {
    /// The case.
    pub case: CaseId,
    /// Its kind.
    pub kind: Kind,
    /// Its queue.
    pub queue: QueueId,
    /// The promised response time that goes with them.
    pub target: TargetSet,
    /// The targets that count in the waiting order.
    pub rungs: Vec<Millis>,
    /// From when the promised time counts, where that changes too.
    pub since: Option<Timestamp>,
    /// Skills asked for from here on.
    pub skills: Vec<(SkillId, u8)>,
}

/// A case was marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marked {
    /// The case.
    pub case: CaseId,
    /// With what.
    pub mark: Mark,
}

/// A case asks for the client's language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LanguageSet {
    /// The case.
    pub case: CaseId,
    /// The language.
    pub language: SkillId,
    /// Skills asked for from here on, this one among them.
    pub skills: Vec<(SkillId, u8)>,
}

/// Something is owed to a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromiseMade {
    /// The promise.
    pub promise: PromiseId,
    /// What it is.
    pub kind: PromiseKind,
    /// The matter.
    pub case: CaseId,
    /// To whom.
    pub client: Option<ClientId>,
    /// By when.
    pub due_at: Timestamp,
    /// Whether a call-back is owed as soon as can be, at this time at the latest, instead of at
    /// this time: then it ends with its matter.
    pub soon: bool,
}

/// A promise stands differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromiseSet {
    /// The promise.
    pub promise: PromiseId,
    /// How it stands.
    pub state: PromiseState,
    /// By when.
    pub due_at: Timestamp,
    /// Failed tries so far.
    pub tries: u32,
    /// Why.
    pub cause: Cause,
    /// The contact that settled it.
    pub by: Option<ContactId>,
}

/// Somebody was told that a promise is due or late.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromiseTold {
    /// The promise.
    pub promise: PromiseId,
    /// The matter.
    pub case: CaseId,
    /// Whom.
    pub who: Who,
    /// Which time it is: 1 near, 2 due, 3 late.
    pub step: u32,
}

/// Somebody was told about a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldOf {
    /// The case.
    pub case: CaseId,
    /// Whom.
    pub who: Who,
    /// Why.
    pub why: ToldWhy,
}

/// Why somebody was told about a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ToldWhy {
    /// The promised time is about to end.
    Warn,
    /// It ended; the number says how many levels know.
    Breach(u32),
    /// It was declined too often.
    Declines,
    /// It was given on too often.
    Transfers,
    /// The owner was busy; somebody else gets the client's new contact.
    OwnerBusy,
    /// Tries to reach the client ran out.
    Tries,
    /// The client is upset.
    Upset,
    /// Nobody of the branch speaks the client's language.
    NoSpeaker,
}

/// An event of a call was noted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallNoted {
    /// The call.
    pub contact: ContactId,
    /// The input it came with.
    pub input: InputId,
    /// What happened.
    pub event: CallEvent,
    /// The case it is about, if it has one.
    pub case: Option<CaseId>,
}

/// A leg of a call waits for its siblings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegNoted {
    /// The input it came with.
    pub input: InputId,
    /// The leg.
    pub leg: CallLeg,
    /// What is known about the contact, with the first leg only.
    pub facts: Option<ContactFacts>,
    /// The call.
    pub contact: ContactId,
    /// When the call is settled.
    pub settle_at: Timestamp,
}

/// A call is over and settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallSettled {
    /// The call.
    pub contact: ContactId,
    /// Whose it was.
    pub client: Option<ClientId>,
    /// The queue it was for.
    pub queue: QueueId,
    /// The matter it belongs to, if it has one.
    pub case: Option<CaseId>,
    /// How it ended: `Call` answered, `MissedCall` owed, `ShortAbandon`, `Withheld`.
    pub cause: Cause,
}

/// A command was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The command.
    pub input: InputId,
    /// Its digest.
    pub digest: Arc<[u8]>,
    /// `None` when it was done.
    pub problem: Option<Code>,
}
