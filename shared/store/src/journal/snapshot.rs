//! Snapshots: a State as it was after a record, so that taking over need not begin at one.
//!
//! In: encoded States. Out: the latest whole one. Never here: holding up the writer; the
//! bytes go in pieces, and a snapshot counts once its last piece is in.

use contract::Timestamp;
use sea_orm::ConnectionTrait;

use super::{HASH_BYTES, Stream, head::signed};
use crate::{Store, StoreError, row::Columns};

/// Bytes of a snapshot that one transaction writes.
const CHUNK_BYTES: usize = 256 * 1024;
/// Whole snapshots of a stream that are kept.
const KEPT: i64 = 2;

/// A State as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The last record in it.
    pub seq: u64,
    /// The version of its encoding.
    pub version: u32,
    /// The encoded State.
    pub bytes: Vec<u8>,
}

/// The room of snapshots.
#[derive(Debug, Clone)]
pub struct Snapshots(Store);

impl Snapshots {
    pub(super) const fn new(store: Store) -> Self {
        Self(store)
    }

    /// Keeps a snapshot and drops old ones; others write between its pieces.
    pub async fn put(&self, stream: &Stream, snapshot: Snapshot) -> Result<(), StoreError> {
        let seq = signed(snapshot.seq)?;
        self.drop_where(DROP_ONE, stream, seq).await?;
        let mut chunks = 0_i64;
        for chunk in snapshot.bytes.chunks(CHUNK_BYTES) {
            let values = [stream.as_str().into(), seq.into(), chunks.into(), chunk.to_vec().into()];
            self.run(PUT_CHUNK, values).await?;
            chunks += 1;
        }
        let values = [
            stream.as_str().into(),
            seq.into(),
            i64::from(snapshot.version).into(),
            chunks.into(),
            self.mark(stream, &snapshot).to_vec().into(),
            self.0.clock().now().as_ms().into(),
        ];
        self.run(PUT, values).await?;
        self.drop_where(DROP_OLD, stream, KEPT).await
    }

    /// Gives the latest whole snapshot; one that was altered is as good as none.
    pub async fn latest(&self, stream: &Stream) -> Result<Option<Snapshot>, StoreError> {
        for row in self.0.all(LATEST, [stream.as_str().into()]).await? {
            let (seq, version) = (row.count("seq")?, row.small("version")?);
            let chunks = self.0.all(CHUNKS, [stream.as_str().into(), signed(seq)?.into()]).await?;
            let mut bytes = Vec::new();
            for chunk in &chunks {
                bytes.extend_from_slice(&chunk.bytes("bytes")?);
            }
            let snapshot = Snapshot { seq, version, bytes };
            if self.mark(stream, &snapshot) == row.array("mark")? {
                return Ok(Some(snapshot));
            }
            tracing::error!(stream = stream.as_str(), seq, "a snapshot was altered and is left out");
        }
        Ok(None)
    }

    /// Gives when the latest snapshot was made.
    pub async fn latest_at(&self, stream: &Stream) -> Result<Option<Timestamp>, StoreError> {
        self.0.one(LATEST_AT, [stream.as_str().into()]).await?.map_or(Ok(None), |row| row.time_or_none("made_at"))
    }

    fn mark(&self, stream: &Stream, snapshot: &Snapshot) -> [u8; HASH_BYTES] {
        let (seq, version) = (snapshot.seq.to_be_bytes(), snapshot.version.to_be_bytes());
        self.0.keys().mark("snapshot", &[stream.as_str().as_bytes(), &seq, &version, &snapshot.bytes])
    }

    async fn run(&self, sql: &'static str, values: impl IntoIterator<Item = sea_orm::Value>) -> Result<(), StoreError> {
        let statement = self.0.dialect().statement(sql, values);
        self.0
            .write(move |tx| {
                Box::pin(async move {
                    tx.execute_raw(statement).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Deletes pieces and rows in one transaction.
    async fn drop_where(&self, sql: [&'static str; 2], stream: &Stream, value: i64) -> Result<(), StoreError> {
        let statements = sql.map(|sql| self.0.dialect().statement(sql, [stream.as_str().into(), value.into()]));
        self.0
            .write_unhurried(move |tx| {
                Box::pin(async move {
                    for statement in statements {
                        tx.execute_raw(statement).await?;
                    }
                    Ok(())
                })
            })
            .await
    }
}

const PUT: &str = "INSERT INTO snapshot (stream, seq, version, chunks, mark, made_at) VALUES ($1, $2, $3, $4, $5, $6)";
const PUT_CHUNK: &str = "INSERT INTO snapshot_chunk (stream, seq, place, bytes) VALUES ($1, $2, $3, $4)";
const LATEST: &str = "SELECT seq, version, mark FROM snapshot WHERE stream = $1 ORDER BY seq DESC";
const LATEST_AT: &str = "SELECT max(made_at) AS made_at FROM snapshot WHERE stream = $1";
const CHUNKS: &str = "SELECT bytes FROM snapshot_chunk WHERE stream = $1 AND seq = $2 ORDER BY place";
const DROP_ONE: [&str; 2] = [
    "DELETE FROM snapshot WHERE stream = $1 AND seq = $2",
    "DELETE FROM snapshot_chunk WHERE stream = $1 AND seq = $2",
];
/// Keeps the newest; pieces without a row are left from a crash and go too.
const DROP_OLD: [&str; 2] = [
    "DELETE FROM snapshot WHERE stream = $1 AND seq NOT IN \
     (SELECT seq FROM snapshot WHERE stream = $1 ORDER BY seq DESC LIMIT $2)",
    "DELETE FROM snapshot_chunk WHERE stream = $1 AND $2 > 0 AND seq NOT IN \
     (SELECT seq FROM snapshot WHERE stream = $1)",
];
