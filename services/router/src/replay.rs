//! Replay: decides a branch's journal again, from the first record, and compares (I-7).
//!
//! In: a store, read only. Out: whether every decision comes out the same, bit for bit; or a
//! State as it was, and what it says of a case. Never here: a write.

use contract::{
    AgentId, BranchId, CaseId,
    journal::{Event, Record},
    wire,
};
use store::{Store, StoreError, journal::Stream};

use crate::{
    core::{self, State},
    shell,
};

/// Records read at once.
const PAGE_RECORDS: u64 = 2_000;

/// What a replay found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replayed {
    /// Every decision came out the same; so many records.
    Same(u64),
    /// The decision of this record came out otherwise.
    Differs(u64),
    /// This record does not decode, or is not the one after its predecessor.
    Unreadable(u64),
}

/// Decides a branch's journal again and compares every event.
pub async fn replay(store: &Store, branch: &BranchId) -> Result<Replayed, StoreError> {
    let stream = Stream::branch(branch);
    let mut state = State::new();
    let mut seq = 0;
    loop {
        let page = store.records().from(&stream, seq + 1, PAGE_RECORDS).await?;
        if page.is_empty() {
            return Ok(Replayed::Same(seq));
        }
        for stored in page {
            seq += 1;
            let Some(record) = wire::decode::<Record>(&stored.body).ok().filter(|record| record.seq == seq) else {
                return Ok(Replayed::Unreadable(seq));
            };
            if !comes_out_the_same(&mut state, &record) {
                return Ok(Replayed::Differs(seq));
            }
        }
    }
}

fn comes_out_the_same(state: &mut State, record: &Record) -> bool {
    let mut events = Vec::new();
    core::decide(state, &record.input, record.now, &mut events);
    events == record.events
}

/// Judges every agent of the branch for a case, as things stood when a record offered it: after
/// what came in and before the offer. A record that does not offer it is looked at from before.
pub async fn explain_all(
    store: &Store,
    branch: &BranchId,
    case: CaseId,
    seq: u64,
) -> Result<Option<Vec<(AgentId, core::Verdict)>>, StoreError> {
    let mut loaded = shell::load(store, branch, seq.saturating_sub(1)).await?;
    let stored = store.records().from(&Stream::branch(branch), seq, 1).await?;
    let record = stored.first().and_then(|stored| wire::decode::<Record>(&stored.body).ok());
    if let Some(record) = record.filter(|record| record.seq == seq) {
        let offer = |event: &Event| matches!(event, Event::Offered(offer) if offer.case == case);
        let before = record.events.iter().position(offer).unwrap_or(0);
        for event in record.events.iter().take(before) {
            core::apply(&mut loaded.state, record.now, event);
        }
    }
    Ok(core::explain_all(&loaded.state, case))
}
