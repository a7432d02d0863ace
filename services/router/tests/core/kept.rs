//! Kept journals: what these rules decided once, they decide again (I-7). Who changes a decision
//! is reminded here to raise `RULES`; who changes what becomes of old events, to raise the oldest
//! snapshot that is restored.
//!
//! In `tests/journals`: of every scenario and of a simulated day, the records and the State at
//! their end, each behind its length. Build with `UPDATE_JOURNALS=1` to write those that may be
//! written: new ones, those of other rules, those that still come out the same.

use std::{fs, path::Path};

use contract::{
    journal::Record,
    wire::{self, v1},
};
use router::core::{RULES, State, decide, replay, restore, snapshot};

use crate::{chance::Chance, scenario::played, simulation::Day};

/// The simulated day: its seed and steps.
const DAY: (u64, usize) = (0xda11, 120);
/// Bytes of a length.
const LENGTH_BYTES: usize = 4;

/// A journal that is kept.
struct Kept {
    records: Vec<Record>,
    state: v1::Snapshot,
}

/// What a kept journal has to say.
enum Found {
    Same,
    /// Other rules decided it.
    Other(u32),
    /// The same rules decide otherwise.
    Changed(String),
}

#[test]
fn the_same_rules_decide_as_they_did() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/journals");
    let mut wrong = Vec::new();
    for (name, made) in journals() {
        let file = folder.join(format!("{name}.journal"));
        let found = fs::read(&file).ok().map(|bytes| judge(&Kept::read(&bytes)));
        let reproach = match &found {
            Some(Found::Same) => None,
            Some(Found::Changed(how)) => Some(how.clone()),
            Some(Found::Other(rules)) => Some(format!("rules {rules} decided it: build with UPDATE_JOURNALS=1")),
            None => Some("is not kept: build with UPDATE_JOURNALS=1".to_owned()),
        };
        if option_env!("UPDATE_JOURNALS").is_some() && !matches!(found, Some(Found::Changed(_))) {
            fs::write(&file, made.write()).unwrap();
        } else if let Some(reproach) = reproach {
            wrong.push(format!("{name}: {reproach}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn journals() -> impl Iterator<Item = (String, Kept)> {
    let scenarios = played().map(|(name, world)| (name, Kept::of(world.journal)));
    let day = Day::live(&mut Chance::new(DAY.0), DAY.1).house;
    let records = (0..day.store.journal.len()).map(|at| day.record(at)).collect();
    scenarios.chain([("day".to_owned(), Kept::of(records))])
}

fn judge(kept: &Kept) -> Found {
    if let Some(found) = state_differs(kept) {
        return found;
    }
    let mut state = State::new();
    for record in &kept.records {
        if record.rules != RULES {
            return Found::Other(record.rules);
        }
        let mut events = Vec::new();
        decide(&mut state, &record.input, record.now, &mut events);
        if events != record.events {
            let place = events.iter().zip(&record.events).take_while(|(a, b)| a == b).count();
            let (was, is) = (record.events.get(place), events.get(place));
            let seq = record.seq;
            return Found::Changed(format!("raise RULES: record {seq} decided\n  {was:?}\nand decides now\n  {is:?}"));
        }
    }
    Found::Same
}

/// A snapshot that is restored, and the journal behind it, must be one State whichever build made
/// the snapshot: else a replay, which begins at record 1, decides on another than the router did.
fn state_differs(kept: &Kept) -> Option<Found> {
    let restored = restore(kept.state.clone()).ok()?;
    let mut applied = State::new();
    kept.records.iter().for_each(|record| replay(&mut applied, record));
    let same = snapshot(&restored) == snapshot(&applied);
    (!same).then(|| Found::Changed("raise OLDEST_VERSION: its events lead to another State than they did".to_owned()))
}

impl Kept {
    fn of(records: Vec<Record>) -> Self {
        let mut state = State::new();
        records.iter().for_each(|record| replay(&mut state, record));
        Self { records, state: snapshot(&state) }
    }

    fn write(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for part in self.records.iter().map(wire::encode).chain([wire::encode(&self.state)]) {
            bytes.extend(u32::try_from(part.len()).unwrap().to_be_bytes());
            bytes.extend(part);
        }
        bytes
    }

    fn read(mut bytes: &[u8]) -> Self {
        let mut parts = Vec::new();
        while let Some((length, rest)) = bytes.split_first_chunk::<LENGTH_BYTES>() {
            let (part, after) = rest.split_at(u32::from_be_bytes(*length) as usize);
            parts.push(part);
            bytes = after;
        }
        let state = wire::decode(parts.pop().unwrap()).unwrap();
        Self { records: parts.into_iter().map(|part| wire::decode(part).unwrap()).collect(), state }
    }
}
