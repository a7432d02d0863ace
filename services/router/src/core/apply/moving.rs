//! Applying how cases change their branch.

use contract::{
    CaseId, Millis, Stage,
    journal::{Moved, MovedIn, MovedPromise},
};

use crate::core::{
    case::{Case, Clock, Exclusion, Last, Phase, Place},
    state::{Away, Promise, State},
};

/// How long it is remembered where a case went that left.
const AWAY_KEPT: Millis = Millis::from_secs(24 * 3600);

impl State {
    pub(crate) fn moved_out(&mut self, moved: &Moved) {
        let Some(number) = self.case_no(moved.case) else { return };
        self.rest(number);
        self.set_phase(number, Phase::Moving);
        let (now, case_by_id) = (self.now, &self.case_by_id);
        self.away.retain(|case, away| away.at + AWAY_KEPT > now || case_by_id.get(case).is_some());
        let away = Away { to: moved.to.clone(), kind: moved.kind, moves: moved.moves, at: now };
        self.away.insert(moved.case, away);
    }

    pub(crate) fn move_done(&mut self, case: CaseId) {
        drop(self.forget(case));
    }

    pub(crate) fn moved_in(&mut self, moved_in: &MovedIn) {
        let moved = &moved_in.moved;
        self.away.remove(&moved.case);
        for skill in moved.skills.iter().map(|(skill, _)| skill).chain(&moved.language) {
            self.book.skill(skill);
        }
        let queue = self.book.queue(&moved_in.queue);
        self.grow();
        self.opened += 1;
        let manager = moved.manager.as_ref().and_then(|agent| self.desk_of_anybody(agent));
        let owner = moved.owner.as_str().parse().ok().filter(|_| moved.taken);
        let owner_desk = owner.and_then(|agent| self.desk_of_anybody(&agent));
        let mut excluded = Vec::with_capacity(moved.excluded.len());
        for one in &moved.excluded {
            let desk = self.desk_of_anybody(&one.agent);
            excluded.extend(desk.map(|desk| Exclusion { desk, until: one.until, recused: one.recused }));
        }
        let number = self.keep(Case {
            id: moved.case,
            number: self.opened,
            kind: moved.kind,
            queue,
            priority: moved.priority,
            class: moved.class,
            channel: moved.channel,
            account: moved.account.clone(),
            client: moved.client,
            manager,
            owner: moved.owner.clone(),
            owner_desk,
            skills: moved.skills.clone(),
            language: moved.language.clone(),
            marks: moved.marks.clone(),
            receipted: moved.receipted,
            excluded,
            linked: moved.linked,
            opened_at: moved.opened_at,
            phase: Phase::Waiting { stage: Stage::Open, alone: None, entered: self.now },
            target: moved.target,
            rungs: moved.rungs.clone(),
            clock: self.clock_of(moved),
            answered_at: moved.answered_at,
            on_time: moved.on_time,
            relaxed: 0,
            lifted: moved.lifted,
            transfers: moved.transfers,
            declines: moved.declines,
            contacts: moved.contacts,
            moves: moved.moves,
            came_from: Some(moved.from.clone()),
            last: Last {
                contact: moved.last.contact,
                channel: moved.last.channel,
                account: moved.last.account.clone(),
                answerable: moved.last.answerable,
            },
            promises: moved.promises.iter().map(|owed| owed.promise).collect(),
            older: None,
            want: None,
            place: Place::Nowhere,
            due: None,
            in_line: None,
            dirty: false,
        });
        for owed in &moved.promises {
            self.keep_promise(owed.promise, promise_of(moved, owed));
        }
        self.eager_cases.push(number);
    }

    /// Gives the time that runs, where its age puts it on the ladder.
    fn clock_of(&self, moved: &Moved) -> Option<Clock> {
        moved.clock.map(|clock| {
            let rungs = if clock.first { moved.rungs.as_slice() } else { &[] };
            let fresh = Clock::new(clock.since, clock.within, clock.warn, clock.first, rungs, self.now);
            Clock { told: clock.told, rung: clock.rung, ..fresh }
        })
    }
}

fn promise_of(moved: &Moved, owed: &MovedPromise) -> Promise {
    Promise {
        kind: owed.kind,
        case: moved.case,
        client: moved.client,
        made_at: owed.made_at,
        due_at: owed.due_at,
        state: owed.state,
        tries: owed.tries,
        told: owed.told,
        by: owed.by,
        soon: owed.soon,
    }
}
