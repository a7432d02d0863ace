//! Blobs: sealed bodies too large for a message: attachments, raw mails, pictures.
//!
//! In: sealed bytes under an id that a repeat derives again. Out: the same. Never here: plain
//! bytes; holding up the writer: a body goes in pieces and counts once the last one is in.

use contract::{BlobId, seal::Sealed};
use sea_orm::{ConnectionTrait, Statement};

use crate::{Store, StoreError, error::Hindrance, row::Columns};

/// The largest body that is taken, in bytes: a mail of 25 MiB and its seal.
pub const BLOB_BYTES_MAX: usize = 26 * 1024 * 1024;
/// Bytes of a body that one transaction writes.
const CHUNK_BYTES: usize = 512 * 1024;

/// The room of sealed bodies.
#[derive(Debug, Clone)]
pub struct Blobs(Store);

impl Store {
    /// Gives the room of sealed bodies.
    #[must_use]
    pub fn blobs(&self) -> Blobs {
        Blobs(self.clone())
    }
}

impl Blobs {
    /// Keeps a body, sealed for `about::blob`; one that is there already stays as it is.
    pub async fn put(&self, id: BlobId, sealed: &Sealed) -> Result<(), StoreError> {
        if sealed.as_bytes().len() > BLOB_BYTES_MAX {
            return Err(StoreError::refuse("the body is larger than a blob may be"));
        }
        if self.0.is_full() {
            return Err(StoreError::retry(Hindrance::Full));
        }
        if self.0.one(HAS, [raw(id)]).await?.is_some() {
            return Ok(());
        }
        let attempt: [u8; 16] = self.0.chance().bytes();
        let mut pieces: Vec<Statement> = Vec::new();
        for (place, chunk) in (0_i64..).zip(sealed.as_bytes().chunks(CHUNK_BYTES)) {
            let values = [raw(id), attempt.to_vec().into(), place.into(), chunk.to_vec().into()];
            pieces.push(self.0.dialect().statement(PUT_CHUNK, values));
        }
        let size = i64::try_from(sealed.as_bytes().len()).unwrap_or(i64::MAX);
        let values = [raw(id), attempt.to_vec().into(), size.into(), self.0.clock().now().as_ms().into()];
        let whole = self.0.dialect().statement(PUT, values);
        let tidy = self.0.dialect().statement(TIDY, [raw(id)]);
        let last = pieces.pop();
        for piece in pieces {
            self.run([piece]).await?;
        }
        self.run(last.into_iter().chain([whole, tidy])).await
    }

    /// Gives a body; `None` when there is none of this id.
    pub async fn get(&self, id: BlobId) -> Result<Option<Sealed>, StoreError> {
        let Some(row) = self.0.one(HAS, [raw(id)]).await? else {
            return Ok(None);
        };
        let size = row.count("bytes")?;
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0).min(BLOB_BYTES_MAX));
        for chunk in self.0.all(CHUNKS, [raw(id)]).await? {
            bytes.extend_from_slice(&chunk.bytes("sealed")?);
        }
        if bytes.len() as u64 != size {
            return Err(StoreError::bug("a blob lacks a piece"));
        }
        Ok(Some(Sealed::from_bytes(bytes)))
    }

    async fn run(&self, statements: impl IntoIterator<Item = Statement>) -> Result<(), StoreError> {
        let statements: Vec<Statement> = statements.into_iter().collect();
        self.0
            .write(move |tx| {
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

fn raw(id: BlobId) -> sea_orm::Value {
    id.to_bytes().to_vec().into()
}

const HAS: &str = "SELECT bytes FROM blob WHERE id = $1";
const PUT: &str = "INSERT INTO blob (id, attempt, bytes, made_at) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING";
const PUT_CHUNK: &str = "INSERT INTO blob_chunk (id, attempt, place, sealed) VALUES ($1, $2, $3, $4)";
/// Pieces of an attempt that another one overtook, or that a crash left behind.
const TIDY: &str = "DELETE FROM blob_chunk WHERE id = $1 AND attempt <> (SELECT attempt FROM blob WHERE id = $1)";
const CHUNKS: &str = "SELECT c.sealed FROM blob b JOIN blob_chunk c ON c.id = b.id AND c.attempt = b.attempt \
                      WHERE b.id = $1 ORDER BY c.place";
