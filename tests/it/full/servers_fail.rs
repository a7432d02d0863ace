//! Servers that are killed, emptied, slow, silent or cut off under load.

use std::time::Duration;

use anyhow::Result;
use it::house::Servers;
use servers::{Cluster, Postgres, Proxy, RabbitMq, Redis, proxy::Weather};

use super::town::Town;

/// Messages that are accepted between two faults.
const BETWEEN: usize = 20;
/// How long every piece takes in a slow network.
const SLOW: Duration = Duration::from_millis(20);
/// How long a silence lasts: longer than a heartbeat.
const SILENCE: Duration = Duration::from_secs(12);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_may_be_away_or_empty_at_any_moment() -> Result<()> {
    let mut redis = tokio::task::block_in_place(Redis::start)?;
    let proxy = Proxy::before(redis.port())?;
    let servers = Servers { coord: format!("redis://127.0.0.1:{}/0", proxy.port()), ..Servers::claim()? };
    let town = Town::open(&servers).await?;
    let load = town.load();
    load.more(BETWEEN).await;
    town.recovers_from("Redis is killed", || redis.kill()).await?;
    load.more(BETWEEN).await;
    town.recovers_from("Redis is back, empty", || redis.go()).await?;
    town.recovers_from("Redis is emptied", || redis.command(&["FLUSHALL"]).map(drop)).await?;
    load.more(BETWEEN).await;
    town.recovers_from("Redis answers nobody", || redis.pause()).await?;
    load.more(BETWEEN).await;
    town.recovers_from("Redis answers again", || redis.resume()).await?;
    weather(&town, &proxy, "Redis").await?;
    load.more(BETWEEN).await;
    town.account(load).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_is_restarted_and_cut_off() -> Result<()> {
    let mut postgres = tokio::task::block_in_place(Postgres::start)?;
    tokio::task::block_in_place(|| postgres.ask("postgres", "CREATE DATABASE shouwen"))?;
    let proxy = Proxy::before(postgres.port())?;
    let store = format!("postgres://postgres@127.0.0.1:{}/shouwen", proxy.port());
    let town = Town::open(&Servers { store, ..Servers::claim()? }).await?;
    let load = town.load();
    load.more(BETWEEN).await;
    town.recovers_from("connections are ended", || postgres.ask("postgres", END_CONNECTIONS).map(drop)).await?;
    load.more(BETWEEN).await;
    town.recovers_from("PostgreSQL is restarted", || postgres.stop().and_then(|()| postgres.go())).await?;
    load.more(BETWEEN).await;
    town.recovers_from("PostgreSQL is killed and started", || postgres.kill().and_then(|()| postgres.go())).await?;
    weather(&town, &proxy, "PostgreSQL").await?;
    load.more(BETWEEN).await;
    town.account(load).await
}

/// Ends every connection of the house.
const END_CONNECTIONS: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'shouwen'";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rabbitmq_is_restarted_and_cut_off() -> Result<()> {
    let mut rabbitmq = tokio::task::block_in_place(RabbitMq::start)?;
    let proxy = Proxy::before(rabbitmq.port())?;
    let bus = vec![format!("amqp://guest:guest@127.0.0.1:{}/%2f", proxy.port())];
    let town = Town::open(&Servers { bus, ..Servers::claim()? }).await?;
    let load = town.load();
    load.more(BETWEEN).await;
    town.recovers_from("RabbitMQ is killed and started", || {
        rabbitmq.kill()?;
        rabbitmq.go()?;
        rabbitmq.wait()
    })
    .await?;
    load.more(BETWEEN).await;
    tokio::task::block_in_place(|| rabbitmq.ctl(&["set_vm_memory_high_watermark", "0.000001"]))?;
    town.recovers_from("a memory alarm is over", || {
        rabbitmq.ctl(&["set_vm_memory_high_watermark", "absolute", "2GB"]).map(drop)
    })
    .await?;
    weather(&town, &proxy, "RabbitMQ").await?;
    load.more(BETWEEN).await;
    town.account(load).await
}

#[ignore = "three brokers and a house for five minutes: for a machine with four free cores"]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_loses_nodes_one_after_the_other() -> Result<()> {
    let (mut cluster, town) = on_a_cluster().await?;
    let load = town.load();
    load.more(BETWEEN).await;
    for place in 0..cluster.nodes.len() {
        // Whichever node leads a queue, it is killed once; the others follow it.
        let node = &mut cluster.nodes[place];
        town.recovers_from(&format!("node {} is killed", place + 1), || node.kill()).await?;
        load.more(BETWEEN).await;
        town.recovers_from(&format!("node {} is back", place + 1), || node.go().and_then(|()| node.wait())).await?;
        tokio::task::block_in_place(|| cluster.wait_whole())?;
    }
    town.account(load).await
}

#[ignore = "three brokers and a house for five minutes: for a machine with four free cores"]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_has_a_frozen_node() -> Result<()> {
    let (cluster, town) = on_a_cluster().await?;
    let load = town.load();
    load.more(BETWEEN).await;
    for (place, frozen) in cluster.nodes.iter().enumerate().take(2) {
        // First the node that everybody is connected to, then the one they went to.
        town.recovers_from(&format!("node {} answers nobody", place + 1), || frozen.pause()).await?;
        load.more(BETWEEN).await;
        town.recovers_from("it answers again", || frozen.resume()).await?;
        load.more(BETWEEN).await;
        town.recovers_from("it is one of the cluster again", || {
            frozen.rejoin()?;
            cluster.wait_whole()
        })
        .await?;
    }
    town.account(load).await
}

#[ignore = "three brokers and a house for five minutes: for a machine with four free cores"]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_is_cut_in_pieces() -> Result<()> {
    let (cluster, town) = on_a_cluster().await?;
    let load = town.load();
    load.more(BETWEEN).await;
    town.recovers_from("the node that all are connected to is cut off", || cluster.cut_off(0)).await?;
    load.more(BETWEEN).await;
    town.recovers_from("it is back", || cluster.heal()).await?;
    load.more(BETWEEN).await;
    // Two are cut off: no node sees a majority.
    tokio::task::block_in_place(|| cluster.cut_off(0).and_then(|()| cluster.cut_off(1)))?;
    town.refuses().await;
    town.recovers_from("all are back", || cluster.heal()).await?;
    load.more(BETWEEN).await;
    town.account(load).await
}

/// A house on a cluster of three.
async fn on_a_cluster() -> Result<(Cluster, Town)> {
    let cluster = tokio::task::block_in_place(|| Cluster::start(3))?;
    let bus = cluster.urls().iter().map(|url| format!("{url}/%2f")).collect();
    let town = Town::open(&Servers { bus, ..Servers::claim()? }).await?;
    Ok((cluster, town))
}

/// A slow network, a silent one, one that cuts.
async fn weather(town: &Town, proxy: &Proxy, before: &str) -> Result<()> {
    proxy.set(Weather::Slow(SLOW));
    town.recovers_from(&format!("{before} is slow"), || Ok(())).await?;
    proxy.set(Weather::Silent);
    tokio::time::sleep(SILENCE).await;
    town.recovers_from(&format!("{before} is heard again after a silence"), || {
        proxy.set(Weather::Fair);
        Ok(())
    })
    .await?;
    for _ in 0..3 {
        town.recovers_from(&format!("connections to {before} are cut"), || {
            proxy.cut_once();
            Ok(())
        })
        .await?;
    }
    Ok(())
}
