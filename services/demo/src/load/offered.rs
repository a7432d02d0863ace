//! When messages were offered: an agent who takes whatever comes, and closes it at once.
//!
//! In: an agent's token, ids of contacts with the moments at which they were due. Out: how long
//! each took to an offer. Never here: an answer to a client.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use runtime::{Stop, Tasks};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::Spread;
use crate::{desk::Desk, rest::Rest, trouble::Trouble};

/// Contacts that are waited for at most; beyond that one is not followed.
const CONTACTS_MAX: usize = 100_000;

/// What was offered so far. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Offered(Arc<Mutex<Seen>>);

#[derive(Debug, Default)]
struct Seen {
    /// Posted, and not offered so far: when they were due.
    due: BTreeMap<String, Instant>,
    /// Offered before the answer to the post came.
    early: BTreeMap<String, Instant>,
    waits: Spread,
}

impl Offered {
    /// Sits down as this agent.
    pub(super) async fn watch(agent: &Rest, tasks: &Tasks) -> Result<Self, Trouble> {
        let mut desk = Desk::open(agent).await?;
        desk.press("ready", json!({})).await?;
        let offered = Self::default();
        tasks.spawn("load.agent", work(desk, offered.clone(), tasks.stop()));
        Ok(offered)
    }

    /// Waits for the offer of a contact.
    pub(super) fn expect(&self, contact: &str, due: Instant) {
        let mut seen = self.lock();
        if let Some(at) = seen.early.remove(contact) {
            seen.waits.add(at.saturating_duration_since(due));
        } else if seen.due.len() < CONTACTS_MAX {
            seen.due.insert(contact.to_owned(), due);
        }
    }

    /// Counts contacts that were not offered so far.
    pub(super) fn missing(&self) -> usize {
        self.lock().due.len()
    }

    /// Gives how long offers took.
    pub(super) fn waits(&self) -> Spread {
        self.lock().waits.clone()
    }

    fn note(&self, case: &Value) {
        let at = Instant::now();
        let mut seen = self.lock();
        for contact in case.get("contacts").and_then(Value::as_array).into_iter().flatten() {
            let Some(id) = contact.get("id").and_then(Value::as_str) else { continue };
            if let Some(due) = seen.due.remove(id) {
                seen.waits.add(at.saturating_duration_since(due));
            } else if seen.early.len() < CONTACTS_MAX {
                seen.early.insert(id.to_owned(), at);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn work(mut desk: Desk, offered: Offered, stop: Stop) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            done = turn(&mut desk, &offered) => if done.is_err() { return },
        }
    }
}

/// Reads a frame and does what it calls for.
async fn turn(desk: &mut Desk, offered: &Offered) -> Result<(), Trouble> {
    let frame = desk.next().await?;
    let case = frame.get("case").unwrap_or(&Value::Null);
    let id = case.get("id");
    match frame.get("type").and_then(Value::as_str) {
        Some("offer") => {
            offered.note(case);
            desk.press("accept", json!({ "offer_id": frame.get("offer_id") })).await?;
        }
        Some("case") if case.get("state").is_some_and(|state| state == "active") => {
            desk.press("close", json!({ "case_id": id, "outcome": "solved" })).await?;
        }
        Some("case") if case.get("state").is_some_and(|state| state == "wrap_up") => {
            desk.press("done", json!({ "case_id": id })).await?;
        }
        Some("agent") if frame.get("state").is_some_and(|state| state == "away") => {
            desk.press("ready", json!({})).await?;
        }
        _ => {}
    }
    Ok(())
}
