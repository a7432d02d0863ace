//! Load: messages posted at a constant rate, whatever the answers take, and when each was
//! answered and offered.
//!
//! In: doors of a house with their shares, a rate, a time. Out: figures, counted from the moment
//! at which each message was due, so that a slow house cannot slow down its own measurement.
//! Never here: a judgement of them.

mod offered;
mod spread;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use reqwest::Client;
use runtime::{Chance, Health, Stop, Tasks};
use serde_json::{Value, json};
use tokio::{sync::Semaphore, time::Instant};

use crate::{
    rest::Rest,
    sign::{now, signed},
    trouble::Trouble,
};

pub use offered::Offered;
pub use spread::Spread;

/// How long a provider waits for an answer.
const ANSWER_WAIT: Duration = Duration::from_secs(10);
/// Calls that are under way at the same time; what is due beyond that is not posted, and counted.
pub const CALLS_MAX: usize = 4096;
/// How long offers are waited for when all is posted.
const OFFERS_WAIT: Duration = Duration::from_secs(10);
/// How often it is looked whether all offers came.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Senders: no door takes more than one message a second from one of them for long.
const SENDERS: u64 = 10_000;

/// A dialect that load speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Short messages, profile `generic`.
    Sms,
    /// A webhook with the usual fields.
    Webhook,
}

/// A door that is posted to.
#[derive(Clone)]
pub struct Door {
    /// How it is spoken to.
    pub dialect: Dialect,
    /// Its account.
    pub account: String,
    /// What posts are signed with.
    pub secret: String,
    /// Its part of the load, in any unit that all doors share.
    pub share: f64,
}

/// What is to be posted.
#[derive(Clone)]
pub struct Order {
    /// The house, without a path.
    pub url: String,
    /// The doors.
    pub doors: Vec<Door>,
    /// Messages a second.
    pub rate: f64,
    /// For how long.
    pub lasts: Duration,
}

/// What became of it.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Messages that were due.
    pub due: u64,
    /// Messages that were not posted, for too many were under way.
    pub held_back: u64,
    /// Answers by status.
    pub statuses: BTreeMap<u16, u64>,
    /// Messages that got no answer.
    pub silent: u64,
    /// How long answers took, from when each message was due.
    pub answered: Spread,
    /// How long offers took, from when each message was due.
    pub offered: Option<Spread>,
}

impl Dialect {
    /// Gives the channel that speaks it.
    #[must_use]
    pub const fn channel(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Webhook => "webhook",
        }
    }
}

impl Report {
    /// Counts answers of a class of statuses, 2 for 2xx.
    #[must_use]
    pub fn of_class(&self, class: u16) -> u64 {
        self.statuses.iter().filter(|(status, _)| **status / 100 == class).map(|(_, count)| *count).sum()
    }
}

/// Posts until all is posted or `stop`; `agent` takes what he is offered meanwhile and closes it.
pub async fn hold(order: &Order, agent: Option<&Rest>, stop: Stop) -> Result<Report, Trouble> {
    let tasks = Tasks::new(Health::default());
    let offered = match agent {
        Some(agent) => Some(Offered::watch(agent, &tasks).await?),
        None => None,
    };
    let run = Run {
        client: runtime::http::client(ANSWER_WAIT)?,
        url: order.url.clone(),
        mark: hex::encode(Chance::machine().bytes::<4>()),
        report: Mutex::default(),
        offered: offered.clone(),
    };
    let run = Arc::new(run);
    pace(order, &run, &tasks, &stop).await;
    if let Some(offered) = &offered {
        let all = async {
            while offered.missing() > 0 {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        tokio::select! {
            // What was not offered by then is missing in the count, and seen there.
            _ = tokio::time::timeout(OFFERS_WAIT, all) => {}
            () = stop.cancelled() => {}
        }
    }
    tasks.finish(Duration::from_secs(1)).await;
    let mut report = run.report.lock().unwrap_or_else(PoisonError::into_inner).clone();
    report.offered = offered.map(|offered| offered.waits());
    Ok(report)
}

/// Posts each message at its moment and waits until the last one was answered.
async fn pace(order: &Order, run: &Arc<Run>, tasks: &Tasks, stop: &Stop) {
    let places = Arc::new(Semaphore::new(CALLS_MAX));
    let began = Instant::now();
    let mut turns = Turns::new(&order.doors);
    for number in 0_u64.. {
        let after = Duration::from_secs_f64(number as f64 / order.rate);
        if after >= order.lasts {
            break;
        }
        let due = began + after;
        tokio::select! {
            () = stop.cancelled() => break,
            () = tokio::time::sleep_until(due) => {}
        }
        let Some(door) = turns.next_door().cloned() else { break };
        run.note(|report| report.due += 1);
        let Ok(place) = places.clone().try_acquire_owned() else {
            run.note(|report| report.held_back += 1);
            continue;
        };
        let run = run.clone();
        tasks.spawn("load", async move {
            run.post(&door, number, due).await;
            drop(place);
        });
    }
    // All places free: all calls have ended, each within its time.
    let all = u32::try_from(CALLS_MAX).unwrap_or(u32::MAX);
    drop(places.acquire_many(all).await);
}

struct Run {
    client: Client,
    url: String,
    /// Sets the ids of this run apart from those of every other.
    mark: String,
    report: Mutex<Report>,
    offered: Option<Offered>,
}

impl Run {
    async fn post(&self, door: &Door, number: u64, due: Instant) {
        let answer = self.send(door, number).await;
        let took = due.elapsed();
        let Ok((status, body)) = answer else {
            self.note(|report| report.silent += 1);
            return;
        };
        self.note(|report| {
            *report.statuses.entry(status).or_default() += 1;
            report.answered.add(took);
        });
        if let (Some(offered), Some(contact)) = (&self.offered, body.get("contact_id").and_then(Value::as_str)) {
            offered.expect(contact, due);
        }
    }

    async fn send(&self, door: &Door, number: u64) -> Result<(u16, Value), Trouble> {
        let (id, from) = (format!("load-{}-{number}", self.mark), format!("1390000{:04}", number % SENDERS));
        let body = match door.dialect {
            Dialect::Sms => {
                json!({ "id": id, "from": from, "to": "95500", "text": "请问怎么开户", "received_at": now() })
            }
            Dialect::Webhook => json!({ "id": id, "from": from, "text": "请问怎么开户" }),
        };
        let url = format!("{}/channels/{}/{}", self.url, door.dialect.channel(), door.account);
        let answer = signed(self.client.post(url), &door.secret, body.to_string()).send().await?;
        let status = answer.status().as_u16();
        Ok((status, serde_json::from_str(&answer.text().await?).unwrap_or(Value::Null)))
    }

    fn note(&self, change: impl FnOnce(&mut Report)) {
        change(&mut self.report.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Whose turn it is, so that each door gets its share at any time.
struct Turns<'a> {
    doors: Vec<(&'a Door, f64)>,
    total: f64,
}

impl<'a> Turns<'a> {
    fn new(doors: &'a [Door]) -> Self {
        Self { doors: doors.iter().map(|door| (door, 0.0)).collect(), total: doors.iter().map(|door| door.share).sum() }
    }

    fn next_door(&mut self) -> Option<&'a Door> {
        for (door, credit) in &mut self.doors {
            *credit += door.share;
        }
        let richest = self.doors.iter_mut().max_by(|a, b| a.1.total_cmp(&b.1))?;
        richest.1 -= self.total;
        Some(richest.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_door_gets_its_share() {
        let door = |account: &str, share| Door {
            dialect: Dialect::Sms,
            account: account.to_owned(),
            secret: String::new(),
            share,
        };
        let doors = [door("a", 3.0), door("b", 1.0)];
        let mut turns = Turns::new(&doors);
        let order: String = (0..8).map(|_| turns.next_door().unwrap().account.clone()).collect();
        assert_eq!(order, "abaaabaa");
    }
}
