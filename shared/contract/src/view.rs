//! Current views of what the journal says: what the store projects and screens show.
//!
//! In: a core's State after a decision. Out: one row shape per noun, shared by store,
//! fan-out and API. Never here: personal data; that is joined in by whoever may show it.

use crate::{
    id::{
        AccountId, AgentId, BranchId, CaseId, ClientId, ContactId, DeliveryId, InputId, OfferId, PromiseId, QueueId,
        SkillId,
    },
    journal::Said,
    problem::Code,
    time::{Millis, Timestamp},
    word::{
        AgentState, CaseState, ChannelKind, ClientClass, Kind, Mark, OfferState, Outcome, Priority, PromiseKind,
        PromiseState,
    },
};

/// A matter as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseView {
    /// Its id.
    pub id: CaseId,
    /// The branch it is in.
    pub branch: BranchId,
    /// Where it stands.
    pub state: CaseState,
    /// What it is about.
    pub kind: Kind,
    /// The queue it is in.
    pub queue: QueueId,
    /// Whether it precedes normal ones.
    pub priority: Priority,
    /// The channel it came by and is answered on.
    pub channel: ChannelKind,
    /// The channel's account.
    pub account: AccountId,
    /// Whose matter it is; `None` when a caller withheld his number.
    pub client: Option<ClientId>,
    /// The client's class when it was opened.
    pub class: ClientClass,
    /// The first person asked: an agent's id, or a lead's name before acceptance.
    pub owner: String,
    /// Who has it before him.
    pub agent: Option<AgentId>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When the client began to wait; survives offers and transfers.
    pub waiting_since: Option<Timestamp>,
    /// When the promised response time ends; `None` when nothing is owed now.
    pub due_at: Option<Timestamp>,
    /// The promised response time.
    pub target: Millis,
    /// Which rule set it: the target's place in the firm file, or `queue`, `channel`.
    pub target_rule: String,
    /// When it was first answered.
    pub answered_at: Option<Timestamp>,
    /// Whether the first answer came in time; `None` until decided.
    pub on_time: Option<bool>,
    /// Until when it is laid aside or wrapped up.
    pub until: Option<Timestamp>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// The case it is linked to.
    pub linked: Option<CaseId>,
    /// Skills asked for, with levels.
    pub skills: Vec<(SkillId, u8)>,
    /// The client's language, where nobody understood him: asked for however long it waits.
    pub language: Option<SkillId>,
    /// What it was marked with.
    pub marks: Vec<Mark>,
    /// Agents who must not get or see it.
    pub recused: Vec<AgentId>,
    /// Transfers so far.
    pub transfers: u32,
    /// Declines so far.
    pub declines: u32,
    /// How often it came from another branch: of two views of one case the one with more is the
    /// newer, for seqs of two branches say nothing about each other.
    pub moves: u32,
    /// The branch it came from last.
    pub came_from: Option<BranchId>,
    /// The branch's seq that this view reflects.
    pub seq: u64,
}

/// An offer as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferView {
    /// Its id.
    pub id: OfferId,
    /// The case put forward.
    pub case: CaseId,
    /// Before whom.
    pub agent: AgentId,
    /// The branch.
    pub branch: BranchId,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// Where it stands.
    pub state: OfferState,
    /// Why it ended, in one word.
    pub reason: Option<String>,
    /// The branch's seq that this view reflects.
    pub seq: u64,
}

/// Something owed to a client as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromiseView {
    /// Its id.
    pub id: PromiseId,
    /// What it is.
    pub kind: PromiseKind,
    /// The branch.
    pub branch: BranchId,
    /// The matter it belongs to.
    pub case: CaseId,
    /// To whom.
    pub client: Option<ClientId>,
    /// By when.
    pub due_at: Timestamp,
    /// Who owes it.
    pub owner: String,
    /// Where it stands.
    pub state: PromiseState,
    /// Failed tries so far.
    pub tries: u32,
    /// How often its matter came from another branch.
    pub moves: u32,
    /// The branch's seq that this view reflects.
    pub seq: u64,
}

/// An agent as he stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentView {
    /// His id.
    pub id: AgentId,
    /// His branch.
    pub branch: BranchId,
    /// Whether he takes offers.
    pub state: AgentState,
    /// Why he is away.
    pub reason: Option<String>,
    /// Since when.
    pub since: Timestamp,
    /// Units he holds, offers included.
    pub used: u32,
    /// Units he has.
    pub units: u32,
    /// The branch's seq that this view reflects.
    pub seq: u64,
}

/// A contact as the branch took it: which matter it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactView {
    /// Its id.
    pub id: ContactId,
    /// The input it came with.
    pub input: InputId,
    /// The branch.
    pub branch: BranchId,
    /// The matter; `None` for what opens none (automatic mail, a subscription command).
    pub case: Option<CaseId>,
    /// Whose it is.
    pub client: Option<ClientId>,
    /// Its kind.
    pub kind: Kind,
    /// The branch's seq that this view reflects.
    pub seq: u64,
}

/// What became of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutcomeView {
    /// The command's id.
    pub input: InputId,
    /// Its digest, so that the same id with other content is refused.
    pub digest: Vec<u8>,
    /// `None` when it was done.
    pub problem: Option<Code>,
    /// When it was decided.
    pub at: Timestamp,
    /// The branch's seq that holds it.
    pub seq: u64,
}

/// An answer an agent gave, or a word of the house: the delivery to make and where to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyView {
    /// The delivery's id.
    pub delivery: DeliveryId,
    /// The matter.
    pub case: CaseId,
    /// The contact that is answered, whose sender gets it.
    pub contact: ContactId,
    /// The channel.
    pub channel: ChannelKind,
    /// The channel's account.
    pub account: AccountId,
    /// Who wrote it; `None` = the house.
    pub agent: Option<AgentId>,
    /// When it was accepted.
    pub at: Timestamp,
}

/// Something that the house tells a client: the delivery to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaidView {
    /// What, of which matter, and where to.
    pub said: Said,
    /// The branch that says it.
    pub branch: BranchId,
    /// When it was decided.
    pub at: Timestamp,
}

/// One thing that a commit changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A case.
    Case(Box<CaseView>),
    /// An offer.
    Offer(OfferView),
    /// A promise.
    Promise(PromiseView),
    /// An agent.
    Agent(AgentView),
    /// A contact was taken.
    Contact(ContactView),
    /// A command was decided.
    Outcome(OutcomeView),
    /// An answer was given.
    Reply(ReplyView),
    /// Somebody named is told that a case is about to be late or is late.
    Told(Told),
}

/// A word to somebody about a case: a warning, a breach, an escalation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The matter.
    pub case: CaseId,
    /// Whom.
    pub who: String,
    /// Why, in one word: `warn`, `breach`, `declines`, `transfers`, `owner_busy`, `tries`, `upset`,
    /// `no_speaker`, `promise_due`, `promise_late`.
    pub why: String,
    /// When.
    pub at: Timestamp,
}

/// A queue's live figures.
#[derive(Debug, Clone, PartialEq)]
pub struct QueueView {
    /// Its id.
    pub id: QueueId,
    /// Its branch.
    pub branch: BranchId,
    /// Cases waiting or offered.
    pub waiting: u64,
    /// Age of the oldest of them.
    pub oldest: Option<Millis>,
    /// What a contact arriving at this moment would wait.
    pub predicted_wait: Option<Millis>,
    /// Share of first answers in time since the branch's midnight.
    pub attainment: Option<f64>,
    /// Agents ready to take from it.
    pub ready_agents: u64,
}
