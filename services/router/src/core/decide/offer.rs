//! Matching: who gets what, and why he.
//!
//! In: cases and agents that a decision touched. Out: offers, until no waiting case faces a
//! free agent who may take it. The work does not grow with the backlog.

use contract::{
    AgentState, CaseId, Cause, ChannelKind, Choice, OfferId, OfferState, SkillId, Stage, Timestamp,
    journal::{AgentSet, Answered, Candidate, Event, OfferEnded, Offered, Queued, Reason, ToldWhy, Who},
};

use super::Decision;
use crate::core::{
    arena::{CaseNo, DeskNo},
    case::{Case, Phase},
    pool::Found,
};

impl Decision<'_> {
    /// Offers until nothing more can be offered. Agents first: each takes what comes first
    /// of all that waits, the cases of this decision among them.
    pub(crate) fn match_all(&mut self) {
        loop {
            while let Some(desk) = self.state.eager_desks.pop_front() {
                self.serve_desk(desk);
            }
            match self.state.eager_cases.len() {
                0 => break,
                1 => self.serve_one(),
                _ => self.serve_several(),
            }
        }
        self.state.settle();
    }

    fn serve_one(&mut self) {
        let Some(case) = self.state.eager_cases.pop() else { return };
        if self.state.cases.live(case).is_some_and(waits) {
            self.serve_case(case);
        }
    }

    fn serve_several(&mut self) {
        let mut cases = std::mem::take(&mut self.state.eager_cases);
        cases.retain(|case| self.state.cases.live(*case).is_some_and(waits));
        cases.sort_by_key(|case| self.case(*case).order());
        for case in cases {
            self.serve_case(case);
        }
    }

    /// Gives an agent all he has room for.
    fn serve_desk(&mut self, desk: DeskNo) {
        loop {
            let room = self.state.room(desk);
            if room == 0 {
                return;
            }
            self.state.settle_cases();
            let Some((number, choice)) = self.first_for(desk, room) else { return };
            self.offer(number, desk, choice, &Found::default());
        }
    }

    /// Finds the first case for an agent: of those that wait for him alone and of those that
    /// wait for anybody.
    fn first_for(&self, number: DeskNo, room: u8) -> Option<(CaseNo, Choice)> {
        let desk = &self.state.desks[number];
        let own = desk.own.iter().find(|(_, case)| self.fits(*case, room)).copied();
        let may = |case: CaseNo| !self.case(case).excludes(number, self.now);
        let open = self.state.pool.case_for(desk, room, may);
        let (_, case) = [own, open].into_iter().flatten().min()?;
        let choice = self.case(case).stage().map_or(Choice::NextCase, choice_at);
        Some((case, choice))
    }

    /// Says whether a case fits into a room.
    pub(crate) fn fits(&self, case: CaseNo, room: u8) -> bool {
        let book = &self.state.book;
        room >= book.step(book.weight(self.case(case).channel))
    }

    /// Finds an agent for a waiting case.
    fn serve_case(&mut self, number: CaseNo) {
        let Phase::Waiting { alone, stage, .. } = self.case(number).phase else { return };
        if let Some((desk, _)) = alone {
            if self.fits(number, self.state.room(desk)) {
                self.offer(number, desk, choice_at(stage), &Found::default());
            }
            return;
        }
        let found = self.found_for(number);
        if let Some((_, _, desk)) = found.best().next() {
            self.offer(number, desk, Choice::BestAgent, &found);
        }
    }

    /// Puts a case whose offer was missed before somebody who was free all along. Whoever this
    /// decision freed takes what comes first of all that waits, which may be another case.
    fn serve_elsewhere(&mut self, number: CaseNo) {
        let Phase::Waiting { alone: None, .. } = self.case(number).phase else { return };
        let found = self.found_for(number);
        let was_free = |desk: &DeskNo| !self.state.eager_desks.contains(desk);
        if let Some(desk) = found.best().map(|(_, _, desk)| desk).find(was_free) {
            self.offer(number, desk, Choice::BestAgent, &found);
        }
    }

    fn found_for(&mut self, number: CaseNo) -> Found {
        let want = self.state.want_of(number);
        self.state.settle_desks();
        self.state.pool.agents_for(want, self.case(number), self.now)
    }

    /// Puts a case before an agent.
    pub(crate) fn offer(&mut self, number: CaseNo, desk: DeskNo, choice: Choice, found: &Found) {
        let reason = self.reason(number, desk, choice, found);
        let offer = OfferId::new(self.next_id());
        let case = self.case(number);
        let expires_at = self.now + self.state.book.accept_within(case.channel);
        let offered = Offered { offer, case: case.id, agent: self.agent_id(desk), expires_at, reason };
        self.emit(Event::Offered(Box::new(offered)));
    }

    fn reason(&mut self, number: CaseNo, desk: DeskNo, choice: Choice, found: &Found) -> Reason {
        let count = |many: usize| u32::try_from(many).unwrap_or(u32::MAX);
        let want = self.state.want_of(number);
        let case = self.case(number);
        let roster = &self.state.pool.rosters[case.queue];
        let mut reason = Reason::new(choice, self.state.book.version);
        reason.candidates = found.candidates.max(1);
        reason.away = count(roster.members.len()).saturating_sub(roster.ready);
        reason.busy = roster.ready.saturating_sub(roster.free);
        reason.unskilled = self.state.pool.unskilled(want);
        reason.excluded = count(case.excluded.len());
        reason.waiting = count(self.state.tallies[case.queue].line.len());
        reason.slack = case.clock.map(|clock| clock.due_at().since(self.now));
        let candidate = |shortfall: u32, rested: Timestamp, desk: DeskNo| Candidate {
            agent: self.agent_id(desk),
            shortfall,
            idle: self.now.since(rested),
        };
        let chosen = found.best().find(|(_, _, one)| *one == desk);
        let (shortfall, rested, _) = chosen.unwrap_or((0, self.state.desks[desk].rested, desk));
        let others = found.best().filter(|(_, _, one)| *one != desk);
        let mut best = Vec::with_capacity(found.best().count().max(1));
        best.push(candidate(shortfall, rested, desk));
        best.extend(others.map(|(shortfall, rested, desk)| candidate(shortfall, rested, desk)));
        reason.with_best(best)
    }

    /// Gives for whom a case waits first: its owner if he is there, then the client's account
    /// manager if he is, then anybody.
    pub(crate) fn stage_after(&self, number: CaseNo, after: Option<Stage>) -> (Stage, Option<(DeskNo, Timestamp)>) {
        let case = self.case(number);
        let policy = &self.state.book.firm.ownership;
        let present = |desk: &DeskNo| {
            self.state.desks[*desk].ready() && !case.excludes(*desk, self.now) && self.qualified(*desk, case)
        };
        if after.is_none()
            && let Some(owner) = case.owner_desk.filter(present)
        {
            return (Stage::Owner, Some((owner, self.now + policy.owner_grace)));
        }
        if after != Some(Stage::Manager)
            && let Some(manager) = case.manager.filter(present).filter(|desk| Some(*desk) != case.owner_desk)
        {
            return (Stage::Manager, Some((manager, self.now + policy.manager_grace)));
        }
        (Stage::Open, None)
    }

    /// Says whether an agent has the qualifications that no waiting lowers, and the language of
    /// a client whom nobody understood.
    pub(crate) fn qualified(&self, desk: DeskNo, case: &Case) -> bool {
        let firm = &self.state.book.firm;
        let binds = |skill: &SkillId| firm.hard_skills.contains(skill) || case.language.as_ref() == Some(skill);
        case.skills.iter().filter(|(skill, _)| binds(skill)).all(|(skill, level)| {
            let known = self.state.book.known_skill(skill);
            known.is_some_and(|skill| self.state.desks[desk].level(skill) >= *level)
        })
    }

    /// Lets a case wait, its owner first.
    pub(crate) fn queue(&mut self, number: CaseNo, cause: Cause) {
        let (stage, alone) = self.stage_after(number, None);
        self.queue_at(number, stage, alone, cause);
        let case = self.case(number);
        let away = case.owner_desk.is_some() && stage != Stage::Owner;
        if away && matches!(cause, Cause::Contact | Cause::Due) {
            let (id, owner) = (case.id, case.owner.clone());
            self.tell(id, owner, ToldWhy::OwnerBusy);
        }
    }

    /// Lets a case wait for somebody.
    pub(crate) fn queue_at(&mut self, number: CaseNo, stage: Stage, alone: Option<(DeskNo, Timestamp)>, cause: Cause) {
        let case = self.case(number);
        let alone = alone.map(|(desk, until)| (self.agent_id(desk), until));
        let queue = self.queue_id(case.queue);
        self.emit(Event::Queued(Queued { case: case.id, queue, stage, alone, cause }));
    }

    /// Ends the open offer of a case, if it has one.
    pub(crate) fn end_offer(&mut self, number: CaseNo, state: OfferState, cause: Cause) {
        self.end_offer_saying(number, state, cause, None);
    }

    /// Ends the open offer of a case with the agent's own word for it.
    pub(crate) fn end_offer_saying(
        &mut self,
        number: CaseNo,
        state: OfferState,
        cause: Cause,
        reason: Option<contract::DeclineReason>,
    ) {
        let case = self.case(number);
        let Some(offer) = case.offer() else { return };
        let ended = OfferEnded {
            offer: offer.id,
            case: case.id,
            agent: self.agent_id(offer.desk),
            made_at: offer.made_at,
            expires_at: offer.expires_at,
            state,
            cause,
            reason,
        };
        self.emit(Event::OfferEnded(ended));
    }

    /// Ends an offer that nobody answered in time; one that reached a screen is a miss.
    pub(crate) fn time_out(&mut self, number: CaseNo) {
        let Some(offer) = self.case(number).offer() else { return };
        let cause = if offer.shown { Cause::TimedOut } else { Cause::NotShown };
        self.end_offer(number, OfferState::TimedOut, cause);
        let misses = self.state.desks[offer.desk].misses;
        if offer.shown && misses >= self.state.book.firm.offer.misses_until_away {
            self.set_away(offer.desk, Some(Cause::MissedOffers.as_str().to_owned()), Cause::MissedOffers);
        }
        self.serve_elsewhere(number);
    }

    /// Takes an agent from the desk: open offers go back, what waits for him alone no longer
    /// does; what he holds stays his.
    pub(crate) fn set_away(&mut self, desk: DeskNo, reason: Option<String>, cause: Cause) {
        self.emit(Event::AgentSet(AgentSet { agent: self.agent_id(desk), state: AgentState::Away, reason }));
        self.withdraw(desk, if cause == Cause::MissedOffers { Cause::MissedOffers } else { Cause::Away });
        self.release_own(desk);
    }

    /// Takes back the open offers of an agent.
    pub(crate) fn withdraw(&mut self, desk: DeskNo, cause: Cause) {
        for number in self.state.desks[desk].cases.clone() {
            if self.case(number).offer().is_some() {
                self.end_offer(number, OfferState::Rescinded, cause);
            }
        }
    }

    /// Lets what waits for an agent alone wait for the next.
    pub(crate) fn release_own(&mut self, desk: DeskNo) {
        self.state.settle();
        let own: Vec<CaseNo> = self.state.desks[desk].own.iter().map(|(_, case)| *case).collect();
        for number in own {
            let Phase::Waiting { stage, .. } = self.case(number).phase else { continue };
            let (next, alone) = self.stage_after(number, Some(stage));
            self.queue_at(number, next, alone, Cause::Away);
        }
    }

    /// Notes that an agent has a case before him: who took it first owns it, and for calls
    /// and walk-ins this is the answer. Who wrote since then is owed a word in writing.
    pub(crate) fn taken(&mut self, number: CaseNo, desk: DeskNo, cause: Cause) {
        let case = self.case(number);
        let (id, channel) = (case.id, case.last.channel);
        if case.owner_desk.is_none() {
            let owner = Who::from(&self.state.desks[desk].id);
            self.own(id, owner, true, cause);
        }
        if matches!(channel, ChannelKind::Phone | ChannelKind::Counter) {
            self.answer(id, number, self.now);
        }
    }

    /// Notes that the promised response was given.
    pub(crate) fn answer(&mut self, case: CaseId, number: CaseNo, at: Timestamp) {
        let Some(clock) = self.case(number).clock else { return };
        let on_time = at <= clock.due_at();
        self.emit(Event::Answered(Answered { case, at, on_time }));
    }
}

const fn choice_at(stage: Stage) -> Choice {
    match stage {
        Stage::Owner => Choice::Owner,
        Stage::Manager => Choice::Manager,
        Stage::Open => Choice::NextCase,
    }
}

const fn waits(case: &Case) -> bool {
    matches!(case.phase, Phase::Waiting { .. })
}
