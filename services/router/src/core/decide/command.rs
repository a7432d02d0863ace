//! A command: may he, and is it possible now? What was decided, refusals included, is an
//! event.

use contract::{
    AgentId, CaseId, Role,
    command::{Actor, Verb},
    journal::{CommandFacts, Decided, Event},
    problem::Code,
};

use super::Decision;
use crate::core::{
    arena::{CaseNo, DeskNo},
    case::Phase,
};

/// What became of a command.
pub(crate) type Outcome = Result<(), Code>;

impl Decision<'_> {
    /// Decides a command and notes its outcome.
    pub(crate) fn command(&mut self, facts: &CommandFacts) {
        let problem = self.obey(facts).err();
        let decided = Decided { input: self.input, digest: facts.digest.clone(), problem };
        self.emit(Event::Decided(decided));
    }

    fn obey(&mut self, facts: &CommandFacts) -> Outcome {
        let by = &facts.by;
        match &facts.verb {
            Verb::Ready(agent) => self.ready(by, agent),
            Verb::Away(agent, reason) => self.away(by, agent, reason),
            Verb::OffersShown(offers) => self.shown(offers),
            Verb::Accept(offer) => self.accept(by, *offer),
            Verb::Decline(offer, reason) => self.decline(by, *offer, *reason),
            Verb::Reply(case, delivery) => self.reply(by, *case, *delivery, facts.way_back),
            Verb::Transfer(case, to) => self.transfer(by, *case, to),
            Verb::Callback(case, at) => self.callback(by, *case, *at),
            Verb::Keep(promise) => self.keep(by, *promise),
            Verb::Tried(promise) => self.tried(by, *promise),
            Verb::Drop(promise) => self.drop_promise(by, *promise),
            Verb::Pend(case, until) => self.pend(by, *case, *until),
            Verb::Close(case, outcome) => self.close(by, *case, *outcome),
            Verb::Done(case) => self.done(by, *case),
            Verb::Recuse(case, agent) => self.recuse_verb(by, *case, agent),
            Verb::Rekind(case, kind, queue) => self.rekind(by, *case, *kind, queue.as_ref()),
            Verb::Assign(case, agent) => self.assign(by, *case, agent),
            Verb::Raise(case) => self.raise(by, *case),
            Verb::Note(case) => self.note_verb(by, *case),
            Verb::Upset(case) => self.upset(by, *case),
            Verb::Dialect(case, language) => self.dialect(by, *case, language),
            Verb::MoveIn(moved) => self.move_in(moved),
            Verb::MoveDone(case, moves) => self.move_done(*case, *moves),
        }
    }

    /// Finds a case by id; one that leaves takes no commands here, one that left is another's.
    pub(crate) fn find(&self, case: CaseId) -> Result<CaseNo, Code> {
        match self.state.case_no(case) {
            Some(number) if self.case(number).moving() => Err(Code::WrongState),
            Some(number) => Ok(number),
            None if self.state.away.contains_key(&case) => Err(Code::NotYours),
            None => Err(Code::NotFound),
        }
    }

    /// Finds an agent of the branch.
    pub(crate) fn find_desk(&self, agent: &AgentId) -> Result<DeskNo, Code> {
        self.state.employed(agent).ok_or(Code::NotFound)
    }

    /// Gives the actor's desk.
    pub(crate) fn desk_of(&self, by: &Actor) -> Option<DeskNo> {
        by.agent.as_ref().and_then(|agent| self.state.desk_no(agent))
    }

    /// Refuses who neither answers for a case nor has it before him, unless he leads.
    pub(crate) fn his(&self, by: &Actor, case: CaseNo) -> Outcome {
        let (desk, case) = (self.desk_of(by), self.case(case));
        let his = desk.is_some() && (case.owner_desk == desk || case.holder() == desk);
        if his || leads(by) { Ok(()) } else { Err(Code::NotYours) }
    }

    /// Finds a case that the actor works on, or may because he leads.
    pub(crate) fn held(&self, by: &Actor, case: CaseId) -> Result<CaseNo, Code> {
        let number = self.find(case)?;
        let desk = self.desk_of(by);
        let case = self.case(number);
        let active = matches!(case.phase, Phase::Active { .. });
        let his = match case.phase {
            Phase::Active { desk: holder, .. } | Phase::WrapUp { desk: holder, .. } => Some(holder) == desk,
            Phase::Waiting { .. }
            | Phase::Offered { .. }
            | Phase::Pending { .. }
            | Phase::Moving
            | Phase::Closed { .. } => desk.is_some() && case.owner_desk == desk,
        };
        if !his && !leads(by) {
            return Err(Code::NotYours);
        }
        if active { Ok(number) } else { Err(Code::WrongState) }
    }
}

/// Says whether an actor may act on everybody's cases.
pub(crate) const fn leads(by: &Actor) -> bool {
    matches!(by.role, Role::Supervisor | Role::Admin)
}
