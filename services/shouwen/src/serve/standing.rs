//! Tells screens where answers stand, whoever changed it: a sender, a receipt, the notifier.
//!
//! In: ids of deliveries that moved, from the store. Out: words to the branches' fan-out, as
//! long as somebody listens. What is lost on the way is read by REST. Never here: a text.

use std::collections::BTreeMap;

use contract::{CaseId, DeliveryId, view::ReplyView};
use coord::{Fanout, Standing};
use runtime::Stop;
use store::{Store, StoreError};

/// Deliveries that are read at once.
const BATCH_MAX: usize = 256;

/// Tells until `stop`.
pub(super) async fn run(store: Store, fanout: Fanout, stop: Stop) {
    let mut moved = store.moved();
    loop {
        // Both arms may be dropped midway: waiting loses nothing.
        let ids = tokio::select! {
            () = stop.cancelled() => return,
            ids = moved.next(BATCH_MAX) => ids,
        };
        if fanout.is_heard()
            && let Err(error) = tell(&store, &fanout, &ids).await
        {
            tracing::warn!(%error, deliveries = ids.len(), "screens were not told where answers stand");
        }
    }
}

async fn tell(store: &Store, fanout: &Fanout, ids: &[DeliveryId]) -> Result<(), StoreError> {
    let deliveries = store.deliveries().among(ids).await?;
    let replies = store.views().replies(ids).await?;
    let replies: BTreeMap<DeliveryId, ReplyView> = replies.into_iter().map(|reply| (reply.delivery, reply)).collect();
    let cases: Vec<CaseId> = deliveries.iter().filter_map(|delivery| delivery.case).collect();
    let cases = store.views().cases(&cases).await?;
    for delivery in deliveries {
        let author = replies.get(&delivery.id).and_then(|reply| reply.agent.clone());
        if let Some(case) = cases.iter().find(|case| Some(case.id) == delivery.case) {
            fanout.tell_standing(&case.branch, Standing { delivery, author });
        }
    }
    Ok(())
}
