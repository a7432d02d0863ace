//! Messages that nobody can take, among a thousand good ones.
//!
//! In: bytes that are no message on a branch's queues, a signed call that says nothing. Out: each
//! lies dead with its reason, as often as it is put back; every good one is routed once. Never
//! here: a fault of a server.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use bus::{Bus, Limits, Message, QueueName, Target, rabbit::Settings};
use futures_util::{StreamExt, stream};
use it::{
    PATIENCE,
    house::{House, Servers, is_full},
    http, load,
    provider::Provider,
    rest::Rest,
    sign, until,
};
use runtime::{Clock, Health, Tasks};

use crate::desk;

/// Good messages.
const GOOD: u32 = 1_000;
/// Of these, posted before the poison.
const BEFORE: u32 = 500;
/// Posters.
const AT_ONCE: usize = 16;
/// How often all of it is put back.
const TIMES: usize = 3;
/// Why bytes that are no message lie dead.
const REASONS: [&str; 2] = ["the contact does not decode", "the command does not decode"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn poison_lies_dead_and_a_thousand_good_ones_are_routed_once() -> Result<()> {
    let provider = Provider::start().await?;
    let servers = if is_full() { Some(Servers::claim()?) } else { None };
    let mut house = match &servers {
        Some(servers) => House::start_full(servers, desk::FIRM, &desk::account(&provider)).await?,
        None => desk::house(&provider).await?,
    };
    let mut taken = post(&house, 0..BEFORE).await?;
    slip_in(&mut house, servers.as_ref()).await?;
    let nothing = sign::signed(http(PATIENCE).post(door(&house)), desk::SECRET, "[]".to_owned());
    ensure!(nothing.send().await?.status() == 202, "a signed call is taken even when it says nothing");
    taken.extend(post(&house, BEFORE..GOOD).await?);

    let ops = house.user(&["--name", "ops", "--role", "ops"]).await?;
    until("all poison lies dead", || async { (letters(&ops).await?.len() == REASONS.len() + 1).then_some(()) }).await;
    for _ in 0..TIMES {
        come_back(&house, &ops).await?;
    }
    let listed = house.command(&["dead", "list"]).await?;
    for reason in REASONS {
        ensure!(listed.out.contains(reason), "{reason} is not in {}", listed.out);
    }
    routed_once(&house, &taken).await?;
    house.journal_is_whole().await
}

fn door(house: &House) -> String {
    format!("{}/channels/sms/main", house.url())
}

/// Posts so many good messages, each again until it is taken; gives the contacts.
async fn post(house: &House, numbers: std::ops::Range<u32>) -> Result<Vec<String>> {
    let (client, door) = (http(PATIENCE), door(house));
    let posts = stream::iter(numbers).map(|number| {
        let (client, door) = (&client, &door);
        async move {
            let (id, from) = (format!("good-{number}"), format!("1381{number:07}"));
            let taken = || load::submit(client, door, desk::SECRET, &id, &from);
            until(&format!("message {id} is taken"), taken).await.0
        }
    });
    Ok(posts.buffer_unordered(AT_ONCE).collect().await)
}

/// Puts bytes that are no message on both queues of the branch, as a faulty producer would. An
/// embedded house has no way in for others, and rests meanwhile.
async fn slip_in(house: &mut House, servers: Option<&Servers>) -> Result<()> {
    let tasks = Tasks::new(Health::default());
    let bus = match servers {
        Some(servers) => {
            let address = servers.bus.first().context("a house has an address of its bus")?;
            Bus::rabbit(&settings(address)?, Limits::default(), Clock::machine(), &tasks).await?
        }
        None => {
            house.stop().await?;
            Bus::embedded(&house.data(), Limits::default(), Clock::machine(), &tasks).await?
        }
    };
    for (number, queue) in ["route.hq", "command.hq"].into_iter().enumerate() {
        let queue: QueueName = queue.parse()?;
        bus.publish(Target::Queue(queue), vec![Message::new(number as u128 + 1, &b"\xff\xfe no message"[..])]).await?;
    }
    drop(bus);
    let left = tasks.finish(PATIENCE).await;
    ensure!(left.is_empty(), "{left:?}");
    if servers.is_none() { house.go().await } else { Ok(()) }
}

fn settings(address: &str) -> Result<Settings> {
    let (scheme, rest) = address.split_once("://").context("an address has a scheme")?;
    let (who, rest) = rest.split_once('@').context("an address has a user")?;
    let (user, password) = who.split_once(':').context("a user has a password")?;
    Ok(Settings {
        nodes: vec![format!("{scheme}://{rest}")],
        user: user.to_owned(),
        password: password.to_owned().into(),
        ca: None,
        name: "a faulty producer".to_owned(),
    })
}

async fn letters(ops: &Rest) -> Option<Vec<(String, String)>> {
    let word = |letter: &serde_json::Value, key: &str| Some(letter[key].as_str()?.to_owned());
    let letters = ops.all("dead-letters").await.ok()?;
    letters.iter().map(|letter| Some((word(letter, "id")?, word(letter, "reason")?))).collect()
}

/// Puts all letters back, and waits until they lie dead again for the same reasons.
async fn come_back(house: &House, ops: &Rest) -> Result<()> {
    let reasons = |letters: &[(String, String)]| letters.iter().map(|(_, why)| why.clone()).collect::<BTreeSet<_>>();
    let before = letters(ops).await.context("no list of dead letters")?;
    for (id, _) in &before {
        let replayed = house.command(&["dead", "replay", id]).await?;
        ensure!(replayed.code == 0, "{} {}", replayed.out, replayed.err);
    }
    until("they come back", || async {
        let again = letters(ops).await?;
        let is_fresh = again.iter().all(|(id, _)| before.iter().all(|(old, _)| old != id));
        (is_fresh && again.len() == before.len() && reasons(&again) == reasons(&before)).then_some(())
    })
    .await;
    Ok(())
}

/// Every good message is a contact in one case, and there are no others.
async fn routed_once(house: &House, taken: &[String]) -> Result<()> {
    let reader = house.user(&["--name", "auditor", "--role", "compliance"]).await?;
    let contacts = until("every good message is in a case", || async {
        let contacts = reader.all("contacts?limit=200").await.ok()?;
        let is_done = contacts.len() >= taken.len() && contacts.iter().all(|contact| contact["case_id"].is_string());
        is_done.then_some(contacts)
    })
    .await;
    let mut listed: Vec<&str> = contacts.iter().filter_map(|contact| contact["id"].as_str()).collect();
    let mut wanted: Vec<&str> = taken.iter().map(String::as_str).collect();
    listed.sort_unstable();
    wanted.sort_unstable();
    ensure!(listed == wanted, "{} contacts are listed, {} were taken", listed.len(), wanted.len());
    let cases = reader.all("cases?limit=200").await?;
    let of_cases: u64 = cases.iter().filter_map(|case| case["contacts_total"].as_u64()).sum();
    ensure!(of_cases == u64::from(GOOD), "{of_cases} contacts are in cases");
    println!("{} good messages in {} cases, {} letters dead", listed.len(), cases.len(), REASONS.len() + 1);
    Ok(())
}
