//! The process is killed at random moments under load, and everything accepted is accounted for.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use it::{house::House, http, provider::Provider, robot::Robot, sign, until, until_within};
use runtime::{Chance, Clock};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::{
    desk,
    ending::{WORKING_OFF, worked_off},
};

/// Times the process is killed.
const KILLS: u32 = 20;
/// The longest time it runs between two kills, from readiness on, in milliseconds.
const RUN_MS_MAX: u64 = 700;
/// Posts under way at a time.
const POSTERS: u32 = 3;
/// The pause of a poster between two messages: two agents must work off what comes.
const PAUSE: Duration = Duration::from_millis(60);

/// What the provider was promised: contact ids by its own message ids.
type Accepted = Arc<Mutex<BTreeMap<String, String>>>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_accepted_is_lost_when_the_process_is_killed() -> Result<()> {
    let provider = Provider::start().await?;
    let mut house = desk::house(&provider).await?;
    let robots = [robot(&house, "lin").await?, robot(&house, "chen").await?];
    let accepted = Accepted::default();
    let stop = Arc::new(AtomicBool::new(false));
    let posters: Vec<_> =
        (0..POSTERS).map(|poster| post(house.url(), poster, accepted.clone(), stop.clone())).collect();

    // The moments are different in every run; what must hold holds at any of them.
    let chance = Chance::machine();
    for _ in 0..KILLS {
        tokio::time::sleep(Duration::from_millis(chance.below(RUN_MS_MAX))).await;
        house.kill().await?;
        house.go().await?;
    }
    stop.store(true, Ordering::SeqCst);
    for poster in posters {
        poster.await??;
    }
    let accepted = accepted.lock().unwrap_or_else(PoisonError::into_inner).clone();
    println!("killed {KILLS} times; {} contacts were answered 2xx", accepted.len());
    account(&house, &accepted, &robots).await?;
    submits(&provider);
    let verified = house.command(&["journal", "verify"]).await?;
    ensure!(verified.code == 0, "{} {}", verified.out, verified.err);
    let replayed = house.command(&["journal", "replay", "hq"]).await?;
    ensure!(replayed.code == 0, "{} {}", replayed.out, replayed.err);
    Ok(())
}

async fn robot(house: &House, agent: &str) -> Result<Robot> {
    Ok(Robot::start(house.user(&["--name", agent, "--role", "agent", "--agent", agent, "--branch", "hq"]).await?))
}

/// Posts one message after another, each again until it is answered 2xx, as providers do.
fn post(url: String, poster: u32, accepted: Accepted, stop: Arc<AtomicBool>) -> JoinHandle<Result<()>> {
    #[expect(clippy::disallowed_methods, reason = "the task is joined by the test")]
    tokio::spawn(async move {
        let client = http(Duration::from_secs(5));
        let mut number = 0_u32;
        while !stop.load(Ordering::SeqCst) {
            number += 1;
            let id = format!("{poster}-{number}");
            let from = format!("139{poster:02}{number:06}");
            let body = json!({ "id": id, "from": from, "to": "10690000", "text": "请问怎么开户", "received_at": Clock::machine().now().to_string() });
            let contact = until(&format!("message {id} is taken"), || submit(&client, &url, &body)).await;
            accepted.lock().unwrap_or_else(PoisonError::into_inner).insert(id, contact);
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    })
}

async fn submit(client: &reqwest::Client, url: &str, body: &Value) -> Option<String> {
    let body = body.to_string();
    let signature = sign::sign(desk::SECRET, sign::unix_s(), body.as_bytes());
    let request = client.post(format!("{url}/channels/sms/main")).header(sign::HEADER, signature);
    let answer = request.header("content-type", "application/json").body(body).send().await.ok()?;
    let answer = answer.error_for_status().ok()?;
    let text = answer.text().await.ok()?;
    let taken: Value = serde_json::from_str(&text).ok()?;
    taken["contact_id"].as_str().map(str::to_owned)
}

/// Every contact answered 2xx is listed exactly once, in one case that one agent got once.
async fn account(house: &House, accepted: &BTreeMap<String, String>, robots: &[Robot]) -> Result<()> {
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
    let twice: Vec<_> = by_case.iter().filter(|(_, times)| **times > 1).collect();
    ensure!(twice.is_empty(), "cases accepted more than once: {twice:?}");
    let (_, queues) = admin.get("queues").await?;
    ensure!(queues["violations"].as_u64().context("no count of violations")? == 0, "{queues}");
    println!("{} contacts listed, {} cases closed, none twice, violations 0", listed.len(), cases.len());
    Ok(())
}

fn id_of(item: &Value) -> Option<String> {
    item["id"].as_str().map(str::to_owned)
}

/// No answer was submitted twice.
fn submits(provider: &Provider) {
    let calls = provider.calls();
    let ids: BTreeSet<String> = calls.iter().filter_map(|call| id_of(&call.body)).collect();
    println!("{} answers submitted", calls.len());
    assert_eq!(ids.len(), calls.len(), "an answer was submitted twice");
}
