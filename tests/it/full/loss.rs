//! Networks that lose packets, before each server, under load.
//!
//! In: the servers of the whole run behind a proxy of the story's own. Out: the account. Never
//! here: a connection that ends; TCP sends again what is lost.

use anyhow::Result;
use it::house::Servers;
use servers::{Proxy, proxy::Weather};

use super::town::Town;

/// Pieces of a hundred that are lost.
const LOST_OF_HUNDRED: u64 = 5;
/// What is drawn by.
const SEED: u64 = 20_261_122;
/// Messages that are accepted before, and meanwhile.
const BEFORE: usize = 20;
const MEANWHILE: usize = 60;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_when_packets_to_redis_are() -> Result<()> {
    let servers = Servers::claim()?;
    let (proxy, coord) = Proxy::before_url(&servers.coord)?;
    loses(&proxy, "Redis", &Servers { coord, ..servers }).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_when_packets_to_postgres_are() -> Result<()> {
    let servers = Servers::claim()?;
    let (proxy, store) = Proxy::before_url(&servers.store)?;
    loses(&proxy, "PostgreSQL", &Servers { store, ..servers }).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_when_packets_to_rabbitmq_are() -> Result<()> {
    let servers = Servers::claim()?;
    let node = servers.bus.first().map(String::as_str).unwrap_or_default();
    let (proxy, through) = Proxy::before_url(node)?;
    loses(&proxy, "RabbitMQ", &Servers { bus: vec![through], ..servers }).await
}

async fn loses(proxy: &Proxy, before: &str, servers: &Servers) -> Result<()> {
    let town = Town::open(servers).await?;
    let load = town.load();
    load.more(BEFORE).await;
    town.recovers_from(&format!("the network loses {LOST_OF_HUNDRED} % of what goes to {before} and comes"), || {
        proxy.set(Weather::Lossy(LOST_OF_HUNDRED, SEED));
        Ok(())
    })
    .await?;
    load.more(MEANWHILE).await;
    town.decided_in_every_branch().await;
    proxy.set(Weather::Fair);
    town.account(load).await
}
