//! The State as a message and back: what a take-over loads, and what tests compare.
//!
//! In: a State, or a snapshot. Out: a snapshot, equal for equal States, or the State with its
//! indexes built again. Never here: anything that can be derived from the rest.

mod held;
mod taken;

use std::sync::Arc;

use contract::{
    CaseId, ClientId, Kind, Timestamp,
    journal::FirmChanged,
    wire::{Wire, v1},
};

pub use taken::restore;

use super::{desk::Desk, state::State};

/// The version of the encoding; a newer one is not restored, the journal is replayed.
pub const SNAPSHOT_VERSION: u32 = 3;
/// The oldest version that is restored: what it lacks, its States did not have.
const OLDEST_VERSION: u32 = 2;

/// Gives a State as a message, to be encoded wherever there is time.
#[must_use]
pub fn snapshot(state: &State) -> v1::Snapshot {
    let mut cases: Vec<_> = state.cases.iter().map(|(_, case)| case).collect();
    cases.sort_by_key(|case| case.number);
    v1::Snapshot {
        version: SNAPSHOT_VERSION,
        now: state.now.put(),
        firm: firm_held(state),
        opened: state.opened,
        desks: state.desks.iter().map(|(_, desk)| desk_held(state, desk)).collect(),
        cases: cases.into_iter().map(|case| held::case_held(state, case)).collect(),
        promises: state.promises.iter().map(|(id, promise)| held::promise_held(*id, promise)).collect(),
        calls: state.calls.iter().map(|(id, call)| held::call_held(*id, call)).collect(),
        shorts: state.shorts.iter().map(|(c, at)| v1::ShortCall { client: c.put(), at: at.put() }).collect(),
        links: state.links.iter().map(|((c, kind), (case, at))| link(*c, *kind, Some(*case), *at)).collect(),
        links_due: state.links_due.iter().map(|(at, c, kind)| link(*c, *kind, None, *at)).collect(),
        tallies: tallies_held(state),
        away: state.away.iter().map(|(case, away)| held::away_held(*case, away)).collect(),
    }
}

fn firm_held(state: &State) -> Option<v1::FirmChanged> {
    let branch = state.book.branch.clone()?;
    let firm = Arc::clone(&state.book.firm);
    let changed = FirmChanged { version: state.book.version, digest: state.book.digest.clone(), firm, branch };
    Some(changed.put())
}

fn desk_held(state: &State, desk: &Desk) -> v1::Desk {
    let skill =
        |(number, level): &(_, u8)| v1::Skill { id: state.book.skills[*number].id.put(), level: u32::from(*level) };
    v1::Desk {
        id: desk.id.put(),
        employed: desk.employed,
        units: desk.units,
        state: desk.state.put(),
        reason: desk.reason.clone(),
        since: desk.since.put(),
        rested: desk.rested.put(),
        misses: desk.misses,
        skills: desk.skills.iter().map(skill).collect(),
        queues: desk.queues.iter().map(|(queue, _)| state.book.queues[*queue].id.put()).collect(),
        cases: desk.cases.iter().map(|case| state.cases[*case].id.put()).collect(),
    }
}

fn link(client: ClientId, kind: Kind, case: Option<CaseId>, at: Timestamp) -> v1::Link {
    v1::Link {
        client: client.put(),
        kind: kind.put(),
        case: case.map(|case| case.put()).unwrap_or_default(),
        at: at.put(),
    }
}

fn tallies_held(state: &State) -> Vec<v1::QueueTally> {
    let mut tallies: Vec<v1::QueueTally> = state
        .tallies
        .iter()
        .map(|(queue, tally)| v1::QueueTally {
            queue: state.book.queues[queue].id.put(),
            accepts: tally.accepts.iter().map(Wire::put).collect(),
            answers: tally
                .answers
                .iter()
                .map(|(quarter, (met, late))| v1::AnswerCount { quarter: *quarter, met: *met, late: *late })
                .collect(),
            short_abandons: tally.short_abandons,
            withheld: tally.withheld,
            missed_calls: tally.missed_calls,
        })
        .collect();
    tallies.sort_by(|a, b| a.queue.cmp(&b.queue));
    tallies
}
