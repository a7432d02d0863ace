//! Applying what happens to a matter, apart from offers.

use contract::{
    CaseId, Cause, Stage, Timestamp,
    journal::{
        Answered, CaseOpened, Closed, ContactTaken, Excluded, LanguageSet, Marked, OwnerSet, Queued, Rekinded, ToldOf,
        ToldWhy, WrappedUp,
    },
};

use crate::core::{
    arena::CaseNo,
    book::two_thirds,
    case::{Case, Clock, Exclusion, Last, Phase, Place},
    state::State,
};

/// How long a link to a case that cannot be reopened is remembered.
const LINK_KEPT: contract::Millis = contract::Millis::from_secs(30 * 24 * 3600);

impl State {
    /// Changes a case that may be unknown.
    pub(crate) fn with_case(&mut self, id: CaseId, change: impl FnOnce(&mut Case)) {
        let Some(number) = self.case_no(id) else { return };
        change(&mut self.cases[number]);
        self.touch_case(number);
    }

    pub(crate) fn contact_taken(&mut self, taken: &ContactTaken) {
        let Some(case) = taken.case else { return };
        let last = Last {
            contact: taken.contact,
            channel: taken.channel,
            account: taken.account.clone(),
            answerable: taken.answerable,
        };
        self.with_case(case, |case| {
            case.contacts += 1;
            if taken.answerable || !case.last.answerable {
                case.last = last;
            }
        });
    }

    pub(crate) fn case_opened(&mut self, opened: &CaseOpened) {
        for (skill, _) in &opened.skills {
            self.book.skill(skill);
        }
        let queue = self.book.queue(&opened.queue);
        self.grow();
        let now = self.now;
        self.opened += 1;
        let recused = opened.recused.iter().filter_map(|agent| self.desk_of_anybody(agent));
        let excluded = recused.map(|desk| Exclusion { desk, until: None, recused: true }).collect();
        let manager = opened.manager.as_ref().and_then(|agent| self.desk_of_anybody(agent));
        let clock = Clock::new(opened.since, opened.target.within, opened.target.warn, true, &opened.rungs, now);
        let case = Case {
            id: opened.case,
            number: self.opened,
            kind: opened.kind,
            queue,
            priority: opened.priority,
            class: opened.class,
            channel: opened.channel,
            account: opened.account.clone(),
            client: opened.client,
            manager,
            owner: opened.owner.clone(),
            owner_desk: None,
            skills: opened.skills.clone(),
            language: None,
            marks: Vec::new(),
            receipted: false,
            excluded,
            linked: opened.linked,
            opened_at: now,
            phase: Phase::Waiting { stage: Stage::Open, alone: None, entered: now },
            target: opened.target,
            rungs: opened.rungs.clone(),
            clock: Some(clock),
            answered_at: None,
            on_time: None,
            relaxed: 0,
            lifted: false,
            transfers: 0,
            declines: 0,
            contacts: 0,
            moves: 0,
            came_from: None,
            last: Last {
                contact: contract::ContactId::new(0),
                channel: opened.channel,
                account: opened.account.clone(),
                answerable: false,
            },
            promises: Vec::new(),
            older: None,
            want: None,
            place: Place::Nowhere,
            due: None,
            in_line: None,
            dirty: false,
        };
        let number = self.keep(case);
        self.eager_cases.push(number);
    }

    /// Keeps a case, the latest of its client's.
    pub(crate) fn keep(&mut self, case: Case) -> CaseNo {
        let (id, client, offer) = (case.id, case.client, case.offer());
        let number = self.cases.insert(case);
        self.case_by_id.insert(id, number);
        if let Some(offer) = offer {
            self.offers.insert(offer.id, number);
        }
        if let Some(client) = client {
            self.cases[number].older = self.latest.insert(client, number);
        }
        self.touch_case(number);
        number
    }

    pub(crate) fn queued(&mut self, queued: &Queued) {
        let Some(number) = self.case_no(queued.case) else { return };
        let queue = self.book.queue(&queued.queue);
        self.grow();
        let alone = queued.alone.as_ref().and_then(|(agent, until)| Some((self.desk_no(agent)?, *until)));
        let keeps = matches!(queued.cause, Cause::GraceOver | Cause::Away | Cause::Recused | Cause::Opened);
        let case = &mut self.cases[number];
        let entered = case.entered().filter(|_| keeps);
        if case.queue != queue || (entered.is_none() && case.relaxed > 0) {
            case.want = None;
        }
        case.queue = queue;
        if entered.is_none() {
            case.relaxed = 0;
        }
        let entered = entered.unwrap_or(self.now);
        self.rest(number);
        self.set_phase(number, Phase::Waiting { stage: queued.stage, alone, entered });
    }

    pub(crate) fn relaxed(&mut self, id: CaseId, step: u32) {
        let Some(number) = self.case_no(id) else { return };
        let case = &mut self.cases[number];
        case.relaxed = step;
        case.want = None;
        self.eager_cases.push(number);
        self.touch_case(number);
    }

    pub(crate) fn late(&mut self, id: CaseId, rung: u32) {
        let now = self.now;
        self.with_case(id, |case| {
            if let Some(clock) = &mut case.clock {
                clock.rung = rung;
                let rungs = if clock.first { case.rungs.as_slice() } else { &[] };
                clock.climb(rungs, now);
            }
        });
    }

    pub(crate) fn answered(&mut self, answered: &Answered) {
        let Some(number) = self.case_no(answered.case) else { return };
        let case = &mut self.cases[number];
        let counts = case.clock.is_some_and(|clock| clock.first) && case.on_time.is_none();
        case.answered_at.get_or_insert(answered.at);
        case.clock = None;
        let queue = case.queue;
        if counts {
            case.on_time = Some(answered.on_time);
            self.tallies[queue].answered(self.now, answered.on_time);
        }
        self.touch_case(number);
    }

    pub(crate) fn told(&mut self, told: &ToldOf) {
        let Some(number) = self.case_no(told.case) else { return };
        let now = self.now;
        let case = &mut self.cases[number];
        let Some(clock) = &mut case.clock else { return };
        match told.why {
            ToldWhy::Warn => clock.told = clock.told.max(1),
            ToldWhy::Breach(level) => {
                clock.told = clock.told.max(level + 1);
                if clock.first && case.on_time.is_none() {
                    case.on_time = Some(false);
                    let queue = case.queue;
                    self.tallies[queue].answered(now, false);
                }
            }
            ToldWhy::Declines
            | ToldWhy::Transfers
            | ToldWhy::OwnerBusy
            | ToldWhy::Tries
            | ToldWhy::Upset
            | ToldWhy::NoSpeaker => {}
        }
        self.touch_case(number);
    }

    pub(crate) fn clocked(&mut self, id: CaseId, since: Timestamp) {
        let now = self.now;
        self.with_case(id, |case| {
            let first = case.answered_at.is_none() && case.on_time.is_none();
            case.lifted = false;
            case.clock = Some(if first {
                Clock::new(since, case.target.within, case.target.warn, true, &case.rungs, now)
            } else {
                Clock::new(since, case.target.next, two_thirds(case.target.next), false, &[], now)
            });
        });
    }

    pub(crate) fn wrapped_up(&mut self, wrapped: &WrappedUp) {
        let Some(number) = self.case_no(wrapped.case) else { return };
        let Phase::Active { desk, held } = self.cases[number].phase else { return };
        self.cases[number].clock = None;
        self.set_phase(number, Phase::WrapUp { desk, held, until: wrapped.until, outcome: wrapped.outcome });
    }

    pub(crate) fn closed(&mut self, closed: &Closed) {
        let Some(number) = self.case_no(closed.case) else { return };
        self.cases[number].clock = None;
        self.rest(number);
        self.set_phase(number, Phase::Closed { at: self.now, outcome: closed.outcome });
    }

    pub(crate) fn reactivated(&mut self, id: CaseId) {
        let Some(number) = self.case_no(id) else { return };
        if let Phase::WrapUp { desk, held, .. } = self.cases[number].phase {
            self.set_phase(number, Phase::Active { desk, held });
        }
    }

    pub(crate) fn owner_set(&mut self, set: &OwnerSet) {
        let desk = set.owner.as_str().parse().ok().filter(|_| set.taken).and_then(|agent| self.desk_no(&agent));
        self.with_case(set.case, |case| {
            case.owner = set.owner.clone();
            case.owner_desk = desk;
        });
    }

    pub(crate) fn excluded(&mut self, excluded: &Excluded) {
        let (Some(number), Some(desk)) = (self.case_no(excluded.case), self.desk_of_anybody(&excluded.agent)) else {
            return;
        };
        let case = &mut self.cases[number];
        let before = case.excluded.iter().find(|one| one.desk == desk).copied();
        case.excluded.retain(|one| one.desk != desk);
        if excluded.cause == Cause::Due {
            self.eager_cases.push(number);
        } else {
            let recused = excluded.cause == Cause::Recused;
            let forever = before.is_some_and(|one| one.until.is_none());
            case.excluded.push(Exclusion {
                desk,
                until: excluded.until.filter(|_| !forever),
                recused: recused || before.is_some_and(|one| one.recused),
            });
        }
        self.touch_case(number);
    }

    pub(crate) fn rekinded(&mut self, rekinded: &Rekinded) {
        for (skill, _) in &rekinded.skills {
            self.book.skill(skill);
        }
        let queue = self.book.queue(&rekinded.queue);
        self.grow();
        let now = self.now;
        let Some(number) = self.case_no(rekinded.case) else { return };
        let case = &mut self.cases[number];
        case.kind = rekinded.kind;
        case.queue = queue;
        case.target = rekinded.target;
        case.rungs.clone_from(&rekinded.rungs);
        case.skills.clone_from(&rekinded.skills);
        case.want = None;
        let since = rekinded.since.or(case.clock.filter(|clock| clock.first).map(|clock| clock.since));
        if let Some(since) = since {
            let target = rekinded.target;
            case.clock = Some(Clock::new(since, target.within, target.warn, true, &case.rungs, now));
        }
        if matches!(case.phase, Phase::Waiting { .. }) {
            self.eager_cases.push(number);
        }
        self.touch_case(number);
    }

    pub(crate) fn marked(&mut self, marked: &Marked) {
        self.with_case(marked.case, |case| {
            if !case.marks.contains(&marked.mark) {
                case.marks.push(marked.mark);
            }
        });
    }

    pub(crate) fn language_set(&mut self, set: &LanguageSet) {
        for (skill, _) in &set.skills {
            self.book.skill(skill);
        }
        let Some(number) = self.case_no(set.case) else { return };
        let case = &mut self.cases[number];
        case.language = Some(set.language.clone());
        case.skills.clone_from(&set.skills);
        case.want = None;
        self.touch_case(number);
    }

    pub(crate) fn retired(&mut self, id: CaseId) {
        let Some(case) = self.forget(id) else { return };
        if let Some(client) = case.client {
            self.links.insert((client, case.kind), (id, self.now));
            self.links_due.push_back((self.now + LINK_KEPT, client, case.kind));
        }
        self.forget_links();
    }

    /// Forgets a case and what is owed in it.
    pub(crate) fn forget(&mut self, id: CaseId) -> Option<Case> {
        let number = self.case_no(id)?;
        self.unplace(number);
        self.case_by_id.remove(&id);
        let case = self.cases.remove(number)?;
        for promise in &case.promises {
            self.promise_gone(*promise);
        }
        if let Some(client) = case.client {
            self.unchain(client, number, case.older);
        }
        Some(case)
    }

    fn unchain(&mut self, client: contract::ClientId, gone: CaseNo, older: Option<CaseNo>) {
        let Some(latest) = self.latest.get(&client) else { return };
        if latest == gone {
            match older {
                Some(older) => drop(self.latest.insert(client, older)),
                None => drop(self.latest.remove(&client)),
            }
            return;
        }
        let mut at = latest;
        while let Some(next) = self.cases[at].older {
            if next == gone {
                self.cases[at].older = older;
                return;
            }
            at = next;
        }
    }

    fn forget_links(&mut self) {
        while let Some((due, client, kind)) = self.links_due.front().copied() {
            if due > self.now {
                return;
            }
            self.links_due.pop_front();
            if self.links.get(&(client, kind)).is_some_and(|(_, at)| *at + LINK_KEPT <= self.now) {
                self.links.remove(&(client, kind));
            }
        }
    }
}
