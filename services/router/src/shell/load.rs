//! Loading: the State of a branch from its latest snapshot and the records
//! after it.
//!
//! In: a store and a head. Out: the State at that head, and the time it was decided at.
//! Never here: a State that the hash chain does not lead to.

use contract::{
    BranchId, Timestamp,
    journal::Record,
    wire::{self, v1},
};
use prost::Message as _;
use store::{
    Store, StoreError,
    journal::{Lease, Stream},
};

use super::Broken;
use crate::core::{self, State};

/// Records read at once.
const PAGE_RECORDS: u64 = 2_000;

/// A State and where in the journal it stands.
#[derive(Debug)]
pub struct Loaded {
    /// The State after `seq`.
    pub state: State,
    /// The last record applied.
    pub seq: u64,
    /// When that was decided; the epoch's beginning for an empty journal.
    pub now: Timestamp,
}

/// Loads a branch's State as it was after `until`, without holding its lease.
pub async fn load(store: &Store, branch: &BranchId, until: u64) -> Result<Loaded, StoreError> {
    let mut loaded = start(store, branch, until).await?;
    advance(store, branch, &mut loaded, until).await?;
    Ok(loaded)
}

/// Loads the State that a lease ends at, and proves that the journal leads there.
pub(super) async fn load_head(store: &Store, branch: &BranchId, lease: &Lease) -> Result<Loaded, Broken> {
    let loaded = load(store, branch, lease.head_seq).await?;
    if loaded.seq != lease.head_seq {
        return Err(Broken::Journal("records are missing"));
    }
    if lease.head_seq > 0 {
        let last = store.records().from(&lease.stream, lease.head_seq, 1).await?;
        if last.first().is_none_or(|record| record.hash != lease.head_hash) {
            return Err(Broken::Journal("the last record is not the head"));
        }
    }
    Ok(loaded)
}

/// Begins at the latest snapshot, if it is not behind `until`. It is a shortcut: one that does
/// not read is passed over.
async fn start(store: &Store, branch: &BranchId, until: u64) -> Result<Loaded, StoreError> {
    let latest = store.snapshots().latest(&Stream::branch(branch)).await?;
    let usable = latest.filter(|snapshot| snapshot.seq <= until);
    let restored = usable.and_then(|snapshot| {
        let state = v1::Snapshot::decode(snapshot.bytes.as_slice()).ok().map(core::restore)?.ok()?;
        Some(Loaded { now: state.now(), seq: snapshot.seq, state })
    });
    Ok(restored.unwrap_or_else(|| Loaded { state: State::new(), seq: 0, now: Timestamp::default() }))
}

/// Goes on from where a State stands to how it was after `until`.
pub async fn advance(store: &Store, branch: &BranchId, loaded: &mut Loaded, until: u64) -> Result<(), StoreError> {
    let stream = Stream::branch(branch);
    while loaded.seq < until {
        let limit = PAGE_RECORDS.min(until - loaded.seq);
        let page = store.records().from(&stream, loaded.seq + 1, limit).await?;
        if page.is_empty() {
            return Ok(());
        }
        for stored in page {
            let record: Record =
                wire::decode(&stored.body).map_err(|_| StoreError::bug("a journal record does not decode"))?;
            core::replay(&mut loaded.state, &record);
            loaded.seq = stored.seq;
            loaded.now = record.now;
        }
    }
    Ok(())
}
