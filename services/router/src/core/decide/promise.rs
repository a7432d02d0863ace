//! What is owed to clients: kept, tried, withdrawn, and told in time.

use contract::{
    CaseId, Cause, Outcome as Ending, PromiseId, PromiseKind, PromiseState, Timestamp,
    command::{AHEAD_MAX, Actor},
    journal::{Clocked, Event, Pended, PromiseMade, PromiseSet, PromiseTold, ToldWhy},
    problem::Code,
};

use super::{Decision, command::Outcome};
use crate::core::{arena::CaseNo, case::Phase, state::Promise};

impl Decision<'_> {
    /// Agrees a call-back; where one is agreed already, another time for it.
    pub(crate) fn callback(&mut self, by: &Actor, case: CaseId, at: Timestamp) -> Outcome {
        let number = self.find(case)?;
        let agreed = self.open_promise(number, &[PromiseKind::Callback]);
        if agreed.is_some() {
            self.his(by, number)?;
        } else {
            self.held(by, case)?;
        }
        if at <= self.now || at.since(self.now) > AHEAD_MAX {
            return Err(Code::Invalid);
        }
        match agreed {
            Some((promise, owed)) => self.move_promise(number, promise, &owed, at),
            None => self.promise(number, PromiseKind::Callback, at, false),
        }
        Ok(())
    }

    /// Finds what of some kinds is owed in a case, the soonest due.
    pub(crate) fn open_promise(&self, number: CaseNo, kinds: &[PromiseKind]) -> Option<(PromiseId, Promise)> {
        let open = |promise: &PromiseId| {
            let owed = self.state.promises.get(promise)?;
            (owed.state == PromiseState::Open && kinds.contains(&owed.kind)).then_some((*promise, owed))
        };
        let owed = self.case(number).promises.iter().filter_map(open);
        owed.min_by_key(|(promise, owed)| (owed.due_at, *promise)).map(|(promise, owed)| (promise, owed.clone()))
    }

    /// Sets another time; a case that was laid aside until the old one stays so until the new.
    fn move_promise(&mut self, number: CaseNo, promise: PromiseId, owed: &Promise, due_at: Timestamp) {
        if due_at == owed.due_at {
            return;
        }
        let (state, tries) = (PromiseState::Open, owed.tries);
        self.emit(Event::PromiseSet(PromiseSet { promise, state, due_at, tries, cause: Cause::Moved, by: None }));
        self.say_moved(number, promise, owed.due_at, due_at);
        if matches!(self.case(number).phase, Phase::Pending { until } if until == owed.due_at) {
            let case = self.case_id(number);
            self.emit(Event::Pended(Pended { case, until: due_at }));
        }
    }

    /// Promises something to the client of a case.
    pub(crate) fn promise(&mut self, number: CaseNo, kind: PromiseKind, due_at: Timestamp, soon: bool) {
        let promise = PromiseId::new(self.next_id());
        let case = self.case(number);
        let made = PromiseMade { promise, kind, case: case.id, client: case.client, due_at, soon };
        self.emit(Event::PromiseMade(Box::new(made)));
        if kind == PromiseKind::Callback {
            self.say_promised(number, promise, due_at, soon);
        }
    }

    /// Finds an open promise that the actor owes, or may settle because he leads.
    fn owed_by(&self, by: &Actor, promise: PromiseId) -> Result<(CaseNo, Promise), Code> {
        let owed = self.state.promises.get(&promise).ok_or(Code::NotFound)?;
        let number = self.find(owed.case)?;
        self.his(by, number)?;
        if owed.state == PromiseState::Open { Ok((number, owed.clone())) } else { Err(Code::WrongState) }
    }

    pub(crate) fn keep(&mut self, by: &Actor, promise: PromiseId) -> Outcome {
        let (number, owed) = self.owed_by(by, promise)?;
        self.set_promise(promise, &owed, PromiseState::Kept, Cause::Kept);
        // What waits keeps its time until somebody has it.
        if !self.case(number).queues() {
            let case = self.case_id(number);
            self.answer(case, number, self.now);
        }
        Ok(())
    }

    pub(crate) fn drop_promise(&mut self, by: &Actor, promise: PromiseId) -> Outcome {
        let (_, owed) = self.owed_by(by, promise)?;
        self.set_promise(promise, &owed, PromiseState::Dropped, Cause::Dropped);
        Ok(())
    }

    /// Notes a failed try: the next one is due after the plan's wait, and until then the case
    /// is laid aside. When the plan ends the first level hears of it.
    pub(crate) fn tried(&mut self, by: &Actor, promise: PromiseId) -> Outcome {
        let (number, owed) = self.owed_by(by, promise)?;
        let plan = &self.state.book.firm.callback.retry;
        let place = usize::try_from(owed.tries).unwrap_or(usize::MAX);
        let wait = plan.get(place).or(plan.last()).copied().unwrap_or(contract::Millis::from_secs(1800));
        let ends = place + 1 >= plan.len();
        let due_at = self.now + wait;
        let tries = owed.tries + 1;
        let set = PromiseSet { promise, state: PromiseState::Open, due_at, tries, cause: Cause::Tried, by: None };
        self.emit(Event::PromiseSet(set));
        self.say_tried(number, promise, &owed, due_at);
        let case = self.case_id(number);
        if ends {
            let level = self.level(number, 1);
            self.tell(case, level, ToldWhy::Tries);
        }
        if matches!(self.case(number).phase, Phase::Active { .. }) {
            self.emit(Event::Pended(Pended { case, until: due_at }));
        }
        Ok(())
    }

    fn set_promise(&mut self, promise: PromiseId, owed: &Promise, state: PromiseState, cause: Cause) {
        let (due_at, tries) = (owed.due_at, owed.tries);
        self.emit(Event::PromiseSet(PromiseSet { promise, state, due_at, tries, cause, by: None }));
        self.say_kept(promise, owed, state, cause);
    }

    /// Ends the open promises of some kinds of a case.
    pub(crate) fn end_promises(&mut self, number: CaseNo, kinds: &[PromiseKind], state: PromiseState, cause: Cause) {
        for promise in self.case(number).promises.clone() {
            let owed = self.state.promises.get(&promise).cloned();
            if let Some(owed) = owed
                && owed.state == PromiseState::Open
                && kinds.contains(&owed.kind)
            {
                self.set_promise(promise, &owed, state, cause);
            }
        }
    }

    /// Ends what a closed case no longer owes. A call-back agreed for a later time stays owed.
    pub(crate) fn closing_promises(&mut self, number: CaseNo, outcome: Ending) {
        let state = if outcome == Ending::Solved { PromiseState::Kept } else { PromiseState::Dropped };
        self.end_promises(number, &[PromiseKind::Followup, PromiseKind::MissedCall], state, Cause::Closed);
        for promise in self.case(number).promises.clone() {
            let owed = self.state.promises.get(&promise).cloned();
            if let Some(owed) = owed
                && owed.state == PromiseState::Open
                && (owed.soon || owed.due_at <= self.now)
            {
                self.set_promise(promise, &owed, state, Cause::Closed);
            }
        }
    }

    /// Tells who owes a promise that it is near, then that it is due, and the first level when
    /// it is late.
    pub(crate) fn promise_due(&mut self, promise: PromiseId) {
        let Some(owed) = self.state.promises.get(&promise).cloned() else { return };
        let step = owed.told + 1;
        let Some(number) = self.state.case_no(owed.case) else { return };
        let who = if step >= 3 { self.level(number, 1) } else { self.case(number).owner.clone() };
        self.emit(Event::PromiseTold(PromiseTold { promise, case: owed.case, who, step }));
        let agreed = owed.kind != PromiseKind::Followup;
        if step == 2 && agreed && matches!(self.case(number).phase, Phase::Pending { .. } | Phase::Closed { .. }) {
            self.come_back(number, owed.due_at, Cause::Due);
        }
    }

    /// Lets a case that was laid aside wait again, its owner first.
    pub(crate) fn come_back(&mut self, number: CaseNo, since: Timestamp, cause: Cause) {
        if self.case(number).clock.is_none() {
            let case = self.case_id(number);
            self.emit(Event::Clocked(Clocked { case, since }));
        }
        self.queue(number, cause);
    }
}
