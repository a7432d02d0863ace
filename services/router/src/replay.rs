//! Replay: decides a branch's journal again, from the first record, and compares (I-7).
//!
//! In: a store, read only. Out: whether every decision of this build's rules comes out the same,
//! bit for bit; or a State as it was, and what it says of a case. What other rules decided is
//! applied and not compared. Never here: a write.

use std::collections::BTreeMap;

use contract::{
    AgentId, BranchId, CaseId,
    journal::{Event, READER, Record},
    wire::{self, v1},
};
use prost::Message as _;
use store::{Store, StoreError, journal::Stream};

use crate::{
    core::{self, RULES, State},
    shell,
};

/// Records read at once.
const PAGE_RECORDS: u64 = 2_000;

/// What a replay found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replayed {
    /// Every decision of this build's rules came out the same.
    Same(Count),
    /// A decision came out otherwise.
    Differs(Box<Difference>),
    /// This record does not decode, or is not the one after its predecessor.
    Unreadable(u64),
    /// A later build wrote this record, and this one cannot read it.
    Later(u64),
}

/// How many records a replay went through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Count {
    /// Decided anew, and all the same.
    pub same: u64,
    /// Decided by other rules and only applied, by the version of these; 0 did not name it.
    pub applied: BTreeMap<u32, u64>,
}

/// The first record that came out otherwise, and the first event of it that did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The record.
    pub seq: u64,
    /// What it holds there; `None` = it ends before.
    pub recorded: Option<Event>,
    /// What is decided there now; `None` = nothing more.
    pub decided: Option<Event>,
}

/// Decides a branch's journal again and compares every event that this build's rules decided.
pub async fn replay(store: &Store, branch: &BranchId) -> Result<Replayed, StoreError> {
    let stream = Stream::branch(branch);
    let (mut state, mut count, mut seq) = (State::new(), Count::default(), 0);
    loop {
        let page = store.records().from(&stream, seq + 1, PAGE_RECORDS).await?;
        if page.is_empty() {
            return Ok(Replayed::Same(count));
        }
        for stored in page {
            seq += 1;
            let record = match read(seq, &stored.body) {
                Ok(record) => record,
                Err(found) => return Ok(found),
            };
            if let Some(difference) = go_on(&mut state, &record, &mut count) {
                return Ok(Replayed::Differs(Box::new(difference)));
            }
        }
    }
}

fn read(seq: u64, body: &[u8]) -> Result<Record, Replayed> {
    if v1::Record::decode(body).is_ok_and(|record| record.reader > READER) {
        return Err(Replayed::Later(seq));
    }
    wire::decode(body).ok().filter(|record: &Record| record.seq == seq).ok_or(Replayed::Unreadable(seq))
}

fn go_on(state: &mut State, record: &Record, count: &mut Count) -> Option<Difference> {
    if record.rules != RULES {
        core::replay(state, record);
        *count.applied.entry(record.rules).or_default() += 1;
        return None;
    }
    let mut events = Vec::new();
    core::decide(state, &record.input, record.now, &mut events);
    count.same += 1;
    (events != record.events).then(|| difference(record, &events))
}

fn difference(record: &Record, decided: &[Event]) -> Difference {
    let alike = record.events.iter().zip(decided).take_while(|(recorded, decided)| recorded == decided).count();
    let (recorded, decided) = (record.events.get(alike).cloned(), decided.get(alike).cloned());
    Difference { seq: record.seq, recorded, decided }
}

/// Judges every agent of the branch for a case, as things stood when each of these records, in
/// order, offered it: after what came in and before the offer. A record that does not offer it is
/// looked at from before. It is this build's rules that judge.
pub async fn explain_all(
    store: &Store,
    branch: &BranchId,
    case: CaseId,
    seqs: &[u64],
) -> Result<Vec<Vec<(AgentId, core::Verdict)>>, StoreError> {
    let Some(first) = seqs.first() else { return Ok(Vec::new()) };
    let mut loaded = shell::load(store, branch, first.saturating_sub(1)).await?;
    let mut judged = Vec::with_capacity(seqs.len());
    for seq in seqs {
        shell::advance(store, branch, &mut loaded, seq.saturating_sub(1)).await?;
        let mut state = loaded.state.clone();
        let stored = store.records().from(&Stream::branch(branch), *seq, 1).await?;
        let record = stored.first().and_then(|stored| wire::decode::<Record>(&stored.body).ok());
        if let Some(record) = record.filter(|record| record.seq == *seq) {
            apply_before(&mut state, &record, case);
        }
        judged.push(core::explain_all(&state, case).unwrap_or_default());
    }
    Ok(judged)
}

/// Applies what a record decided before it offered the case.
fn apply_before(state: &mut State, record: &Record, case: CaseId) {
    let offer = |event: &Event| matches!(event, Event::Offered(offer) if offer.case == case);
    let before = record.events.iter().position(offer).unwrap_or(0);
    for event in record.events.iter().take(before) {
        core::apply(state, record.now, event);
    }
}

#[cfg(test)]
mod tests;
