//! What agents and shift leaders ask for, by REST or over the socket, in one form.
//!
//! In: JSON bodies of verbs. Out: `Ask`, checked for form: known words, bounded texts,
//! instants. Never here: rights, and whether it may be done now.

use contract::{
    Address, AddressKind, AgentId, CaseId, DeclineReason, Kind, OfferId, Outcome, PromiseId, QueueId, SkillId,
    Timestamp,
    command::{AHEAD_MAX, TransferTo},
    text::is_blank,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    allowed::{form, spare_form},
    body::{Text, maybe},
    error::Problem,
    plain::plain,
};

/// The longest answer or note in bytes.
pub const TEXT_BYTES_MAX: usize = 16 * 1024;
/// The longest reason for being away, in characters.
pub const REASON_CHARS_MAX: usize = 64;

/// One thing asked of a branch.
#[derive(Clone, PartialEq, Eq)]
pub enum Ask {
    /// The caller's agent takes offers.
    Ready(AgentId),
    /// The agent takes none.
    Away(AgentId, String),
    /// Take the case.
    Accept(OfferId),
    /// Refuse it.
    Decline(OfferId, DeclineReason),
    /// Do something about a case.
    Case(CaseId, CaseAsk),
    /// Do something about a promise.
    Promise(PromiseId, PromiseAsk),
}

/// One thing asked about a case.
#[derive(Clone, PartialEq, Eq)]
pub enum CaseAsk {
    /// Answer the client.
    Reply(String),
    /// Give it away.
    Transfer(TransferTo),
    /// Agree a call-back or another time for it, at a number where one is given.
    Callback(Timestamp, Option<Address>),
    /// Lay it aside.
    Pend(Option<Timestamp>),
    /// End it.
    Close(Outcome),
    /// End the wrap-up.
    Done,
    /// Add a note.
    Note(String),
    /// Exclude an agent.
    Recuse(AgentId),
    /// Give it another kind.
    Rekind(Kind, Option<QueueId>),
    /// Give it straight to an agent.
    Assign(AgentId),
    /// Let it precede every normal one.
    Raise,
    /// Mark the client as upset.
    Upset,
    /// Find who speaks the client's language.
    Dialect(SkillId),
}

/// One thing asked about a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromiseAsk {
    /// It was kept.
    Keep,
    /// A try failed.
    Tried,
    /// It no longer binds.
    Drop,
}

/// Nothing but the verb itself.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoBody {}

/// Why the agent takes no offers.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AwayBody {
    /// A word for it, for example `break`.
    #[serde(default)]
    pub reason: String,
}

/// Why an offer is refused.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclineBody {
    /// `busy`, `not_qualified`, `language`, `recused` or `other`.
    #[schema(schema_with = form::<DeclineReason>)]
    pub reason: Text<DeclineReason>,
}

/// An answer or a note.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TextBody {
    /// The text, at most 16 KiB.
    #[schema(min_length = 1)]
    pub text: String,
}

/// Where a case goes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferBody {
    /// A queue or an agent.
    pub to: ToBody,
}

/// A queue or an agent, one of them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ToBody {
    /// The agent.
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = spare_form::<AgentId>, required = false)]
    pub agent: Option<AgentId>,
    /// The queue.
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = spare_form::<QueueId>, required = false)]
    pub queue: Option<QueueId>,
}

/// When and where the client is called back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CallbackBody {
    /// When.
    #[schema(schema_with = form::<Timestamp>)]
    pub at: Text<Timestamp>,
    /// The number to call, where it is not the one he came by.
    #[serde(default)]
    pub number: Option<String>,
}

/// Until when a case is laid aside.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PendBody {
    /// When it comes back; the next service day, same hour, where none is given.
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = spare_form::<Timestamp>, required = false)]
    pub until: Option<Timestamp>,
}

/// How a case ended.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseBody {
    /// `solved`, `unsolved`, `duplicate` or `spam`.
    #[schema(schema_with = form::<Outcome>)]
    pub outcome: Text<Outcome>,
}

/// An agent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgentBody {
    /// His id.
    #[schema(schema_with = form::<AgentId>)]
    pub agent: Text<AgentId>,
}

/// A language or dialect.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DialectBody {
    /// One of the firm's languages, see `[skills] languages` of the firm file.
    #[schema(schema_with = form::<SkillId>)]
    pub language: Text<SkillId>,
}

/// Another kind.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RekindBody {
    /// The kind.
    #[schema(schema_with = form::<Kind>)]
    pub kind: Text<Kind>,
    /// The queue, where it is not the kind's own.
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = spare_form::<QueueId>, required = false)]
    pub queue: Option<QueueId>,
}

impl AwayBody {
    /// Checks the reason.
    pub fn reason(self) -> Result<String, Problem> {
        let fine = self.reason.chars().count() <= REASON_CHARS_MAX && !self.reason.chars().any(char::is_control);
        if fine { Ok(self.reason) } else { Err(Problem::field("reason", "at most 64 plain characters")) }
    }
}

impl TextBody {
    /// Checks the text, as it may leave the house: not blank, not over the limit.
    pub fn text(self) -> Result<String, Problem> {
        if self.text.len() > TEXT_BYTES_MAX {
            return Err(Problem::field("text", "is longer than 16 KiB"));
        }
        let text = plain(&self.text);
        if is_blank(&text) { Err(Problem::field("text", "is empty")) } else { Ok(text) }
    }
}

impl TransferBody {
    /// Checks that exactly one of queue and agent is named.
    pub fn to(self) -> Result<TransferTo, Problem> {
        match (self.to.agent, self.to.queue) {
            (Some(agent), None) => Ok(TransferTo::Agent(agent)),
            (None, Some(queue)) => Ok(TransferTo::Queue(queue)),
            _ => Err(Problem::field("to", "names either an agent or a queue")),
        }
    }
}

impl CallbackBody {
    /// Checks that the time lies ahead and the number is one.
    pub fn callback(self, now: Timestamp) -> Result<CaseAsk, Problem> {
        ahead("at", self.at.0, now)?;
        let number = self.number.map(|number| Address::parse(AddressKind::Phone, &number)).transpose();
        let number = number.map_err(|_| {
            Problem::field("number", "needs a telephone number, with + and country code if not of here")
        })?;
        Ok(CaseAsk::Callback(self.at.0, number))
    }
}

impl PendBody {
    /// Checks that the time lies ahead.
    pub fn until(self, now: Timestamp) -> Result<Option<Timestamp>, Problem> {
        self.until.map_or(Ok(()), |until| ahead("until", until, now))?;
        Ok(self.until)
    }
}

fn ahead(field: &'static str, at: Timestamp, now: Timestamp) -> Result<(), Problem> {
    if at <= now {
        return Err(Problem::field(field, "lies in the past"));
    }
    let far = at.since(now) > AHEAD_MAX;
    if far { Err(Problem::field(field, "lies more than 366 days ahead")) } else { Ok(()) }
}
