//! Who posts until he is answered, and keeps what he was promised for the account at the end.
//!
//! In: accounts of a house. Out: what was accepted. Never here: a fault.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::{Result, ensure};
use it::{http, load, until};
use tokio::task::JoinHandle;

use crate::desk;

/// How long a provider waits for an answer before it posts again.
pub(crate) const ANSWER_WAIT: Duration = Duration::from_secs(5);

/// What the provider was promised: contact ids by its own message ids.
type Accepted = Arc<Mutex<BTreeMap<String, String>>>;

/// A steady load of short messages.
pub(crate) struct Load {
    accepted: Accepted,
    stop: Arc<AtomicBool>,
    posters: Vec<JoinHandle<Result<()>>>,
}

impl Load {
    /// Begins with one poster for every account named, who rests between two messages.
    pub(crate) fn begin(url: &str, accounts: &[&str], rest: Duration) -> Self {
        let (accepted, stop) = (Accepted::default(), Arc::new(AtomicBool::new(false)));
        let posters = accounts.iter().enumerate().map(|(place, account)| {
            let door = format!("{url}/channels/sms/{account}");
            post(door, place, rest, accepted.clone(), stop.clone())
        });
        Self { posters: posters.collect(), accepted, stop }
    }

    /// Gives how many were accepted so far.
    pub(crate) fn accepted(&self) -> usize {
        self.accepted.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Waits until so many more are accepted.
    pub(crate) async fn more(&self, count: usize) {
        let wanted = self.accepted() + count;
        until("more messages are accepted", || async { (self.accepted() >= wanted).then_some(()) }).await;
    }

    /// Ends it; gives the ids of the contacts that were accepted.
    pub(crate) async fn end(self) -> Result<BTreeSet<String>> {
        self.stop.store(true, Ordering::SeqCst);
        for poster in self.posters {
            poster.await??;
        }
        let accepted = self.accepted.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let ids: BTreeSet<String> = accepted.values().cloned().collect();
        ensure!(ids.len() == accepted.len(), "two messages got one contact id");
        Ok(ids)
    }
}

/// Posts one message until it is taken; gives the contact's id.
pub(crate) async fn send(url: &str, account: &str, id: &str, from: &str) -> String {
    let (client, door) = (http(ANSWER_WAIT), format!("{url}/channels/sms/{account}"));
    until(&format!("message {id} is taken"), || submit(&client, &door, id, from)).await
}

/// Posts one message after another, each again until it is answered 2xx, as providers do.
fn post(
    door: String,
    poster: usize,
    rest: Duration,
    accepted: Accepted,
    stop: Arc<AtomicBool>,
) -> JoinHandle<Result<()>> {
    #[expect(clippy::disallowed_methods, reason = "the task is joined by the test")]
    tokio::spawn(async move {
        let client = http(ANSWER_WAIT);
        let mut number = 0_u32;
        while !stop.load(Ordering::SeqCst) {
            number += 1;
            let id = format!("{poster}-{number}");
            let from = format!("139{poster:02}{number:06}");
            let contact = until(&format!("message {id} is taken"), || submit(&client, &door, &id, &from)).await;
            accepted.lock().unwrap_or_else(PoisonError::into_inner).insert(id, contact);
            tokio::time::sleep(rest).await;
        }
        Ok(())
    })
}

async fn submit(client: &reqwest::Client, door: &str, id: &str, from: &str) -> Option<String> {
    Some(load::submit(client, door, desk::SECRET, id, from).await?.0)
}
