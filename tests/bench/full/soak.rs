//! A fixed rate for minutes: what each role's process holds in memory, and what became of every
//! contact.
//!
//! In: servers, minutes. Out: memory every half minute, its slope; the account. A failure only
//! where something is lost. Every role has a process of its own; agents answer and close what comes.
//! What is kept on purpose grows meanwhile: a router has every closed case for a day, since it may be
//! opened again, a door the last 32,768 inputs. Never here: a judgement of a slope.

use std::{
    collections::BTreeSet,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use it::{
    account::{WORKING_OFF, account, submits, worked_off},
    house::House,
    load::{self, Posted, memory, share},
    provider::Provider,
    rest::Rest,
    robot::Robot,
    until_within,
};
use serde_json::Value;
use tokio::{
    task::JoinHandle,
    time::{MissedTickBehavior, interval},
};

use crate::{
    Servers,
    house::{WORKING_UNITS, agents, branches, start_working, working_doors},
};

/// Contacts a second, unless another rate is asked for.
const RATE: u32 = 50;
/// Branches.
const BRANCHES: usize = 4;
/// Agents of each.
const AGENTS: usize = 6;
/// How often memory is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// What begins, and fills caches and pools.
const FIRST: Duration = Duration::from_secs(60);

/// How often it is asked whether all is decided.
const LIST_EVERY: Duration = Duration::from_secs(1);

/// What was seen at one time.
struct Look {
    at: Duration,
    /// Of each process the resident memory and its share of it, in MiB.
    memory: Vec<(f64, f64)>,
    waiting: u64,
}

/// A house in which people work.
struct Works {
    house: House,
    provider: Provider,
    robots: Vec<Robot>,
    reader: Rest,
}

/// Runs for `MINUTES` or `MINUTES,RATE`.
pub(crate) async fn run(binary: &Path, servers: &Servers, asked: &str) -> Result<()> {
    let (minutes, rate) = asked.split_once(',').map_or((asked, None), |(minutes, rate)| (minutes, Some(rate)));
    let (minutes, rate): (u32, u32) = (minutes.parse()?, rate.map_or(Ok(RATE), str::parse)?);
    let works = Works::open(binary, servers).await?;
    let agents = works.robots.len();
    println!("{rate} contacts/s for {minutes} min, {BRANCHES} branches, {agents} agents; resident/share in MiB");
    let names = works.house.names();
    println!("{:>6} {} {:>8}", "s", row(names.iter().map(|name| (*name).to_owned())), "waiting");
    let (doors, held) = (working_doors(&works.house, &branches(BRANCHES), 1)?, Duration::from_secs(60) * minutes);
    let load = tokio::spawn(async move { load::hold(&doors, rate, held).await });
    let (looks, posted) = works.watch(load).await?;
    slopes(&names, &looks);
    works.settle(u64::from(minutes) * 60 * u64::from(rate), &posted).await
}

impl Works {
    async fn open(binary: &Path, servers: &Servers) -> Result<Self> {
        let (provider, branches) = (Provider::start().await?, branches(BRANCHES));
        let house = start_working(binary, servers, &branches, AGENTS, provider.url()).await?;
        let robots = agents(&house, &branches, AGENTS).await?.into_iter().map(Robot::start).collect();
        let reader = house.user(&["--name", "reader", "--role", "compliance"]).await?;
        Ok(Self { house, provider, robots, reader })
    }

    /// Looks until the load ends.
    async fn watch(&self, mut load: JoinHandle<Result<Vec<Posted>>>) -> Result<(Vec<Look>, Vec<Posted>)> {
        let (began, mut looks) = (Instant::now(), Vec::new());
        let mut next = interval(LOOK_EVERY);
        next.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let posted = loop {
            tokio::select! {
                posted = &mut load => break posted??,
                _ = next.tick() => looks.push(self.look(began).await?),
            }
        };
        Ok((looks, posted))
    }

    async fn look(&self, began: Instant) -> Result<Look> {
        let ids = self.house.names().into_iter().map(|name| self.house.process_of(name));
        let ids = ids.collect::<Result<Vec<_>>>()?;
        let memory = ids.into_iter().map(|id| Ok((memory(id)?, share(id)?))).collect::<Result<Vec<_>>>()?;
        let (_, queues) = self.reader.get("queues").await?;
        let queues = queues.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
        let waiting = queues.iter().filter_map(|queue| queue.get("waiting")?.as_u64()).sum();
        let look = Look { at: began.elapsed(), memory, waiting };
        let figures = look.memory.iter().map(|(resident, share)| format!("{resident:.1}/{share:.1}"));
        println!("{:>6} {} {:>8}", look.at.as_secs(), row(figures), look.waiting);
        Ok(look)
    }

    /// Gives the contacts that have a case.
    async fn decided(&self) -> Result<BTreeSet<String>> {
        let contacts = self.reader.all("contacts?limit=200").await?;
        let decided = contacts.iter().filter(|contact| contact.get("case_id").is_some_and(Value::is_string));
        Ok(decided.filter_map(|contact| Some(contact.get("id")?.as_str()?.to_owned())).collect())
    }

    /// Accounts for all that was posted.
    async fn settle(&self, total: u64, posted: &[Posted]) -> Result<()> {
        let accepted: BTreeSet<String> = posted.iter().map(|one| one.contact.clone()).collect();
        ensure!(accepted.len() == posted.len(), "two messages got one contact id");
        let (ends, mut decided) = (Instant::now() + WORKING_OFF, self.decided().await?);
        while !accepted.is_subset(&decided) && Instant::now() < ends {
            tokio::time::sleep(LIST_EVERY).await;
            decided = self.decided().await?;
        }
        let lost = accepted.difference(&decided).count();
        until_within(WORKING_OFF, "all is worked off", || worked_off(&self.reader)).await;
        let closed = self.reader.all("cases?state=closed&limit=200").await?.len();
        println!(
            "posted {total}, refused {}, accepted {}, decided {}, cases closed {closed}, lost {lost}",
            total.saturating_sub(accepted.len() as u64),
            accepted.len(),
            decided.len(),
        );
        ensure!(lost == 0, "{lost} accepted contacts are lost");
        account(&self.house, &accepted, &self.robots, WORKING_UNITS as usize).await?;
        submits(&self.provider);
        self.house.journal_is_whole().await
    }
}

/// Prints what each process had after its first minute, and how that went on.
fn slopes(names: &[&str], looks: &[Look]) {
    let warm: Vec<&Look> = looks.iter().filter(|look| look.at >= FIRST).collect();
    println!("{:<10} {:>12} {:>12} {:>14}", "role", "first minute", "last", "slope");
    for (place, name) in names.iter().enumerate() {
        let points: Vec<(f64, f64)> =
            warm.iter().filter_map(|look| Some((look.at.as_secs_f64() / 60.0, look.memory.get(place)?.0))).collect();
        let (first, last) = (points.first(), points.last());
        let figure = |point: Option<&(f64, f64)>| point.map_or(f64::NAN, |(_, mib)| *mib);
        println!("{name:<10} {:>8.1} MiB {:>8.1} MiB {:>+6.2} MiB/min", figure(first), figure(last), slope(&points));
    }
}

/// Gives the slope of the line that fits best.
fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let rise: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    let run: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    rise / run
}

fn row(cells: impl Iterator<Item = String>) -> String {
    cells.map(|cell| format!("{cell:>13}")).collect()
}
