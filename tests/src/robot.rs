//! An agent who never rests: takes every offer, answers, closes, and comes back after a fall.
//!
//! In: a signed-in client. Out: what he held at most, and how often each case was given to
//! him. Never here: anything that a person at the desk could not do.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::{desk::Desk, rest::Rest, transcript::Transcript};

/// How long he waits before he sits down again.
const PAUSE: Duration = Duration::from_millis(50);

/// What a robot saw.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// The most cases he held or was offered at one time, by the server's own word.
    pub held_max: usize,
    /// How often the server said that he has a case: one accept each.
    pub accepted: BTreeMap<String, u32>,
    /// Cases whose client he answered, by the server's own word.
    pub answered: BTreeSet<String>,
    /// Cases that he closed.
    pub closed: BTreeSet<String>,
    /// How often he had to sit down.
    pub sat_down: u32,
}

/// An agent at work until it is dropped.
#[derive(Debug)]
pub struct Robot {
    seen: Arc<Mutex<Seen>>,
    transcript: Transcript,
    task: JoinHandle<()>,
}

impl Robot {
    /// Sits down and works.
    #[must_use]
    pub fn start(rest: Rest) -> Self {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let (own, watched) = (seen.clone(), seen);
        let transcript = Transcript::default();
        let noted = transcript.clone();
        #[expect(clippy::disallowed_methods, reason = "the task ends with the robot")]
        let task = tokio::spawn(async move {
            loop {
                // A fall of the house ends a sitting; he sits down again.
                drop(sit(&rest, &own, &noted).await);
                tokio::time::sleep(PAUSE).await;
            }
        });
        Self { seen: watched, transcript, task }
    }

    /// Gives what his sockets showed so far.
    #[must_use]
    pub const fn transcript(&self) -> &Transcript {
        &self.transcript
    }

    /// Gives what he saw so far.
    #[must_use]
    pub fn seen(&self) -> Seen {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Robot {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn sit(rest: &Rest, seen: &Mutex<Seen>, transcript: &Transcript) -> Result<()> {
    let mut desk = rest.desk_noting(transcript).await?;
    note(seen, |seen| seen.sat_down += 1);
    let hello = desk.next("hello").await?;
    greet(&mut desk, seen, &hello).await?;
    desk.must("ready", json!({})).await?;
    loop {
        let frame = desk.next_that("work", is_work).await?;
        match frame["type"].as_str() {
            Some("hello") => greet(&mut desk, seen, &frame).await?,
            Some("offer") => take(&mut desk, seen, &frame).await?,
            // Whoever was too slow for his offers was set away.
            _ => desk.must("ready", json!({})).await?,
        }
    }
}

fn is_work(frame: &Value) -> bool {
    let kind = &frame["type"];
    kind == "offer" || kind == "hello" || (kind == "agent" && frame["state"] == "away")
}

/// Goes on with what he holds after a fall, and takes what is offered.
async fn greet(desk: &mut Desk, seen: &Mutex<Seen>, hello: &Value) -> Result<()> {
    let list = |name: &str| hello[name].as_array().cloned().unwrap_or_default();
    let (cases, offers) = (list("cases"), list("offers"));
    let held = cases.iter().filter(|case| case["state"] == "active" || case["state"] == "wrap_up").count();
    note(seen, |seen| seen.held_max = seen.held_max.max(held + offers.len()));
    for case in cases.iter().filter(|case| case["state"] == "active") {
        close(desk, seen, case).await?;
    }
    for offer in &offers {
        take(desk, seen, offer).await?;
    }
    Ok(())
}

async fn take(desk: &mut Desk, seen: &Mutex<Seen>, offer: &Value) -> Result<()> {
    let case = &offer["case"];
    let id = case["id"].as_str().context("a case without id")?.to_owned();
    let result = desk.press("accept", json!({ "offer_id": offer["offer_id"] })).await?;
    if result["ok"] == true {
        note(seen, |seen| *seen.accepted.entry(id.clone()).or_default() += 1);
        let answered = desk.press("reply", json!({ "case_id": id, "text": "您好,已收到" })).await?;
        if answered["ok"] == true {
            note(seen, |seen| seen.answered.insert(id.clone()));
        }
        close(desk, seen, case).await?;
    }
    Ok(())
}

async fn close(desk: &mut Desk, seen: &Mutex<Seen>, case: &Value) -> Result<()> {
    let id = case["id"].as_str().context("a case without id")?.to_owned();
    let result = desk.press("close", json!({ "case_id": id, "outcome": "solved" })).await?;
    if result["ok"] == true {
        note(seen, |seen| seen.closed.insert(id));
    }
    Ok(())
}

fn note<T>(seen: &Mutex<Seen>, change: impl FnOnce(&mut Seen) -> T) -> T {
    change(&mut seen.lock().unwrap_or_else(PoisonError::into_inner))
}
