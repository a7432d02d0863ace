//! Simulation: a day of a branch in virtual time, with crashes between any two steps, lost
//! answers of commits, repeats and reordering. A failure names its seed.

use std::{panic::catch_unwind, sync::Arc};

use contract::{
    CaseState, InputId, Millis,
    firm::Firm,
    journal::{Fact, FirmChanged},
};

use crate::{
    chance::Chance,
    checks::{check, nothing_lost},
    clients::contacts,
    desks::Desks,
    house::{House, Message},
};

/// Seeds that once found something, kept for ever.
const KEPT: &[u64] = &[0xc0ffee, 0x5eed];
/// Seeds tried besides.
const SEEDS: u64 = 24;
/// Times the clock is moved on at the end of a day, ten minutes each.
const REST_ROUNDS: usize = 30;
/// Rounds of the router between two moves of the clock at the end of a day.
const ROUNDS_AT_ONCE: usize = 60;
/// Steps of a day before it comes to its end.
const STEPS: usize = 250;

#[test]
fn a_day_with_faults_keeps_every_invariant() {
    for seed in KEPT.iter().copied().chain(0..SEEDS) {
        let run = catch_unwind(|| day(seed));
        assert!(run.is_ok(), "seed {seed:#x} breaks an invariant; see above");
    }
}

fn firm() -> Firm {
    let toml = include_str!("../scenarios/desk.toml");
    firm::read("desk.toml", toml).unwrap_or_else(|faults| panic!("{faults}")).0.firm
}

fn day(seed: u64) {
    let mut chance = Chance::new(seed);
    let Day { mut house, mut desks, firm, accepted, mut seen } = Day::live(&mut chance, STEPS);
    come_to_rest(&mut house, &mut desks, &firm, &mut chance, &mut seen);
    nothing_lost(&house, &accepted);
    check(&mut house, &firm, &desks);
    tampering_is_noticed(&mut house, &mut chance);
}

/// A day that was lived, faults and all.
pub(crate) struct Day {
    pub(crate) house: House,
    desks: Desks,
    firm: Firm,
    accepted: Vec<Message>,
    /// How much of what was published the screens have taken.
    seen: usize,
}

impl Day {
    /// Lives so many steps of a day; half of them on, the firm changes.
    pub(crate) fn live(chance: &mut Chance, steps: usize) -> Self {
        let mut firm = firm();
        let (mut house, mut desks) = (House::new(), Desks::default());
        let mut accepted = Vec::new();
        house.command.push(firm_changed(1, &firm));
        let mut seen = 0;
        for step in 0..steps {
            if chance.once_in(2) {
                for message in contacts(chance, house.now) {
                    house.route.push(message.clone());
                    if chance.once_in(6) {
                        house.route.push(message.clone());
                    }
                    accepted.push(message);
                }
            }
            for _ in 0..chance.below(4) {
                let message = desks.act(&firm, house.now, chance);
                house.command.push(message.clone());
                if chance.once_in(8) {
                    house.command.push(message);
                }
            }
            if step == steps / 2 {
                firm.agents.retain(|agent| agent.id.as_str() != "wang");
                house.command.push(firm_changed(2, &firm));
            }
            house.wait(Millis::new(i64::try_from(chance.below(20_000)).unwrap()));
            house.step(chance);
            look(&house, &mut desks, &mut seen);
        }
        Self { house, desks, firm, accepted, seen }
    }
}

fn firm_changed(version: u64, firm: &Firm) -> Message {
    let changed =
        FirmChanged { version, digest: vec![0; 4], firm: Arc::new(firm.clone()), branch: firm.branches[0].id.clone() };
    Message { id: InputId::new(u128::from(version)), fact: Fact::Firm(changed) }
}

/// Screens take what was published since.
fn look(house: &House, desks: &mut Desks, seen: &mut usize) {
    for at in &house.published[*seen..] {
        desks.see(*at, house.changes(*at));
    }
    *seen = house.published.len();
}

/// No more faults and arrivals: in the end nothing waits, nothing is held, nothing is due but
/// what can no longer happen.
fn come_to_rest(house: &mut House, desks: &mut Desks, firm: &Firm, chance: &mut Chance, seen: &mut usize) {
    house.faults = false;
    for _ in 0..REST_ROUNDS {
        house.wait(Millis::from_secs(600));
        for _ in 0..ROUNDS_AT_ONCE {
            house.step(chance);
            look(house, desks, seen);
            if house.command.is_empty() {
                house.command.extend(desks.tidy(firm, house.now, chance));
            }
            if house.rests() {
                break;
            }
        }
    }
    drain(house, chance);
    look(house, desks, seen);
    assert!(house.rests(), "messages are left");
    let open: Vec<_> = desks.cases.values().filter(|case| case.state != CaseState::Closed).collect();
    let stuck: Vec<_> = open.iter().filter(|case| !unreachable(case, firm)).collect();
    assert!(stuck.is_empty(), "the day does not come to its end: {stuck:?}");
}

/// Lets the router take what is left.
fn drain(house: &mut House, chance: &mut Chance) {
    while !house.rests() {
        house.step(chance);
    }
}

/// Says whether nobody of a queue may take a case: all are recused, or none is qualified.
fn unreachable(case: &contract::view::CaseView, firm: &Firm) -> bool {
    let pending = case.state == CaseState::Pending;
    let able = firm.agents.iter().filter(|agent| agent.queues.contains(&case.queue));
    pending
        || case.state == CaseState::Waiting
            && able.clone().all(|agent| {
                // Who has the language and did not understand it all the same is excluded too.
                let declined = case.declines > 0 || case.language.is_some();
                let lacks = case.skills.iter().any(|(skill, level)| {
                    let own = agent.skills.iter().find(|(known, _)| known == skill).map_or(0, |(_, level)| *level);
                    own < *level
                });
                case.recused.contains(&agent.id) || declined || lacks
            })
}

fn tampering_is_noticed(house: &mut House, chance: &mut Chance) {
    let at = chance.below(house.store.journal.len());
    let place = chance.below(house.store.journal[at].0.len());
    house.store.journal[at].0[place] ^= 1;
    assert_eq!(house.verify(), Some(at), "I-8: a changed record goes unnoticed");
    house.store.journal[at].0[place] ^= 1;
    if at + 1 < house.store.journal.len() {
        let cut = house.store.journal.remove(at);
        assert_eq!(house.verify(), Some(at), "I-8: a record that is cut out goes unnoticed");
        house.store.journal.insert(at, cut);
    }
}
