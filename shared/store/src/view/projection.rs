//! The projection: a commit's changes become rows of the tables that show how things stand.
//!
//! In: a commit. Out: rows for each table. Never here: a statement; reading back.

use std::collections::BTreeMap;

use contract::view::Change;

use super::{agent, case, contact, offer, outcome, promise, reply};
use crate::{dialect::Table, journal::Commit, rows::Rows};

/// Gives what a commit changes.
pub(crate) fn changed(commit: &Commit) -> [(&'static Table, Rows); 10] {
    let mut latest = Latest::default();
    commit.changes.iter().for_each(|change| latest.add(change));
    let branch = commit.stream.as_str().rsplit('/').next().unwrap_or_default();
    let mut messages = Rows::default();
    commit.contacts.iter().for_each(|inbound| contact::put_message(inbound, &mut messages));
    let mut texts = Rows::default();
    commit.texts.iter().for_each(|text| reply::put_text(text, &mut texts));
    [
        (&contact::MESSAGE, messages),
        (&reply::TEXT, texts),
        (&case::CASE, rows(latest.cases.into_values(), case::put)),
        (&offer::OFFER, rows(latest.offers.into_values(), offer::put)),
        (&promise::PROMISE, rows(latest.promises.into_values(), promise::put)),
        (&agent::AGENT, rows(latest.agents.into_values(), agent::put)),
        (&contact::CONTACT, rows(latest.contacts.into_values(), contact::put)),
        (&outcome::OUTCOME, rows(latest.outcomes.into_iter(), |view, rows| outcome::put(branch, view, rows))),
        (&reply::REPLY, rows(latest.replies.into_iter(), reply::put)),
        (&reply::TOLD, rows(latest.told.into_iter(), |told, rows| reply::put_told(branch, told, rows))),
    ]
}

fn rows<T>(views: impl Iterator<Item = T>, put: impl Fn(T, &mut Rows)) -> Rows {
    let mut rows = Rows::default();
    views.for_each(|view| put(view, &mut rows));
    rows
}

/// The last view of each thing: an engine may refuse to update a row twice in one statement.
#[derive(Default)]
struct Latest<'a> {
    cases: BTreeMap<contract::CaseId, &'a contract::view::CaseView>,
    offers: BTreeMap<contract::OfferId, &'a contract::view::OfferView>,
    promises: BTreeMap<contract::PromiseId, &'a contract::view::PromiseView>,
    agents: BTreeMap<&'a contract::AgentId, &'a contract::view::AgentView>,
    contacts: BTreeMap<contract::ContactId, &'a contract::view::ContactView>,
    outcomes: Vec<&'a contract::view::OutcomeView>,
    replies: Vec<&'a contract::view::ReplyView>,
    told: Vec<&'a contract::view::Told>,
}

impl<'a> Latest<'a> {
    fn add(&mut self, change: &'a Change) {
        match change {
            Change::Case(view) => drop(self.cases.insert(view.id, view)),
            Change::Offer(view) => drop(self.offers.insert(view.id, view)),
            Change::Promise(view) => drop(self.promises.insert(view.id, view)),
            Change::Agent(view) => drop(self.agents.insert(&view.id, view)),
            Change::Contact(view) => drop(self.contacts.insert(view.id, view)),
            Change::Outcome(view) => self.outcomes.push(view),
            Change::Reply(view) => self.replies.push(view),
            Change::Told(told) => self.told.push(told),
        }
    }
}
