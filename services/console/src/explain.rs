//! Explanations: what the journal says about one case, step by step, with reasons. Pure.
//!
//! In: the records that touched a case. Out: steps in words and figures. Never here: names,
//! texts, a judgement of what might have been (`shouwen explain --all` replays for that).

mod facts;

pub use facts::Facts;

use contract::{
    CaseId,
    command::TransferTo,
    journal::{Event, Fact, Reason, Record},
    wire,
};
use serde::Serialize;
use store::journal::Stream;
use utoipa::ToSchema;

use crate::api::shape::time;

/// What the journal says about a case.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct Explanation {
    /// The case.
    pub case_id: String,
    /// What happened to it, in order.
    pub steps: Vec<Step>,
}

/// One thing that happened to a case.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct Step {
    /// The stream whose record holds it.
    pub stream: String,
    /// The record's place.
    pub seq: u64,
    /// The branch's time.
    #[schema(format = DateTime)]
    pub at: String,
    /// What led to it: `contact`, `command`, `firm` or `tick`.
    pub input: &'static str,
    /// Who gave the command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// What happened, in a word.
    pub what: &'static str,
    /// The same with ids, in words.
    pub text: String,
    /// The same once more, field by field, for whoever says it in words of his own.
    pub facts: Facts,
    /// Of an offer: why this agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<ReasonShape>,
}

/// Why an agent got a case.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = Reason)]
pub struct ReasonShape {
    /// What decided.
    pub choice: &'static str,
    /// Agents who could take it at that moment.
    pub candidates: u32,
    /// Agents of the queue who were away.
    pub away: u32,
    /// Agents of the queue who held too much.
    pub busy: u32,
    /// Free agents of the queue whose skills did not reach.
    pub unskilled: u32,
    /// Agents excluded from this case.
    pub excluded: u32,
    /// Cases that waited in the queue.
    pub waiting: u32,
    /// Time left until the promised time ended; negative when it had.
    pub slack_s: Option<i64>,
    /// The version of the firm it was decided by.
    pub firm_version: u64,
    /// The best candidates, the chosen one first.
    pub best: Vec<CandidateShape>,
}

/// A candidate and what ranked him.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = Candidate)]
pub struct CandidateShape {
    /// Who.
    pub agent: String,
    /// By how many levels his skills fell short.
    pub shortfall: u32,
    /// How long he had been idle.
    pub idle_s: i64,
}

/// Tells what records say about a case; what is no record of a branch says nothing.
#[must_use]
pub fn explain(case: CaseId, records: &[(Stream, store::journal::Record)]) -> Explanation {
    let mut steps = Vec::new();
    for (stream, stored) in records.iter().filter(|(stream, _)| stream.as_str().starts_with("branch/")) {
        let Ok(record) = wire::decode::<Record>(&stored.body) else {
            tracing::error!(stream = stream.as_str(), seq = stored.seq, "a record does not decode");
            continue;
        };
        let (input, by) = source(&record.input.fact);
        let told = record.events.iter().filter_map(|event| Some((tell(event, case)?, Facts::of(event))));
        let step = |((what, text, reason), facts): (Told<'_>, Facts)| Step {
            stream: stream.as_str().to_owned(),
            seq: record.seq,
            at: time(record.now),
            input,
            by: by.clone(),
            what,
            text,
            facts,
            reason: reason.map(ReasonShape::from),
        };
        steps.extend(told.map(|told| (record.now, step(told))));
    }
    // A case that moved stands in several streams.
    steps.sort_by_key(|(at, _)| *at);
    Explanation { case_id: case.to_string(), steps: steps.into_iter().map(|(_, step)| step).collect() }
}

fn source(fact: &Fact) -> (&'static str, Option<String>) {
    match fact {
        Fact::Contact(_) => ("contact", None),
        Fact::Command(command) => ("command", Some(command.by.user.to_string())),
        Fact::Firm(_) => ("firm", None),
        Fact::Tick => ("tick", None),
    }
}

type Told<'a> = (&'static str, String, Option<&'a Reason>);

/// Tells an event of this case; `None` for one of another.
fn tell(event: &Event, case: CaseId) -> Option<Told<'_>> {
    let (of, what, text) = match event {
        Event::Offered(offer) if offer.case == case => {
            let text = format!("offered to {} until {}", offer.agent, offer.expires_at);
            return Some(("offered", text, Some(&offer.reason)));
        }
        Event::ContactTaken(taken) => {
            (taken.case?, "contact", format!("contact {} ({}) {}", taken.contact, taken.kind, taken.joining))
        }
        Event::Forwarded(forwarded) => {
            (forwarded.case, "forwarded", format!("contact {} goes to {}", forwarded.contact, forwarded.to))
        }
        Event::MovedOut(moved) => (moved.case, "moved_out", format!("leaves for {} ({})", moved.to, whom(&moved.whom))),
        Event::MovedIn(arrived) => {
            let (moved, queue) = (&arrived.moved, &arrived.queue);
            (moved.case, "moved_in", format!("comes from {}, waits in {queue}, {} owns it", moved.from, moved.owner))
        }
        Event::MoveDone(moved) => (*moved, "move_done", "the other branch has it".to_owned()),
        Event::CaseOpened(opened) => (opened.case, "opened", opened_text(opened)),
        Event::Queued(queued) => {
            let alone = queued.alone.as_ref().map(|(agent, until)| format!(" for {agent} alone until {until}"));
            let text =
                format!("waits in {} ({}, {}){}", queued.queue, queued.stage, queued.cause, alone.unwrap_or_default());
            (queued.case, "queued", text)
        }
        Event::Relaxed(relaxed) => {
            (relaxed.case, "relaxed", format!("asks for {} levels less than at first", relaxed.step))
        }
        Event::Late(late) => (late.case, "late", format!("missed deadline {}", late.rung)),
        Event::Lifted(lifted) => (*lifted, "lifted", "waited as long as any may; comes right after `first`".to_owned()),
        Event::OfferEnded(ended) => {
            let reason = ended.reason.map(|reason| format!(": {reason}")).unwrap_or_default();
            (
                ended.case,
                "offer_ended",
                format!("offer to {} ended {} ({}){reason}", ended.agent, ended.state, ended.cause),
            )
        }
        Event::Took(took) => (took.case, "took", format!("{} has it ({})", took.agent, took.cause)),
        Event::Answered(answered) => {
            let time = if answered.on_time { "in time" } else { "late" };
            (answered.case, "answered", format!("first answer at {}, {time}", answered.at))
        }
        Event::Replied(replied) => (replied.case, "replied", format!("answer {} goes out", replied.delivery)),
        Event::Said(said) => (said.case, "said", said_text(said)),
        Event::Clocked(clocked) => (clocked.case, "clocked", format!("the client waits since {}", clocked.since)),
        Event::Pended(pended) => (pended.case, "pended", format!("laid aside until {}", pended.until)),
        Event::WrappedUp(wrapped) => {
            (wrapped.case, "wrapped_up", format!("{}, wrap-up until {}", wrapped.outcome, wrapped.until))
        }
        Event::Closed(closed) => (closed.case, "closed", format!("{} ({})", closed.outcome, closed.cause)),
        Event::Reactivated(reactivated) => (*reactivated, "reactivated", "being worked on again".to_owned()),
        Event::Transferred(given) => {
            let by = given.by.as_ref().map_or_else(|| "a shift leader".to_owned(), ToString::to_string);
            (given.case, "transferred", format!("given on by {by}"))
        }
        Event::OwnerSet(owner) => (owner.case, "owner", format!("{} answers for it ({})", owner.owner, owner.cause)),
        Event::Excluded(excluded) => {
            let until = excluded.until.map_or_else(|| "for good".to_owned(), |until| format!("until {until}"));
            (excluded.case, "excluded", format!("not for {} {until} ({})", excluded.agent, excluded.cause))
        }
        Event::Rekinded(rekinded) => (rekinded.case, "rekinded", format!("is {} in {}", rekinded.kind, rekinded.queue)),
        Event::Raised(raised) => (*raised, "raised", "precedes every normal one".to_owned()),
        Event::Noted(noted) => (*noted, "noted", "a note was added".to_owned()),
        Event::Marked(marked) => (marked.case, "marked", format!("marked {}", marked.mark)),
        Event::LanguageSet(set) => (set.case, "language", format!("asks for {} however long it waits", set.language)),
        Event::PromiseMade(made) => {
            let soon = if made.soon { ", sooner if it can be" } else { "" };
            (made.case, "promised", format!("{} {} due {}{soon}", made.kind, made.promise, made.due_at))
        }
        Event::PromiseTold(told) => (told.case, "told", format!("{} was told of promise {}", told.who, told.promise)),
        Event::Told(told) => (told.case, "told", format!("{} was told: {}", told.who, why(told.why))),
        Event::CallNoted(noted) => (noted.case?, "call", format!("call {}: {:?}", noted.contact, noted.event.what)),
        Event::Retired(retired) => (*retired, "retired", "can no longer be reopened".to_owned()),
        Event::FirmSet(_)
        | Event::AgentSet(_)
        | Event::OfferShown(_)
        | Event::Offered(_)
        | Event::PromiseSet(_)
        | Event::LegNoted(_)
        | Event::CallSettled(_)
        | Event::CallForgotten(_)
        | Event::Decided(_) => return None,
    };
    (of == case).then_some((what, text, None))
}

fn whom(to: &TransferTo) -> String {
    match to {
        TransferTo::Queue(queue) => format!("queue {queue}"),
        TransferTo::Agent(agent) => format!("agent {agent}"),
    }
}

fn said_text(said: &contract::journal::Said) -> String {
    use contract::journal::Saying;
    let what = match said.saying {
        Saying::Receipt(by) => format!("receipt, an answer until {by}"),
        Saying::Booked(at) => format!("call-back at {at}"),
        Saying::Owed(by) => format!("call-back until {by}"),
        Saying::Moved(was, at) => format!("call-back of {was} goes to {at}"),
        Saying::Kept => "call-back done".to_owned(),
        Saying::Tried(next) => format!("not reached, next try {next}"),
    };
    format!("the client is told: {what} ({})", said.delivery)
}

fn opened_text(opened: &contract::journal::CaseOpened) -> String {
    let rules: Vec<&str> = opened.rules.iter().map(contract::RuleId::as_str).collect();
    let skills: Vec<String> = opened.skills.iter().map(|(skill, level)| format!("{skill} {level}")).collect();
    let recused: Vec<&str> = opened.recused.iter().map(contract::AgentId::as_str).collect();
    let list = |name: &str, items: String| if items.is_empty() { items } else { format!(", {name} {items}") };
    format!(
        "{} in {}, {}, owner {}, answer within {} s{}{}{}",
        opened.kind,
        opened.queue,
        opened.priority,
        opened.owner,
        opened.target.within.whole_secs(),
        list("rules", rules.join(" ")),
        list("skills", skills.join(" ")),
        list("not for", recused.join(" ")),
    )
}

fn why(why: contract::journal::ToldWhy) -> String {
    use contract::journal::ToldWhy;
    match why {
        ToldWhy::Warn => "about to be late".to_owned(),
        ToldWhy::Breach(level) => format!("late, level {level}"),
        ToldWhy::Declines => "declined too often".to_owned(),
        ToldWhy::Transfers => "given on too often".to_owned(),
        ToldWhy::OwnerBusy => "the owner was busy".to_owned(),
        ToldWhy::Tries => "the client could not be reached".to_owned(),
        ToldWhy::Upset => "the client is upset".to_owned(),
        ToldWhy::NoSpeaker => "nobody of the branch speaks the client's language".to_owned(),
    }
}

impl From<&Reason> for ReasonShape {
    fn from(reason: &Reason) -> Self {
        let best = reason.best().iter().map(|candidate| CandidateShape {
            agent: candidate.agent.to_string(),
            shortfall: candidate.shortfall,
            idle_s: candidate.idle.whole_secs(),
        });
        Self {
            choice: reason.choice.as_str(),
            candidates: reason.candidates,
            away: reason.away,
            busy: reason.busy,
            unskilled: reason.unskilled,
            excluded: reason.excluded,
            waiting: reason.waiting,
            slack_s: reason.slack.map(contract::Millis::whole_secs),
            firm_version: reason.firm,
            best: best.collect(),
        }
    }
}
