//! Cases that change their branch: out of this one, into this one, and the word that they arrived.
//!
//! In: a transfer to a queue or an agent of another branch; what another branch's router tells.
//! Out: `MovedOut` with the whole case, `MovedIn`, `MoveDone`. A case is always in the hands of
//! one branch, or watched by the one it left: there its times are told until it arrived. Never
//! here: a case that has no deadline; the age of a case anew.

use contract::{
    BranchId, CaseId, Cause, Choice, QueueId,
    command::{Actor, TransferTo},
    journal::{Clocked, Event, Moved, MovedClock, MovedExclusion, MovedIn, MovedLast, MovedPromise},
    problem::Code,
};

use super::{Decision, command::Outcome};
use crate::core::{
    arena::{CaseNo, QueueNo},
    case::Clock,
    pool::Found,
};

/// Times that a case changes its branch at most.
const MOVES_MAX: u32 = 3;

impl Decision<'_> {
    /// Gives the other branch that a queue or an agent belongs to.
    pub(crate) fn branch_of(&self, to: &TransferTo) -> Option<BranchId> {
        let firm = &self.state.book.firm;
        let branch = match to {
            TransferTo::Queue(id) => firm.queues.iter().find(|queue| queue.id == *id).map(|queue| &queue.branch),
            TransferTo::Agent(id) => firm.agents.iter().find(|agent| agent.id == *id).map(|agent| &agent.branch),
        };
        branch.filter(|branch| self.state.book.is_another(branch)).cloned()
    }

    /// Sends a case to another branch: with its age, deadlines, owner, exclusions, promises.
    pub(crate) fn move_out(&mut self, by: &Actor, number: CaseNo, to: &TransferTo, branch: BranchId) -> Outcome {
        if self.case(number).moves >= MOVES_MAX || self.rings(number) || self.is_barred(number, to) {
            return Err(Code::WrongState);
        }
        self.given_on(by, number);
        if self.case(number).clock.is_none() {
            let case = self.case_id(number);
            self.emit(Event::Clocked(Clocked { case, since: self.now }));
        }
        let moved = self.whole(number, to, branch);
        self.emit(Event::MovedOut(Box::new(moved)));
        Ok(())
    }

    /// Says whether a call of the case still rings: whoever picks it up has it.
    fn rings(&self, number: CaseNo) -> bool {
        let case = self.case_id(number);
        self.state.calls.values().any(|call| call.case == Some(case) && !call.answered && !call.settled)
    }

    fn is_barred(&self, number: CaseNo, to: &TransferTo) -> bool {
        let TransferTo::Agent(agent) = to else { return false };
        self.state.desk_no(agent).is_some_and(|desk| self.case(number).bars(desk))
    }

    fn whole(&self, number: CaseNo, to: &TransferTo, branch: BranchId) -> Moved {
        let case = self.case(number);
        let excluded = case.excluded.iter().map(|one| MovedExclusion {
            agent: self.agent_id(one.desk),
            until: one.until,
            recused: one.recused,
        });
        let promise = |id: &contract::PromiseId| {
            let owed = self.state.promises.get(id)?;
            Some(MovedPromise {
                promise: *id,
                kind: owed.kind,
                made_at: owed.made_at,
                due_at: owed.due_at,
                state: owed.state,
                tries: owed.tries,
                told: owed.told,
                by: owed.by,
                soon: owed.soon,
            })
        };
        Moved {
            case: case.id,
            moves: case.moves + 1,
            from: self.state.book.branch.clone().expect("a branch with cases has a firm"),
            to: branch,
            whom: to.clone(),
            kind: case.kind,
            priority: case.priority,
            class: case.class,
            channel: case.channel,
            account: case.account.clone(),
            client: case.client,
            manager: case.manager.map(|desk| self.agent_id(desk)),
            owner: case.owner.clone(),
            taken: case.owner_desk.is_some(),
            skills: case.skills.clone(),
            excluded: excluded.collect(),
            linked: case.linked,
            opened_at: case.opened_at,
            target: case.target,
            rungs: case.rungs.clone(),
            clock: case.clock.as_ref().map(moved_clock),
            answered_at: case.answered_at,
            on_time: case.on_time,
            lifted: case.lifted,
            transfers: case.transfers,
            declines: case.declines,
            contacts: case.contacts,
            last: MovedLast {
                contact: case.last.contact,
                channel: case.last.channel,
                account: case.last.account.clone(),
                answerable: case.last.answerable,
            },
            promises: case.promises.iter().filter_map(promise).collect(),
            marks: case.marks.clone(),
            language: case.language.clone(),
            receipted: case.receipted,
        }
    }

    /// Takes a case that left another branch, whatever became of its queue or agent meanwhile;
    /// one that is here already, or went on from here, is not taken again.
    pub(crate) fn move_in(&mut self, moved: &Moved) -> Outcome {
        if self.state.away.get(&moved.case).is_some_and(|away| away.moves >= moved.moves) {
            return Ok(());
        }
        if let Some(known) = self.state.case_no(moved.case) {
            if !self.case(known).moving() {
                return Ok(());
            }
            // It comes back before the word that it had arrived.
            self.emit(Event::MoveDone(moved.case));
        }
        let queue = self.queue_of_moved(moved);
        self.state.grow();
        let queue = self.queue_id(queue);
        self.emit(Event::MovedIn(Box::new(MovedIn { moved: moved.clone(), queue })));
        let number = self.state.case_no(moved.case).expect("taken just before");
        if !moved.taken {
            let lead = self.responsible_for(number);
            self.own(moved.case, lead, false, Cause::Transferred);
        }
        self.offer_to_named(number, &moved.whom);
        Ok(())
    }

    /// Offers a case at once to the agent whom it was sent to, if he may take it.
    fn offer_to_named(&mut self, number: CaseNo, whom: &TransferTo) {
        let TransferTo::Agent(agent) = whom else { return };
        let Some(desk) = self.state.employed(agent) else { return };
        if !self.case(number).bars(desk) && self.fits(number, self.state.room(desk)) {
            self.offer(number, desk, Choice::Transfer, &Found::default());
        }
    }

    fn queue_of_moved(&mut self, moved: &Moved) -> QueueNo {
        let book = &self.state.book;
        let takes = |queue: &QueueNo| book.queues[*queue].kinds.contains(&moved.kind);
        let asked = match &moved.whom {
            TransferTo::Queue(queue) => book.open_queue(queue),
            TransferTo::Agent(agent) => self.state.employed(agent).and_then(|desk| {
                let his = || self.state.desks[desk].queues.iter().map(|(queue, _)| *queue);
                his().find(takes).or_else(|| his().next())
            }),
        };
        asked.or_else(|| book.queue_for(moved.kind)).unwrap_or_else(|| {
            let id: QueueId = moved.to.as_str().parse().expect("ids of branches and queues are alike");
            self.state.book.queue(&id)
        })
    }

    /// Lets go of a case that arrived in the branch it left for.
    pub(crate) fn move_done(&mut self, case: CaseId, moves: u32) -> Outcome {
        let number = self.state.case_no(case);
        if number.is_some_and(|number| self.case(number).moving() && self.case(number).moves + 1 == moves) {
            self.emit(Event::MoveDone(case));
        }
        Ok(())
    }
}

const fn moved_clock(clock: &Clock) -> MovedClock {
    MovedClock {
        since: clock.since,
        within: clock.within,
        warn: clock.warn,
        first: clock.first,
        told: clock.told,
        rung: clock.rung,
    }
}
