//! What an idle agent's socket costs a console.
//!
//! In: servers; as many sockets as this process may have files. Out: memory of the console before
//! and after, for each socket.

use std::path::Path;

use anyhow::{Context, Result};
use futures_util::{StreamExt, TryStreamExt, stream};
use it::load::memory;

use crate::{
    Servers,
    house::{agents, branches, start},
};

/// Agents with an open socket, where the machine lets a process have so many files.
const SOCKETS: usize = 9_000;
/// Files that are needed for other things.
const SPARE: usize = 1_000;
/// Sockets that are opened at the same time.
const AT_ONCE: usize = 32;

pub(crate) async fn run(binary: &Path, servers: &Servers) -> Result<()> {
    let sockets = SOCKETS.min(files()?.saturating_sub(SPARE));
    let branches = branches(1);
    let house = start(binary, servers, None, 1, &branches, sockets).await?;
    let agents = agents(&house, &branches, sockets).await?;
    let console = house.process_of("console")?;
    // One socket first: what the first one makes is not the price of the next.
    let (first, others) = agents.split_first().context("there is an agent")?;
    let first = first.desk().await?;
    let before = memory(console)?;
    let desks = stream::iter(others).map(|agent| agent.desk()).buffer_unordered(AT_ONCE);
    let desks: Vec<_> = desks.try_collect().await?;
    let after = memory(console)?;
    let each = (after - before) * 1024.0 / desks.len() as f64;
    println!("idle sockets {}, console {before:.1} → {after:.1} MiB: {each:.1} KiB each (aim 20)", desks.len());
    drop((first, desks));
    Ok(())
}

/// Tells how many files this process may have open.
fn files() -> Result<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits")?;
    let line = limits.lines().find(|line| line.starts_with("Max open files")).context("no limit of files")?;
    Ok(line.split_whitespace().nth(3).context("no figure")?.parse()?)
}
