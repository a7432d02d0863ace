//! Verification: the chain is computed anew, and the first record that does not fit is named.
//!
//! In: a stream. Out: whole, or where and how it is broken. Never here: a repair.

use super::{
    HASH_BYTES, Stream,
    head::genesis,
    record::{PAGE_RECORDS_MAX, Records},
};
use crate::StoreError;

/// What became of a stream's chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every record up to here is as it was committed.
    Whole {
        /// The last record; 0 when there is none.
        seq: u64,
    },
    /// It was changed.
    Broken {
        /// The first place that does not fit.
        seq: u64,
        /// How.
        fault: Fault,
    },
}

/// How a chain is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The record is not what was committed there: altered, or another one in its place.
    #[error("the record was altered or put there from elsewhere")]
    Altered,
    /// There is no record.
    #[error("the record is missing")]
    Missing,
    /// The records end before the head, or go on after it.
    #[error("the records do not end where the stream's head says")]
    CutOff,
    /// The stream's head was changed.
    #[error("the stream's head was altered")]
    Head,
    /// An anchor names another record here, or one that is gone.
    #[error("an anchor names another record")]
    Anchor,
    /// The file of anchors was altered.
    #[error("the anchors were altered")]
    Anchors,
}

impl Records {
    /// Computes the chain of a stream anew against its records and its head; a holder may go
    /// on writing meanwhile.
    pub async fn verify(&self, stream: &Stream) -> Result<Verdict, StoreError> {
        // Before the head is read, so that what is committed in between is not taken for more
        // than the head knows of.
        let last = self.last(stream).await?;
        let Some(head) = self.0.journal().head(stream).await? else {
            return Ok(Verdict::Whole { seq: 0 });
        };
        let (seq, hash) = match self.walk(stream, head.seq).await? {
            Ok(end) => end,
            Err(verdict) => return Ok(verdict),
        };
        Ok(if seq != head.seq || last > head.seq {
            Verdict::Broken { seq: seq + 1, fault: Fault::CutOff }
        } else if hash != head.hash {
            Verdict::Broken { seq, fault: Fault::Head }
        } else {
            Verdict::Whole { seq }
        })
    }

    /// Walks the chain up to `end`; gives where the records end, or the first bad place.
    async fn walk(&self, stream: &Stream, end: u64) -> Result<Result<(u64, [u8; HASH_BYTES]), Verdict>, StoreError> {
        let (mut seq, mut hash) = (0, genesis(&self.0, stream));
        while seq < end {
            let page = self.from(stream, seq + 1, PAGE_RECORDS_MAX.min(end - seq)).await?;
            if page.is_empty() {
                break;
            }
            for record in page {
                seq += 1;
                if record.seq != seq {
                    return Ok(Err(Verdict::Broken { seq, fault: Fault::Missing }));
                }
                hash = self.0.keys().chain(&hash, &record.body);
                if record.hash != hash {
                    return Ok(Err(Verdict::Broken { seq, fault: Fault::Altered }));
                }
            }
        }
        Ok(Ok((seq, hash)))
    }
}
