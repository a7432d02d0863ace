//! The firm as cores know it: branches, queues, targets, rules, agents and policies, by id.
//!
//! In: what `shared/firm` read and checked. Out: plain data, journalled whole with
//! `FirmChanged`. Never here: display names, file positions, look-ups by hash order.

use crate::{
    id::{AgentId, BranchId, QueueId, RuleId, SkillId},
    time::Millis,
    word::{ChannelKind, ClientClass, Kind, Priority},
};

/// Everything a core decides by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Firm {
    /// Units that decide on their own, in file order.
    pub branches: Vec<Branch>,
    /// Queues of all branches, in file order.
    pub queues: Vec<Queue>,
    /// Targets, in file order: the one with most matching conditions counts, ties by place.
    pub targets: Vec<Target>,
    /// Classification rules, in file order.
    pub rules: Vec<Rule>,
    /// Agents of all branches, in file order.
    pub agents: Vec<Agent>,
    /// How offers are made.
    pub offer: OfferPolicy,
    /// How waiting cases are treated.
    pub waiting: WaitingPolicy,
    /// How owners are preferred.
    pub ownership: OwnershipPolicy,
    /// How missed calls are made good.
    pub callback: CallbackPolicy,
    /// Qualifications that no waiting relaxes.
    pub hard_skills: Vec<SkillId>,
    /// Skills that are languages or dialects.
    pub languages: Vec<SkillId>,
    /// How long an agent may be unseen before he is away.
    pub presence_grace: Millis,
    /// How many units a case of a channel takes; a channel that is absent takes one, the phone all.
    pub weights: Vec<(ChannelKind, Weight)>,
}

/// A unit with its own agents and queues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// Its id.
    pub id: BranchId,
    /// IANA name of its time zone, for midnight and calendars.
    pub time_zone: String,
    /// Who is told, level by level, when a case is about to be late.
    pub levels: Vec<String>,
}

/// A place where cases wait for agents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Its id, unique in the firm.
    pub id: QueueId,
    /// The branch it belongs to.
    pub branch: BranchId,
    /// Kinds that lead here without a rule.
    pub kinds: Vec<Kind>,
    /// The target where no `[[target]]` matches; `None` = the channel's default.
    pub within: Option<Millis>,
    /// How long a closed case holds its units.
    pub wrap_up: Millis,
    /// Owner of what nobody has accepted yet: an agent's id or a user's name.
    pub lead: String,
    /// The lead's stand-in.
    pub deputy: Option<String>,
}

/// A promised response time and what it applies to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Only this queue.
    pub queue: Option<QueueId>,
    /// Only this channel.
    pub channel: Option<ChannelKind>,
    /// Only this kind.
    pub kind: Option<Kind>,
    /// Only this class of client.
    pub class: Option<ClientClass>,
    /// Time to the first answer.
    pub within: Millis,
    /// When somebody is warned, from the same start; `None` = two thirds of `within`.
    pub warn: Option<Millis>,
    /// Time to every later answer; `None` = `within`.
    pub next: Option<Millis>,
}

/// A rule of the classifier: conditions AND, lists OR.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its id; generated from its place where the file gives none.
    pub id: RuleId,
    /// What must hold; an empty list is no condition.
    pub when: Conditions,
    /// What it sets.
    pub then: Consequence,
}

/// What a rule asks of a contact.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Conditions {
    /// The channel it came by.
    pub channel: Vec<ChannelKind>,
    /// The branch whose account took it.
    pub branch: Vec<BranchId>,
    /// The client's class.
    pub class: Vec<ClientClass>,
    /// Phrases inside the text, already normalised.
    pub words: Vec<String>,
    /// Phrases that must not be inside the text, already normalised.
    pub not: Vec<String>,
    /// Sender addresses or their endings, `@12386.example`.
    pub from: Vec<String>,
    /// Recipient addresses.
    pub to: Vec<String>,
    /// Menu keys.
    pub menu: Vec<String>,
}

/// What a rule sets; the first matching rule that names a field decides it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Consequence {
    /// The kind.
    pub kind: Option<Kind>,
    /// The queue.
    pub queue: Option<QueueId>,
    /// The priority.
    pub priority: Option<Priority>,
    /// Skills asked for, with levels.
    pub skills: Vec<(SkillId, u8)>,
}

/// Somebody who takes cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// His id.
    pub id: AgentId,
    /// The one branch he works for.
    pub branch: BranchId,
    /// Queues he takes cases from.
    pub queues: Vec<QueueId>,
    /// Skills with levels 1 to 9.
    pub skills: Vec<(SkillId, u8)>,
    /// Units of work he holds at most.
    pub units: u32,
}

/// How many units of an agent a case takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// All he has.
    All,
    /// So many.
    Units(u32),
}

/// How offers are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferPolicy {
    /// Time to accept where the channel has none of its own.
    pub accept_within: Millis,
    /// Time to accept by channel.
    pub by_channel: Vec<(ChannelKind, Millis)>,
    /// Missed offers after which an agent is set away.
    pub misses_until_away: u32,
    /// How long an agent is not offered a case he declined, by reason.
    pub back_off: BackOff,
}

/// Back-off by decline reason; `None` = for the whole case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackOff {
    /// After `busy`.
    pub busy: Option<Millis>,
    /// After `not_qualified`.
    pub not_qualified: Option<Millis>,
    /// After `language`.
    pub language: Option<Millis>,
    /// After `recused`.
    pub recused: Option<Millis>,
    /// After `other`.
    pub other: Option<Millis>,
}

/// How waiting cases are treated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingPolicy {
    /// Waiting times after each of which the required levels fall by one.
    pub relax: Vec<Millis>,
    /// Past it a case comes right after those of priority `first`.
    pub max_wait: Millis,
}

/// How owners are preferred.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnershipPolicy {
    /// How long a case waits for its present owner alone.
    pub owner_grace: Millis,
    /// How long it then waits for the client's account manager alone.
    pub manager_grace: Millis,
    /// Transfers after which the queue's lead is told.
    pub max_transfers: u32,
    /// Declines after which the queue's lead is told.
    pub max_declines: u32,
}

/// How missed calls are made good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallbackPolicy {
    /// Abandons shorter than this are counted apart.
    pub short_abandon: Millis,
    /// Waits between unanswered tries.
    pub retry: Vec<Millis>,
}

impl Default for OfferPolicy {
    fn default() -> Self {
        Self {
            accept_within: Millis::from_secs(20),
            by_channel: vec![(ChannelKind::Phone, Millis::from_secs(15))],
            misses_until_away: 3,
            back_off: BackOff::default(),
        }
    }
}

impl Default for BackOff {
    fn default() -> Self {
        Self {
            busy: Some(Millis::from_secs(60)),
            not_qualified: None,
            language: None,
            recused: None,
            other: Some(Millis::from_secs(120)),
        }
    }
}

impl Default for WaitingPolicy {
    fn default() -> Self {
        Self { relax: [30, 60, 120].map(Millis::from_secs).to_vec(), max_wait: Millis::from_secs(4 * 3600) }
    }
}

impl Default for OwnershipPolicy {
    fn default() -> Self {
        Self {
            owner_grace: Millis::from_secs(20),
            manager_grace: Millis::from_secs(10),
            max_transfers: 2,
            max_declines: 3,
        }
    }
}

impl Default for CallbackPolicy {
    fn default() -> Self {
        Self { short_abandon: Millis::from_secs(5), retry: [30 * 60, 2 * 3600].map(Millis::from_secs).to_vec() }
    }
}
