//! Three branches of one firm in virtual time, each with its own bus, journal and crashes: cases
//! and contacts go between them, and are always in the hands of exactly one.
//!
//! In: seeds. Out: a model of whose hands a case is in, built from the journals alone.

use std::{collections::BTreeMap, panic::catch_unwind, sync::Arc};

use contract::{
    CaseId, CaseState, ContactId, InputId, Kind, Millis,
    command::Command,
    firm::Firm,
    inbound::Matter,
    journal::{ContactFacts, Elsewhere, Event, Fact, FirmChanged},
    view::{CaseView, Change},
};
use router::core::{State, case_now};

use crate::{
    chance::Chance,
    checks::check,
    clients::contacts,
    desks::Desks,
    house::{House, Message},
    world::command,
};

/// Seeds that once found something, kept for ever.
const KEPT: &[u64] = &[0xb4a9c];
/// Seeds tried besides.
const SEEDS: u64 = 12;
/// Steps of a day before it comes to its end, each of one branch.
const STEPS: usize = 450;
/// Times the clock is moved on at the end of a day, ten minutes each.
const REST_ROUNDS: usize = 12;
/// Rounds of a router between two moves of the clock at the end of a day.
const ROUNDS_AT_ONCE: usize = 40;
/// Moves that the days must have at least, so that a test of nothing is noticed.
const MOVES_MIN: usize = 20;
/// Contacts that the days must have forwarded at least.
const FORWARDED_MIN: usize = 20;

#[test]
fn cases_between_branches_are_in_one_hand() {
    let (mut moves, mut forwarded) = (0, 0);
    for seed in KEPT.iter().copied().chain(0..SEEDS) {
        let run = catch_unwind(|| day(seed));
        assert!(run.is_ok(), "seed {seed:#x} breaks an invariant; see above");
        let Ok((moved, passed_on)) = run else { return };
        moves += moved;
        forwarded += passed_on;
    }
    assert!(moves >= MOVES_MIN && forwarded >= FORWARDED_MIN, "{moves} moves, {forwarded} forwarded");
}

/// One branch with its screens.
struct Branch {
    house: House,
    desks: Desks,
    /// How much of what was published was taken on.
    seen: usize,
    /// How much of the journal the model has read.
    read: usize,
}

/// Where a case is, as the journals say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hand {
    Of(usize),
    /// From a branch to another, on this move.
    Between(usize, usize, u32),
    Gone,
}

struct Town {
    branches: Vec<Branch>,
    firm: Firm,
    hands: BTreeMap<CaseId, Hand>,
    /// What the store's table of cases says.
    rows: BTreeMap<CaseId, CaseView>,
    /// What clients wrote, and how often each was taken.
    taken: BTreeMap<ContactId, usize>,
    moves: usize,
    forwarded: usize,
}

fn day(seed: u64) -> (usize, usize) {
    let mut chance = Chance::new(seed);
    let mut town = Town::open();
    for _ in 0..STEPS {
        let at = chance.below(town.branches.len());
        town.client(at, &mut chance);
        town.staff(at, &mut chance);
        let span = Millis::new(i64::try_from(chance.below(6_000)).unwrap());
        town.branches.iter_mut().for_each(|branch| branch.house.wait(span));
        town.step(at, &mut chance);
    }
    town.come_to_rest(&mut chance);
    town.account();
    (town.moves, town.forwarded)
}

impl Town {
    fn open() -> Self {
        let toml = include_str!("../scenarios/town.toml");
        let firm = firm::read("town.toml", toml).unwrap_or_else(|faults| panic!("{faults}")).0.firm;
        let branch = |at: usize| {
            let mut house = House::new();
            let branch = firm.branches[at].id.clone();
            let changed = FirmChanged { version: 1, digest: vec![0; 4], firm: Arc::new(firm.clone()), branch };
            house.command.push(Message { id: InputId::new(1), fact: Fact::Firm(changed) });
            Branch { house, desks: Desks::default(), seen: 0, read: 0 }
        };
        Self {
            branches: (0..firm.branches.len()).map(branch).collect(),
            hands: BTreeMap::new(),
            rows: BTreeMap::new(),
            taken: BTreeMap::new(),
            moves: 0,
            forwarded: 0,
            firm,
        }
    }

    /// Lets a client write or call; now and then what he wrote comes twice.
    fn client(&mut self, at: usize, chance: &mut Chance) {
        if !chance.once_in(3) {
            return;
        }
        let now = self.branches[at].house.now;
        for mut message in contacts(chance, now) {
            if let Fact::Contact(facts) = &mut message.fact {
                facts.elsewhere = self.elsewhere(at, facts, chance);
                if facts.matter == Matter::Message && chance.once_in(6) && !self.rows.is_empty() {
                    let cases: Vec<CaseId> = self.rows.keys().copied().collect();
                    facts.thread = Some(*chance.pick(&cases));
                }
                if !matches!(facts.matter, Matter::Leg(_) | Matter::Call(_)) {
                    self.taken.entry(facts.contact).or_default();
                }
            }
            let route = &mut self.branches[at].house.route;
            route.push(message.clone());
            if chance.once_in(6) {
                route.push(message);
            }
        }
    }

    /// Gives the hint that an enricher would, right or stale.
    fn elsewhere(&self, at: usize, facts: &ContactFacts, chance: &mut Chance) -> Option<Elsewhere> {
        let here = &self.firm.branches[at].id;
        let stale = chance.once_in(8);
        let open = self.rows.values().filter(|row| row.branch != *here && row.client == facts.client);
        let mut open = open.filter(|row| row.client.is_some() && (stale || row.state != CaseState::Closed));
        open.next().map(|row| Elsewhere { case: row.id, branch: row.branch.clone(), kind: row.kind })
    }

    /// Lets agents and shift leaders of a branch act on what they see; they know queues and
    /// agents of all branches.
    fn staff(&mut self, at: usize, chance: &mut Chance) {
        let Branch { house, desks, .. } = &mut self.branches[at];
        for _ in 0..chance.below(5) {
            let message = desks.act(&self.firm, house.now, chance);
            house.command.push(message.clone());
            if chance.once_in(8) {
                house.command.push(message);
            }
        }
    }

    /// Lets the router of a branch go round, and what it published reach screens and branches.
    fn step(&mut self, at: usize, chance: &mut Chance) {
        self.branches[at].house.step(chance);
        self.read(at);
        let Branch { house, desks, seen, .. } = &mut self.branches[at];
        let published: Vec<usize> = house.published[*seen..].to_vec();
        *seen = house.published.len();
        let mut out = Vec::new();
        for record in published {
            desks.see(record, house.changes(record));
            let record = house.record(record);
            for event in &record.events {
                out.extend(outgoing(&record.input.fact, event, record.now));
            }
        }
        for (to, is_command, message) in out {
            let to = self.firm.branches.iter().position(|branch| branch.id == to).unwrap();
            let house = &mut self.branches[to].house;
            let queue = if is_command { &mut house.command } else { &mut house.route };
            let place = chance.below(queue.len() + 1);
            queue.insert(place, message);
        }
    }

    /// Follows whose hands cases are in, by what was committed.
    fn read(&mut self, at: usize) {
        while self.branches[at].read < self.branches[at].house.store.journal.len() {
            let record = self.branches[at].read;
            self.branches[at].read += 1;
            for change in self.branches[at].house.changes(record).to_vec() {
                if let Change::Case(case) = change
                    && self.rows.get(&case.id).is_none_or(|row| case.moves >= row.moves)
                {
                    self.rows.insert(case.id, *case);
                }
            }
            for event in self.branches[at].house.record(record).events {
                self.hand(at, &event);
            }
        }
    }

    fn hand(&mut self, at: usize, event: &Event) {
        match event {
            Event::CaseOpened(opened) => {
                assert_eq!(self.hands.insert(opened.case, Hand::Of(at)), None, "a case is opened twice");
            }
            Event::MovedOut(moved) => {
                let to = self.firm.branches.iter().position(|branch| branch.id == moved.to).unwrap();
                let before = self.hands.insert(moved.case, Hand::Between(at, to, moved.moves));
                assert_eq!(before, Some(Hand::Of(at)), "a case leaves a branch that does not have it");
                assert!(moved.moves <= 3, "a case moves too often");
                assert!(moved.clock.is_some() && !moved.owner.as_str().is_empty(), "I-4: nobody waits for it");
                self.moves += 1;
            }
            Event::MovedIn(arrived) => {
                let moves = arrived.moved.moves;
                let before = self.hands.insert(arrived.moved.case, Hand::Of(at));
                assert!(
                    matches!(before, Some(Hand::Between(_, to, number)) if to == at && number == moves),
                    "a case arrives that was not sent here: {before:?}"
                );
            }
            Event::Retired(case) => {
                let before = self.hands.insert(*case, Hand::Gone);
                assert_eq!(before, Some(Hand::Of(at)), "a branch retires what it does not have");
            }
            Event::Offered(offered) => {
                assert_eq!(self.hands.get(&offered.case), Some(&Hand::Of(at)), "a branch offers what it does not have");
            }
            Event::Forwarded(_) => self.forwarded += 1,
            Event::ContactTaken(taken) => {
                if let Some(count) = self.taken.get_mut(&taken.contact) {
                    *count += 1;
                }
            }
            _ => {}
        }
    }

    /// While a case is between branches, the one it left has it with its deadline.
    fn watched(&mut self) {
        let between: Vec<(CaseId, usize)> = self
            .hands
            .iter()
            .filter_map(|(case, hand)| if let Hand::Between(from, ..) = hand { Some((*case, *from)) } else { None })
            .collect();
        for (case, from) in between {
            let state = self.branches[from].house.load();
            let watched = case_now(&state, case).expect("a case is between branches and watched by none");
            assert!(watched.due_at.is_some() && !watched.owner.is_empty(), "I-4: it has no deadline on its way");
        }
    }

    fn come_to_rest(&mut self, chance: &mut Chance) {
        self.watched();
        for branch in &mut self.branches {
            branch.house.faults = false;
        }
        for _ in 0..REST_ROUNDS {
            for branch in &mut self.branches {
                branch.house.wait(Millis::from_secs(600));
            }
            for _ in 0..ROUNDS_AT_ONCE {
                for at in 0..self.branches.len() {
                    self.step(at, chance);
                }
                if self.branches.iter().all(|branch| branch.house.rests()) {
                    break;
                }
            }
        }
        assert!(self.branches.iter().all(|branch| branch.house.rests()), "messages are left");
    }

    /// At rest: every case in one State, every contact taken once, every journal as it must be.
    fn account(&mut self) {
        let states: Vec<State> = self.branches.iter_mut().map(|branch| branch.house.load()).collect();
        for (case, hand) in &self.hands {
            let has: Vec<usize> = (0..states.len()).filter(|at| case_now(&states[*at], *case).is_some()).collect();
            match hand {
                Hand::Of(at) => assert_eq!(has, [*at], "a case is in other hands than its journals say"),
                Hand::Gone => assert!(has.is_empty(), "a case that is gone is held"),
                Hand::Between(..) => panic!("a case is on its way for ever"),
            }
            if let (Hand::Of(at), Some(row)) = (hand, self.rows.get(case)) {
                let now = case_now(&states[*at], *case).unwrap();
                assert_eq!(*row, CaseView { seq: row.seq, ..now }, "the table says something else");
            }
        }
        for (contact, count) in &self.taken {
            assert_eq!(*count, 1, "I-1: contact {contact} was taken {count} times");
        }
        for branch in &mut self.branches {
            check(&mut branch.house, &self.firm, &branch.desks);
        }
    }
}

/// What an event makes the tail publish: to which branch, whether as a command, and what.
fn outgoing(fact: &Fact, event: &Event, at: contract::Timestamp) -> Option<(contract::BranchId, bool, Message)> {
    let told = |told: Command| {
        let fact = command(told.by, told.verb);
        (told.branch, true, Message { id: told.id, fact })
    };
    match (event, fact) {
        (Event::MovedOut(moved), _) => Some(told(Command::move_in(moved, at))),
        (Event::MovedIn(arrived), _) => Some(told(Command::move_done(&arrived.moved, at))),
        (Event::Forwarded(forwarded), Fact::Contact(facts)) => {
            let facts = ContactFacts {
                hop: facts.hop + 1,
                thread: Some(forwarded.case),
                elsewhere: None,
                asks: None,
                kind: if facts.kind == Kind::Subscription { Kind::Enquiry } else { facts.kind },
                ..facts.as_ref().clone()
            };
            let message = Message { id: forwarded.input.forwarded(), fact: Fact::Contact(Box::new(facts)) };
            Some((forwarded.to.clone(), false, message))
        }
        _ => None,
    }
}
