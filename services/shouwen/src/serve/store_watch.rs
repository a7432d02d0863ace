//! How the records are, where they lie on a server: in words for `/readyz`.
//!
//! In: a small question, every other second. Out: the condition of a part. Never here: a record.

use std::time::Duration;

use runtime::{Part, Stop};
use store::Store;

/// How often the server is asked.
const ASK_EVERY: Duration = Duration::from_secs(2);
/// How long it may take to answer.
const ANSWER_WAIT: Duration = Duration::from_secs(5);

/// Keeps the part of health until told to stop.
pub(super) async fn keep(store: Store, part: Part, stop: Stop) {
    loop {
        match tokio::time::timeout(ANSWER_WAIT, store.firms().version()).await {
            Ok(Ok(_)) => part.well(),
            Ok(Err(error)) => part.failed(&format!("PostgreSQL does not do its work: {error}")),
            Err(_) => part.failed(&format!("PostgreSQL has not answered for {} s", ANSWER_WAIT.as_secs())),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(ASK_EVERY) => {}
        }
    }
}
