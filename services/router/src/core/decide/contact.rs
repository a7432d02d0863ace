//! A contact comes in: which matter it belongs to, and what that sets going.

use contract::{
    AgentId, CaseId, Cause, Joining, Kind, Priority, SkillId, Stage, Timestamp,
    inbound::Matter,
    journal::{CaseOpened, Clocked, ContactFacts, ContactTaken, Event, Excluded, Took},
};

use super::{Decision, elsewhere::linked_elsewhere, told::count_from};
use crate::core::{
    arena::{CaseNo, DeskNo, QueueNo},
    case::{Case, Phase},
};

/// Where a contact belongs, as far as this branch's own cases say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Belongs {
    /// To a case the State holds.
    To(CaseNo),
    /// To a matter of its own, linked to an earlier one or not.
    Own(Option<CaseId>),
}

impl Decision<'_> {
    /// Takes a written contact, a menu choice, a walk-in.
    pub(crate) fn contact(&mut self, facts: &ContactFacts) {
        let apart = facts.matter == Matter::Automatic || facts.kind == Kind::Subscription;
        if apart {
            self.take(facts, None, Joining::Apart);
            return;
        }
        let here = self.belongs(facts);
        if let Some(matter) = self.forwards_to(facts, here) {
            self.forward(facts, &matter);
            return;
        }
        let number = self.settle_in(here, facts, count_from(facts));
        if let Matter::Counter(agent) = &facts.matter {
            self.counter(number, agent);
        }
    }

    /// Notes a contact.
    pub(crate) fn take(&mut self, facts: &ContactFacts, case: Option<CaseId>, joining: Joining) {
        self.emit(Event::ContactTaken(Box::new(ContactTaken {
            contact: facts.contact,
            input: self.input,
            case,
            client: facts.client,
            kind: facts.kind,
            channel: facts.channel,
            account: facts.account.clone(),
            answerable: facts.answerable,
            joining,
            asks: facts.asks.clone(),
        })));
    }

    /// Finds or opens the matter of a contact and lets it go on there.
    pub(crate) fn join_or_open(&mut self, facts: &ContactFacts, since: Timestamp) -> CaseNo {
        let here = self.belongs(facts);
        self.settle_in(here, facts, since)
    }

    fn settle_in(&mut self, here: Belongs, facts: &ContactFacts, since: Timestamp) -> CaseNo {
        match here {
            Belongs::To(number) => {
                self.join(number, facts, since);
                number
            }
            Belongs::Own(linked) => self.open(facts, facts.kind, since, linked),
        }
    }

    /// Says where a contact belongs: its thread, else the latest open matter of the same kind,
    /// else one closed within a day. A complaint or report never joins what somebody already
    /// works on, unless it answers in its own thread.
    fn belongs(&self, facts: &ContactFacts) -> Belongs {
        let grave = grave(facts.kind);
        let live = |number: &CaseNo| {
            let case = self.case(*number);
            !case.moving() && (!case.closed() || case.reopens(self.now))
        };
        let thread = facts.thread.and_then(|id| self.state.case_no(id)).filter(live);
        if let Some(number) = thread
            && (!grave || self.case(number).kind == facts.kind)
        {
            return Belongs::To(number);
        }
        let mine = || self.state.cases_of(facts.client).filter(|(_, case)| case.kind == facts.kind);
        if grave {
            let untouched = mine().find(|(_, case)| case.owner_desk.is_none() && case.queues());
            let on = untouched.map(|(number, _)| Belongs::To(number));
            return on.unwrap_or_else(|| Belongs::Own(self.beside(facts).or_else(|| linked_elsewhere(facts))));
        }
        let open = mine().find(|(_, case)| !case.closed()).or_else(|| mine().find(|(_, case)| case.reopens(self.now)));
        if let Some((number, _)) = open {
            return Belongs::To(number);
        }
        let held = mine().find(|(_, case)| case.handled_at().is_some()).map(|(_, case)| case.id);
        let past = facts.client.and_then(|client| self.state.links.get(&(client, facts.kind)));
        let linked = facts.thread.or(held).or_else(|| past.map(|(case, _)| *case));
        Belongs::Own(linked.or_else(|| linked_elsewhere(facts)))
    }

    /// Finds the open case that a complaint came in on: its thread's, else the client's latest
    /// on the same account of the same channel.
    fn came_in_on(&self, facts: &ContactFacts) -> Option<CaseNo> {
        let thread = facts.thread.and_then(|id| self.state.case_no(id));
        let same =
            |case: &Case| !case.closed() && case.last.channel == facts.channel && case.last.account == facts.account;
        thread.or_else(|| self.state.chain_of(facts.client).find(|(_, case)| same(case)).map(|(number, _)| number))
    }

    /// Finds what a complaint is linked to: what it came in on, else the client's latest open
    /// matter.
    fn beside(&self, facts: &ContactFacts) -> Option<CaseId> {
        let open = || self.state.chain_of(facts.client).find(|(_, case)| !case.closed()).map(|(number, _)| number);
        self.came_in_on(facts).or_else(open).map(|number| self.case_id(number))
    }

    fn join(&mut self, number: CaseNo, facts: &ContactFacts, since: Timestamp) {
        let case = self.case(number);
        let (id, normal) = (case.id, case.priority == Priority::Normal);
        let (phase, idle) = (case.phase, case.clock.is_none());
        let joining = if case.closed() { Joining::Reopened } else { Joining::Joined };
        self.take(facts, Some(id), joining);
        if grave(facts.kind) {
            for agent in &facts.named {
                self.recuse(number, agent);
            }
        }
        if normal && facts.priority == Priority::First {
            self.emit(Event::Raised(id));
        }
        if idle && !matches!(phase, Phase::Waiting { .. } | Phase::Offered { .. }) {
            self.emit(Event::Clocked(Clocked { case: id, since }));
        }
        match phase {
            Phase::Waiting { .. } | Phase::Offered { .. } | Phase::Active { .. } | Phase::Moving => {}
            Phase::WrapUp { .. } => self.emit(Event::Reactivated(id)),
            Phase::Pending { .. } | Phase::Closed { .. } => self.queue(number, Cause::Contact),
        }
    }

    /// Opens a matter in the queue that the classifier chose.
    pub(crate) fn open(
        &mut self,
        facts: &ContactFacts,
        kind: Kind,
        since: Timestamp,
        linked: Option<CaseId>,
    ) -> CaseNo {
        let chosen = self.state.book.open_queue(&facts.queue).or_else(|| self.state.book.queue_for(kind));
        let queue = chosen.unwrap_or_else(|| self.state.book.queue(&facts.queue));
        self.state.grow();
        self.open_in(facts, (kind, queue), since, linked, &[])
    }

    /// Opens a matter in a queue, asking for skills besides the classifier's.
    pub(crate) fn open_in(
        &mut self,
        facts: &ContactFacts,
        (kind, queue): (Kind, QueueNo),
        since: Timestamp,
        linked: Option<CaseId>,
        besides: &[(SkillId, u8)],
    ) -> CaseNo {
        let recused = self.recused_from(facts, kind);
        let book = &self.state.book;
        let target = book.target(queue, facts.channel, kind, facts.class);
        let case = CaseId::new(self.next_id());
        let joining = if linked.is_some() { Joining::Linked } else { Joining::Opened };
        let book = &self.state.book;
        let opened = CaseOpened {
            case,
            kind,
            queue: self.queue_id(queue),
            priority: facts.priority,
            channel: facts.channel,
            account: facts.account.clone(),
            client: facts.client,
            class: facts.class,
            manager: facts.manager.clone(),
            owner: self.responsible(queue, &recused),
            skills: united(&facts.skills, besides),
            recused,
            linked,
            since,
            target,
            rungs: book.rungs(queue, facts.channel, kind, facts.class),
            rules: facts.rules.clone(),
        };
        self.emit(Event::CaseOpened(Box::new(opened)));
        self.take(facts, Some(case), joining);
        let number = self.state.case_no(case).expect("opened just before");
        self.say_receipt(number);
        let (stage, alone) = self.stage_after(number, None);
        if stage != Stage::Open {
            self.queue_at(number, stage, alone, Cause::Opened);
        }
        number
    }

    /// Gives who must not get a new matter: in a complaint or report the agent and the owner
    /// of the case it came in on and whoever is named; the account manager where somebody
    /// independent has to ask.
    fn recused_from(&self, facts: &ContactFacts, kind: Kind) -> Vec<AgentId> {
        let mut recused = if grave(kind) { facts.named.clone() } else { Vec::new() };
        if grave(kind)
            && let Some(case) = self.came_in_on(facts)
        {
            let case = self.case(case);
            recused.extend([case.holder(), case.owner_desk].into_iter().flatten().map(|desk| self.agent_id(desk)));
        }
        if matches!(kind, Kind::Followup | Kind::Survey) {
            recused.extend(facts.manager.clone());
        }
        recused.sort();
        recused.dedup();
        recused
    }

    /// Excludes an agent from a case for good.
    pub(crate) fn recuse(&mut self, number: CaseNo, agent: &AgentId) {
        let case = self.case_id(number);
        self.emit(Event::Excluded(Excluded { case, agent: agent.clone(), until: None, cause: Cause::Recused }));
        let Some(desk) = self.state.desk_no(agent) else { return };
        let case = self.case(number);
        let (held, owns) = (case.holder() == Some(desk), case.owner_desk == Some(desk));
        let alone = matches!(case.phase, Phase::Waiting { alone: Some((one, _)), .. } if one == desk);
        if owns || case.owner.as_str() == agent.as_str() {
            let (id, queue, recused) = (case.id, case.queue, self.recused(case));
            let owner = self.responsible(queue, &recused);
            self.own(id, owner, false, Cause::Recused);
        }
        if self.case(number).offer().is_some_and(|offer| offer.desk == desk) {
            self.end_offer(number, contract::OfferState::Rescinded, Cause::Recused);
        } else if held || alone {
            let id = self.case_id(number);
            if self.case(number).clock.is_none() {
                self.emit(Event::Clocked(Clocked { case: id, since: self.now }));
            }
            self.queue_at(number, Stage::Open, None, Cause::Recused);
        }
    }

    /// Gives a walk-in to the agent who registered it; he is answered there and then, whatever
    /// channel the matter came by.
    fn counter(&mut self, number: CaseNo, agent: &AgentId) {
        let Some(desk) = self.state.employed(agent) else { return };
        let case = self.case(number);
        if case.excludes(desk, self.now) {
            return;
        }
        let id = case.id;
        if case.holder() != Some(desk) || case.offer().is_some() {
            if case.clock.is_none() && case.queues() {
                self.emit(Event::Clocked(Clocked { case: id, since: self.now }));
            }
            self.put_before(number, desk, Cause::Counter);
        }
        self.answer(id, number, self.now);
    }

    /// Puts a case before an agent at once, whatever he holds; open offers that no longer fit
    /// go back.
    pub(crate) fn put_before(&mut self, number: CaseNo, desk: DeskNo, cause: Cause) {
        let offered = self.case(number).offer();
        if offered.is_some_and(|offer| offer.desk == desk) {
            self.end_offer(number, contract::OfferState::Accepted, cause);
        } else {
            self.end_offer(number, contract::OfferState::Rescinded, cause);
            let (case, agent) = (self.case_id(number), self.agent_id(desk));
            self.emit(Event::Took(Took { case, agent, cause }));
        }
        self.taken(number, desk, cause);
        let full = self.state.desks[desk].used > self.state.desks[desk].units;
        if full {
            self.withdraw(desk, Cause::OverCapacity);
        }
    }
}

/// Says whether a contact is against somebody of the firm.
pub(crate) const fn grave(kind: Kind) -> bool {
    matches!(kind, Kind::Complaint | Kind::Report)
}

/// Unites two lists of skills at the highest level, in order.
pub(crate) fn united(one: &[(SkillId, u8)], other: &[(SkillId, u8)]) -> Vec<(SkillId, u8)> {
    let mut all: Vec<(SkillId, u8)> = one.to_vec();
    for (skill, level) in other {
        match all.iter_mut().find(|(known, _)| known == skill) {
            Some((_, most)) => *most = (*most).max(*level),
            None => all.push((skill.clone(), *level)),
        }
    }
    all
}
