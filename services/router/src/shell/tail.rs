//! The tail: committed events that other rooms act on go out to the bus, each at least once.
//!
//! In: the branch's records after a cursor. Out: answers for the notifier, in order, with a
//! key derived from the event; then the cursor moves. Never here: anything uncommitted.

use bus::{Bus, Message, Target};
use contract::{
    BranchId, Timestamp,
    journal::{Event, Record},
    view::ReplyView,
    wire,
};
use runtime::{Part, Stop};
use store::{Store, journal::Stream};
use tokio::sync::watch;

use super::{Broken, PAUSE_AFTER_FAILURE};

/// The name of this reader's cursor.
const READER: &str = "tail";
/// Records read at once.
const PAGE_RECORDS: u64 = 1_000;
/// The header that names the kind of event.
pub(crate) const KIND: &str = "kind";

/// Publishes what a branch commits, whenever `committed` tells of answers, until told to stop.
pub async fn run(
    branch: BranchId,
    bus: Bus,
    store: Store,
    mut committed: watch::Receiver<u64>,
    part: Part,
    stop: Stop,
) {
    while !stop.is_cancelled() {
        committed.mark_unchanged();
        match publish(&branch, &bus, &store).await {
            Ok(()) => {
                part.well();
                tokio::select! {
                    () = stop.cancelled() => {}
                    changed = committed.changed() => if changed.is_err() { return },
                }
            }
            Err(broken) => {
                tracing::warn!(%branch, reason = %broken, "answers wait for the bus");
                part.failed(&broken.to_string());
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(PAUSE_AFTER_FAILURE) => {}
                }
            }
        }
    }
}

/// Publishes all that is committed after the cursor.
async fn publish(branch: &BranchId, bus: &Bus, store: &Store) -> Result<(), Broken> {
    let stream = Stream::branch(branch);
    let mut cursor = store.cursors().get(&stream, READER).await?;
    loop {
        let page = store.records().from(&stream, cursor + 1, PAGE_RECORDS).await?;
        let Some(last) = page.last().map(|record| record.seq) else { return Ok(()) };
        let mut messages = Vec::new();
        for stored in &page {
            let record: Record = wire::decode(&stored.body).map_err(|_| Broken::Journal("a record does not decode"))?;
            messages.extend(record.events.iter().filter_map(|event| message(record.now, event)));
        }
        if !messages.is_empty() {
            bus.publish(Target::Events, messages).await?;
        }
        store.cursors().set(&stream, READER, last).await?;
        cursor = last;
    }
}

fn message(at: Timestamp, event: &Event) -> Option<Message> {
    let Event::Replied(replied) = event else { return None };
    let view = ReplyView {
        delivery: replied.delivery,
        case: replied.case,
        contact: replied.contact,
        channel: replied.channel,
        account: replied.account.clone(),
        agent: replied.agent.clone(),
        at,
    };
    Some(Message::new(replied.delivery.bits(), wire::encode(&view)).with(KIND, "reply"))
}
