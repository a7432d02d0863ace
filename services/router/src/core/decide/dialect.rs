//! A client whom nobody understands: a speaker at once, or a call-back by one.
//!
//! In: a case and the language that its client speaks. Out: an offer to a speaker who is free,
//! whatever queue of the branch he serves; else a call-back that waits for one and is offered
//! to nobody else. Who took the matter keeps it. Never here: another branch.

use contract::{
    CaseId, Cause, Choice, Kind, PromiseKind, QueueId, SkillId, Stage, Timestamp,
    command::Actor,
    journal::{Clocked, Event, Excluded, LanguageSet, Queued, Rekinded, TargetSet, ToldWhy},
    problem::Code,
};

use super::{
    Decision,
    command::{Outcome, leads},
};
use crate::core::{
    arena::{CaseNo, DeskNo, QueueNo},
    pool::Found,
};

/// How a speaker ranks: of the case's own queue first, then the least short of what else is
/// asked for, then the longest idle.
type Rank = (bool, u32, Timestamp, DeskNo);

impl Decision<'_> {
    pub(crate) fn dialect(&mut self, by: &Actor, case: CaseId, language: &SkillId) -> Outcome {
        let number = if leads(by) { self.live(case)? } else { self.held(by, case)? };
        if !self.state.book.firm.languages.contains(language) {
            return Err(Code::Invalid);
        }
        self.ask_for(number, language);
        self.end_offer(number, contract::OfferState::Rescinded, Cause::Dialect);
        self.excuse_holder(number);
        let speakers = self.speakers(number);
        let free = speakers.iter().find(|(.., desk)| self.fits(number, self.state.room(*desk)));
        match (free, speakers.first()) {
            (Some((.., desk)), _) => self.offer_to_speaker(number, *desk),
            (None, Some((.., desk))) => self.call_back_by(number, self.desk_queue(number, *desk)),
            (None, None) => {
                self.call_back_by(number, self.case(number).queue);
                let leader = self.level(number, 1);
                self.tell(case, leader, ToldWhy::NoSpeaker);
            }
        }
        Ok(())
    }

    /// Lets a case ask for anybody who speaks a language, however well, instead of one that was
    /// asked for before.
    fn ask_for(&mut self, number: CaseNo, language: &SkillId) {
        let case = self.case(number);
        if case.language.as_ref() == Some(language) {
            return;
        }
        let others = |skill: &SkillId| skill != language && case.language.as_ref() != Some(skill);
        let mut skills: Vec<_> = case.skills.iter().filter(|(skill, _)| others(skill)).cloned().collect();
        skills.push((language.clone(), 1));
        let set = LanguageSet { case: case.id, language: language.clone(), skills };
        self.emit(Event::LanguageSet(Box::new(set)));
    }

    /// Excludes who has the case although he should speak the language: he said that he does
    /// not understand it.
    fn excuse_holder(&mut self, number: CaseNo) {
        let case = self.case(number);
        let Some(desk) = case.holder().filter(|desk| self.qualified(*desk, case)) else { return };
        let until = self.state.book.firm.offer.back_off.language.map(|span| self.now + span);
        let (case, agent) = (case.id, self.agent_id(desk));
        self.emit(Event::Excluded(Excluded { case, agent, until, cause: Cause::Dialect }));
    }

    /// Gives the agents of the branch who speak a case's language and may take it, ready or
    /// not, the best first.
    fn speakers(&self, number: CaseNo) -> Vec<Rank> {
        let case = self.case(number);
        let shortfall = |desk: DeskNo| -> u32 {
            let level = |skill| self.state.book.known_skill(skill).map_or(0, |it| self.state.desks[desk].level(it));
            case.skills.iter().map(|(skill, asked)| u32::from(asked.saturating_sub(level(skill)))).sum()
        };
        let rank = |desk: DeskNo| {
            let own = self.state.desks[desk].queues.iter().any(|(queue, _)| *queue == case.queue);
            (!own, shortfall(desk), self.state.desks[desk].rested, desk)
        };
        let may = |desk: &DeskNo| {
            self.state.desks[*desk].employed && !case.excludes(*desk, self.now) && self.qualified(*desk, case)
        };
        let mut speakers: Vec<Rank> = self.state.desks.numbers().filter(may).map(rank).collect();
        speakers.sort_unstable();
        speakers
    }

    /// Gives the queue in which an agent gets a case: where it is, else his first of its kind,
    /// else of call-backs, else his first.
    fn desk_queue(&self, number: CaseNo, desk: DeskNo) -> QueueNo {
        let case = self.case(number);
        let his = || self.state.desks[desk].queues.iter().map(|(queue, _)| *queue);
        let of = |kind: Kind| his().find(|queue| self.state.book.queues[*queue].kinds.contains(&kind));
        let own = his().find(|queue| *queue == case.queue);
        own.or_else(|| of(case.kind)).or_else(|| of(Kind::Callback)).or_else(|| his().next()).unwrap_or(case.queue)
    }

    fn offer_to_speaker(&mut self, number: CaseNo, desk: DeskNo) {
        let (case, queue) = (self.case_id(number), self.desk_queue(number, desk));
        if self.case(number).clock.is_none() {
            self.emit(Event::Clocked(Clocked { case, since: self.now }));
        }
        let queue = self.queue_id(queue);
        self.wait_for_speaker(number, queue);
        self.offer(number, desk, Choice::Language, &Found::default());
    }

    /// Owes a call-back by somebody who speaks the language. The case waits for him with the
    /// time of a call-back; one whose first answer is still owed keeps its own.
    fn call_back_by(&mut self, number: CaseNo, queue: QueueNo) {
        let case = self.case(number);
        let book = &self.state.book;
        let own = book.target(queue, case.channel, Kind::Callback, case.class);
        let due_at = self.now + own.within;
        let rekinded = Rekinded {
            case: case.id,
            kind: case.kind,
            queue: self.queue_id(queue),
            target: TargetSet { next: case.target.next, ..own },
            rungs: book.rungs(queue, case.channel, Kind::Callback, case.class),
            since: Some(self.now),
            skills: case.skills.clone(),
        };
        let queue = rekinded.queue.clone();
        if !case.clock.is_some_and(|clock| clock.first) {
            self.emit(Event::Rekinded(Box::new(rekinded)));
        }
        if self.open_promise(number, &[PromiseKind::Callback, PromiseKind::MissedCall]).is_none() {
            self.promise(number, PromiseKind::Callback, due_at, true);
        }
        self.wait_for_speaker(number, queue);
    }

    fn wait_for_speaker(&mut self, number: CaseNo, queue: QueueId) {
        let case = self.case_id(number);
        let queued = Queued { case, queue, stage: Stage::Open, alone: None, cause: Cause::Dialect };
        self.emit(Event::Queued(queued));
    }
}
