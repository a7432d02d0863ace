//! Processes that are killed or frozen under load.

use std::time::Duration;

use anyhow::{Context, Result};
use it::house::Servers;
use jiff::Timestamp;
use runtime::Chance;

use super::town::Town;

/// Processes that are killed, one after the other.
const KILLS: u32 = 50;
/// The longest time between two kills, in milliseconds.
const BETWEEN_MS_MAX: u64 = 700;
/// Seconds of an hour.
const HOUR_S: i64 = 3600;
/// How far a branch's time may follow a clock that steps: one part in twenty of a story's time, and more.
const SLEWED: Duration = Duration::from_secs(300);
/// How long a router is frozen: longer than its branches wait for it.
const FROZEN: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_when_any_process_is_killed() -> Result<()> {
    let mut town = Town::open(&Servers::claim()?).await?;
    let load = town.load();
    let (chance, names) = (Chance::machine(), town.house.names());
    for _ in 0..KILLS {
        tokio::time::sleep(Duration::from_millis(chance.below(BETWEEN_MS_MAX))).await;
        let place = usize::try_from(chance.below(names.len() as u64))?;
        let name = names.get(place).context("a name for every process")?;
        town.house.kill_one(name).await?;
        town.house.begin_one(name)?;
    }
    town.house.all_ready().await?;
    load.more(20).await;
    println!("killed {KILLS} processes");
    town.account(load).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_router_loses_its_branches_and_commits_nothing_when_it_wakes() -> Result<()> {
    let town = Town::open(&Servers::claim()?).await?;
    let load = town.load();
    load.more(20).await;
    town.house.signal("router-1", "STOP").await?;
    let wakes = tokio::time::Instant::now() + FROZEN;
    town.recovers_from("a router froze", || Ok(())).await?;
    tokio::time::sleep_until(wakes).await;
    town.house.signal("router-1", "CONT").await?;
    load.more(20).await;
    town.account(load).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn routers_that_are_killed_and_started_again_take_what_was_their_own() -> Result<()> {
    let mut town = Town::open(&Servers::claim()?).await?;
    let load = town.load();
    load.more(20).await;
    let routers = ["router-1", "router-2"];
    for name in routers {
        town.house.kill_one(name).await?;
    }
    for name in routers {
        town.house.begin_one(name)?;
    }
    town.recovers_from("all routers were killed and started again", || Ok(())).await?;
    load.more(20).await;
    town.account(load).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_steps_an_hour_moves_no_deadline() -> Result<()> {
    let town = Town::open_with_clock(&Servers::claim()?).await?;
    let load = town.load();
    let began = Timestamp::now() - SLEWED;
    for seconds in [HOUR_S, 0, -HOUR_S, 0] {
        load.more(20).await;
        town.recovers_from(&format!("the routers' clocks step to {seconds:+} s"), || town.house.step_clock(seconds))
            .await?;
    }
    load.more(20).await;
    let ended = Timestamp::now() + SLEWED;
    town.opened_between(began, ended).await?;
    town.account(load).await
}
