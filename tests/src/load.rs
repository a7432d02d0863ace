//! Load: messages posted as a provider does, at a rate or as fast as answers come, and when
//! each was answered and offered.
//!
//! In: doors, desks. Out: figures. Never here: a judgement of them.

#![expect(clippy::indexing_slicing, reason = "an absent field of a JSON answer reads as null")]
#![expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "places in short lists of figures")]
#![expect(clippy::disallowed_methods, reason = "load reads the machine's clock and spawns what it joins")]

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::Result;
use runtime::Clock;
use serde_json::json;
use tokio::sync::watch;

use crate::{desk::Desk, http, rest::Rest, sign};

/// How long a provider waits for an answer.
const ANSWER_WAIT: Duration = Duration::from_secs(10);

/// When each contact's offer came, by contact id.
#[derive(Debug, Clone, Default)]
pub struct Offers(Arc<Mutex<BTreeMap<String, Instant>>>);

/// The doors that are posted to, in turn.
#[derive(Debug, Clone)]
pub struct Doors {
    /// Their addresses.
    pub urls: Vec<String>,
    /// The secret of all of them.
    pub secret: &'static str,
    /// What sets the ids of one run apart from those of another.
    pub run: u32,
}

/// A message that was answered with 2xx.
#[derive(Debug, Clone)]
pub struct Posted {
    /// The id that its contact got.
    pub contact: String,
    /// When it was due.
    pub due: Instant,
    /// When the answer came.
    pub answered: Instant,
}

impl Offers {
    /// Opens a desk that notes when each offer comes.
    pub async fn watch(&self, rest: &Rest) -> Result<tokio::task::JoinHandle<()>> {
        let mut desk: Desk = rest.desk().await?;
        desk.must("ready", json!({})).await?;
        let offers = self.clone();
        Ok(tokio::spawn(async move {
            while let Ok(frame) = desk.next("offer").await {
                let at = Instant::now();
                let contacts = frame["case"]["contacts"].as_array().cloned().unwrap_or_default();
                let mut offers = offers.lock();
                for contact in contacts.iter().filter_map(|contact| contact["id"].as_str()) {
                    offers.entry(contact.to_owned()).or_insert(at);
                }
            }
        }))
    }

    /// Forgets all.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// Waits until so many contacts were offered, at most so long; tells how many were.
    pub async fn reach(&self, count: usize, limit: Duration) -> usize {
        let end = Instant::now() + limit;
        while self.lock().len() < count && Instant::now() < end {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.lock().len()
    }

    /// Gives how long each of these waited for its offer, in milliseconds.
    #[must_use]
    pub fn waits(&self, posted: &[Posted]) -> Vec<f64> {
        let offered = self.lock();
        let wait = |one: &Posted| offered.get(&one.contact).map(|seen| ms(seen.saturating_duration_since(one.due)));
        posted.iter().filter_map(wait).collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Posts at a fixed rate a second, whatever the answers take; gives what was answered with 2xx.
pub async fn hold(doors: &Doors, rate: u32, held: Duration) -> Result<Vec<Posted>> {
    let client = http(ANSWER_WAIT);
    let total = u32::try_from(held.as_millis() * u128::from(rate) / 1000)?;
    let (done, mut seen) = watch::channel(0_u32);
    let posted: Arc<Mutex<Vec<Posted>>> = Arc::default();
    let began = Instant::now();
    for number in 0..total {
        let due = began + Duration::from_secs_f64(f64::from(number) / f64::from(rate));
        tokio::time::sleep_until(due.into()).await;
        let (client, doors, posted, done) = (client.clone(), doors.clone(), posted.clone(), done.clone());
        tokio::spawn(async move {
            if let Some(one) = post(&client, &doors, number, due).await {
                posted.lock().unwrap_or_else(PoisonError::into_inner).push(one);
            }
            done.send_modify(|done| *done += 1);
        });
    }
    seen.wait_for(|done| *done == total).await?;
    let mut posted = posted.lock().unwrap_or_else(PoisonError::into_inner).clone();
    posted.sort_by_key(|one| one.answered);
    Ok(posted)
}

/// Posts so many messages by so many posters, each with one call at a time that it repeats until
/// it is taken.
pub async fn press(doors: &Doors, total: u32, posters: u32) -> Result<Vec<Posted>> {
    let poster = |first: u32| {
        let (client, doors) = (http(ANSWER_WAIT), doors.clone());
        tokio::spawn(async move {
            let mut posted = Vec::new();
            let mut number = first;
            while number < total {
                match post(&client, &doors, number, Instant::now()).await {
                    Some(one) => {
                        posted.push(one);
                        number += posters;
                    }
                    None => tokio::time::sleep(Duration::from_millis(100)).await,
                }
            }
            posted
        })
    };
    let mut posted = Vec::new();
    for poster in (0..posters).map(poster).collect::<Vec<_>>() {
        posted.extend(poster.await?);
    }
    Ok(posted)
}

/// Posts one message.
pub async fn post(client: &reqwest::Client, doors: &Doors, number: u32, due: Instant) -> Option<Posted> {
    let url = doors.urls.get(number as usize % doors.urls.len())?;
    let (id, from) = (format!("{}-{number}", doors.run), format!("13{:03}{number:06}", doors.run % 1000));
    let (contact, answered) = submit(client, url, doors.secret, &id, &from).await?;
    Some(Posted { contact, due, answered })
}

/// Posts a short message of this moment; gives the id that its contact got, and when the answer
/// came. `None` where it was not taken.
pub async fn submit(
    client: &reqwest::Client,
    url: &str,
    secret: &str,
    id: &str,
    from: &str,
) -> Option<(String, Instant)> {
    let answer = post_once(client, url, secret, id, from).await.ok()?.error_for_status().ok()?;
    let answered = Instant::now();
    let taken: serde_json::Value = serde_json::from_str(&answer.text().await.ok()?).ok()?;
    Some((taken["contact_id"].as_str()?.to_owned(), answered))
}

/// Posts a message once.
pub async fn post_once(
    client: &reqwest::Client,
    url: &str,
    secret: &str,
    id: &str,
    from: &str,
) -> reqwest::Result<reqwest::Response> {
    let body = json!({
        "id": id, "from": from, "to": "10690000", "text": "请问怎么开户",
        "received_at": Clock::machine().now().to_string(),
    });
    sign::signed(client.post(url), secret, body.to_string()).send().await
}

/// Gives a quantile.
pub fn part(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let place = (values.len() as f64 * share) as usize;
    values.get(place.min(values.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}

/// Gives milliseconds.
#[must_use]
pub fn ms(span: Duration) -> f64 {
    span.as_secs_f64() * 1000.0
}

/// Gives the resident memory of a process in MiB.
pub fn memory(id: u32) -> Result<f64> {
    mib(&format!("/proc/{id}/status"), "VmRSS:")
}

/// Gives a process's share of the resident memory in MiB: what several have is divided.
pub fn share(id: u32) -> Result<f64> {
    mib(&format!("/proc/{id}/smaps_rollup"), "Pss:")
}

fn mib(file: &str, figure: &str) -> Result<f64> {
    let text = std::fs::read_to_string(file)?;
    let line = text.lines().find(|line| line.starts_with(figure));
    let kib: f64 = line.and_then(|line| line.split_whitespace().nth(1)).unwrap_or("0").parse()?;
    Ok(kib / 1024.0)
}
