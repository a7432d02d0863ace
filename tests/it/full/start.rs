//! Processes that are started before their servers are there, and while these come and go.
//!
//! In: servers that do not run. Out: what the processes say meanwhile, a house that works. Never
//! here: a process that is started twice.

use anyhow::{Context, Result};
use it::{
    PATIENCE,
    house::{House, Servers},
    http,
    provider::Provider,
    until,
};
use serde_json::{Value, json};
use servers::{Postgres, RabbitMq, Redis};
use tokio::task::block_in_place;

use crate::desk;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_may_come_before_their_servers() -> Result<()> {
    let (mut rabbitmq, mut postgres, mut redis) = block_in_place(absent)?;
    let servers = Servers {
        bus: vec![format!("{}/%2f", rabbitmq.url())],
        store: format!("{}/shouwen", postgres.url()),
        coord: format!("{}/0", redis.url()),
    };
    let provider = Provider::start().await?;
    let mut house = House::full(&servers, desk::FIRM, &desk::account(&provider))?;
    house.names().into_iter().try_for_each(|name| house.begin_one(name))?;
    all_wait_for(&house, "store", "PostgreSQL").await;
    block_in_place(|| postgres.go())?;
    all_wait_for(&house, "bus", "RabbitMQ").await;
    // The rooms are open when the bus is there; what comes after them needs the records again.
    block_in_place(|| {
        postgres.stop()?;
        rabbitmq.go()?;
        rabbitmq.wait()
    })?;
    all_wait_for(&house, "store", "PostgreSQL").await;
    block_in_place(|| postgres.go())?;
    house.all_ready().await?;

    let mut lin = desk::ready(&house, "lin").await?;
    let (status, taken) = desk::sms(&house, "m-1", "13912345678", "请问怎么开户").await?;
    assert_eq!(status, 202, "{taken}");
    block_in_place(|| redis.go())?;
    let offer = lin.next("offer").await?;
    lin.must("accept", json!({ "offer_id": offer["offer_id"] })).await?;
    assert!(house.stop().await?.success());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waiting_cannot_mend_ends_a_start() -> Result<()> {
    let good = Servers::claim()?;
    let (host, _) = good.store.rsplit_once('/').context("an address has a database")?;
    let no_database = format!("{}/nobody_made_this", host.replace("postgres@", "postgres:very-secret@"));
    let wrong_word = good.bus.iter().map(|node| node.replace("guest:guest@", "guest:very-secret@")).collect();
    let cases = [
        (Servers { store: no_database, ..good.clone() }, "[store]", "PostgreSQL does not take the connection"),
        (Servers { bus: wrong_word, ..good.clone() }, "[bus]", "the broker does not fit the configuration"),
    ];
    for (servers, table, why) in cases {
        let told = House::full(&servers, desk::FIRM, "")?.go().await.expect_err("it cannot come up").to_string();
        assert!(told.contains("ended with Some(ExitStatus(unix_wait_status(256)))"), "{told}");
        assert!(told.contains(table) && told.contains(why) && !told.contains("very-secret"), "{told}");
    }
    Ok(())
}

/// Gives servers that do not run, with what a house needs in them.
fn absent() -> Result<(RabbitMq, Postgres, Redis)> {
    let (mut postgres, mut redis) = (Postgres::start()?, Redis::start()?);
    postgres.ask("postgres", "CREATE DATABASE shouwen")?;
    postgres.stop()?;
    redis.kill()?;
    Ok((RabbitMq::prepared()?, postgres, redis))
}

/// Waits until every process says of a part that it waits for this server, and why.
async fn all_wait_for(house: &House, part: &str, server: &str) {
    let client = http(PATIENCE);
    for url in house.urls() {
        until(&format!("{url} waits for {server}"), || async {
            let said: Value = client.get(format!("{url}/readyz")).send().await.ok()?.json().await.ok()?;
            let told = said["parts"].as_array()?.iter().find(|told| told["name"] == part)?;
            let why = told["why"].as_str()?;
            why.starts_with(&format!("waits for {server}: ")).then_some(())
        })
        .await;
    }
}
