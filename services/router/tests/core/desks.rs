//! Agents and a shift leader of the simulation: they see committed changes only, act on them
//! late, twice, or not at all.

use std::collections::{BTreeMap, BTreeSet};

use contract::{
    AgentId, AgentState, CaseId, CaseState, DeclineReason, InputId, Millis, OfferId, OfferState, Outcome, PromiseId,
    PromiseState, Timestamp,
    command::{TransferTo, Verb},
    firm::Firm,
    view::{AgentView, CaseView, Change, OfferView, PromiseView},
};

use crate::{
    chance::Chance,
    house::Message,
    world::{actor, command, delivery},
};

/// What the screens show.
#[derive(Default)]
pub(crate) struct Desks {
    pub(crate) cases: BTreeMap<CaseId, CaseView>,
    pub(crate) offers: BTreeMap<OfferId, OfferView>,
    pub(crate) agents: BTreeMap<AgentId, AgentView>,
    pub(crate) promises: BTreeMap<PromiseId, PromiseView>,
    pub(crate) outcomes: BTreeSet<InputId>,
    seen: usize,
}

impl Desks {
    /// Takes a record's changes; what was seen before is not taken again.
    pub(crate) fn see(&mut self, at: usize, changes: &[Change]) {
        if at != self.seen {
            assert!(at < self.seen, "a record was skipped");
            return;
        }
        self.seen += 1;
        for change in changes.iter().cloned() {
            match change {
                Change::Case(case) => drop(self.cases.insert(case.id, *case)),
                Change::Offer(offer) => drop(self.offers.insert(offer.id, offer)),
                Change::Promise(promise) => drop(self.promises.insert(promise.id, promise)),
                Change::Agent(agent) => drop(self.agents.insert(agent.id.clone(), agent)),
                Change::Outcome(outcome) => drop(self.outcomes.insert(outcome.input)),
                Change::Contact(_) | Change::Reply(_) | Change::Told(_) => {}
            }
        }
    }

    fn open_offers(&self) -> Vec<&OfferView> {
        self.offers.values().filter(|offer| offer.state == OfferState::Open).collect()
    }

    /// Lets somebody do something.
    pub(crate) fn act(&self, firm: &Firm, now: Timestamp, chance: &mut Chance) -> Message {
        let offers = self.open_offers();
        let active: Vec<&CaseView> =
            self.cases.values().filter(|case| matches!(case.state, CaseState::Active | CaseState::WrapUp)).collect();
        let (name, verb) = if !offers.is_empty() && chance.once_in(2) {
            let offer = *chance.pick(&offers);
            (offer.agent.to_string(), about_offer(offer, chance))
        } else if !active.is_empty() && !chance.once_in(4) {
            let case = *chance.pick(&active);
            let agent = case.agent.clone().unwrap();
            (agent.to_string(), self.about_case(case, firm, now, chance))
        } else {
            self.anything(firm, now, chance)
        };
        Message { id: InputId::new(chance.bits()), fact: command(actor(firm, &name), verb) }
    }

    fn about_case(&self, case: &CaseView, firm: &Firm, now: Timestamp, chance: &mut Chance) -> Verb {
        let other = chance.pick(&firm.agents).id.clone();
        let later = now + Millis::from_secs(i64::try_from(chance.below(4000)).unwrap() + 1);
        match chance.below(19) {
            0..=4 => Verb::Reply(case.id, delivery(now, case.id)),
            5..=8 => Verb::Close(case.id, *chance.pick(Outcome::ALL)),
            9 => Verb::Pend(case.id, Some(later)),
            10 => Verb::Callback(case.id, later),
            11 => Verb::Transfer(case.id, TransferTo::Agent(other)),
            12 => Verb::Transfer(case.id, TransferTo::Queue(chance.pick(&firm.queues).id.clone())),
            13 => Verb::Done(case.id),
            15 => Verb::Upset(case.id),
            16 => Verb::Dialect(case.id, chance.pick(&firm.languages).clone()),
            17 => Verb::Callback(case.id, later),
            14 => Verb::Recuse(case.id, other),
            _ => self.about_promise(chance).unwrap_or(Verb::Note(case.id)),
        }
    }

    fn about_promise(&self, chance: &mut Chance) -> Option<Verb> {
        let open: Vec<_> = self.promises.values().filter(|promise| promise.state == PromiseState::Open).collect();
        let promise = (!open.is_empty()).then(|| chance.pick(&open).id)?;
        Some(match chance.below(3) {
            0 => Verb::Keep(promise),
            1 => Verb::Tried(promise),
            _ => Verb::Drop(promise),
        })
    }

    /// A shift leader or an agent does anything to anything, allowed or not.
    fn anything(&self, firm: &Firm, now: Timestamp, chance: &mut Chance) -> (String, Verb) {
        let agent = chance.pick(&firm.agents).id.clone();
        let cases: Vec<CaseId> = self.cases.keys().copied().collect();
        if cases.is_empty() || chance.once_in(2) {
            let verb = if chance.once_in(4) {
                Verb::Away(agent.clone(), "lost".to_owned())
            } else {
                Verb::Ready(agent.clone())
            };
            return (agent.to_string(), verb);
        }
        let case = *chance.pick(&cases);
        let name = if chance.once_in(3) { agent.to_string() } else { "xie".to_owned() };
        let verb = match chance.below(10) {
            0 => Verb::Assign(case, agent),
            1 => Verb::Raise(case),
            2 => Verb::Recuse(case, agent),
            3 => Verb::Rekind(case, *chance.pick(contract::Kind::ALL), None),
            4 => Verb::Close(case, Outcome::Spam),
            6 => Verb::Upset(case),
            7 => Verb::Dialect(case, chance.pick(&firm.languages).clone()),
            8 => Verb::Callback(case, now + Millis::from_secs(900)),
            5 => Verb::Reply(case, delivery(now, case)),
            _ => self.about_promise(chance).unwrap_or(Verb::Note(case)),
        };
        (name, verb)
    }

    /// Does what brings the day to its end: everybody is ready, takes what is offered, answers
    /// and closes.
    pub(crate) fn tidy(&self, firm: &Firm, now: Timestamp, chance: &mut Chance) -> Vec<Message> {
        let mut all = Vec::new();
        for agent in &firm.agents {
            let ready = self.agents.get(&agent.id).is_some_and(|view| view.state == AgentState::Ready);
            if !ready {
                all.push((agent.id.to_string(), Verb::Ready(agent.id.clone())));
            }
        }
        for offer in self.open_offers() {
            all.push((offer.agent.to_string(), Verb::Accept(offer.id)));
        }
        for case in self.cases.values().filter(|case| case.state == CaseState::Active) {
            let agent = case.agent.clone().unwrap().to_string();
            all.push((agent.clone(), Verb::Reply(case.id, delivery(now, case.id))));
            all.push((agent, Verb::Close(case.id, Outcome::Solved)));
        }
        let message = |(name, verb): (String, Verb)| Message {
            id: InputId::new(chance.bits()),
            fact: command(actor(firm, &name), verb),
        };
        all.into_iter().map(message).collect()
    }
}

fn about_offer(offer: &OfferView, chance: &mut Chance) -> Verb {
    match chance.below(8) {
        0..=3 => Verb::Accept(offer.id),
        4 | 5 => Verb::OffersShown(vec![offer.id]),
        _ => Verb::Decline(offer.id, *chance.pick(DeclineReason::ALL)),
    }
}
