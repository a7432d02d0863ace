//! Applying: the only thing that changes the State.
//!
//! In: events in order, each with the branch's time. Out: the State that decided them, bit
//! for bit. Never here: a choice; what an event does not say is not done.

mod call;
mod firm;
mod matter;
mod moving;
mod promise;

pub(crate) use call::SHORT_KEPT;

use contract::{
    AgentId, AgentState, Cause, OfferState, Stage, Timestamp,
    journal::{AgentSet, Event, OfferEnded, Offered, Record, Saying},
};

use super::{
    arena::{CaseNo, DeskNo},
    case::{Offer, Phase},
    state::State,
};

/// Applies one event; afterwards every look-up answers by it.
pub fn apply(state: &mut State, now: Timestamp, event: &Event) {
    state.changed_desks.clear();
    apply_event(state, now, event);
    state.settled();
}

/// Applies all events of a journal record.
pub fn replay(state: &mut State, record: &Record) {
    state.changed_desks.clear();
    for event in &record.events {
        apply_event(state, record.now, event);
    }
    state.settled();
}

/// Applies one event and leaves the indexes to be settled.
pub(crate) fn apply_event(state: &mut State, now: Timestamp, event: &Event) {
    state.now = state.now.max(now);
    match event {
        Event::FirmSet(changed) => firm::firm_set(state, changed),
        Event::AgentSet(set) => state.agent_set(set),
        Event::ContactTaken(taken) => state.contact_taken(taken),
        Event::MovedOut(moved) => state.moved_out(moved),
        Event::MovedIn(moved_in) => state.moved_in(moved_in),
        Event::MoveDone(case) => state.move_done(*case),
        Event::CaseOpened(opened) => state.case_opened(opened),
        Event::Queued(queued) => state.queued(queued),
        Event::Relaxed(relaxed) => state.relaxed(relaxed.case, relaxed.step),
        Event::Late(late) => state.late(late.case, late.rung),
        Event::Lifted(case) => state.with_case(*case, |case| case.lifted = true),
        Event::Offered(offered) => state.offered(offered),
        Event::OfferShown(offer) => state.offer_shown(*offer),
        Event::OfferEnded(ended) => state.offer_ended(ended),
        Event::Took(took) => state.took(took.case, &took.agent),
        Event::Answered(answered) => state.answered(answered),
        Event::Said(said) if matches!(said.saying, Saying::Receipt(_)) => {
            state.with_case(said.case, |case| case.receipted = true);
        }
        Event::Clocked(clocked) => state.clocked(clocked.case, clocked.since),
        Event::Pended(pended) => state.pended(pended.case, pended.until),
        Event::WrappedUp(wrapped) => state.wrapped_up(wrapped),
        Event::Closed(closed) => state.closed(closed),
        Event::Reactivated(case) => state.reactivated(*case),
        Event::Transferred(transferred) => state.with_case(transferred.case, |case| case.transfers += 1),
        Event::OwnerSet(set) => state.owner_set(set),
        Event::Excluded(excluded) => state.excluded(excluded),
        Event::Rekinded(rekinded) => state.rekinded(rekinded),
        Event::Raised(case) => state.with_case(*case, |case| case.priority = contract::Priority::First),
        Event::Marked(marked) => state.marked(marked),
        Event::LanguageSet(set) => state.language_set(set),
        Event::PromiseMade(made) => state.promise_made(made),
        Event::PromiseSet(set) => state.promise_set(set),
        Event::PromiseTold(told) => state.promise_told(told),
        Event::Told(told) => state.told(told),
        Event::CallNoted(noted) => state.call_noted(noted),
        Event::LegNoted(noted) => state.leg_noted(noted),
        Event::CallSettled(settled) => state.call_settled(settled),
        Event::CallForgotten(contact) => state.call_forgotten(*contact),
        Event::Retired(case) => state.retired(*case),
        Event::Forwarded(_) | Event::Replied(_) | Event::Said(_) | Event::Noted(_) | Event::Decided(_) => {}
    }
}

impl State {
    fn agent_set(&mut self, set: &AgentSet) {
        let Some(number) = self.desk_no(&set.agent) else { return };
        let now = self.now;
        let desk = &mut self.desks[number];
        let before = desk.ready();
        desk.state = set.state;
        desk.reason.clone_from(&set.reason);
        desk.since = now;
        if set.state == AgentState::Ready {
            desk.rested = now;
            desk.misses = 0;
            self.eager_desks.push_back(number);
        }
        self.count_ready(number, before);
        self.touch_desk(number);
    }

    fn count_ready(&mut self, number: DeskNo, before: bool) {
        let desk = &self.desks[number];
        for (queue, _) in &desk.queues {
            let ready = &mut self.pool.rosters[*queue].ready;
            *ready = *ready - u32::from(before) + u32::from(desk.ready());
        }
    }

    fn offered(&mut self, offered: &Offered) {
        let (Some(case), Some(desk)) = (self.case_no(offered.case), self.desk_no(&offered.agent)) else { return };
        let held = self.units_for(case, desk);
        let offer =
            Offer { id: offered.offer, desk, held, made_at: self.now, expires_at: offered.expires_at, shown: false };
        let entered = self.cases[case].entered().unwrap_or(self.now);
        self.rests(desk);
        self.set_phase(case, Phase::Offered { offer, entered });
        self.offers.insert(offered.offer, case);
    }

    fn offer_shown(&mut self, id: contract::OfferId) {
        let Some(case) = self.offers.get(&id) else { return };
        if let Phase::Offered { offer, .. } = &mut self.cases[case].phase {
            offer.shown = true;
        }
    }

    fn offer_ended(&mut self, ended: &OfferEnded) {
        let Some(case) = self.offers.remove(&ended.offer) else { return };
        let Phase::Offered { offer, entered } = self.cases[case].phase else { return };
        let misses = &mut self.desks[offer.desk].misses;
        match (ended.state, ended.cause) {
            (OfferState::TimedOut, Cause::TimedOut) => *misses += 1,
            (OfferState::Accepted | OfferState::Declined, _) => *misses = 0,
            _ => {}
        }
        if ended.state == OfferState::Accepted {
            self.rests(offer.desk);
            self.count_accept(case);
            self.set_phase(case, Phase::Active { desk: offer.desk, held: offer.held });
            return;
        }
        self.cases[case].declines += u32::from(ended.state == OfferState::Declined);
        self.set_phase(case, Phase::Waiting { stage: Stage::Open, alone: None, entered });
    }

    fn took(&mut self, case: contract::CaseId, agent: &AgentId) {
        let (Some(case), Some(desk)) = (self.case_no(case), self.desk_no(agent)) else { return };
        let held = self.units_for(case, desk);
        self.rests(desk);
        self.count_accept(case);
        self.set_phase(case, Phase::Active { desk, held });
    }

    fn count_accept(&mut self, case: CaseNo) {
        let (queue, now) = (self.cases[case].queue, self.now);
        self.tallies[queue].accepted(now);
    }

    /// Gives the units that a case takes of an agent.
    pub(crate) fn units_for(&self, case: CaseNo, desk: DeskNo) -> u32 {
        let units = self.desks[desk].units;
        match self.book.weight(self.cases[case].channel) {
            contract::firm::Weight::All => units,
            contract::firm::Weight::Units(weight) => weight.max(1).min(units),
        }
    }

    /// Moves a case to a phase and its units from desk to desk.
    pub(crate) fn set_phase(&mut self, number: CaseNo, phase: Phase) {
        let case = &mut self.cases[number];
        let before = held(&std::mem::replace(&mut case.phase, phase));
        let after = held(&phase);
        if matches!(phase, Phase::Waiting { .. }) {
            self.eager_cases.push(number);
        }
        self.touch_case(number);
        if before == after {
            return;
        }
        if let Some((desk, units)) = before {
            self.give_back(desk, units, number, after.map(|(desk, _)| desk));
        }
        if let Some((desk, units)) = after {
            self.desks[desk].used += units;
            if before.is_none_or(|(before, _)| before != desk) {
                self.desks[desk].cases.push(number);
            }
            self.touch_desk(desk);
        }
    }

    fn give_back(&mut self, number: DeskNo, units: u32, case: CaseNo, next: Option<DeskNo>) {
        let desk = &mut self.desks[number];
        desk.used = desk.used.saturating_sub(units);
        if next != Some(number) {
            desk.cases.retain(|held| *held != case);
        }
        self.eager_desks.push_back(number);
        self.touch_desk(number);
    }

    fn pended(&mut self, case: contract::CaseId, until: Timestamp) {
        let Some(number) = self.case_no(case) else { return };
        self.rest(number);
        self.set_phase(number, Phase::Pending { until });
    }

    /// Notes that the agent who worked on a case rests from here on.
    pub(crate) fn rest(&mut self, number: CaseNo) {
        if let Phase::Active { desk, .. } | Phase::WrapUp { desk, .. } = self.cases[number].phase {
            self.rests(desk);
        }
    }

    /// Puts an agent behind those who rest longer.
    fn rests(&mut self, number: DeskNo) {
        self.desks[number].rested = self.now;
        self.touch_desk(number);
    }
}

/// Gives the desk that a phase burdens, and by how much.
const fn held(phase: &Phase) -> Option<(DeskNo, u32)> {
    match phase {
        Phase::Offered { offer, .. } => Some((offer.desk, offer.held)),
        Phase::Active { desk, held } | Phase::WrapUp { desk, held, .. } => Some((*desk, *held)),
        Phase::Waiting { .. } | Phase::Pending { .. } | Phase::Moving | Phase::Closed { .. } => None,
    }
}
