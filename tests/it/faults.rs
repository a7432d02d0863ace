//! The process is killed at random moments under load, and everything accepted is accounted for.

use std::time::Duration;

use anyhow::Result;
use it::{
    account::{account, submits},
    house::House,
    provider::Provider,
    robot::Robot,
};
use runtime::Chance;

use crate::{desk, ledger::Load};

/// Times the process is killed.
const KILLS: u32 = 20;
/// The longest time it runs between two kills, from readiness on, in milliseconds.
const RUN_MS_MAX: u64 = 700;
/// The doors of those who post at a time.
const DOORS: [&str; 3] = ["main"; 3];
/// The units of an agent, by the firm of the stories.
const UNITS: usize = 3;
/// The pause of a poster between two messages: two agents must work off what comes.
const PAUSE: Duration = Duration::from_millis(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_accepted_is_lost_when_the_process_is_killed() -> Result<()> {
    let provider = Provider::start().await?;
    let mut house = desk::house(&provider).await?;
    let robots = [robot(&house, "lin").await?, robot(&house, "chen").await?];
    let load = Load::begin(&house.url(), &DOORS, PAUSE);

    // The moments are different in every run; what must hold holds at any of them.
    let chance = Chance::machine();
    for _ in 0..KILLS {
        tokio::time::sleep(Duration::from_millis(chance.below(RUN_MS_MAX))).await;
        house.kill().await?;
        house.go().await?;
    }
    let accepted = load.end().await?;
    println!("killed {KILLS} times; {} contacts were answered 2xx", accepted.len());
    account(&house, &accepted, &robots, UNITS).await?;
    submits(&provider);
    house.journal_is_whole().await
}

async fn robot(house: &House, agent: &str) -> Result<Robot> {
    Ok(Robot::start(house.user(&["--name", agent, "--role", "agent", "--agent", agent, "--branch", "hq"]).await?))
}
