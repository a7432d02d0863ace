//! A screen: what one agent's page shows, and which commits change it. Pure.
//!
//! In: what was read from the store, then commits in order. Out: what to show, in order.
//! Never here: IO, personal data, an agent's look at a case he is excluded from.

use std::collections::{BTreeMap, BTreeSet};

use contract::{
    AgentId, AgentState, CaseId, CaseState, ContactId, OfferId, OfferState,
    view::{AgentView, CaseView, Change, OfferView, PromiseView, ReplyView, Told},
};
use coord::Committed;

/// What one agent's page shows.
#[derive(Debug)]
pub struct Screen {
    agent: AgentId,
    /// The branch's seq that the last reading reflects.
    read_seq: u64,
    state: Option<AgentState>,
    offers: BTreeMap<OfferId, CaseId>,
    cases: BTreeSet<CaseId>,
    /// Offers that this very page answered: it needs no word about their end.
    answered: BTreeSet<OfferId>,
}

/// Something to show.
#[derive(Debug, Clone, PartialEq)]
pub enum Show {
    /// A case is put before the agent.
    Offer(OfferView),
    /// An offer ended without him.
    Rescinded(OfferId, String),
    /// A case of his changed, or left him.
    Case(Box<CaseView>),
    /// The client said something more.
    Contact(CaseId, ContactId),
    /// An answer was given.
    Delivery(ReplyView),
    /// Something that he owes, or that is owed in a case of his, changed.
    Promise(PromiseView),
    /// He is ready or away by somebody else's doing.
    Agent(AgentView),
    /// He is told of a case that is about to be late.
    Told(Told),
    /// The picture must be read anew.
    Reread,
}

impl Screen {
    /// Makes an empty screen of an agent.
    #[must_use]
    pub const fn new(agent: AgentId) -> Self {
        Self {
            agent,
            read_seq: 0,
            state: None,
            offers: BTreeMap::new(),
            cases: BTreeSet::new(),
            answered: BTreeSet::new(),
        }
    }

    /// Takes a picture read from the store, at least as new as `seq`.
    pub fn read(&mut self, seq: u64, state: AgentState, cases: &[CaseView], offers: &[OfferView]) {
        self.read_seq = seq;
        self.state = Some(state);
        self.cases = cases.iter().map(|case| case.id).collect();
        self.offers = offers.iter().map(|offer| (offer.id, offer.case)).collect();
        self.answered.clear();
    }

    /// Notes that this page itself answered an offer.
    pub fn answered(&mut self, offer: OfferId) {
        if self.offers.contains_key(&offer) {
            self.answered.insert(offer);
        }
    }

    /// Says whether it shows an offer.
    #[must_use]
    pub fn has_offer(&self, offer: OfferId) -> bool {
        self.offers.contains_key(&offer)
    }

    /// Says whether it shows a case or has it on offer.
    #[must_use]
    pub fn shows(&self, case: CaseId) -> bool {
        self.concerns().any(|shown| shown == case)
    }

    /// Gives the cases it shows or has on offer.
    pub fn concerns(&self) -> impl Iterator<Item = CaseId> {
        self.cases.iter().chain(self.offers.values()).copied()
    }

    /// Takes a commit and says what it changes here.
    pub fn take(&mut self, commit: &Committed) -> Vec<Show> {
        if commit.seq <= self.read_seq {
            return Vec::new();
        }
        // What a frame of a case shows as a whole is not shown again piece by piece.
        let mut before: BTreeSet<CaseId> = self.concerns().collect();
        // Nothing of a case that excludes him, in whatever order the commit tells it.
        for change in &commit.changes {
            if let Change::Case(case) = change
                && case.recused.contains(&self.agent)
            {
                before.remove(&case.id);
            }
        }
        commit.changes.iter().filter_map(|change| self.change(change, &before)).collect()
    }

    fn change(&mut self, change: &Change, before: &BTreeSet<CaseId>) -> Option<Show> {
        match change {
            Change::Offer(offer) if offer.agent == self.agent => self.offer(offer),
            Change::Case(case) => self.case(case),
            Change::Contact(contact) => {
                contact.case.filter(|case| before.contains(case)).map(|case| Show::Contact(case, contact.id))
            }
            Change::Reply(reply) => before.contains(&reply.case).then(|| Show::Delivery(reply.clone())),
            Change::Agent(agent) if agent.id == self.agent => {
                let news = self.state.replace(agent.state) != Some(agent.state);
                news.then(|| Show::Agent(agent.clone()))
            }
            Change::Told(told) if told.who == self.agent.as_str() => Some(Show::Told(told.clone())),
            Change::Promise(promise) => {
                let shown = promise.owner == self.agent.as_str() || before.contains(&promise.case);
                shown.then(|| Show::Promise(promise.clone()))
            }
            Change::Offer(_) | Change::Agent(_) | Change::Told(_) | Change::Outcome(_) => None,
        }
    }

    fn offer(&mut self, offer: &OfferView) -> Option<Show> {
        if offer.state == OfferState::Open {
            let new = self.offers.insert(offer.id, offer.case).is_none();
            return new.then(|| Show::Offer(offer.clone()));
        }
        self.offers.remove(&offer.id)?;
        let own = self.answered.remove(&offer.id);
        let word = offer.reason.clone().unwrap_or_else(|| offer.state.to_string());
        match offer.state {
            OfferState::Accepted => None,
            OfferState::Declined if own => None,
            OfferState::Declined | OfferState::TimedOut => {
                Some(Show::Rescinded(offer.id, offer.state.as_str().to_owned()))
            }
            OfferState::Open | OfferState::Rescinded => Some(Show::Rescinded(offer.id, word)),
        }
    }

    fn case(&mut self, case: &CaseView) -> Option<Show> {
        if case.recused.contains(&self.agent) {
            let known = self.cases.remove(&case.id) || self.offers.values().any(|offered| *offered == case.id);
            self.offers.retain(|_, offered| *offered != case.id);
            return known.then_some(Show::Reread);
        }
        let shown = if on_desk(case, &self.agent) {
            self.cases.insert(case.id);
            true
        } else {
            self.cases.remove(&case.id)
        };
        shown.then(|| Show::Case(Box::new(case.clone())))
    }
}

/// Says whether a case lies on an agent's desk: before him, or laid aside by him as owner.
#[must_use]
pub fn on_desk(case: &CaseView, agent: &AgentId) -> bool {
    let held = case.agent.as_ref() == Some(agent) && !matches!(case.state, CaseState::Offered | CaseState::Waiting);
    let aside = case.state == CaseState::Pending && case.owner == agent.as_str();
    case.state != CaseState::Closed && (held || aside) && !case.recused.contains(agent)
}

/// Says whether a case is an agent's own: he owns it or has it before him.
#[must_use]
pub fn is_own(case: &CaseView, agent: &AgentId) -> bool {
    case.owner == agent.as_str() || case.agent.as_ref() == Some(agent)
}

#[cfg(test)]
mod tests;
