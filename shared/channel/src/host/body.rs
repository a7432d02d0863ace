//! Reading a body within limits of size and time.
//!
//! In: a body as it comes in. Out: all of it, or why not. Never here: unpacking.

use std::time::Duration;

use axum::{
    body::Body,
    http::{HeaderMap, header::CONTENT_LENGTH},
};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;

/// The largest body in bytes.
pub(super) const BODY_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of a refused body that are read and dropped, so that the caller hears the answer
/// and not a broken connection.
const DRAINED_BYTES_MAX: usize = 8 * 1024 * 1024;
/// How long a body may take to come in.
const READ_LIMIT: Duration = Duration::from_secs(10);
/// How long the rest of a refused body may take.
const DRAIN_LIMIT: Duration = Duration::from_secs(2);

/// Why a body is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyError {
    TooLarge,
    TooSlow,
    Broken,
}

/// Reads a whole body.
pub(super) async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, BodyError> {
    let declared = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|bytes| bytes > DRAINED_BYTES_MAX as u64) {
        return Err(BodyError::TooLarge);
    }
    match tokio::time::timeout(READ_LIMIT, gather(body)).await {
        Ok(result) => result,
        Err(_) => Err(BodyError::TooSlow),
    }
}

/// Lets a refused body come in, within limits.
pub(super) async fn drain(body: Body) {
    let mut stream = body.into_data_stream();
    let drained = async {
        let mut seen = 0_usize;
        while let Some(Ok(chunk)) = stream.next().await {
            seen = seen.saturating_add(chunk.len());
            if seen > DRAINED_BYTES_MAX {
                break;
            }
        }
    };
    // Whatever did not come by then is the caller's loss.
    drop(tokio::time::timeout(DRAIN_LIMIT, drained).await);
}

async fn gather(body: Body) -> Result<Bytes, BodyError> {
    let mut stream = body.into_data_stream();
    let mut gathered = BytesMut::new();
    let mut seen = 0_usize;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| BodyError::Broken)?;
        seen = seen.saturating_add(chunk.len());
        if seen > DRAINED_BYTES_MAX {
            break;
        }
        if seen <= BODY_BYTES_MAX {
            gathered.extend_from_slice(&chunk);
        }
    }
    if seen > BODY_BYTES_MAX { Err(BodyError::TooLarge) } else { Ok(gathered.freeze()) }
}
