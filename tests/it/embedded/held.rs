//! Another program holds the records: the house says so in words, goes on taking what clients
//! send, and serves it when the records are free again.

use anyhow::{Context, Result, ensure};
use it::{PATIENCE, house::House, http, obstacle::Obstacle, provider::Provider, until};
use serde_json::{Value, json};

use crate::desk;

#[tokio::test]
async fn what_comes_while_the_records_are_held_is_served_afterwards() -> Result<()> {
    let provider = Provider::start().await?;
    let house = desk::house(&provider).await?;
    let mut lin = desk::ready(&house, "lin").await?;

    let obstacle = Obstacle::hold(&house).await?;
    let (status, taken) = desk::sms(&house, "held-1", "13612341234", "记录被锁住时也要收下").await?;
    ensure!(status == 202, "{status} {taken}");
    let router = until("the house says what is wrong", || async {
        let (status, ready) = probe(&house, "readyz").await.ok()?;
        let ready: Value = serde_json::from_str(&ready).ok()?;
        let router = ready["parts"].as_array()?.iter().find(|part| part["name"] == "router.hq")?.clone();
        (status == 503 && ready["ready"] == false && router["state"] == "failed").then_some(router)
    })
    .await;
    ensure!(router["why"].as_str().is_some_and(|why| why.contains("store")), "{router}");
    let (alive, _) = probe(&house, "healthz").await?;
    ensure!(alive == 200, "not alive: {alive}");

    obstacle.let_go().await?;
    until("the house is ready again", || async { (probe(&house, "readyz").await.ok()?.0 == 200).then_some(()) }).await;
    let offer = lin.next("offer").await?;
    ensure!(offer["case"]["contacts"][0]["id"] == taken["contact_id"], "{offer}");
    lin.must("accept", json!({ "offer_id": offer["offer_id"] })).await?;
    let (_, queues) = house.admin()?.get("queues").await?;
    ensure!(queues["violations"].as_u64().context("no count of violations")? == 0, "{queues}");
    let verified = house.command(&["journal", "verify"]).await?;
    ensure!(verified.code == 0, "{} {}", verified.out, verified.err);
    Ok(())
}

/// Asks one of the addresses for whoever watches the house.
async fn probe(house: &House, what: &str) -> Result<(u16, String)> {
    let answer = http(PATIENCE).get(format!("{}/{what}", house.url())).send().await?;
    Ok((answer.status().as_u16(), answer.text().await?))
}
