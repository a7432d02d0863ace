//! Deciding: one input in, events out.
//!
//! In: the State, an input, the branch's time. Out: events, each applied as it is made, and
//! a State in which no waiting case faces a free agent who may take it. Never here: a clock,
//! chance, a table, the order of a hash.

mod call;
mod command;
mod contact;
mod dialect;
mod due;
mod elsewhere;
mod firm;
mod moving;
mod offer;
mod promise;
mod say;
mod told;
mod verb;

use contract::{
    AgentId, CaseId, Cause, InputId, Timestamp,
    inbound::Matter,
    journal::{Event, Fact, Input, OwnerSet, ToldOf, ToldWhy, Who},
};

use super::{
    apply::apply_event,
    arena::{CaseNo, DeskNo, QueueNo},
    case::Case,
    state::State,
};

/// Decides an input. What was decided stands in `events`, applied already; a time before the
/// last event's counts as the last event's.
pub fn decide(state: &mut State, input: &Input, now: Timestamp, events: &mut Vec<Event>) {
    let now = now.max(state.now());
    state.changed_desks.clear();
    let mut decision = Decision { state, now, input: input.id, fresh: input.fresh, used: 0, events };
    match &input.fact {
        Fact::Contact(facts) => match &facts.matter {
            Matter::Call(event) => decision.call(facts, &told::event(event, facts.accepted_at)),
            Matter::Leg(leg) => decision.leg(facts, &told::leg(leg, facts.accepted_at)),
            Matter::Message | Matter::Menu(_) | Matter::Automatic | Matter::Counter(_) => decision.contact(facts),
        },
        Fact::Command(facts) => decision.command(facts),
        Fact::Firm(changed) => decision.firm(changed),
        Fact::Tick => decision.tick(),
    }
    decision.match_all();
}

/// Gives the time at which a tick has something to do.
#[must_use]
pub fn next_due(state: &State) -> Option<Timestamp> {
    let case = state.due_cases.first().map(|(at, _, _)| at);
    let promise = state.due_promises.first().map(|(at, _)| *at);
    let call = state.due_calls.first().map(|(at, _)| *at);
    [case, promise, call].into_iter().flatten().min()
}

/// One decision under way.
pub(crate) struct Decision<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) now: Timestamp,
    pub(crate) input: InputId,
    fresh: u128,
    used: u64,
    events: &'a mut Vec<Event>,
}

/// The random bits of a UUIDv7 that ids of one decision differ in.
const COUNTED_BITS: u128 = (1 << 62) - 1;

impl Decision<'_> {
    /// Applies an event and notes it.
    pub(crate) fn emit(&mut self, event: Event) {
        apply_event(self.state, self.now, &event);
        self.events.push(event);
    }

    /// Gives the next id of this decision.
    pub(crate) fn next_id(&mut self) -> u128 {
        let counted = (self.fresh & COUNTED_BITS).wrapping_add(u128::from(self.used)) & COUNTED_BITS;
        self.used += 1;
        self.fresh & !COUNTED_BITS | counted
    }

    pub(crate) fn case(&self, number: CaseNo) -> &Case {
        &self.state.cases[number]
    }

    pub(crate) fn case_id(&self, number: CaseNo) -> CaseId {
        self.case(number).id
    }

    pub(crate) fn agent_id(&self, number: DeskNo) -> AgentId {
        self.state.desks[number].id.clone()
    }

    pub(crate) fn queue_id(&self, number: QueueNo) -> contract::QueueId {
        self.state.book.queues[number].id.clone()
    }

    /// Tells somebody about a case.
    pub(crate) fn tell(&mut self, case: CaseId, who: Who, why: ToldWhy) {
        self.emit(Event::Told(ToldOf { case, who, why }));
    }

    /// Sets who answers for a matter.
    pub(crate) fn own(&mut self, case: CaseId, owner: Who, taken: bool, cause: Cause) {
        self.emit(Event::OwnerSet(OwnerSet { case, owner, taken, cause }));
    }

    /// Gives who answers for a queue's matters before anybody took them: the lead, the
    /// deputy, a level; never one who must not see the matter.
    pub(crate) fn responsible(&self, queue: QueueNo, recused: &[AgentId]) -> Who {
        let entry = &self.state.book.queues[queue];
        let may = |who: &&Who| !recused.iter().any(|agent| agent.as_str() == who.as_str());
        let mut named = std::iter::once(&entry.lead).chain(&entry.deputy).chain(&self.state.book.levels);
        named.find(may).unwrap_or(&entry.lead).clone()
    }

    /// Gives the agents who must not get or see a case.
    pub(crate) fn recused(&self, case: &Case) -> Vec<AgentId> {
        let recused = case.excluded.iter().filter(|one| one.recused);
        recused.map(|one| self.state.desks[one.desk].id.clone()).collect()
    }
}
