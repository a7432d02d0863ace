//! The leader of the route queue is killed under a steady rate: how long the doors refuse, and
//! how long nothing is offered.
//!
//! In: servers, and a cluster of three nodes made here. Out: times. The node comes not back.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use it::load::{self, Offers, ms};
use servers::Cluster;

use crate::{
    Servers,
    house::{branches, doors, start, watch},
};

/// Contacts a second.
const RATE: u32 = 200;
/// How long it is held.
const HELD: Duration = Duration::from_secs(20);
/// When the leader dies.
const KILL_AT: Duration = Duration::from_secs(5);
/// How long the last offers may take.
const TAIL: Duration = Duration::from_secs(60);
/// Agents with an open socket.
const AGENTS: usize = 8;

pub(crate) async fn run(binary: &Path, servers: &Servers) -> Result<()> {
    let mut cluster = Cluster::start(3)?;
    let buses: Vec<String> = cluster.urls().iter().map(|url| format!("{url}/%2f")).collect();
    let branches = branches(1);
    let house = start(binary, servers, Some(buses), 2, &branches, AGENTS).await?;
    let offers = Offers::default();
    let desks = watch(&house, &branches, AGENTS, &offers).await?;
    let leader = leader(&cluster)?;

    let doors = doors(&house, &branches, 1)?;
    let began = Instant::now();
    let load = tokio::spawn(async move { load::hold(&doors, RATE, HELD).await });
    tokio::time::sleep_until((began + KILL_AT).into()).await;
    let killed = Instant::now();
    cluster.nodes.get_mut(leader).context("the leader is a node")?.kill()?;
    let posted = load.await??;
    let offered = offers.reach(posted.len(), TAIL).await;

    // By the time they were due: whoever was due before may have been answered long after.
    let after = posted.iter().filter(|one| one.due > killed).map(|one| one.answered).min();
    let answers: Vec<Instant> = posted.iter().map(|one| one.answered).collect();
    let silence = answers.windows(2).filter_map(|pair| Some(*pair.last()? - *pair.first()?)).max().unwrap_or_default();
    let total = RATE as usize * usize::try_from(HELD.as_secs())?;
    println!("leader of route.b0 killed at {RATE}/s, three nodes");
    println!("publishing resumed after     {:>8.0} ms (aim 2000)", after.map_or(f64::NAN, |at| ms(at - killed)));
    println!("longest time without a 202   {:>8.0} ms", ms(silence));
    println!("posted {total}, taken {}, refused {}, offered {offered}", posted.len(), total - posted.len());
    drop(desks);
    Ok(())
}

/// Finds the place of the node that leads the route queue.
fn leader(cluster: &Cluster) -> Result<usize> {
    let first = cluster.nodes.first().context("a cluster has a node")?;
    let said = first.ctl(&["list_queues", "name", "leader"])?;
    let line = said.lines().find(|line| line.starts_with("route.b0")).context("there is no queue route.b0")?;
    let place = cluster.nodes.iter().position(|node| line.ends_with(node.name()));
    place.with_context(|| format!("no node of the cluster leads: {line}"))
}
