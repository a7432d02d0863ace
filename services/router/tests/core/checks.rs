//! The invariants, checked on a committed journal by a model that knows nothing of the core's
//! State.

use std::collections::{BTreeMap, BTreeSet};

use contract::{
    AgentId, CaseId, CaseState, ChannelKind, Choice, ClientId, OfferId, OfferState, PromiseId, PromiseKind,
    PromiseState,
    firm::Firm,
    inbound::Matter,
    journal::{Event, Fact},
    wire,
};
use router::core::{State, case_now, decide, replay, snapshot};

use crate::{desks::Desks, house::House};

/// Who has which case, as events say it.
#[derive(Default)]
struct Holding {
    holder: BTreeMap<CaseId, (AgentId, u32, Option<OfferId>)>,
    channel: BTreeMap<CaseId, ChannelKind>,
    /// Agents whom a call burdened above what they can hold.
    forced: BTreeSet<AgentId>,
}

impl Holding {
    fn used(&self, agent: &AgentId) -> u32 {
        self.holder.values().filter(|(holder, _, _)| holder == agent).map(|(_, units, _)| units).sum()
    }

    /// I-2: one agent per case, and no offer above capacity but where a call is put through.
    fn event(&mut self, firm: &Firm, event: &Event) {
        match event {
            Event::CaseOpened(opened) => drop(self.channel.insert(opened.case, opened.channel)),
            Event::Offered(offered) => {
                let none = self.holder.get(&offered.case).is_none_or(|(_, _, offer)| offer.is_none());
                assert!(none, "I-2: a case is offered twice");
                let called = offered.reason.choice == Choice::Ringing;
                let given = offered.reason.choice == Choice::Transfer;
                assert!(given || !self.holder.contains_key(&offered.case), "I-2: a held case is offered");
                self.holder.remove(&offered.case);
                let units = self.hold(firm, offered.case, &offered.agent, Some(offered.offer));
                let limit = units_of(firm, &offered.agent);
                assert!(called || self.used(&offered.agent) <= limit.max(units), "I-2: offered above capacity");
            }
            Event::OfferEnded(ended) if ended.state == OfferState::Accepted => {
                let held = self.holder.get_mut(&ended.case).unwrap();
                assert_eq!((&held.0, held.2), (&ended.agent, Some(ended.offer)), "I-2: another's offer was accepted");
                held.2 = None;
            }
            Event::Took(took) => {
                self.holder.remove(&took.case);
                self.hold(firm, took.case, &took.agent, None);
                self.forced.insert(took.agent.clone());
            }
            Event::OfferEnded(ended) => drop(self.holder.remove(&ended.case)),
            Event::MovedIn(arrived) => drop(self.channel.insert(arrived.moved.case, arrived.moved.channel)),
            Event::MovedOut(moved) => drop(self.holder.remove(&moved.case)),
            Event::Queued(queued) => drop(self.holder.remove(&queued.case)),
            Event::Pended(pended) => drop(self.holder.remove(&pended.case)),
            Event::Closed(closed) => drop(self.holder.remove(&closed.case)),
            _ => {}
        }
    }

    fn hold(&mut self, firm: &Firm, case: CaseId, agent: &AgentId, offer: Option<OfferId>) -> u32 {
        let all = units_of(firm, agent);
        let units = if self.channel[&case] == ChannelKind::Phone { all } else { all.min(1) };
        self.holder.insert(case, (agent.clone(), units, offer));
        units
    }
}

/// What is owed after missed calls, as events say it.
#[derive(Default)]
struct Owed(BTreeMap<PromiseId, (CaseId, Option<ClientId>)>);

impl Owed {
    fn event(&mut self, event: &Event) {
        match event {
            Event::PromiseMade(made) if made.kind == PromiseKind::MissedCall => {
                let again = self.0.values().any(|(_, client)| *client == made.client);
                assert!(!again, "R-1: a client is owed two call-backs");
                self.0.insert(made.promise, (made.case, made.client));
            }
            Event::PromiseSet(set) if set.state != PromiseState::Open => drop(self.0.remove(&set.promise)),
            // What is owed elsewhere is another branch's.
            Event::MovedOut(moved) => self.0.retain(|_, (case, _)| *case != moved.case),
            Event::Closed(closed) => {
                let left = self.0.values().any(|(case, _)| *case == closed.case);
                assert!(!left, "R-1: a closed case still owes a call-back");
            }
            _ => {}
        }
    }
}

fn units_of(firm: &Firm, agent: &AgentId) -> u32 {
    firm.agents.iter().find(|known| known.id == *agent).map_or(0, |agent| agent.units)
}

/// Checks everything that must hold of a journal, whatever went wrong while it was written.
pub(crate) fn check(house: &mut House, firm: &Firm, desks: &Desks) {
    let (mut holding, mut owed) = (Holding::default(), Owed::default());
    let mut taken: BTreeMap<_, usize> = BTreeMap::new();
    let mut again = State::new();
    let mut applied = State::new();
    for at in 0..house.store.journal.len() {
        let record = house.record(at);
        // I-7: the same input gives the same decision, bit for bit.
        let mut events = Vec::new();
        decide(&mut again, &record.input, record.now, &mut events);
        assert_eq!(events, record.events, "I-7: record {} decides otherwise", record.seq);
        replay(&mut applied, &record);
        for event in &record.events {
            holding.event(firm, event);
            owed.event(event);
            // A call that was only counted gets its matter when an answer is reported late.
            if let Event::ContactTaken(contact) = event
                && contact.case.is_some()
            {
                *taken.entry(contact.contact).or_default() += 1;
            }
        }
        waits_with_deadline(&applied, desks);
    }
    assert_eq!(wire::encode(&snapshot(&applied)), wire::encode(&snapshot(&again)), "I-7: apply alone differs");
    assert_eq!(wire::encode(&snapshot(&house.load())), wire::encode(&snapshot(&again)), "I-7: a take-over differs");
    assert!(taken.values().all(|count| *count == 1), "a contact was taken twice");
    screens_are_right(&again, firm, desks, &holding);
    assert_eq!(house.verify(), None, "I-8: the chain is broken");
}

/// I-4: what waits has a deadline and an owner.
fn waits_with_deadline(state: &State, desks: &Desks) {
    for id in desks.cases.keys() {
        let Some(case) = case_now(state, *id) else { continue };
        if matches!(case.state, CaseState::Waiting | CaseState::Offered) {
            assert!(case.due_at.is_some() && !case.owner.is_empty(), "I-4: {} waits without a deadline", case.id);
        }
    }
}

/// What the changes built is what the State says.
fn screens_are_right(state: &State, firm: &Firm, desks: &Desks, holding: &Holding) {
    for shown in desks.cases.values() {
        if let Some(case) = case_now(state, shown.id) {
            let case = contract::view::CaseView { seq: shown.seq, ..case };
            assert_eq!(*shown, case, "a screen shows something else");
        }
    }
    for agent in &firm.agents {
        let shown = desks.agents.get(&agent.id).map_or(0, |agent| agent.used);
        assert_eq!(shown, holding.used(&agent.id), "{} holds something else", agent.id);
    }
}

/// Checks that every contact that was accepted was taken once (I-1).
pub(crate) fn nothing_lost(house: &House, accepted: &[crate::house::Message]) {
    let decided = house.taken();
    let mut contacts = BTreeSet::new();
    for at in 0..house.store.journal.len() {
        for event in house.record(at).events {
            if let Event::ContactTaken(taken) = event {
                contacts.insert(taken.contact);
            }
        }
    }
    for message in accepted {
        assert_eq!(decided.get(&message.id), Some(&1), "I-1: an input was lost or doubled");
        if let Fact::Contact(facts) = &message.fact {
            let settled = contacts.contains(&facts.contact);
            assert!(settled || matches!(facts.matter, Matter::Leg(_)), "I-1: a contact was lost");
            assert!(settled, "I-1: a call was never settled");
        }
    }
}
