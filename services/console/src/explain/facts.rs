//! Facts of a step: the ids and words by which a page says it in its reader's language.
//!
//! In: an event. Out: what of it a reader may want to know, field by field. Never here: sentences.

use contract::journal::{Event, ToldWhy};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::shape::time;

/// What a step is about.
#[derive(Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = StepFacts)]
pub struct Facts {
    /// The agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Who else: an owner, somebody who was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub who: Option<String>,
    /// The queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// The kind of the matter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'static str>,
    /// How an offer ended, or the case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<&'static str>,
    /// Why, in one word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<&'static str>,
    /// The rules that chose kind, queue and skills.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// Until when, or when it is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub until: Option<String>,
}

impl Facts {
    /// Gives the facts of an event; of many there is none beyond what happened.
    #[must_use]
    pub fn of(event: &Event) -> Self {
        let mut facts = Self::default();
        if let Event::Offered(offer) = event {
            facts.agent = Some(offer.agent.to_string());
            facts.until = Some(time(offer.expires_at));
        } else if let Event::OfferEnded(ended) = event {
            facts.agent = Some(ended.agent.to_string());
            facts.state = Some(ended.state.as_str());
            facts.cause = ended.reason.map(contract::DeclineReason::as_str).or(Some(ended.cause.as_str()));
        } else if let Event::Took(took) = event {
            facts.agent = Some(took.agent.to_string());
            facts.cause = Some(took.cause.as_str());
        } else if let Event::Queued(queued) = event {
            facts.queue = Some(queued.queue.to_string());
            facts.cause = Some(queued.cause.as_str());
            facts.agent = queued.alone.as_ref().map(|(agent, _)| agent.to_string());
            facts.until = queued.alone.as_ref().map(|(_, until)| time(*until));
        } else if let Event::CaseOpened(opened) = event {
            facts.kind = Some(opened.kind.as_str());
            facts.queue = Some(opened.queue.to_string());
            facts.rules = opened.rules.iter().map(ToString::to_string).collect();
        } else if let Event::ContactTaken(taken) = event {
            facts.kind = Some(taken.kind.as_str());
            facts.cause = Some(taken.joining.as_str());
        } else {
            facts.lesser(event);
        }
        facts
    }

    fn lesser(&mut self, event: &Event) {
        if let Event::OwnerSet(owner) = event {
            self.who = Some(owner.owner.to_string());
        } else if let Event::Told(told) = event {
            self.who = Some(told.who.to_string());
            self.cause = Some(why(told.why));
        } else if let Event::PromiseTold(told) = event {
            self.who = Some(told.who.to_string());
        } else if let Event::Excluded(excluded) = event {
            self.agent = Some(excluded.agent.to_string());
            self.cause = Some(excluded.cause.as_str());
            self.until = excluded.until.map(time);
        } else if let Event::Rekinded(rekinded) = event {
            self.kind = Some(rekinded.kind.as_str());
            self.queue = Some(rekinded.queue.to_string());
        } else if let Event::Pended(pended) = event {
            self.until = Some(time(pended.until));
        } else if let Event::PromiseMade(made) = event {
            self.until = Some(time(made.due_at));
        } else if let Event::Closed(closed) = event {
            self.state = Some(closed.outcome.as_str());
            self.cause = Some(closed.cause.as_str());
        } else if let Event::WrappedUp(wrapped) = event {
            self.state = Some(wrapped.outcome.as_str());
        }
    }
}

const fn why(why: ToldWhy) -> &'static str {
    if matches!(why, ToldWhy::Breach(_)) {
        "breach"
    } else if matches!(why, ToldWhy::Declines) {
        "declines"
    } else if matches!(why, ToldWhy::Transfers) {
        "transfers"
    } else if matches!(why, ToldWhy::OwnerBusy) {
        "owner_busy"
    } else if matches!(why, ToldWhy::Tries) {
        "tries"
    } else {
        "warn"
    }
}
