//! Time: what is due happens, in the order it was due.

use contract::{
    Cause, Stage,
    journal::{Closed, Event, Excluded, Late, Relaxed, ToldWhy, Who},
};

use super::Decision;
use crate::core::{
    arena::CaseNo,
    case::{Phase, REOPEN_WITHIN},
};

/// What one tick does at most; the shell gives another tick at once while more is due.
const TICK_MAX: usize = 256;

impl Decision<'_> {
    /// Does what is due.
    pub(crate) fn tick(&mut self) {
        for _ in 0..TICK_MAX {
            self.state.settle();
            let case = self.state.due_cases.first().filter(|(at, _, _)| *at <= self.now);
            let promise = self.state.due_promises.first().copied().filter(|(at, _)| *at <= self.now);
            let call = self.state.due_calls.first().copied().filter(|(at, _)| *at <= self.now);
            let first = [case.map(|c| c.0), promise.map(|p| p.0), call.map(|c| c.0)].into_iter().flatten().min();
            match (case, promise, call) {
                (Some((at, _, number)), _, _) if Some(at) == first => self.case_due(number),
                (_, Some((at, promise)), _) if Some(at) == first => self.promise_due(promise),
                (_, _, Some((_, contact))) => self.call_due(contact),
                _ => return,
            }
        }
    }

    /// Does the one thing about a case that was due first.
    fn case_due(&mut self, number: CaseNo) {
        let now = self.now;
        let case = self.case(number);
        let id = case.id;
        match case.phase {
            Phase::Offered { offer, .. } if offer.expires_at <= now => return self.time_out(number),
            Phase::Waiting { stage, alone: Some((_, until)), .. } if until <= now => {
                return self.grace_over(number, stage);
            }
            Phase::Pending { until } if until <= now => return self.come_back(number, until, Cause::Due),
            Phase::WrapUp { until, outcome, .. } if until <= now => {
                return self.emit(Event::Closed(Closed { case: id, outcome, cause: Cause::WrapUpOver }));
            }
            Phase::Closed { at, .. } if at + REOPEN_WITHIN <= now => return self.emit(Event::Retired(id)),
            Phase::Waiting { .. } if self.state.relax_at(case).is_some_and(|at| at <= now) => {
                return self.relax(number);
            }
            Phase::Waiting { .. } => {
                let over = case.excluded.iter().find(|one| one.until.is_some_and(|until| until <= now));
                if let Some(over) = over {
                    let agent = self.agent_id(over.desk);
                    let excluded = Excluded { case: id, agent, until: over.until, cause: Cause::Due };
                    return self.emit(Event::Excluded(excluded));
                }
            }
            Phase::Offered { .. }
            | Phase::Active { .. }
            | Phase::WrapUp { .. }
            | Phase::Pending { .. }
            | Phase::Moving
            | Phase::Closed { .. } => {}
        }
        self.clock_due(number);
    }

    fn clock_due(&mut self, number: CaseNo) {
        let case = self.case(number);
        let Some(clock) = case.clock else { return };
        let (id, now) = (case.id, self.now);
        if clock.told_at().is_some_and(|at| at <= now) {
            self.tell_late(number, clock.told);
        } else if case.queues() && clock.ladder_at <= now {
            self.emit(Event::Late(Late { case: id, rung: clock.rung + 1 }));
        } else if case.queues() && self.state.lift_at(case, clock.since).is_some_and(|at| at <= now) {
            self.emit(Event::Lifted(id));
        }
    }

    /// Tells whom a warning or a breach concerns: the owner and the first level at the warning
    /// and at the breach, the second level at twice the promised time, the third at four times.
    fn tell_late(&mut self, number: CaseNo, told: u32) {
        let case = self.case(number);
        let (id, owner) = (case.id, case.owner.clone());
        let why = if told == 0 { ToldWhy::Warn } else { ToldWhy::Breach(told) };
        let level = self.level(number, told.max(1));
        if told <= 1 {
            self.tell(id, owner.clone(), why);
            if level == owner {
                return;
            }
        }
        self.tell(id, level, why);
    }

    /// Gives the person of a level; who must not see the case is skipped for the next.
    pub(crate) fn level(&self, number: CaseNo, level: u32) -> Who {
        let case = self.case(number);
        let recused = self.recused(case);
        let may = |who: &&Who| !recused.iter().any(|agent| agent.as_str() == who.as_str());
        let place = usize::try_from(level).unwrap_or(usize::MAX).saturating_sub(1);
        let levels = &self.state.book.levels;
        let above = levels.iter().skip(place).find(may);
        above.or_else(|| levels.iter().rev().find(may)).cloned().unwrap_or_else(|| self.responsible_for(number))
    }

    /// Lowers what a case asks for by as many levels as it has waited steps.
    fn relax(&mut self, number: CaseNo) {
        let case = self.case(number);
        let Some(entered) = case.entered() else { return };
        let plan = &self.state.book.firm.waiting.relax;
        let passed = plan.iter().take_while(|after| entered + **after <= self.now).count();
        let step = u32::try_from(passed).unwrap_or(u32::MAX).max(case.relaxed + 1);
        self.emit(Event::Relaxed(Relaxed { case: case.id, step }));
    }

    /// Lets a case go on to whom it waits for next; the owner hears that somebody else may
    /// get it.
    fn grace_over(&mut self, number: CaseNo, stage: Stage) {
        let (next, alone) = self.stage_after(number, Some(stage));
        self.queue_at(number, next, alone, Cause::GraceOver);
        if stage == Stage::Owner {
            let case = self.case(number);
            let (id, owner) = (case.id, case.owner.clone());
            self.tell(id, owner, ToldWhy::OwnerBusy);
        }
    }
}
