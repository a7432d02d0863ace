//! Shapes of what a branch decides about: cases, offers, promises.
//!
//! In: their views. Out: what serde writes. Never here: personal data of a case's contacts
//! beyond what the caller of `CaseShape::new` hands in.

use std::collections::BTreeMap;

use contract::{
    Timestamp,
    view::{CaseView, OfferView, PromiseView},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{ContactShape, time};
use crate::ports::FirmInForce;

/// A matter.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Case)]
pub struct CaseShape {
    /// Its id.
    pub id: String,
    /// The number that the client is told.
    pub number: String,
    /// The branch it is in.
    pub branch: String,
    /// `waiting`, `offered`, `active`, `wrap_up`, `pending` or `closed`.
    pub state: &'static str,
    /// What it is about.
    pub kind: &'static str,
    /// The queue it is in.
    pub queue: String,
    /// The queue's name.
    pub queue_name: String,
    /// `first` or `normal`.
    pub priority: &'static str,
    /// The channel it came by.
    pub channel: &'static str,
    /// The channel's account.
    pub account: String,
    /// Whose matter it is.
    pub client_id: Option<String>,
    /// The client's class when it was opened.
    pub class: &'static str,
    /// The first person asked.
    pub owner: String,
    /// His name.
    pub owner_name: String,
    /// The branch he works for, where that is not the one the case is in.
    pub owner_branch: Option<String>,
    /// Who has it before him.
    pub agent: Option<String>,
    /// His name.
    pub agent_name: Option<String>,
    /// When it was opened.
    #[schema(format = DateTime)]
    pub opened_at: String,
    /// When the client began to wait.
    #[schema(format = DateTime)]
    pub waiting_since: Option<String>,
    /// How long he had waited when this was written.
    pub waited_s: Option<i64>,
    /// When the promised response time ends.
    #[schema(format = DateTime)]
    pub due_at: Option<String>,
    /// The promised response time.
    pub target_s: i64,
    /// Which rule set it.
    pub target_rule: String,
    /// When it was first answered.
    #[schema(format = DateTime)]
    pub answered_at: Option<String>,
    /// Whether the first answer came in time.
    pub on_time: Option<bool>,
    /// Until when it is laid aside or wrapped up.
    #[schema(format = DateTime)]
    pub until: Option<String>,
    /// When it was closed.
    #[schema(format = DateTime)]
    pub closed_at: Option<String>,
    /// `solved`, `unsolved`, `duplicate` or `spam`.
    pub outcome: Option<&'static str>,
    /// The case it is linked to.
    pub linked: Option<String>,
    /// Skills asked for, with levels.
    pub skills: BTreeMap<String, u8>,
    /// The language of a client whom nobody understood: asked for however long it waits.
    pub language: Option<String>,
    /// What it was marked with: `upset`.
    pub marks: Vec<&'static str>,
    /// Transfers so far.
    pub transfers: u32,
    /// Declines so far.
    pub declines: u32,
    /// How often it came from another branch.
    pub moves: u32,
    /// The branch it came from last.
    pub came_from: Option<String>,
    /// The branch's seq that this reflects; compare `moves`, then it, to order two pictures of
    /// one case.
    pub seq: u64,
    /// Its contacts, oldest first; of very many the latest.
    pub contacts: Vec<ContactShape>,
    /// How many contacts it has.
    pub contacts_total: u64,
}

/// An offer.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Offer)]
pub struct OfferShape {
    /// Its id.
    pub id: String,
    /// The case put forward.
    pub case_id: String,
    /// Before whom.
    pub agent: String,
    /// The branch.
    pub branch: String,
    /// When it was made.
    #[schema(format = DateTime)]
    pub made_at: String,
    /// When it ends by itself.
    #[schema(format = DateTime)]
    pub expires_at: String,
    /// `open`, `accepted`, `declined`, `timed_out` or `rescinded`.
    pub state: &'static str,
    /// Why it ended.
    pub reason: Option<String>,
}

/// Something owed to a client.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Promise)]
pub struct PromiseShape {
    /// Its id.
    pub id: String,
    /// `callback`, `missed_call` or `followup`.
    pub kind: &'static str,
    /// The branch.
    pub branch: String,
    /// The matter it belongs to.
    pub case_id: String,
    /// The queue that the matter is in.
    pub queue: Option<String>,
    /// Where the matter stands.
    pub case_state: Option<&'static str>,
    /// To whom.
    pub client_id: Option<String>,
    /// His name; masked but for its first sign.
    pub client_name: Option<String>,
    /// By when.
    #[schema(format = DateTime)]
    pub due_at: String,
    /// Who owes it.
    pub owner: String,
    /// His name.
    pub owner_name: String,
    /// `open`, `kept`, `settled` or `dropped`.
    pub state: &'static str,
    /// Failed tries so far.
    pub tries: u32,
}

impl CaseShape {
    /// Writes a case with those of its contacts that are handed in, by the names of the firm.
    #[must_use]
    pub fn new(
        case: &CaseView,
        (contacts, contacts_total): (Vec<ContactShape>, u64),
        firm: &FirmInForce,
        now: Timestamp,
    ) -> Self {
        Self {
            id: case.id.to_string(),
            number: case.id.number(),
            branch: case.branch.to_string(),
            state: case.state.as_str(),
            kind: case.kind.as_str(),
            queue: case.queue.to_string(),
            queue_name: firm.queue_name(&case.queue).to_owned(),
            priority: case.priority.as_str(),
            channel: case.channel.as_str(),
            account: case.account.to_string(),
            client_id: case.client.map(|id| id.to_string()),
            class: case.class.as_str(),
            owner: case.owner.clone(),
            owner_name: firm.person_name(&case.owner).to_owned(),
            owner_branch: owner_branch(case, firm),
            agent: case.agent.as_ref().map(ToString::to_string),
            agent_name: case.agent.as_ref().map(|agent| firm.agent_name(agent).to_owned()),
            opened_at: time(case.opened_at),
            waiting_since: case.waiting_since.map(time),
            waited_s: case.waiting_since.map(|since| now.since(since).whole_secs()),
            due_at: case.due_at.map(time),
            target_s: case.target.whole_secs(),
            target_rule: case.target_rule.clone(),
            answered_at: case.answered_at.map(time),
            on_time: case.on_time,
            until: case.until.map(time),
            closed_at: case.closed_at.map(time),
            outcome: case.outcome.map(contract::Outcome::as_str),
            linked: case.linked.map(|id| id.to_string()),
            skills: case.skills.iter().map(|(skill, level)| (skill.to_string(), *level)).collect(),
            language: case.language.as_ref().map(ToString::to_string),
            marks: case.marks.iter().map(|mark| mark.as_str()).collect(),
            transfers: case.transfers,
            declines: case.declines,
            moves: case.moves,
            came_from: case.came_from.as_ref().map(ToString::to_string),
            seq: case.seq,
            contacts,
            contacts_total,
        }
    }
}

fn owner_branch(case: &CaseView, firm: &FirmInForce) -> Option<String> {
    let agent = case.owner.parse().ok()?;
    let branch = &firm.agent(&agent)?.branch;
    (*branch != case.branch).then(|| branch.to_string())
}

impl From<&OfferView> for OfferShape {
    fn from(offer: &OfferView) -> Self {
        Self {
            id: offer.id.to_string(),
            case_id: offer.case.to_string(),
            agent: offer.agent.to_string(),
            branch: offer.branch.to_string(),
            made_at: time(offer.made_at),
            expires_at: time(offer.expires_at),
            state: offer.state.as_str(),
            reason: offer.reason.clone(),
        }
    }
}

impl PromiseShape {
    /// Writes a promise with its matter and its client's masked name, by the names of the firm.
    #[must_use]
    pub fn new(
        promise: &PromiseView,
        case: Option<&CaseView>,
        client_name: Option<String>,
        firm: &FirmInForce,
    ) -> Self {
        Self {
            id: promise.id.to_string(),
            kind: promise.kind.as_str(),
            branch: promise.branch.to_string(),
            case_id: promise.case.to_string(),
            queue: case.map(|case| case.queue.to_string()),
            case_state: case.map(|case| case.state.as_str()),
            client_name,
            client_id: promise.client.map(|id| id.to_string()),
            due_at: time(promise.due_at),
            owner: promise.owner.clone(),
            owner_name: firm.person_name(&promise.owner).to_owned(),
            state: promise.state.as_str(),
            tries: promise.tries,
        }
    }
}
