//! Routers share branches in a world of rows and clocks: join, leave, die, freeze, race.
//!
//! In: events, from a list or a seed. Out: who holds what, and how long a branch had nobody.
//! Never here: IO; the rows take what the store's statements take.

use contract::Timestamp;
use proptest::prelude::*;
use runtime::{Chance, Clock};

use super::*;

/// Milliseconds between two looks of a router.
const LOOK_MS: i64 = 500;
/// Milliseconds of a step of the world.
const STEP_MS: i64 = 50;
/// Milliseconds that a handing over takes.
const FINISH_MS: i64 = 200;
/// A dead router's branch has a holder again after so many milliseconds.
const DEAD_MAX_MS: i64 = 10_000;
/// A released branch has a holder again after so many milliseconds.
const RELEASED_MAX_MS: i64 = 2_000;

/// A row of a branch, as the store keeps it.
#[derive(Debug, Clone, Default)]
struct Row {
    mark: Mark,
    holder: Option<RouterId>,
    is_released: bool,
}

/// A router process: what it knows, and what it believes to hold.
struct Process {
    id: RouterId,
    clock: Clock,
    share: Share,
    /// Branches with the epoch they were taken in, and when the handing over ends.
    held: BTreeMap<BranchId, (u64, Option<i64>)>,
    look_in: i64,
    beats: u64,
    beat_in: i64,
    is_frozen: bool,
    awake_since: i64,
}

struct World {
    now: i64,
    branches: BTreeSet<BranchId>,
    rows: BTreeMap<BranchId, Row>,
    routers: BTreeMap<RouterId, u64>,
    processes: Vec<Process>,
    born: u32,
    /// Since when a branch has nobody who lives, and whether it was given back.
    without: BTreeMap<BranchId, (i64, bool)>,
    longest_dead: i64,
    longest_released: i64,
    moves: u64,
}

impl World {
    fn of(branches: u32) -> Self {
        Self {
            now: 0,
            branches: (0..branches).map(|number| format!("b{number:02}").parse().unwrap()).collect(),
            rows: BTreeMap::new(),
            routers: BTreeMap::new(),
            processes: Vec::new(),
            born: 0,
            without: BTreeMap::new(),
            longest_dead: 0,
            longest_released: 0,
            moves: 0,
        }
    }

    fn join(&mut self) {
        self.join_after(None);
    }

    /// Starts another one, in the data folder of one who died.
    fn join_after(&mut self, before: Option<RouterId>) {
        self.born += 1;
        let id: RouterId = format!("r{:03}", self.born).parse().unwrap();
        let clock = Clock::by_hand(Timestamp::from_ms(1_000_000 * i64::from(self.born)));
        let share = Share::new(Identity { me: id.clone(), before }, Company::Others);
        let phase = i64::from(self.born * 7 % 10) * STEP_MS;
        self.processes.push(Process {
            id,
            clock,
            share,
            held: BTreeMap::new(),
            look_in: phase,
            beats: 0,
            beat_in: 0,
            is_frozen: false,
            awake_since: self.now,
        });
    }

    /// Dies without a word.
    fn kill(&mut self, which: usize) -> RouterId {
        let gone = self.processes.remove(which);
        for branch in gone.held.into_keys() {
            self.bereave(&branch, &gone.id, false);
        }
        gone.id
    }

    /// Leaves as it should.
    fn leave(&mut self, which: usize) {
        let gone = self.processes.remove(which);
        self.routers.remove(&gone.id);
        for (branch, (epoch, _)) in gone.held {
            self.release(&branch, epoch);
        }
    }

    fn freeze(&mut self, which: usize) {
        self.processes[which].is_frozen = true;
    }

    fn thaw(&mut self, which: usize) {
        let process = &mut self.processes[which];
        process.is_frozen = false;
        process.awake_since = self.now;
        process.beat_in = 0;
    }

    /// Says whether it has been awake for long enough to say so.
    fn lives(&self, process: &Process) -> bool {
        !process.is_frozen && self.now - process.awake_since > STEP_MS
    }

    fn bereave(&mut self, branch: &BranchId, holder: &RouterId, is_released: bool) {
        if self.rows.get(branch).is_some_and(|row| row.holder.as_ref() == Some(holder)) {
            self.without.entry(branch.clone()).or_insert((self.now, is_released));
        }
    }

    fn release(&mut self, branch: &BranchId, epoch: u64) {
        let row = self.rows.get_mut(branch).unwrap();
        if row.mark.epoch == epoch {
            row.mark = Mark { epoch: epoch + 1, beat: row.mark.beat + 1 };
            row.is_released = true;
            self.without.insert(branch.clone(), (self.now, true));
        }
    }

    fn sight(&self) -> Sight {
        let routers = self.routers.iter();
        let branches = self.rows.iter().map(|(branch, row)| BranchLease {
            branch: branch.clone(),
            mark: row.mark,
            hold: match &row.holder {
                Some(holder) if !row.is_released => Hold::By(holder.clone()),
                _ => Hold::Free,
            },
            reader: READER,
        });
        let living = |(router, beat): (&RouterId, &u64)| Living { router: router.clone(), beat: *beat, reader: READER };
        Sight { routers: routers.map(living).collect(), branches: branches.collect() }
    }

    /// Moves the time on; whoever is not frozen does what is due.
    fn step(&mut self) {
        self.now += STEP_MS;
        for which in 0..self.processes.len() {
            self.processes[which].clock.advance(Millis::new(STEP_MS));
            if !self.processes[which].is_frozen {
                self.live(which);
            }
        }
        let frozen: Vec<_> = self.processes.iter().filter(|process| process.is_frozen).map(|p| p.id.clone()).collect();
        for id in frozen {
            let held: Vec<_> = self.branches.iter().cloned().collect();
            held.iter().for_each(|branch| self.bereave(branch, &id, false));
        }
    }

    fn run(&mut self, ms: i64) {
        for _ in 0..ms / STEP_MS {
            self.step();
        }
    }

    fn live(&mut self, which: usize) {
        let id = self.processes[which].id.clone();
        self.processes[which].beat_in -= STEP_MS;
        if self.processes[which].beat_in <= 0 {
            self.processes[which].beat_in = 2_000;
            self.processes[which].beats += 1;
            self.routers.insert(id, self.processes[which].beats);
            self.beat(which);
        }
        self.finish(which);
        self.processes[which].look_in -= STEP_MS;
        if self.processes[which].look_in <= 0 {
            self.processes[which].look_in = LOOK_MS;
            self.look(which);
        }
    }

    /// Beats on every branch that it believes to hold; where it is fenced it lets go.
    fn beat(&mut self, which: usize) {
        let (rows, without) = (&mut self.rows, &mut self.without);
        let process = &mut self.processes[which];
        process.held.retain(|branch, (epoch, _)| {
            let row = rows.get_mut(branch).unwrap();
            let holds = row.mark.epoch == *epoch;
            if holds {
                row.mark.beat += 1;
                without.remove(branch);
            }
            holds
        });
    }

    fn finish(&mut self, which: usize) {
        let now = self.now;
        let process = &mut self.processes[which];
        let done = process.held.iter().filter(|(_, (_, ends))| ends.is_some_and(|ends| ends <= now));
        let done: Vec<_> = done.map(|(branch, (epoch, _))| (branch.clone(), *epoch)).collect();
        for (branch, epoch) in done {
            self.processes[which].held.remove(&branch);
            self.release(&branch, epoch);
        }
    }

    fn look(&mut self, which: usize) {
        let sight = self.sight();
        let now = self.now;
        let process = &mut self.processes[which];
        let mine: BTreeSet<_> = process.held.keys().cloned().collect();
        let me = Me { in_force: &self.branches, mine: &mine, is_fit: true };
        let steps = process.share.look(process.clock.monotonic(), &sight, &me);
        for branch in steps.hand_over {
            let (_, ends) = process.held.get_mut(&branch).unwrap();
            ends.get_or_insert(now + FINISH_MS);
        }
        for dead in steps.dead {
            let wrong = self.processes.iter().any(|process| process.id == dead.router && self.lives(process));
            assert!(!wrong, "{} lives and is taken off", dead.router);
            self.routers.remove(&dead.router);
        }
        for (branch, seen) in steps.take {
            self.take(which, branch, seen);
        }
    }

    /// What the store's conditional UPDATE does.
    fn take(&mut self, which: usize, branch: BranchId, seen: Mark) {
        let id = self.processes[which].id.clone();
        let holds = |process: &Process| process.held.get(&branch).is_some_and(|(epoch, _)| *epoch == seen.epoch);
        let is_held = self.processes.iter().any(|process| holds(process) && self.lives(process));
        let row = self.rows.entry(branch.clone()).or_default();
        if row.mark != seen {
            return;
        }
        let before = row.holder.replace(id);
        let was_released = std::mem::take(&mut row.is_released);
        row.mark = Mark { epoch: seen.epoch + 1, beat: seen.beat + 1 };
        assert!(was_released || !is_held, "{branch} is taken from {before:?}, who lives");
        self.moves += 1;
        if let Some((since, is_released)) = self.without.remove(&branch) {
            let longest = if is_released { &mut self.longest_released } else { &mut self.longest_dead };
            *longest = (*longest).max(self.now - since);
        }
        self.processes[which].held.insert(branch, (seen.epoch + 1, None));
    }

    /// Asserts that every branch is held by one who lives, and all hold alike many.
    fn assert_fair(&self) {
        let mut held: BTreeMap<&BranchId, &RouterId> = BTreeMap::new();
        for process in self.processes.iter().filter(|process| !process.is_frozen) {
            for branch in process.held.keys() {
                assert_eq!(held.insert(branch, &process.id), None, "{branch} is held twice");
            }
        }
        assert_eq!(held.len(), self.branches.len(), "every branch is held");
        let counts = self.counts();
        let (least, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
        assert!(most - least <= 1, "{counts:?}");
    }

    fn counts(&self) -> Vec<usize> {
        self.processes.iter().filter(|process| !process.is_frozen).map(|process| process.held.len()).collect()
    }
}

#[test]
fn any_number_of_routers_share_any_number_of_branches_evenly() {
    for branches in 1..=40 {
        for routers in 1..=5 {
            let mut world = World::of(branches);
            (0..routers).for_each(|_| world.join());
            world.run(5_000);
            world.assert_fair();
        }
    }
}

#[test]
fn one_who_joins_or_leaves_moves_no_more_than_it_must() {
    for branches in 1..=40_u64 {
        let mut world = World::of(u32::try_from(branches).unwrap());
        for routers in 1..=5 {
            let before = world.moves;
            world.join();
            world.run(4_000);
            world.assert_fair();
            let share = branches.div_ceil(routers);
            let moved = world.moves - before;
            assert!(moved <= share.max(1) || routers == 1, "{branches} among {routers}: {moved} moved");
        }
        for routers in (1..=4).rev() {
            let before = world.moves;
            let leaving = world.processes[0].held.len() as u64;
            world.leave(0);
            world.run(4_000);
            world.assert_fair();
            assert_eq!(world.moves - before, leaving, "{branches} among {routers} after one left");
        }
        assert!(world.longest_released <= RELEASED_MAX_MS, "{} ms", world.longest_released);
    }
}

#[test]
fn nothing_moves_while_nothing_changes() {
    let mut world = World::of(17);
    (0..4).for_each(|_| world.join());
    world.run(5_000);
    let before = world.moves;
    world.run(600_000);
    assert_eq!(world.moves, before);
}

#[test]
fn what_the_dead_held_is_taken_within_ten_seconds() {
    let mut longest = 0;
    for phase in 0..40 {
        let mut world = World::of(12);
        (0..3).for_each(|_| world.join());
        world.run(5_000 + phase * STEP_MS);
        world.kill(1);
        world.run(DEAD_MAX_MS);
        world.assert_fair();
        longest = longest.max(world.longest_dead);
    }
    println!("taken over from the dead after {longest} ms at most");
    assert!(longest <= DEAD_MAX_MS, "{longest} ms");
}

#[test]
fn what_the_dead_held_does_not_wait_for_who_came_a_moment_ago() {
    let mut world = World::of(8);
    (0..2).for_each(|_| world.join());
    world.run(5_000);
    world.kill(0);
    world.run(4_000);
    world.join();
    world.run(6_000);
    world.assert_fair();
    assert!(world.longest_dead <= DEAD_MAX_MS, "{} ms", world.longest_dead);
}

#[test]
fn what_one_held_before_it_was_killed_it_takes_again_without_waiting() {
    for routers in 1..=4 {
        let mut world = World::of(9);
        (0..routers).for_each(|_| world.join());
        world.run(5_000);
        let before = world.kill(0);
        world.join_after(Some(before));
        world.run(RELEASED_MAX_MS);
        assert!(world.without.is_empty(), "among {routers}: {:?}", world.without);
        world.run(3_000);
        world.assert_fair();
    }
}

#[test]
fn one_who_wakes_waits_like_anybody_and_gets_its_share_again() {
    let mut world = World::of(10);
    (0..2).for_each(|_| world.join());
    world.run(5_000);
    world.freeze(0);
    world.run(30_000);
    assert_eq!(world.counts(), [10], "the other one has them all");
    world.thaw(0);
    world.run(4_000);
    world.assert_fair();
}

#[test]
fn one_who_was_taken_off_while_it_slept_is_not_mistaken_for_the_dead() {
    // The second one saw its first beat only, slept, and sees it again after it came back.
    let mut world = World::of(4);
    (0..3).for_each(|_| world.join());
    world.run(1_000);
    world.freeze(2);
    world.run(8_000);
    world.freeze(1);
    world.run(5_000);
    world.thaw(2);
    world.step();
    world.thaw(1);
    world.run(10_000);
    world.assert_fair();
}

#[test]
fn a_short_sleep_costs_nothing() {
    let mut world = World::of(10);
    (0..2).for_each(|_| world.join());
    world.run(5_000);
    let before = world.moves;
    world.freeze(0);
    world.run(5_000);
    world.thaw(0);
    world.run(20_000);
    assert_eq!(world.moves, before);
}

#[test]
fn when_all_slept_nobody_takes_from_anybody() {
    let mut world = World::of(10);
    (0..3).for_each(|_| world.join());
    world.run(5_000);
    let before = world.moves;
    (0..3).for_each(|which| world.freeze(which));
    world.run(60_000);
    (0..3).for_each(|which| world.thaw(which));
    world.run(20_000);
    assert_eq!(world.moves, before);
}

#[test]
fn alone_everything_is_taken_at_the_first_look() {
    let hq: BranchId = "hq".parse().unwrap();
    let in_force = BTreeSet::from([hq.clone(), "sz".parse().unwrap()]);
    let held = BranchLease {
        branch: hq.clone(),
        mark: Mark { epoch: 4, beat: 9 },
        hold: Hold::By("before".parse().unwrap()),
        reader: READER,
    };
    let sight = Sight { routers: vec![], branches: vec![held] };
    let clock = Clock::by_hand(Timestamp::from_ms(0));
    let mine = BTreeSet::new();
    let me = Me { in_force: &in_force, mine: &mine, is_fit: true };
    let mut share = Share::new(Identity { me: "me".parse().unwrap(), before: None }, Company::Alone);
    let steps = share.look(clock.monotonic(), &sight, &me);
    let first = Mark { epoch: 4, beat: 9 };
    assert_eq!(steps.take, [(hq.clone(), first), ("sz".parse().unwrap(), Mark::default())]);
    // Who comes later than the first look lives, and is waited for.
    clock.advance(Millis::new(LOOK_MS));
    let steps = share.look(clock.monotonic(), &sight, &me);
    assert_eq!(steps.take, [("sz".parse().unwrap(), Mark::default())]);
    assert_eq!(steps.awaited, [hq]);
}

#[test]
fn what_only_newer_versions_read_is_left_to_them() {
    let hq: BranchId = "hq".parse().unwrap();
    let in_force = BTreeSet::from([hq.clone(), "sz".parse().unwrap()]);
    let newer = BranchLease { branch: hq, mark: Mark::default(), hold: Hold::Free, reader: READER + 1 };
    let other = Living { router: "other".parse().unwrap(), beat: 1, reader: READER + 1 };
    let sight = Sight { routers: vec![other], branches: vec![newer] };
    let clock = Clock::by_hand(Timestamp::from_ms(0));
    let mine = BTreeSet::new();
    let me = Me { in_force: &in_force, mine: &mine, is_fit: true };
    let mut share = Share::new(Identity { me: "me".parse().unwrap(), before: None }, Company::Others);
    for _ in 0..4 {
        clock.advance(Millis::new(LOOK_MS));
        share.look(clock.monotonic(), &sight, &me);
    }
    let steps = share.look(clock.monotonic(), &sight, &me);
    assert_eq!(steps.take, [("sz".parse().unwrap(), Mark::default())]);
}

/// Lets a seed do what it wants with a world, and lets it come to rest.
fn troubled(seed: u64) -> World {
    let chance = Chance::seeded(seed);
    let mut world = World::of(1 + u32::try_from(chance.below(20)).unwrap());
    (0..=chance.below(4)).for_each(|_| world.join());
    for _ in 0..40 {
        world.run(STEP_MS * i64::try_from(chance.below(200)).unwrap());
        let which = usize::try_from(chance.below(world.processes.len() as u64)).unwrap();
        let others = world.processes.len() > 1;
        match chance.below(7) {
            0 if others => drop(world.kill(which)),
            6 if !world.processes[which].is_frozen => {
                let before = world.kill(which);
                world.join_after(Some(before));
            }
            1 if others => world.leave(which),
            2 => world.freeze(which),
            3 => world.thaw(which),
            _ if world.processes.len() < 5 => world.join(),
            _ => {}
        }
    }
    (0..world.processes.len()).for_each(|which| world.thaw(which));
    world.run(20_000);
    world
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 50, ..ProptestConfig::default() })]
    #[test]
    fn whatever_happens_the_living_hold_all_alike(seed in any::<u64>()) {
        troubled(seed).assert_fair();
    }
}
