//! Another firm: what its change leaves without agent or queue goes on elsewhere.

use contract::{
    AgentState, CaseId, Cause, OfferState,
    journal::{AgentSet, Event, FirmChanged},
};

use super::Decision;
use crate::core::{
    arena::{CaseNo, DeskNo},
    case::Phase,
};

impl Decision<'_> {
    /// Takes a firm; nothing open is lost by it.
    pub(crate) fn firm(&mut self, changed: &FirmChanged) {
        self.emit(Event::FirmSet(Box::new(changed.clone())));
        let gone: Vec<DeskNo> =
            self.state.desks.iter().filter(|(_, desk)| !desk.employed).map(|(number, _)| number).collect();
        for desk in gone {
            self.dismiss(desk);
        }
        // The order of numbers is not the order of opening once numbers are used again.
        let mut moved: Vec<(u64, CaseNo)> = self
            .state
            .cases
            .iter()
            .filter(|(_, case)| !case.closed() && !case.moving())
            .map(|(number, case)| (case.number, number))
            .collect();
        moved.sort_unstable();
        for (_, number) in moved {
            self.mend(number);
        }
    }

    fn dismiss(&mut self, desk: DeskNo) {
        if self.state.desks[desk].state == AgentState::Ready {
            let (agent, reason) = (self.agent_id(desk), Some(Cause::AgentGone.as_str().to_owned()));
            self.emit(Event::AgentSet(AgentSet { agent, state: AgentState::Away, reason }));
        }
        for number in self.state.desks[desk].cases.clone() {
            if self.case(number).offer().is_some() {
                self.end_offer(number, OfferState::Rescinded, Cause::AgentGone);
            } else if let Phase::WrapUp { outcome, .. } = self.case(number).phase {
                let case = self.case_id(number);
                let closed = contract::journal::Closed { case, outcome, cause: Cause::AgentGone };
                self.emit(Event::Closed(closed));
            } else {
                self.disown(number);
                let queue = self.queue_id(self.case(number).queue);
                self.requeue(number, queue, Cause::AgentGone);
            }
        }
        self.release_own(desk);
    }

    /// Says whether an owner works for no branch of the firm any more.
    fn is_gone(&self, owner: DeskNo) -> bool {
        let desk = &self.state.desks[owner];
        !desk.employed && !self.state.book.works_elsewhere(&desk.id)
    }

    fn disown(&mut self, number: CaseNo) -> CaseId {
        let case = self.case_id(number);
        let owner = self.responsible_for(number);
        self.own(case, owner, false, Cause::AgentGone);
        case
    }

    /// Gives a case a queue and an owner that exist.
    fn mend(&mut self, number: CaseNo) {
        let case = self.case(number);
        let (phase, kind) = (case.phase, case.kind);
        let queue_gone = !self.state.book.queues[case.queue].open;
        if queue_gone && let Some(to) = self.state.book.queue_for(kind) {
            if matches!(phase, Phase::Waiting { .. } | Phase::Offered { .. }) {
                self.end_offer(number, OfferState::Rescinded, Cause::QueueGone);
                let queue = self.queue_id(to);
                self.requeue(number, queue, Cause::QueueGone);
            } else {
                self.move_to(number, to);
            }
        }
        let case = self.case(number);
        match case.owner_desk {
            Some(owner) if self.is_gone(owner) => {
                self.disown(number);
            }
            None => {
                let lead = self.responsible_for(number);
                if self.case(number).owner != lead {
                    let case = self.case_id(number);
                    self.own(case, lead, false, Cause::FirmChanged);
                }
            }
            Some(_) => {}
        }
    }

    /// Gives a case that nobody waits for in it another queue.
    fn move_to(&mut self, number: CaseNo, to: crate::core::arena::QueueNo) {
        let case = self.case(number);
        self.emit(Event::Rekinded(Box::new(contract::journal::Rekinded {
            case: case.id,
            kind: case.kind,
            queue: self.queue_id(to),
            target: case.target,
            rungs: case.rungs.clone(),
            since: None,
            skills: case.skills.clone(),
        })));
    }
}
