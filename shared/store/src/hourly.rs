//! What the store does for itself every hour: anchors written, old outcomes forgotten, parts
//! of the journal made for months to come.
//!
//! In: the passing of an hour. Out: an anchored journal, tables that do not grow for ever. Each
//! process of a house writes anchors of its own. Never here: records; those go by retention alone.

use std::{path::PathBuf, time::Duration};

use runtime::Stop;

use crate::{Store, StoreError, journal::month};

/// Time between two rounds.
const EVERY: Duration = Duration::from_secs(3600);

/// Goes round at the start, every hour and at the end, until `stop`.
pub(crate) async fn run(store: Store, anchors: PathBuf, stop: Stop) {
    loop {
        if let Err(error) = store.records().anchor(&anchors).await {
            tracing::error!(%error, "no anchor was written");
        }
        if stop.is_cancelled() {
            return;
        }
        if let Err(error) = forget(&store).await {
            tracing::warn!(%error, "old outcomes were not forgotten");
        }
        if let Err(error) = month::make_ahead(&store).await {
            tracing::warn!(%error, "the journal was not prepared for months to come");
        }
        // Both arms may be dropped.
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// Forgets old outcomes portion by portion, so that others write in between.
async fn forget(store: &Store) -> Result<(), StoreError> {
    while store.views().prune_outcomes(store.clock().now()).await? > 0 {}
    Ok(())
}
