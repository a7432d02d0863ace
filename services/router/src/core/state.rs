//! The State of one branch: everything a decision may depend on.
//!
//! In: events, by `apply`. Out: look-ups. Indexes (who waits, who is free, what is due) are
//! derived from cases and desks and brought up to date by `settle`. Never here: a decision.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use contract::{
    AgentId, BranchId, CaseId, ClientId, ContactId, Kind, OfferId, PromiseId, PromiseKind, PromiseState, Stage,
    Timestamp, inbound::CallLeg, journal::ContactFacts,
};

use super::{
    arena::{CaseNo, DeskNo, Finder, QueueNo, SkillNo, Slab, Table},
    book::Book,
    case::{Case, Phase, Place, REOPEN_WITHIN},
    desk::Desk,
    lineup::Lineup,
    pool::{Needs, Pool},
    tally::Tally,
};

/// Everything a branch knows.
#[derive(Debug, Clone)]
pub struct State {
    pub(crate) now: Timestamp,
    pub(crate) book: Book,
    pub(crate) cases: Slab<CaseNo, Case>,
    pub(crate) case_by_id: Finder<CaseId, CaseNo>,
    /// A client's latest case; the earlier ones hang on it.
    pub(crate) latest: Finder<ClientId, CaseNo>,
    pub(crate) offers: Finder<OfferId, CaseNo>,
    pub(crate) desks: Table<DeskNo, Desk>,
    pub(crate) desk_by_id: Finder<AgentId, DeskNo>,
    pub(crate) promises: BTreeMap<PromiseId, Promise>,
    pub(crate) calls: BTreeMap<ContactId, Call>,
    /// When a client last hung up at once.
    pub(crate) shorts: BTreeMap<ClientId, Timestamp>,
    /// The last case of a client and kind that can no longer be reopened.
    pub(crate) links: BTreeMap<(ClientId, Kind), (CaseId, Timestamp)>,
    pub(crate) links_due: VecDeque<(Timestamp, ClientId, Kind)>,
    /// Cases that left for another branch, as long as somebody may still ask for them here.
    pub(crate) away: BTreeMap<CaseId, Away>,
    pub(crate) tallies: Table<QueueNo, Tally>,
    pub(crate) opened: u64,
    // Indexes.
    pub(crate) pool: Pool,
    pub(crate) due_cases: Lineup,
    pub(crate) due_promises: BTreeSet<(Timestamp, PromiseId)>,
    pub(crate) due_calls: BTreeSet<(Timestamp, ContactId)>,
    dirty_cases: Vec<CaseNo>,
    dirty_desks: Vec<DeskNo>,
    /// Cases and desks to be matched by the decision under way.
    pub(crate) eager_cases: Vec<CaseNo>,
    pub(crate) eager_desks: VecDeque<DeskNo>,
    /// Desks that the last decision changed.
    pub(crate) changed_desks: Vec<DeskNo>,
}

/// Something owed to a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Promise {
    pub(crate) kind: PromiseKind,
    pub(crate) case: CaseId,
    pub(crate) client: Option<ClientId>,
    pub(crate) made_at: Timestamp,
    pub(crate) due_at: Timestamp,
    pub(crate) state: PromiseState,
    pub(crate) tries: u32,
    /// Which times were told: 1 near, 2 due, 3 late.
    pub(crate) told: u32,
    /// The contact that settled it.
    pub(crate) by: Option<ContactId>,
    /// Whether a call-back is owed as soon as can be, and ends with its case.
    pub(crate) soon: bool,
}

/// Where a case went that left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Away {
    pub(crate) to: BranchId,
    pub(crate) kind: Kind,
    /// Which of its moves it was.
    pub(crate) moves: u32,
    pub(crate) at: Timestamp,
}

/// A call under way, or over and remembered for late records of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    /// What is known about the contact, until its legs are settled.
    pub(crate) facts: Option<ContactFacts>,
    pub(crate) legs: Vec<CallLeg>,
    pub(crate) case: Option<CaseId>,
    pub(crate) first_at: Timestamp,
    pub(crate) answered: bool,
    /// Somebody whom the firm file does not know answered the line: a colleague elsewhere, or
    /// a machine.
    pub(crate) picked_up: bool,
    pub(crate) settled: bool,
    pub(crate) due_at: Timestamp,
}

impl Default for State {
    fn default() -> Self {
        Self::new()
    }
}

impl State {
    /// Makes a branch that knows nothing yet; its first event is a firm.
    #[must_use]
    pub fn new() -> Self {
        Self {
            now: Timestamp::from_ms(0),
            book: Book::new(),
            cases: Slab::new(),
            case_by_id: Finder::new(),
            latest: Finder::new(),
            offers: Finder::new(),
            desks: Table::new(),
            desk_by_id: Finder::new(),
            promises: BTreeMap::new(),
            calls: BTreeMap::new(),
            shorts: BTreeMap::new(),
            links: BTreeMap::new(),
            links_due: VecDeque::new(),
            away: BTreeMap::new(),
            tallies: Table::new(),
            opened: 0,
            pool: Pool::new(),
            due_cases: Lineup::default(),
            due_promises: BTreeSet::new(),
            due_calls: BTreeSet::new(),
            dirty_cases: Vec::new(),
            dirty_desks: Vec::new(),
            eager_cases: Vec::new(),
            eager_desks: VecDeque::new(),
            changed_desks: Vec::new(),
        }
    }

    /// Gives the time of the last event.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Gives the version of the firm it decides by; 0 = none yet.
    #[must_use]
    pub const fn firm_version(&self) -> u64 {
        self.book.version
    }

    /// Gives the digest of the firm it decides by.
    #[must_use]
    pub fn firm_digest(&self) -> &[u8] {
        &self.book.digest
    }

    /// Counts the cases it holds, closed ones that can be reopened among them.
    #[must_use]
    pub fn cases_held(&self) -> usize {
        self.cases.len()
    }

    pub(crate) fn case_no(&self, id: CaseId) -> Option<CaseNo> {
        self.case_by_id.get(&id)
    }

    pub(crate) fn desk_no(&self, id: &AgentId) -> Option<DeskNo> {
        self.desk_by_id.get(id)
    }

    /// Finds an agent who works for the branch.
    pub(crate) fn employed(&self, id: &AgentId) -> Option<DeskNo> {
        self.desk_no(id).filter(|desk| self.desks[*desk].employed)
    }

    /// Finds somebody's desk: of an agent of another branch one that takes nothing here, so that
    /// he can own a case and be excluded from it.
    pub(crate) fn desk_of_anybody(&mut self, id: &AgentId) -> Option<DeskNo> {
        self.desk_no(id).or_else(|| {
            let foreign = self.book.works_elsewhere(id);
            foreign.then(|| {
                let number = self.desks.push(Desk { employed: false, ..Desk::new(id.clone(), self.now) });
                self.desk_by_id.insert(id.clone(), number);
                number
            })
        })
    }

    /// Gives a client's cases that are here, the latest first.
    pub(crate) fn cases_of(&self, client: Option<ClientId>) -> impl Iterator<Item = (CaseNo, &Case)> {
        self.chain_of(client).filter(|(_, case)| !case.moving())
    }

    /// Gives a client's cases, those on their way to another branch among them.
    pub(crate) fn chain_of(&self, client: Option<ClientId>) -> impl Iterator<Item = (CaseNo, &Case)> {
        let latest = client.and_then(|client| self.latest.get(&client));
        let at = |number: CaseNo| (number, &self.cases[number]);
        std::iter::successors(latest.map(at), move |(_, case)| case.older.map(at))
    }

    /// Marks a case whose place in the indexes may have changed.
    pub(crate) fn touch_case(&mut self, number: CaseNo) {
        let case = &mut self.cases[number];
        if !case.dirty {
            case.dirty = true;
            self.dirty_cases.push(number);
        }
    }

    /// Marks a desk whose place in the indexes may have changed.
    pub(crate) fn touch_desk(&mut self, number: DeskNo) {
        let desk = &mut self.desks[number];
        if !desk.dirty {
            desk.dirty = true;
            self.dirty_desks.push(number);
            self.changed_desks.push(number);
        }
    }

    /// Brings the indexes up to date.
    pub(crate) fn settle(&mut self) {
        self.settle_desks();
        self.settle_cases();
    }

    /// Brings the sets of waiting cases and the due times up to date.
    pub(crate) fn settle_cases(&mut self) {
        while let Some(number) = self.dirty_cases.pop() {
            self.place_case(number);
        }
        let cases = &self.cases;
        self.due_cases.tidy(|(due, count, number)| {
            cases.live(number).is_some_and(|case| case.number == count && case.due == Some(due))
        });
    }

    /// Brings the indexes up to date and leaves nothing to be matched.
    pub(crate) fn settled(&mut self) {
        self.settle();
        self.eager_cases.clear();
        self.eager_desks.clear();
    }

    /// Brings the lists of free agents up to date.
    pub(crate) fn settle_desks(&mut self) {
        while let Some(number) = self.dirty_desks.pop() {
            self.place_desk(number);
        }
    }

    fn place_desk(&mut self, number: DeskNo) {
        let room = self.room(number);
        let desk = &mut self.desks[number];
        desk.dirty = false;
        let wanted = (room > 0).then_some((room, desk.rested));
        if desk.listed == wanted {
            return;
        }
        if let Some((room, rested)) = desk.listed {
            for place in &desk.queues {
                self.pool.unlist(*place, room, rested, number);
            }
        }
        if let Some((room, rested)) = wanted {
            for place in &desk.queues {
                self.pool.list(*place, room, rested, number);
            }
        }
        desk.listed = wanted;
    }

    /// Gives the room of a desk; 0 when he takes nothing.
    pub(crate) fn room(&self, number: DeskNo) -> u8 {
        let desk = &self.desks[number];
        if desk.ready() { self.book.room(desk.units, desk.used) } else { 0 }
    }

    fn place_case(&mut self, number: CaseNo) {
        let Some(case) = self.cases.live(number) else { return };
        let wanted = match case.phase {
            Phase::Waiting { stage: Stage::Open, .. } => {
                let want = self.want_of(number);
                Place::Pool(want, self.cases[number].order())
            }
            Phase::Waiting { alone: Some((desk, _)), .. } => Place::Own(desk, case.order()),
            Phase::Waiting { .. }
            | Phase::Offered { .. }
            | Phase::Active { .. }
            | Phase::WrapUp { .. }
            | Phase::Pending { .. }
            | Phase::Moving
            | Phase::Closed { .. } => Place::Nowhere,
        };
        let due = self.due_of(number);
        let case = &mut self.cases[number];
        case.dirty = false;
        if case.place != wanted {
            match std::mem::replace(&mut case.place, wanted) {
                Place::Nowhere => {}
                Place::Pool(want, order) => self.pool.remove(want, order, number),
                Place::Own(desk, order) => drop(self.desks[desk].own.remove(&(order, number))),
            }
            match wanted {
                Place::Nowhere => {}
                Place::Pool(want, order) => self.pool.insert(want, order, number),
                Place::Own(desk, order) => drop(self.desks[desk].own.insert((order, number))),
            }
        }
        if case.due != due {
            if std::mem::replace(&mut case.due, due).is_some() {
                self.due_cases.leave();
            }
            if let Some(due) = due {
                self.due_cases.join((due, case.number, number));
            }
        }
        self.place_in_line(number);
    }

    fn place_in_line(&mut self, number: CaseNo) {
        let case = &mut self.cases[number];
        let since = case.clock.map_or(case.opened_at, |clock| clock.since);
        let wanted = case.queues().then_some((case.queue, since));
        if case.in_line == wanted {
            return;
        }
        let count = case.number;
        if let Some((queue, _)) = std::mem::replace(&mut case.in_line, wanted) {
            self.tallies[queue].line.leave();
            self.tidy_line(queue);
        }
        if let Some((queue, since)) = wanted {
            self.tallies[queue].line.join((since, count, number));
            self.tidy_line(queue);
        }
    }

    /// Drops from a queue's line who is at its head and left it.
    fn tidy_line(&mut self, queue: QueueNo) {
        let cases = &self.cases;
        self.tallies[queue].line.tidy(|(since, count, number)| {
            cases.live(number).is_some_and(|case| case.number == count && case.in_line == Some((queue, since)))
        });
    }

    /// Takes a case out of every index before it is forgotten.
    pub(crate) fn unplace(&mut self, number: CaseNo) {
        self.touch_case(number);
        self.settle();
        let case = &mut self.cases[number];
        if case.due.take().is_some() {
            self.due_cases.leave();
        }
    }

    /// Gives the next time at which something about a case is due.
    pub(crate) fn due_of(&self, number: CaseNo) -> Option<Timestamp> {
        let case = &self.cases[number];
        let told = case.clock.and_then(|clock| clock.told_at());
        let queues = case.queues();
        let ladder = case.clock.filter(|_| queues).map(|clock| clock.ladder_at);
        let lift = case.clock.filter(|_| queues).and_then(|clock| self.lift_at(case, clock.since));
        let ordered = [told, ladder, lift].into_iter().flatten().min();
        let own = match case.phase {
            Phase::Waiting { alone, .. } => {
                let grace = alone.map(|(_, until)| until);
                let back = case.excluded.iter().filter_map(|one| one.until).min();
                [grace, back, self.relax_at(case)].into_iter().flatten().min()
            }
            Phase::Offered { offer, .. } => Some(offer.expires_at),
            Phase::Active { .. } | Phase::Moving => None,
            Phase::WrapUp { until, .. } | Phase::Pending { until } => Some(until),
            // What is still owed keeps its matter.
            Phase::Closed { at, .. } => return (!self.owes(case)).then(|| at + REOPEN_WITHIN),
        };
        [ordered, own].into_iter().flatten().min()
    }

    fn owes(&self, case: &Case) -> bool {
        let open = |promise: &PromiseId| self.promises.get(promise).is_some_and(|p| p.state == PromiseState::Open);
        case.promises.iter().any(open)
    }

    /// Gives when a case has waited as long as any may.
    pub(crate) fn lift_at(&self, case: &Case, since: Timestamp) -> Option<Timestamp> {
        let normal = case.priority == contract::Priority::Normal && !case.lifted;
        normal.then(|| since + self.book.firm.waiting.max_wait)
    }

    /// Gives when waiting lowers what a case asks for next, if it asks for anything to lower.
    pub(crate) fn relax_at(&self, case: &Case) -> Option<Timestamp> {
        if case.skills.is_empty() || !self.relaxable(case) {
            return None;
        }
        let entered = case.entered()?;
        let step = usize::try_from(case.relaxed).unwrap_or(usize::MAX);
        self.book.firm.waiting.relax.get(step).map(|after| entered + *after)
    }

    fn relaxable(&self, case: &Case) -> bool {
        let lowered = |(skill, level): &(contract::SkillId, u8)| {
            u32::from(*level) > case.relaxed
                && self.book.known_skill(skill).is_some_and(|skill| !self.binding(case, skill))
        };
        case.skills.iter().any(lowered)
    }

    /// Says whether waiting never lowers a skill: qualifications always, the language of a
    /// client whom nobody understood, languages where a call-back was promised.
    fn binding(&self, case: &Case, skill: SkillNo) -> bool {
        let entry = &self.book.skills[skill];
        entry.hard || (case.kind == Kind::Callback && entry.language) || case.language.as_ref() == Some(&entry.id)
    }

    /// Gives the want of a case, interning it when it is asked for the first time.
    pub(crate) fn want_of(&mut self, number: CaseNo) -> super::arena::WantNo {
        if let Some(want) = self.cases[number].want {
            return want;
        }
        let case = &self.cases[number];
        let (needs, full) = self.needs(case);
        let (queue, step) = (case.queue, self.book.step(self.book.weight(case.channel)));
        let (want, news) = self.pool.want(queue, step, needs, full);
        if news {
            self.reclass(queue);
        }
        self.cases[number].want = Some(want);
        want
    }

    /// Gives what a case asks for after relaxing, and what it asked for at first.
    pub(crate) fn needs(&self, case: &Case) -> (Needs, Needs) {
        let mut needs = Needs::new();
        let mut full = Needs::new();
        for (skill, level) in &case.skills {
            let Some(number) = self.book.known_skill(skill) else { continue };
            full.push((number, *level));
            let lowered = u32::from(*level).saturating_sub(case.relaxed);
            let level = if self.binding(case, number) { *level } else { u8::try_from(lowered).unwrap_or(*level) };
            if level > 0 {
                needs.push((number, level));
            }
        }
        needs.sort_unstable();
        full.sort_unstable();
        (needs, full)
    }

    /// Classes the agents of a queue again, because its cases ask for more than before.
    fn reclass(&mut self, queue: QueueNo) {
        self.pool.unclass(queue);
        for number in self.pool.rosters[queue].members.clone() {
            let class = self.pool.reclass(queue, &self.desks[number]);
            let desk = &mut self.desks[number];
            if let Some(place) = desk.queues.iter_mut().find(|(known, _)| *known == queue) {
                place.1 = class;
            }
            if let Some((room, rested)) = desk.listed {
                self.pool.list((queue, class), room, rested, number);
            }
        }
        self.pool.judge_all(queue);
    }

    /// Forgets every index and builds it again; for a firm change and a snapshot.
    pub(crate) fn rebuild(&mut self) {
        self.pool.reset(self.book.queues.len(), self.book.room_steps());
        while self.tallies.len() < self.book.queues.len() {
            self.tallies.push(Tally::default());
        }
        for number in self.desks.numbers() {
            let desk = &mut self.desks[number];
            desk.own.clear();
            desk.listed = None;
            let mut queues = std::mem::take(&mut desk.queues);
            for (queue, class) in &mut queues {
                *class = self.pool.join(*queue, number, &self.desks[number]);
                self.pool.rosters[*queue].ready += u32::from(self.desks[number].ready());
            }
            self.desks[number].queues = queues;
            self.touch_desk(number);
        }
        let numbers: Vec<CaseNo> = self.cases.iter().map(|(number, _)| number).collect();
        for number in numbers {
            let case = &mut self.cases[number];
            case.want = None;
            case.place = Place::Nowhere;
            self.touch_case(number);
        }
        self.settle();
    }

    /// Makes place for a queue that no firm file names.
    pub(crate) fn grow(&mut self) {
        self.pool.grow(self.book.queues.len());
        while self.tallies.len() < self.book.queues.len() {
            self.tallies.push(Tally::default());
        }
    }
}
