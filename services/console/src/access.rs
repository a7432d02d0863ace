//! Access: every look of a person at unmasked data is journalled before it is shown.
//!
//! In: looks. Out: records of the stream `access/<process>`, in a hash chain of its own; many
//! looks that come at once share one commit. Never here: what was seen; showing anything.

use contract::{access::Look, journal::READER, wire};
use runtime::Stop;
use store::{
    Store, StoreError,
    journal::{Commit, CommitError, Lease, Record, Stream},
};
use tokio::sync::{mpsc, oneshot};

/// Looks that wait at most; more callers wait for a place.
const WAITING_MAX: usize = 1024;
/// Looks that share one commit at most.
const BATCH_MAX: usize = 256;
/// Times a batch is tried again when somebody else had taken the stream.
const TRIES_MAX: u32 = 3;

/// Takes looks. Clones feed the same task.
#[derive(Debug, Clone)]
pub struct Access {
    looks: mpsc::Sender<Asked>,
}

#[derive(Debug)]
struct Asked {
    look: Look,
    answer: oneshot::Sender<Result<(), NotRecorded>>,
}

/// Says that a look could not be journalled; then nothing is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the look could not be journalled")]
pub struct NotRecorded;

/// The task that writes the stream.
#[derive(Debug)]
pub struct AccessTask {
    store: Store,
    stream: Stream,
    asked: mpsc::Receiver<Asked>,
}

impl Access {
    /// Makes the callers' end and the task's.
    #[must_use]
    pub fn new(store: Store, process: &str) -> (Self, AccessTask) {
        let (looks, asked) = mpsc::channel(WAITING_MAX);
        (Self { looks }, AccessTask { store, stream: Stream::access(process), asked })
    }

    /// Returns once the look is on disk.
    pub async fn record(&self, look: Look) -> Result<(), NotRecorded> {
        let (answer, recorded) = oneshot::channel();
        self.looks.send(Asked { look, answer }).await.map_err(|_| NotRecorded)?;
        recorded.await.map_err(|_| NotRecorded)?
    }
}

impl AccessTask {
    /// Writes looks until `stop`.
    pub async fn run(mut self, stop: Stop) {
        let mut lease = None;
        let mut batch = Vec::new();
        loop {
            // Both arms may be dropped: `recv_many` loses nothing.
            tokio::select! {
                () = stop.cancelled() => return,
                taken = self.asked.recv_many(&mut batch, BATCH_MAX) => if taken == 0 { return },
            }
            let result = self.write(&mut lease, &batch).await;
            if let Err(error) = &result {
                tracing::error!(stream = self.stream.as_str(), %error, looks = batch.len(), "looks were not journalled");
            }
            let (outcome, looks) = (if result.is_ok() { "journalled" } else { "refused" }, batch.len());
            metrics::counter!("shouwen_looks_total", "outcome" => outcome).increment(u64::try_from(looks).unwrap_or(0));
            let recorded = if result.is_ok() { Ok(()) } else { Err(NotRecorded) };
            for asked in batch.drain(..) {
                // Whoever went away sees nothing either.
                asked.answer.send(recorded).ok();
            }
        }
    }

    async fn write(&self, held: &mut Option<Lease>, batch: &[Asked]) -> Result<(), CommitError> {
        let mut tries = 0;
        loop {
            let lease = match held.take() {
                Some(lease) => lease,
                None => self.store.journal().take_lease(&self.stream).await?,
            };
            tries += 1;
            match self.commit(&lease, batch).await {
                Ok(next) => {
                    *held = Some(next);
                    return Ok(());
                }
                Err(CommitError::Fenced) if tries < TRIES_MAX => {}
                Err(error) => return Err(error),
            }
        }
    }

    async fn commit(&self, lease: &Lease, batch: &[Asked]) -> Result<Lease, CommitError> {
        let mut hash = lease.head_hash;
        let records: Vec<Record> = (lease.head_seq + 1..)
            .zip(batch)
            .map(|(seq, asked)| {
                let body = wire::encode(&asked.look);
                hash = self.store.keys().chain(&hash, &body);
                Record { seq, hash, body }
            })
            .collect();
        let new_seq = records.last().map_or(lease.head_seq, |record| record.seq);
        let touched = records.iter().zip(batch).filter_map(|(record, asked)| Some((asked.look.case?, record.seq)));
        let commit = Commit {
            stream: self.stream.clone(),
            epoch: lease.epoch,
            old_seq: lease.head_seq,
            new_seq,
            new_hash: hash,
            reader: READER,
            touched: touched.collect(),
            records,
            changes: Vec::new(),
            contacts: Vec::new(),
            inputs: Vec::new(),
            texts: Vec::new(),
            newcomers: Vec::new(),
        };
        self.store.journal().commit(commit).await?;
        Ok(Lease { head_seq: new_seq, head_hash: hash, ..lease.clone() })
    }
}

/// Reads who looked at what, record by record, from a place on.
pub async fn looks(store: &Store, stream: &Stream, from: u64, limit: u64) -> Result<Vec<(u64, Look)>, StoreError> {
    let records = store.records().from(stream, from, limit).await?;
    let read = |record: &Record| wire::decode(&record.body).map(|look| (record.seq, look));
    let looks: Result<Vec<_>, _> = records.iter().map(read).collect();
    looks.map_err(|_| StoreError::bug("a stored look does not decode"))
}
