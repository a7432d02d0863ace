//! Reading messages back from disk: the part of a queue beyond memory, and dead letters.
//!
//! In: a range of positions. Out: messages. Never here: a write.

use futures_util::TryStreamExt;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};
use tokio::sync::Mutex;

use super::{
    queue::Entry,
    schema::{place, position},
};
use crate::{error::BusError, message::Message};

/// Messages of one load.
const LOAD_MESSAGES_MAX: i64 = 2048;
/// Bytes of one load; one message is always read.
const LOAD_BYTES_MAX: u64 = 8 * 1024 * 1024;

const RANGE: &str = "SELECT place, count, frame FROM message WHERE place > ? AND place <= ? ORDER BY place LIMIT ?";

/// Reads the file beside the writer.
// One connection serves everybody: a load takes about a millisecond.
#[derive(Debug)]
pub(super) struct Reader(Mutex<SqliteConnection>);

impl Reader {
    pub(super) fn new(connection: SqliteConnection) -> Self {
        Self(Mutex::new(connection))
    }

    /// Reads messages after one position and up to another; gives them and the position up
    /// to which nothing else is there.
    pub(super) async fn load(&self, queue: i64, after: u64, up_to: u64) -> Result<(Vec<(u64, Entry)>, u64), BusError> {
        let mut connection = self.0.lock().await;
        let query = sqlx::query(RANGE).bind(place(queue, after)).bind(place(queue, up_to)).bind(LOAD_MESSAGES_MAX);
        let mut rows = query.fetch(&mut *connection);
        let mut entries = Vec::new();
        let mut total = 0;
        while let Some(row) = rows.try_next().await? {
            let (position, entry) = read(&row)?;
            total += entry.bytes;
            entries.push((position, entry));
            if total >= LOAD_BYTES_MAX {
                return Ok((entries, position));
            }
        }
        let full = i64::try_from(entries.len()).is_ok_and(|len| len == LOAD_MESSAGES_MAX);
        let end = entries.last().filter(|_| full).map_or(up_to, |(position, _)| *position);
        Ok((entries, end))
    }

    /// Reads up to `max` messages after one position.
    pub(super) async fn list(&self, queue: i64, after: u64, max: usize) -> Result<Vec<(u64, Entry)>, BusError> {
        let mut connection = self.0.lock().await;
        let max = i64::try_from(max).unwrap_or(i64::MAX);
        let end = place(queue + 1, 0);
        let rows = sqlx::query(RANGE).bind(place(queue, after)).bind(end).bind(max).fetch_all(&mut *connection).await?;
        rows.iter().map(read).collect()
    }
}

fn read(row: &SqliteRow) -> Result<(u64, Entry), BusError> {
    let place: i64 = row.try_get(0)?;
    let count = u32::try_from(row.try_get::<i64, _>(1)?).map_err(|_| BusError::Damaged(place))?;
    let frame: Vec<u8> = row.try_get(2)?;
    let bytes = frame.len() as u64;
    let message = Message::decode(frame).ok_or(BusError::Damaged(place))?;
    Ok((position(place), Entry { count, bytes, message }))
}
