//! From a provider's POST to the offer on an agent's socket: two routers, a front, a notifier, a
//! console, beside the same hops by hand.
//!
//! In: servers. Out: rate and times of both, and their ratio.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Result;
use it::{
    house::House,
    load::{self, Offers, memory, ms, part},
};

use crate::{
    Servers,
    house::{branches, doors, start, watch},
    raw,
};

/// Contacts a second at which times are taken.
const RATE: u32 = 500;
/// How long.
const HELD: Duration = Duration::from_secs(10);
/// Messages of the closed loop.
const PRESSED: u32 = 10_000;
/// Agents with an open socket.
const AGENTS: usize = 160;
/// Posters of the closed loop.
const POSTERS: u32 = 64;
/// How long the last offers may take.
const TAIL: Duration = Duration::from_secs(30);

pub(crate) async fn run(binary: &Path, servers: &Servers) -> Result<()> {
    let bus = format!("{}/%2f", servers.rabbitmq.url());
    servers.postgres.ask("postgres", "CREATE DATABASE raw")?;
    let by_hand = raw::run(&bus, &format!("{}/raw", servers.postgres.url()), RATE, HELD, PRESSED).await?;
    let mut by_hand_waits = by_hand.waits;
    println!("{:<44} {:>10} {:>10} {:>12}", "", "p50", "p99", "closed loop");
    println!(
        "{:<44} {:>7.1} ms {:>7.1} ms {:>10.0}/s",
        format!("by hand: bus, 3 inserts, bus, at {RATE}/s"),
        part(&mut by_hand_waits, 0.5),
        part(&mut by_hand_waits, 0.99),
        by_hand.rate
    );

    let branches = branches(1);
    let house = start(binary, servers, None, 2, &branches, AGENTS).await?;
    let offers = Offers::default();
    let desks = watch(&house, &branches, AGENTS, &offers).await?;

    // The first seconds fill caches and pools.
    warm(&house, &offers, &branches).await?;
    offers.clear();
    let posted = load::hold(&doors(&house, &branches, 1)?, RATE, HELD).await?;
    offers.reach(posted.len(), TAIL).await;
    let mut answers: Vec<f64> = posted.iter().map(|one| ms(one.answered - one.due)).collect();
    let mut waits = offers.waits(&posted);
    let missing = HELD.as_secs() * u64::from(RATE) - waits.len() as u64;

    offers.clear();
    let began = Instant::now();
    let pressed = load::press(&doors(&house, &branches, 2)?, PRESSED, POSTERS).await?;
    let reached = offers.reach(pressed.len(), TAIL).await;
    let rate = reached as f64 / began.elapsed().as_secs_f64();

    println!("{:<44} {:>7.1} ms {:>7.1} ms", "POST to 202", part(&mut answers, 0.5), part(&mut answers, 0.99));
    println!(
        "{:<44} {:>7.1} ms {:>7.1} ms {rate:>10.0}/s",
        "POST to offer",
        part(&mut waits, 0.5),
        part(&mut waits, 0.99)
    );
    println!("of the rate by hand {:.2} (aim 0.6); missing offers {missing}", rate / by_hand.rate);
    for name in ["front", "router-1", "router-2", "console", "notifier"] {
        println!("memory of {name:<10} {:>8.1} MiB", memory(house.process_of(name)?)?);
    }
    drop(desks);
    Ok(())
}

async fn warm(house: &House, offers: &Offers, branches: &[String]) -> Result<()> {
    let posted = load::press(&doors(house, branches, 0)?, 1_000, POSTERS).await?;
    offers.reach(posted.len(), TAIL).await;
    Ok(())
}
