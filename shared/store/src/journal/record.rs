//! Records: the encoded history of a stream, read in order or by case.
//!
//! In: a stream and a place, or a case. Out: records as they were committed. Never here:
//! their meaning; the bytes are the contract's.

use contract::CaseId;
use sea_orm::QueryResult;

use super::{HASH_BYTES, Stream, head::signed};
use crate::{
    Store, StoreError,
    dialect::{Repeat, Table},
    row::Columns,
    rows::Rows,
};

/// Records that one call reads at most.
pub const PAGE_RECORDS_MAX: u64 = 10_000;

/// One record of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its place.
    pub seq: u64,
    /// `Keys::chain` of the hash before it and the body.
    pub hash: [u8; HASH_BYTES],
    /// The encoded record.
    pub body: Vec<u8>,
}

/// The room in which records are read.
#[derive(Debug, Clone)]
pub struct Records(pub(super) Store);

pub(super) const RECORD: Table = Table {
    name: "record",
    columns: &["stream", "seq", "hash", "body", "month"],
    key: &["stream", "seq"],
    repeat: Repeat::Fails,
};

pub(super) const RECORD_CASE: Table = Table {
    name: "record_case",
    columns: &["case", "stream", "seq", "month"],
    key: &["case", "stream", "seq"],
    repeat: Repeat::Dropped,
};

impl Record {
    pub(super) fn put(&self, stream: &str, month: i64, rows: &mut Rows) {
        rows.add(|row| {
            row.text(stream);
            row.count(self.seq);
            row.bytes(&self.hash);
            row.bytes(&self.body);
            row.int(month);
        });
    }

    fn take(row: &QueryResult) -> Result<Self, StoreError> {
        Ok(Self { seq: row.count("seq")?, hash: row.array("hash")?, body: row.bytes("body")? })
    }
}

impl Records {
    pub(super) const fn new(store: Store) -> Self {
        Self(store)
    }

    /// Reads up to `limit` records of a stream from `from` on; an export calls it again from
    /// the last seq + 1 until it gives none.
    pub async fn from(&self, stream: &Stream, from: u64, limit: u64) -> Result<Vec<Record>, StoreError> {
        let values = [stream.as_str().into(), signed(from)?.into(), signed(limit.min(PAGE_RECORDS_MAX))?.into()];
        self.0.all(FROM, values).await?.iter().map(Record::take).collect()
    }

    /// Gives the place of a stream's last record; 0 when it has none.
    pub(super) async fn last(&self, stream: &Stream) -> Result<u64, StoreError> {
        let row = self.0.one(LAST, [stream.as_str().into()]).await?;
        row.map_or(Ok(0), |row| row.count("seq"))
    }

    /// Reads the records that touched a case, in order of stream and seq.
    pub async fn of_case(&self, case: CaseId) -> Result<Vec<(Stream, Record)>, StoreError> {
        let rows = self.0.all(OF_CASE, [case.to_bytes().to_vec().into()]).await?;
        rows.iter().map(|row| Ok((Stream::parse(&row.text("stream")?)?, Record::take(row)?))).collect()
    }
}

// Records of the head's month, which are asked for most, are looked for nowhere else.
const FROM: &str = "SELECT seq, hash, body FROM record WHERE stream = $1 AND seq >= $2 \
                    AND month >= COALESCE((SELECT CASE WHEN month_seq <= $2 THEN month END FROM stream WHERE id = $1), 0) \
                    ORDER BY seq LIMIT $3";
const LAST: &str = "SELECT seq FROM record WHERE stream = $1 ORDER BY seq DESC LIMIT 1";
const OF_CASE: &str = "SELECT r.stream, r.seq, r.hash, r.body FROM record_case c \
                       JOIN record r ON r.stream = c.stream AND r.seq = c.seq AND r.month = c.month \
                       WHERE c.\"case\" = $1 ORDER BY r.stream, r.seq";

#[cfg(test)]
mod tests;
