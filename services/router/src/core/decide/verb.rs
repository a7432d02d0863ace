//! The verbs of agents and shift leaders.

use contract::{
    AgentId, AgentState, CaseId, Cause, Choice, DeclineReason, DeliveryId, Kind, Mark, Millis, OfferId, OfferState,
    Outcome as Ending, Priority, PromiseKind, QueueId, Stage, Timestamp,
    command::{AHEAD_MAX, Actor, TransferTo},
    journal::{
        AgentSet, Clocked, Closed, Event, Excluded, Marked, Pended, Rekinded, Replied, ToldWhy, Transferred, Who,
        WrappedUp,
    },
    problem::Code,
};

use super::{
    Decision,
    command::{Outcome, leads},
};
use crate::core::{
    arena::{CaseNo, DeskNo},
    case::Phase,
    pool::Found,
};

/// How long a case is laid aside when nobody says until when: the same hour of the next day.
const PEND_FOR: Millis = Millis::from_secs(24 * 3600);

impl Decision<'_> {
    pub(crate) fn ready(&mut self, by: &Actor, agent: &AgentId) -> Outcome {
        let desk = self.own_desk(by, agent)?;
        if !self.state.desks[desk].ready() {
            self.emit(Event::AgentSet(AgentSet { agent: agent.clone(), state: AgentState::Ready, reason: None }));
        }
        Ok(())
    }

    pub(crate) fn away(&mut self, by: &Actor, agent: &AgentId, reason: &str) -> Outcome {
        let desk = self.own_desk(by, agent)?;
        let reason = Some(reason.to_owned()).filter(|reason| !reason.is_empty());
        let current = &self.state.desks[desk];
        if current.state != AgentState::Away || current.reason != reason {
            self.set_away(desk, reason, Cause::Away);
        }
        Ok(())
    }

    /// Finds an agent's desk for himself, for who leads, or for the house.
    fn own_desk(&self, by: &Actor, agent: &AgentId) -> Result<DeskNo, Code> {
        let desk = self.find_desk(agent)?;
        let own = by.agent.as_ref() == Some(agent);
        let house = by.agent.is_none() && matches!(by.user.as_str(), "presence" | "router");
        if own || house || leads(by) { Ok(desk) } else { Err(Code::NotYours) }
    }

    /// Notes which offers reached a screen; one that is gone meanwhile needs no note.
    pub(crate) fn shown(&mut self, offers: &[OfferId]) -> Outcome {
        for id in offers {
            let open = self.state.offers.get(id).and_then(|number| self.case(number).offer());
            if open.is_some_and(|offer| !offer.shown) {
                self.emit(Event::OfferShown(*id));
            }
        }
        Ok(())
    }

    fn my_offer(&self, by: &Actor, offer: OfferId) -> Result<(CaseNo, DeskNo), Code> {
        let number = self.state.offers.get(&offer).ok_or(Code::OfferGone)?;
        let open = self.case(number).offer().ok_or(Code::OfferGone)?;
        if self.desk_of(by) != Some(open.desk) {
            return Err(Code::NotYours);
        }
        // One that ran out is gone, even if no tick has said so yet.
        if open.expires_at <= self.now { Err(Code::OfferGone) } else { Ok((number, open.desk)) }
    }

    pub(crate) fn accept(&mut self, by: &Actor, offer: OfferId) -> Outcome {
        let (number, desk) = self.my_offer(by, offer)?;
        self.end_offer(number, OfferState::Accepted, Cause::Accepted);
        self.taken(number, desk, Cause::Accepted);
        Ok(())
    }

    pub(crate) fn decline(&mut self, by: &Actor, offer: OfferId, reason: DeclineReason) -> Outcome {
        let (number, desk) = self.my_offer(by, offer)?;
        if self.case(number).owner_desk == Some(desk) {
            return Err(Code::WrongState);
        }
        self.end_offer_saying(number, OfferState::Declined, Cause::Declined, Some(reason));
        let back_off = &self.state.book.firm.offer.back_off;
        let until = match reason {
            DeclineReason::Busy => back_off.busy,
            DeclineReason::NotQualified => back_off.not_qualified,
            DeclineReason::Language => back_off.language,
            DeclineReason::Recused => back_off.recused,
            DeclineReason::Other => back_off.other,
        };
        let until = until.map(|span| self.now + span);
        let (case, agent) = (self.case_id(number), self.agent_id(desk));
        if reason == DeclineReason::Recused && until.is_none() {
            self.recuse(number, &agent);
        } else {
            self.emit(Event::Excluded(Excluded { case, agent, until, cause: Cause::Declined }));
        }
        if self.case(number).declines == self.state.book.firm.ownership.max_declines {
            let lead = self.responsible_for(number);
            self.tell(case, lead, ToldWhy::Declines);
        }
        Ok(())
    }

    /// Gives who leads where a case is.
    pub(crate) fn responsible_for(&self, number: CaseNo) -> Who {
        let case = self.case(number);
        self.responsible(case.queue, &self.recused(case))
    }

    pub(crate) fn reply(&mut self, by: &Actor, case: CaseId, delivery: DeliveryId, way_back: bool) -> Outcome {
        let number = self.held(by, case)?;
        if !way_back {
            return Err(Code::NoReplyChannel);
        }
        let last = &self.case(number).last;
        let replied = Replied {
            case,
            contact: last.contact,
            delivery,
            channel: last.channel,
            account: last.account.clone(),
            agent: by.agent.clone(),
        };
        self.emit(Event::Replied(Box::new(replied)));
        self.answer(case, number, self.now);
        self.end_promises(number, &[PromiseKind::Followup], contract::PromiseState::Kept, Cause::Replied);
        Ok(())
    }

    pub(crate) fn transfer(&mut self, by: &Actor, case: CaseId, to: &TransferTo) -> Outcome {
        let number = if leads(by) { self.live(case)? } else { self.held(by, case)? };
        if let Some(branch) = self.branch_of(to) {
            return self.move_out(by, number, to, branch);
        }
        match to {
            TransferTo::Queue(queue) => self.transfer_to_queue(by, number, queue),
            TransferTo::Agent(agent) => self.transfer_to_agent(by, number, agent),
        }
    }

    /// Finds a case that is waiting, offered or worked on.
    pub(crate) fn live(&self, case: CaseId) -> Result<CaseNo, Code> {
        let number = self.find(case)?;
        match self.case(number).phase {
            Phase::Waiting { .. } | Phase::Offered { .. } | Phase::Active { .. } => Ok(number),
            Phase::WrapUp { .. } | Phase::Pending { .. } | Phase::Moving | Phase::Closed { .. } => {
                Err(Code::WrongState)
            }
        }
    }

    fn transfer_to_queue(&mut self, by: &Actor, number: CaseNo, queue: &QueueId) -> Outcome {
        let Some(to) = self.state.book.open_queue(queue) else { return Err(Code::NotFound) };
        let holder = self.case(number).holder();
        self.given_on(by, number);
        if let Some(desk) = holder {
            let until = self.state.book.firm.offer.back_off.other.map(|span| self.now + span);
            let (case, agent) = (self.case_id(number), self.agent_id(desk));
            self.emit(Event::Excluded(Excluded { case, agent, until, cause: Cause::Transferred }));
        }
        self.requeue(number, self.queue_id(to), Cause::Transferred);
        Ok(())
    }

    /// Notes that a case is given on, and tells the lead when it was too often.
    pub(crate) fn given_on(&mut self, by: &Actor, number: CaseNo) {
        self.end_offer(number, OfferState::Rescinded, Cause::Transferred);
        let case = self.case_id(number);
        self.emit(Event::Transferred(Transferred { case, by: by.agent.clone() }));
        if self.case(number).transfers == self.state.book.firm.ownership.max_transfers {
            let lead = self.responsible_for(number);
            self.tell(case, lead, ToldWhy::Transfers);
        }
    }

    /// Lets a case wait for anybody of a queue; its age stays, and a time always runs.
    pub(crate) fn requeue(&mut self, number: CaseNo, queue: QueueId, cause: Cause) {
        let case = self.case_id(number);
        if self.case(number).clock.is_none() {
            self.emit(Event::Clocked(Clocked { case, since: self.now }));
        }
        let queued = contract::journal::Queued { case, queue, stage: Stage::Open, alone: None, cause };
        self.emit(Event::Queued(queued));
    }

    fn transfer_to_agent(&mut self, by: &Actor, number: CaseNo, agent: &AgentId) -> Outcome {
        let desk = self.find_desk(agent)?;
        let holder = self.case(number).holder();
        if holder == Some(desk) || self.case(number).bars(desk) {
            return Err(Code::WrongState);
        }
        if !self.state.desks[desk].ready() {
            return Err(Code::WrongState);
        }
        if !self.fits(number, self.state.room(desk)) {
            return Err(Code::OverCapacity);
        }
        self.given_on(by, number);
        if self.case(number).clock.is_none() {
            let case = self.case_id(number);
            self.emit(Event::Clocked(Clocked { case, since: self.now }));
        }
        self.offer(number, desk, Choice::Transfer, &Found::default());
        Ok(())
    }

    pub(crate) fn pend(&mut self, by: &Actor, case: CaseId, until: Option<Timestamp>) -> Outcome {
        let number = self.held(by, case)?;
        let until = until.unwrap_or(self.now + PEND_FOR);
        if until <= self.now || until.since(self.now) > AHEAD_MAX {
            return Err(Code::Invalid);
        }
        self.end_promises(number, &[PromiseKind::Followup], contract::PromiseState::Dropped, Cause::Pended);
        self.promise(number, PromiseKind::Followup, until, false);
        self.emit(Event::Pended(Pended { case, until }));
        Ok(())
    }

    pub(crate) fn close(&mut self, by: &Actor, case: CaseId, outcome: Ending) -> Outcome {
        let waits = self.find(case).is_ok_and(|number| self.case(number).queues());
        if waits && leads(by) {
            let number = self.find(case)?;
            self.end_offer(number, OfferState::Rescinded, Cause::Closed);
            self.closing_promises(number, outcome);
            self.emit(Event::Closed(Closed { case, outcome, cause: Cause::Closed }));
            return Ok(());
        }
        let number = self.held(by, case)?;
        self.closing_promises(number, outcome);
        let wrap_up = self.state.book.queues[self.case(number).queue].wrap_up;
        if wrap_up > Millis::ZERO {
            self.emit(Event::WrappedUp(WrappedUp { case, outcome, until: self.now + wrap_up }));
        } else {
            self.emit(Event::Closed(Closed { case, outcome, cause: Cause::Closed }));
        }
        Ok(())
    }

    pub(crate) fn done(&mut self, by: &Actor, case: CaseId) -> Outcome {
        let number = self.find(case)?;
        let Phase::WrapUp { desk, outcome, .. } = self.case(number).phase else {
            let his = self.desk_of(by).is_some_and(|desk| self.case(number).owner_desk == Some(desk));
            return Err(if his || leads(by) { Code::WrongState } else { Code::NotYours });
        };
        if self.desk_of(by) != Some(desk) && !leads(by) {
            return Err(Code::NotYours);
        }
        self.emit(Event::Closed(Closed { case, outcome, cause: Cause::Done }));
        Ok(())
    }

    pub(crate) fn recuse_verb(&mut self, by: &Actor, case: CaseId, agent: &AgentId) -> Outcome {
        let number = if leads(by) { self.find(case)? } else { self.held(by, case)? };
        self.find_desk(agent)?;
        if self.case(number).closed() {
            return Err(Code::WrongState);
        }
        self.recuse(number, agent);
        Ok(())
    }

    pub(crate) fn rekind(&mut self, by: &Actor, case: CaseId, kind: Kind, queue: Option<&QueueId>) -> Outcome {
        let number = if leads(by) { self.live(case)? } else { self.held(by, case)? };
        let book = &self.state.book;
        let to = match queue {
            Some(queue) => book.open_queue(queue).ok_or(Code::NotFound)?,
            None => {
                let own = self.case(number).queue;
                let stays = book.queues[own].open && book.queues[own].kinds.contains(&kind);
                if stays { own } else { book.queue_for(kind).unwrap_or(own) }
            }
        };
        let now = self.case(number);
        let rekinded = Rekinded {
            case,
            kind,
            queue: self.queue_id(to),
            target: book.target(to, now.channel, kind, now.class),
            rungs: book.rungs(to, now.channel, kind, now.class),
            since: None,
            skills: now.skills.clone(),
        };
        let owner = self.case(number).owner_desk;
        self.end_offer(number, OfferState::Rescinded, Cause::Rekinded);
        self.emit(Event::Rekinded(Box::new(rekinded)));
        if owner.is_none() {
            let lead = self.responsible_for(number);
            self.own(case, lead, false, Cause::Rekinded);
        }
        self.say_receipt(number);
        Ok(())
    }

    pub(crate) fn assign(&mut self, by: &Actor, case: CaseId, agent: &AgentId) -> Outcome {
        let number = self.find(case)?;
        if !leads(by) {
            return Err(Code::NotYours);
        }
        let desk = self.find_desk(agent)?;
        let (holder, excluded) = (self.case(number).holder(), self.case(number).bars(desk));
        let offered = self.case(number).offer().is_some();
        let ended = matches!(self.case(number).phase, Phase::WrapUp { .. } | Phase::Closed { .. });
        if ended || excluded || (holder == Some(desk) && !offered) || !self.state.desks[desk].ready() {
            return Err(Code::WrongState);
        }
        if holder != Some(desk) && !self.fits(number, self.state.room(desk)) {
            return Err(Code::OverCapacity);
        }
        self.put_before(number, desk, Cause::Assigned);
        Ok(())
    }

    pub(crate) fn raise(&mut self, by: &Actor, case: CaseId) -> Outcome {
        let number = self.find(case)?;
        if !leads(by) {
            return Err(Code::NotYours);
        }
        if self.case(number).closed() {
            return Err(Code::WrongState);
        }
        if self.case(number).priority == Priority::Normal {
            self.emit(Event::Raised(case));
        }
        Ok(())
    }

    /// Marks the client as upset; the shift leader hears of it once.
    pub(crate) fn upset(&mut self, by: &Actor, case: CaseId) -> Outcome {
        let number = self.find(case)?;
        self.his(by, number)?;
        if self.case(number).closed() {
            return Err(Code::WrongState);
        }
        if !self.case(number).marks.contains(&Mark::Upset) {
            self.emit(Event::Marked(Marked { case, mark: Mark::Upset }));
            let leader = self.level(number, 1);
            self.tell(case, leader, ToldWhy::Upset);
        }
        Ok(())
    }

    pub(crate) fn note_verb(&mut self, by: &Actor, case: CaseId) -> Outcome {
        let number = self.find(case)?;
        self.his(by, number)?;
        self.emit(Event::Noted(case));
        Ok(())
    }
}
