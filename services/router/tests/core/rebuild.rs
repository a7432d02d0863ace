//! Rebuilding: the events of a long random history, applied one by one to an empty State, give
//! the State that decided them, after every record of it (I-7).
//!
//! The history is one of the simulation: crashes, repeats, another firm half-way. The State
//! that decides and the one that applies share nothing but the records.

use contract::wire;
use router::core::{State, apply, decide, snapshot, sweep};

use crate::{chance::Chance, simulation::Day};

/// Seeds of the histories.
const SEEDS: &[u64] = &[0x1_5eed, 2026];
/// Steps of a history.
const STEPS: usize = 400;
/// Records that a history must have at least, so that a test of nothing is noticed.
const RECORDS_MIN: usize = 500;

#[test]
fn apply_alone_rebuilds_the_state() {
    for seed in SEEDS {
        rebuild(*seed);
    }
}

fn rebuild(seed: u64) {
    let house = Day::live(&mut Chance::new(seed), STEPS).house;
    let records = house.store.journal.len();
    assert!(records >= RECORDS_MIN, "seed {seed:#x}: only {records} records");
    let (mut decided, mut applied) = (State::new(), State::new());
    for at in 0..records {
        let record = house.record(at);
        let mut events = Vec::new();
        decide(&mut decided, &record.input, record.now, &mut events);
        assert_eq!(events, record.events, "seed {seed:#x}: record {} decides otherwise", record.seq);
        for event in &record.events {
            apply(&mut applied, record.now, event);
        }
        let same = snapshot(&applied) == snapshot(&decided);
        assert!(same, "seed {seed:#x}: apply alone differs after record {}", record.seq);
    }
    assert_eq!(wire::encode(&snapshot(&applied)), wire::encode(&snapshot(&decided)), "seed {seed:#x}");
    assert_eq!(sweep(&applied).violations, 0, "seed {seed:#x}: the indexes of the applied State are wrong");
}
