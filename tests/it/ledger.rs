//! Who posts until he is answered, and the full account at the end: every contact that was
//! accepted, every case, every answer.
//!
//! In: a house, accounts that it has. Out: what was accepted; an account that must come out even.
//! Never here: a fault.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use futures_util::{StreamExt, stream};
use it::{house::House, http, load, provider::Provider, rest::Rest, robot::Robot, until, until_within};
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::{
    desk,
    ending::{WORKING_OFF, worked_off},
};

/// How long a provider waits for an answer before it posts again.
const ANSWER_WAIT: Duration = Duration::from_secs(5);

/// Answers asked about at the same time.
const ASKED_AT_ONCE: usize = 8;

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

    /// Ends it; gives what was accepted.
    pub(crate) async fn end(self) -> Result<BTreeMap<String, String>> {
        self.stop.store(true, Ordering::SeqCst);
        for poster in self.posters {
            poster.await??;
        }
        Ok(self.accepted.lock().unwrap_or_else(PoisonError::into_inner).clone())
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

/// Every contact answered 2xx is listed exactly once, in one case that one agent got once.
pub(crate) async fn account(house: &House, accepted: &BTreeMap<String, String>, robots: &[Robot]) -> Result<()> {
    let admin = house.user(&["--name", "auditor", "--role", "compliance"]).await?;
    let wanted: BTreeSet<String> = accepted.values().cloned().collect();
    ensure!(wanted.len() == accepted.len(), "two messages got one contact id");
    let contacts = until("every accepted contact is listed with its case", || async {
        let contacts = admin.all("contacts?limit=200").await.ok()?;
        let listed: BTreeSet<String> = contacts.iter().filter(|c| c["case_id"].is_string()).filter_map(id_of).collect();
        wanted.is_subset(&listed).then_some(contacts)
    })
    .await;
    let listed: Vec<String> = contacts.iter().filter_map(id_of).collect();
    let once: BTreeSet<&String> = listed.iter().collect();
    ensure!(once.len() == listed.len(), "a contact is listed twice");
    until_within(WORKING_OFF, "every case is closed", || worked_off(&admin)).await;
    let cases = admin.all("cases?limit=200").await?;
    let open = cases.iter().filter(|case| case["state"] != "closed").count();
    ensure!(open == 0, "{open} of {} cases are still open", cases.len());
    let of_cases: u64 = cases.iter().filter_map(|case| case["contacts_total"].as_u64()).sum();
    ensure!(of_cases == listed.len() as u64, "{} contacts, but {of_cases} in cases", listed.len());

    let mut by_case: BTreeMap<String, u32> = BTreeMap::new();
    for robot in robots {
        let seen = robot.seen();
        ensure!(seen.held_max <= 3, "an agent with 3 units held {}", seen.held_max);
        for (case, times) in seen.accepted {
            *by_case.entry(case).or_default() += times;
        }
    }
    let answered: BTreeSet<String> = robots.iter().flat_map(|robot| robot.seen().answered).collect();
    gone_out(&admin, &answered).await?;
    let twice: Vec<_> = by_case.iter().filter(|(_, times)| **times > 1).collect();
    ensure!(twice.is_empty(), "cases accepted more than once: {twice:?}");
    let (_, queues) = admin.get("queues").await?;
    ensure!(queues["violations"].as_u64().context("no count of violations")? == 0, "{queues}");
    println!("{} contacts listed, {} cases closed, none twice, violations 0", listed.len(), cases.len());
    Ok(())
}

/// Every answer that was accepted came to an end at the provider, or nobody knows.
async fn gone_out(reader: &Rest, cases: &BTreeSet<String>) -> Result<()> {
    let ends = stream::iter(cases).map(|case| async move {
        until_within(WORKING_OFF, &format!("an answer in case {case} has ended"), || async {
            let (_, listed) = reader.get(&format!("deliveries?case_id={case}")).await.ok()?;
            let state = listed["items"].as_array()?.first()?["state"].as_str()?.to_owned();
            (state != "queued" && state != "submitting").then_some(state)
        })
        .await
    });
    let ends: Vec<String> = ends.buffer_unordered(ASKED_AT_ONCE).collect().await;
    let unknown = ends.iter().filter(|state| *state == "unknown").count();
    let sent = ends.iter().filter(|state| *state == "sent" || *state == "delivered").count();
    ensure!(sent + unknown == ends.len(), "answers ended as {ends:?}");
    println!("{} answers accepted, {sent} sent, {unknown} unknown", ends.len());
    Ok(())
}

fn id_of(item: &Value) -> Option<String> {
    item["id"].as_str().map(str::to_owned)
}

/// No answer was submitted twice.
pub(crate) fn submits(provider: &Provider) {
    let calls = provider.calls();
    let ids: BTreeSet<String> = calls.iter().filter_map(|call| id_of(&call.body)).collect();
    println!("{} answers submitted", calls.len());
    assert_eq!(ids.len(), calls.len(), "an answer was submitted twice");
}
