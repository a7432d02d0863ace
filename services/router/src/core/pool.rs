//! Who waits and who is free, so that a match costs the same whatever the backlog.
//!
//! In: cases and desks whose place changed. Out: the first case for an agent, the best agent
//! for a case. Waiting cases that ask for the same stand in one ordered set (a want); free
//! agents of a queue stand in sets by skills, as far as any case asked for them, and by room.
//! Never here: a rule that the State does not know; the indexes only find what it says.

use std::collections::{BTreeMap, BTreeSet};

use contract::Timestamp;

use super::{
    arena::{CaseNo, ClassNo, DeskNo, QueueNo, SkillNo, Table, WantNo},
    case::Case,
    desk::Desk,
};

/// Skills with levels, in the order of their numbers.
pub(crate) type Needs = Vec<(SkillNo, u8)>;

/// Candidates that a search ranks.
const RANKED_MAX: usize = 5;

/// A set of waiting cases that ask for the same.
#[derive(Debug, Clone)]
pub(crate) struct Want {
    pub(crate) queue: QueueNo,
    /// The room that a desk must have.
    pub(crate) step: u8,
    /// What is asked for after waiting relaxed it.
    pub(crate) needs: Needs,
    /// What was asked for at first.
    full: Needs,
    /// Classes of agents that may take it, with their shortfall, the best first.
    able: Vec<(u32, ClassNo)>,
    pub(crate) waiting: BTreeSet<(u128, CaseNo)>,
}

/// A queue's agents and its wants.
#[derive(Debug, Clone, Default)]
pub(crate) struct Roster {
    /// Skills that any case of the queue asked for, with the highest level.
    mentioned: Needs,
    classes: Vec<Class>,
    pub(crate) members: Vec<DeskNo>,
    wants: Vec<WantNo>,
    /// Wants of cases that ask for no skill, by step.
    plain: Vec<(u8, WantNo)>,
    /// Wants with waiting cases.
    busy: Vec<WantNo>,
    /// Members who are ready.
    pub(crate) ready: u32,
    /// Members who are ready and have room.
    pub(crate) free: u32,
}

/// Agents of a queue who are alike in all that its cases ask for.
#[derive(Debug, Clone)]
struct Class {
    levels: Vec<u8>,
    /// Free ones by the step their room reaches, from 1; the longest rested first.
    free: Vec<BTreeSet<(Timestamp, DeskNo)>>,
}

/// The wants of all queues.
#[derive(Debug, Clone)]
pub(crate) struct Pool {
    pub(crate) wants: Table<WantNo, Want>,
    by_needs: BTreeMap<(QueueNo, u8, Needs, Needs), WantNo>,
    pub(crate) rosters: Table<QueueNo, Roster>,
    room_steps: usize,
}

/// A candidate as a search ranks him: shortfall, rest, desk.
pub(crate) type Ranked = (u32, Timestamp, DeskNo);

/// What a search found.
#[derive(Debug, Clone, Default)]
pub(crate) struct Found {
    best: [Option<Ranked>; RANKED_MAX],
    /// How many there were.
    pub(crate) candidates: u32,
}

impl Pool {
    pub(crate) fn new() -> Self {
        Self { wants: Table::new(), by_needs: BTreeMap::new(), rosters: Table::new(), room_steps: 2 }
    }

    /// Starts over with other queues, weights and agents; waiting cases are put in again.
    pub(crate) fn reset(&mut self, queues: usize, room_steps: usize) {
        *self = Self::new();
        self.room_steps = room_steps;
        for _ in 0..queues {
            self.rosters.push(Roster::default());
        }
    }

    /// Makes place for a queue that was interned without a firm change.
    pub(crate) fn grow(&mut self, queues: usize) {
        while self.rosters.len() < queues {
            self.rosters.push(Roster::default());
        }
    }

    /// Adds an agent to a queue and gives his class there.
    pub(crate) fn join(&mut self, queue: QueueNo, desk_no: DeskNo, desk: &Desk) -> ClassNo {
        self.rosters[queue].members.push(desk_no);
        self.class_of(queue, desk)
    }

    fn class_of(&mut self, queue: QueueNo, desk: &Desk) -> ClassNo {
        let steps = self.room_steps;
        let roster = &mut self.rosters[queue];
        let levels: Vec<u8> = roster.mentioned.iter().map(|(skill, most)| desk.level(*skill).min(*most)).collect();
        let known = roster.classes.iter().position(|class| class.levels == levels);
        let place = known.unwrap_or_else(|| {
            roster.classes.push(Class { levels, free: vec![BTreeSet::new(); steps] });
            roster.classes.len() - 1
        });
        let class = super::arena::Number::new(place);
        if known.is_none() {
            for want in roster.wants.clone() {
                self.judge(want);
            }
        }
        class
    }

    /// Gives the want of (queue, room, needs), and whether the queue's agents must be classed
    /// again because it asks for what none did before.
    pub(crate) fn want(&mut self, queue: QueueNo, step: u8, needs: Needs, full: Needs) -> (WantNo, bool) {
        if full.is_empty()
            && let Some((_, want)) = self.rosters[queue].plain.iter().find(|(known, _)| *known == step)
        {
            return (*want, false);
        }
        let key = (queue, step, needs, full);
        if let Some(want) = self.by_needs.get(&key) {
            return (*want, false);
        }
        let (_, _, needs, full) = key.clone();
        let mentions = self.mention(queue, &full);
        let want = self.wants.push(Want { queue, step, needs, full, able: Vec::new(), waiting: BTreeSet::new() });
        self.by_needs.insert(key, want);
        self.rosters[queue].wants.push(want);
        if self.wants[want].full.is_empty() {
            self.rosters[queue].plain.push((step, want));
        }
        if !mentions {
            self.judge(want);
        }
        (want, mentions)
    }

    fn mention(&mut self, queue: QueueNo, full: &Needs) -> bool {
        let mut news = false;
        for (skill, level) in full {
            let mentioned = &mut self.rosters[queue].mentioned;
            match mentioned.iter_mut().find(|(known, _)| known == skill) {
                Some((_, most)) if *most >= *level => {}
                Some((_, most)) => {
                    *most = *level;
                    news = true;
                }
                None => {
                    mentioned.push((*skill, *level));
                    news = true;
                }
            }
        }
        news
    }

    /// Forgets the classes of a queue, to be given again.
    pub(crate) fn unclass(&mut self, queue: QueueNo) {
        self.rosters[queue].classes.clear();
        self.rosters[queue].free = 0;
    }

    /// Gives a member's class again after `unclass`.
    pub(crate) fn reclass(&mut self, queue: QueueNo, desk: &Desk) -> ClassNo {
        self.class_of(queue, desk)
    }

    /// Judges all wants of a queue after its members were classed.
    pub(crate) fn judge_all(&mut self, queue: QueueNo) {
        for want in self.rosters[queue].wants.clone() {
            self.judge(want);
        }
    }

    fn judge(&mut self, number: WantNo) {
        let want = &self.wants[number];
        let roster = &self.rosters[want.queue];
        let level = |class: &Class, skill: SkillNo| {
            let place = roster.mentioned.iter().position(|(known, _)| *known == skill);
            place.and_then(|place| class.levels.get(place)).copied().unwrap_or(0)
        };
        let mut able = Vec::new();
        for (place, class) in roster.classes.iter().enumerate() {
            if want.needs.iter().all(|(skill, needed)| level(class, *skill) >= *needed) {
                let missing = |(skill, asked): &(SkillNo, u8)| u32::from(asked.saturating_sub(level(class, *skill)));
                able.push((want.full.iter().map(missing).sum(), super::arena::Number::new(place)));
            }
        }
        able.sort_unstable();
        self.wants[number].able = able;
    }

    /// Puts a case among those that ask for the same.
    pub(crate) fn insert(&mut self, want: WantNo, order: u128, case: CaseNo) {
        let queue = self.wants[want].queue;
        let waiting = &mut self.wants[want].waiting;
        if waiting.is_empty() {
            self.rosters[queue].busy.push(want);
        }
        waiting.insert((order, case));
    }

    /// Takes a case out.
    pub(crate) fn remove(&mut self, want: WantNo, order: u128, case: CaseNo) {
        let queue = self.wants[want].queue;
        let waiting = &mut self.wants[want].waiting;
        waiting.remove(&(order, case));
        if waiting.is_empty() {
            self.rosters[queue].busy.retain(|busy| *busy != want);
        }
    }

    /// Lists a free agent in a queue.
    pub(crate) fn list(&mut self, (queue, class): (QueueNo, ClassNo), room: u8, rested: Timestamp, desk: DeskNo) {
        let roster = &mut self.rosters[queue];
        if roster.free_set(class, room).is_some_and(|set| set.insert((rested, desk))) {
            roster.free += 1;
        }
    }

    /// Takes an agent from the list of a queue's free ones.
    pub(crate) fn unlist(&mut self, (queue, class): (QueueNo, ClassNo), room: u8, rested: Timestamp, desk: DeskNo) {
        let roster = &mut self.rosters[queue];
        if roster.free_set(class, room).is_some_and(|set| set.remove(&(rested, desk))) {
            roster.free -= 1;
        }
    }

    /// Finds the best free agents for a case: the least shortfall, then the longest rest.
    pub(crate) fn agents_for(&self, want: WantNo, case: &Case, now: Timestamp) -> Found {
        let want = &self.wants[want];
        let roster = &self.rosters[want.queue];
        let mut found = Found::default();
        if roster.free == 0 {
            return found;
        }
        for (shortfall, class) in &want.able {
            for set in roster.sets_from(*class, want.step) {
                found.candidates += u32::try_from(set.len()).unwrap_or(u32::MAX);
                for (rested, desk) in set {
                    let ranked = (*shortfall, *rested, *desk);
                    if found.full_before(&ranked) {
                        break;
                    }
                    if case.excludes(*desk, now) {
                        found.candidates -= 1;
                    } else {
                        found.insert(ranked);
                    }
                }
            }
        }
        found
    }

    /// Finds the first waiting case of an agent's queues that he may take.
    pub(crate) fn case_for<'a>(
        &self,
        desk: &Desk,
        room: u8,
        may: impl Fn(CaseNo) -> bool + 'a,
    ) -> Option<(u128, CaseNo)> {
        let mut first: Option<(u128, CaseNo)> = None;
        for (queue, class) in &desk.queues {
            for want in &self.rosters[*queue].busy {
                let want = &self.wants[*want];
                if want.step > room || !want.able.iter().any(|(_, able)| able == class) {
                    continue;
                }
                for entry in &want.waiting {
                    if first.is_some_and(|first| first <= *entry) {
                        break;
                    }
                    if may(entry.1) {
                        first = Some(*entry);
                        break;
                    }
                }
            }
        }
        first
    }

    /// Counts the free members of a queue whose skills do not reach for a want.
    pub(crate) fn unskilled(&self, want: WantNo) -> u32 {
        let want = &self.wants[want];
        let roster = &self.rosters[want.queue];
        let able: usize =
            want.able.iter().map(|(_, class)| roster.sets_from(*class, 1).map(BTreeSet::len).sum::<usize>()).sum();
        roster.free.saturating_sub(u32::try_from(able).unwrap_or(u32::MAX))
    }
}

impl Roster {
    fn free_set(&mut self, class: ClassNo, room: u8) -> Option<&mut BTreeSet<(Timestamp, DeskNo)>> {
        let class = self.classes.get_mut(super::arena::Number::at(class))?;
        class.free.get_mut(usize::from(room).checked_sub(1)?)
    }

    fn sets_from(&self, class: ClassNo, step: u8) -> impl Iterator<Item = &BTreeSet<(Timestamp, DeskNo)>> {
        let class = self.classes.get(super::arena::Number::at(class));
        class.into_iter().flat_map(|class| &class.free).skip(usize::from(step.saturating_sub(1)))
    }
}

impl Found {
    /// Gives the best candidates, the best first.
    pub(crate) fn best(&self) -> impl Iterator<Item = Ranked> + Clone + '_ {
        self.best.iter().map_while(|ranked| *ranked)
    }

    fn full_before(&self, ranked: &Ranked) -> bool {
        self.best.last().is_some_and(|last| last.is_some_and(|last| last <= *ranked))
    }

    fn insert(&mut self, ranked: Ranked) {
        let mut moved = Some(ranked);
        for known in &mut self.best {
            if known.is_none_or(|known| moved.is_some_and(|moved| moved < known)) {
                moved = std::mem::replace(known, moved);
            }
        }
    }
}
