//! The commit: a batch of records and all that they change, in one transaction behind a fence.
//!
//! In: decided records, views, sealed bodies and texts. Out: done, or fenced. Never here: a
//! second statement before the fence; a table written row by row.

use contract::{CaseId, InputId, Timestamp, inbound::Inbound, seal::Sealed, view::Change};
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use super::{
    HASH_BYTES, Journal, Stream,
    head::signed,
    month,
    record::{RECORD, RECORD_CASE, Record},
};
use crate::{
    Store, StoreError,
    dialect::{Repeat, Table},
    directory::{Newcomer, owner},
    row::Columns,
    rows::Rows,
    store::insert,
    view::projection,
};

/// What a stream's holder commits at once.
#[derive(Debug, Clone)]
pub struct Commit {
    /// The stream.
    pub stream: Stream,
    /// The holder's epoch.
    pub epoch: u64,
    /// The last record before.
    pub old_seq: u64,
    /// The last record after.
    pub new_seq: u64,
    /// Its hash.
    pub new_hash: [u8; HASH_BYTES],
    /// The lowest version that reads the records; an older one gets no lease any more.
    pub reader: u32,
    /// The records `old_seq + 1 ..= new_seq`.
    pub records: Vec<Record>,
    /// What they change, in order; of several views of one thing the last one counts.
    pub changes: Vec<Change>,
    /// Contacts as they came in; of several inputs of one contact the first one's body stays.
    pub contacts: Vec<Inbound>,
    /// Inputs that the records decide, with their seq: contacts and legs, not commands.
    pub inputs: Vec<(InputId, u64)>,
    /// Sealed words of agents that belong to the records.
    pub texts: Vec<Text>,
    /// Which record touched which case.
    pub touched: Vec<(CaseId, u64)>,
    /// Senders that nobody knew when the records were decided: they become prospects.
    pub newcomers: Vec<Newcomer>,
}

/// Sealed words of an agent: a reply (its id is the delivery's) or a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Its id, 128 bits of the delivery or the command.
    pub id: u128,
    /// The case it belongs to.
    pub case: Option<CaseId>,
    /// Who wrote it, by the name he signs in with.
    pub author: String,
    /// When it was accepted.
    pub at: Timestamp,
    /// The words.
    pub sealed: Sealed,
}

/// Why a commit was not made.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CommitError {
    /// Somebody else holds the stream, or it is elsewhere than the commit says: reload.
    #[error("another holder writes this stream")]
    Fenced,
    /// The store did not do it, or its answer is lost: reload, then try again.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Journal {
    /// Commits a batch, or nothing of it; a caller who stops waiting does not stop it.
    pub async fn commit(&self, commit: Commit) -> Result<(), CommitError> {
        check(&commit)?;
        let store = self.0.clone();
        let held = self.0.write(move |tx| Box::pin(async move { write(tx, &store, &commit).await })).await?;
        if held { Ok(()) } else { Err(CommitError::Fenced) }
    }
}

/// Says whether the records are those that the head claims.
fn check(commit: &Commit) -> Result<(), StoreError> {
    let seqs = commit.records.iter().map(|record| record.seq);
    let whole = seqs.eq(commit.old_seq + 1..=commit.new_seq)
        && commit.records.last().is_some_and(|record| record.hash == commit.new_hash);
    if whole { Ok(()) } else { Err(StoreError::bug("a commit's records are not those its head claims")) }
}

const FENCE: &str = "UPDATE stream SET head_seq = $1, head_hash = $2, beat = beat + 1, \
                     reader = CASE WHEN reader < $6 THEN $6 ELSE reader END, \
                     month_seq = CASE WHEN month < $7 THEN $5 + 1 ELSE month_seq END, \
                     month = CASE WHEN month < $7 THEN $7 ELSE month END \
                     WHERE id = $3 AND epoch = $4 AND head_seq = $5 RETURNING month";

/// Where a stream is moved from and to.
pub(super) struct Step<'a> {
    pub(super) stream: &'a Stream,
    pub(super) epoch: u64,
    pub(super) old_seq: u64,
    pub(super) new_seq: u64,
    pub(super) new_hash: [u8; HASH_BYTES],
    pub(super) reader: u32,
}

/// Moves the head if it is where the step begins, and gives the month of the new records;
/// `None` when fenced.
pub(super) async fn move_head(
    tx: &DatabaseTransaction,
    store: &Store,
    step: Step<'_>,
) -> Result<Option<i64>, StoreError> {
    let values = [
        signed(step.new_seq)?.into(),
        step.new_hash.to_vec().into(),
        step.stream.as_str().into(),
        signed(step.epoch)?.into(),
        signed(step.old_seq)?.into(),
        i64::from(step.reader).into(),
        month::of(store.clock().now()).into(),
    ];
    let moved = tx.query_one_raw(store.dialect().statement(FENCE, values)).await?;
    moved.map(|row| row.int("month")).transpose()
}

/// The inputs of contacts, by which a repeat is known.
const INPUT: Table = Table { name: "input", columns: &["id", "stream", "seq"], key: &["id"], repeat: Repeat::Fails };

/// Writes all of it; `false` when fenced, and then nothing was written.
async fn write(tx: &DatabaseTransaction, store: &Store, commit: &Commit) -> Result<bool, StoreError> {
    let step = Step {
        stream: &commit.stream,
        epoch: commit.epoch,
        old_seq: commit.old_seq,
        new_seq: commit.new_seq,
        new_hash: commit.new_hash,
        reader: commit.reader,
    };
    let Some(month) = move_head(tx, store, step).await? else {
        return Ok(false);
    };
    let newcomers = owner::entries(tx, store, &commit.newcomers).await?;
    let decided = decided(commit, month);
    insert(tx, store.dialect(), newcomers.into_iter().chain(decided).chain(projection::changed(commit))).await?;
    Ok(true)
}

/// Gives the records and by what they are found.
fn decided(commit: &Commit, month: i64) -> [(&'static Table, Rows); 3] {
    let stream = commit.stream.as_str();
    let mut records = Rows::default();
    commit.records.iter().for_each(|record| record.put(stream, month, &mut records));

    let mut touched = Rows::default();
    for (case, seq) in &commit.touched {
        touched.add(|row| {
            row.bytes(&case.to_bytes());
            row.text(stream);
            row.count(*seq);
            row.int(month);
        });
    }

    let mut inputs = Rows::default();
    for (input, seq) in &commit.inputs {
        inputs.add(|row| {
            row.bytes(&input.to_bytes());
            row.text(stream);
            row.count(*seq);
        });
    }
    [(&RECORD, records), (&RECORD_CASE, touched), (&INPUT, inputs)]
}
