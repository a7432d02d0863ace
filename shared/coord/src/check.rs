//! A look at Redis for whoever sets up a house: can it be used, and what would be lost.
//!
//! In: settings. Out: findings in plain words. What it writes is a handful of keys that end by
//! themselves. Never here: a key of the house itself.

use std::time::Duration;

use contract::Millis;
use redis::{InfoDict, RedisError, Script};
use runtime::{Clock, Finding};
use tokio::time::timeout;

use crate::{
    link::{Connection, Dialer, words},
    settings::{Kind, RedisSettings},
};

/// The oldest Redis that knows all we ask for; `ZMSCORE` came with it.
const VERSION_MIN: (u32, u32) = (6, 2);
/// How long one answer may take.
const WAIT: Duration = Duration::from_secs(3);
/// A difference of clocks that is worth a word. We count by the server's own.
const DRIFT_MAX: Millis = Millis::from_secs(2);
/// The share of memory or of connections, in percent, above which there is little left.
const FULL_PERCENT: u64 = 90;
/// How many clients a house may bring: some processes with a few connections each.
const CLIENTS_MIN: u64 = 100;

/// What the rooms do: the commands it takes, and the script that does it on a key that ends by
/// itself.
const PROBES: [(&str, &str, &str); 4] = [
    ("note who is here", "TIME, ZSCORE, ZADD, DEL, PEXPIRE", include_str!("presence/beat.lua")),
    (
        "say who is gone",
        "TIME, INFO, ZSCORE, ZMSCORE, ZRANGEBYSCORE, ZADD, ZREM, DEL, PEXPIRE",
        include_str!("presence/unseen.lua"),
    ),
    ("count rates", "GET, SET", include_str!("quotas/gcra.lua")),
    ("share figures", "HGETALL, HSET, HDEL", include_str!("figures/share.lua")),
];
/// What every script takes.
const OF_SCRIPTS: &str = "EVALSHA, SCRIPT LOAD";

/// Looks at Redis.
pub async fn check(settings: &RedisSettings, clock: &Clock) -> Vec<Finding> {
    let dialer = match Dialer::new(settings) {
        Ok(dialer) => dialer,
        Err(error) => return vec![Finding::fault(error.to_string())],
    };
    let at = format!("redis at {}", dialer.place());
    let mut connection = match dialer.connect().await {
        Ok(connection) => connection,
        Err(error) => return vec![Finding::fault(format!("{at} {}", words::of(&error)))],
    };
    let mut found = Vec::new();
    rights(&at, settings, &mut connection, &mut found).await;
    listening(&at, settings, &dialer, &mut found).await;
    for mut node in nodes(settings, &dialer, &mut found).await {
        match info(&mut node.1).await {
            Ok(info) => {
                look(&format!("redis at {}", node.0), &settings.kind, &info, &mut found);
                drift(&format!("redis at {}", node.0), clock, &mut node.1, &mut found).await;
            }
            Err(error) => found.push(Finding::warning(format!(
                "redis at {} does not tell how it is ({}); a restart quicker than three seconds goes unseen",
                node.0,
                words::of(&error)
            ))),
        }
    }
    found
}

/// Connects to each server there is to look at: in a cluster every node, else the one.
async fn nodes(settings: &RedisSettings, dialer: &Dialer, found: &mut Vec<Finding>) -> Vec<(String, Connection)> {
    let count =
        if settings.kind == Kind::Single || settings.kind == Kind::Cluster { settings.addresses.len() } else { 1 };
    let mut nodes = Vec::new();
    for _ in 0..count {
        match dialer.node().await {
            Ok(node) => nodes.push(node),
            Err((place, error)) => found.push(Finding::warning(format!("redis at {place} {}", words::of(&error)))),
        }
    }
    nodes
}

/// Does once what each room does.
async fn rights(at: &str, settings: &RedisSettings, connection: &mut Connection, found: &mut Vec<Finding>) {
    let key = |what: &str| format!("{}:check:{{{what}}}", settings.prefix);
    for (what, commands, script) in PROBES {
        let script = Script::new(script);
        let mut call = script.key(key(what));
        // Each reads the numbers it needs; the last words are a branch or an agent.
        call.arg(1000).arg(1000).arg(1000).arg("check").arg("check");
        let done: Result<redis::Value, _> = within(call.invoke_async(connection)).await;
        if let Err(error) = done {
            let commands = format!("{OF_SCRIPTS}, {commands}");
            found.push(Finding::fault(format!(
                "{at} {}: we cannot {what}{}",
                words::of(&error),
                needs(&error, &commands)
            )));
        }
    }
    let mut publish = redis::cmd("PUBLISH");
    let told: Result<redis::Value, _> = within(publish.arg(key("tell")).arg("").query_async(connection)).await;
    if let Err(error) = told {
        found.push(Finding::fault(format!(
            "{at} {}: we cannot tell screens{}",
            words::of(&error),
            needs(&error, "PUBLISH")
        )));
    }
}

async fn listening(at: &str, settings: &RedisSettings, dialer: &Dialer, found: &mut Vec<Finding>) {
    let heard = async {
        let mut ear = dialer.listen().await?;
        within(ear.subscribe(format!("{}:check:{{hear}}", settings.prefix))).await
    };
    if let Err(error) = heard.await {
        found.push(Finding::fault(format!(
            "{at} {}: screens cannot listen{}",
            words::of(&error),
            needs(&error, "SUBSCRIBE, PING")
        )));
    }
}

async fn info(node: &mut Connection) -> Result<InfoDict, RedisError> {
    let Connection::One(server) = node else { return Ok(InfoDict::new("")) };
    within(redis::cmd("INFO").query_async(server)).await
}

/// Judges what a server tells of itself.
fn look(at: &str, kind: &Kind, info: &InfoDict, found: &mut Vec<Finding>) {
    let text = |key: &str| info.get::<String>(key).unwrap_or_default();
    let number = |key: &str| info.get::<u64>(key).unwrap_or_default();
    let version = text("redis_version");
    if parsed(&version) < VERSION_MIN {
        let (major, minor) = VERSION_MIN;
        found.push(Finding::fault(format!("{at} is version {version}; it must be {major}.{minor} or later")));
    }
    if *kind == Kind::Single && text("redis_mode") == "cluster" {
        found.push(Finding::fault(format!("{at} is part of a cluster; set `cluster = true`")));
    }
    if *kind == Kind::Single && text("role") == "slave" {
        found.push(Finding::fault(format!("{at} is a replica; name the master, or the sentinels who know it")));
    }
    let (most, policy) = (number("maxmemory"), text("maxmemory_policy"));
    if most > 0 && policy != "noeviction" {
        found.push(Finding::warning(format!(
            "{at} throws keys away when its memory is full (maxmemory-policy {policy}): presence then starts anew and \
             quotas are forgotten without a word; set noeviction"
        )));
    }
    if most > 0 && number("used_memory").saturating_mul(100) > most.saturating_mul(FULL_PERCENT) {
        found.push(Finding::warning(format!("{at} has used more than {FULL_PERCENT} % of its maxmemory")));
    }
    let (clients, clients_max) = (number("connected_clients"), number("maxclients"));
    if clients_max > 0 && (clients_max < CLIENTS_MIN || clients * 100 > clients_max * FULL_PERCENT) {
        found.push(Finding::warning(format!(
            "{at} takes {clients_max} clients and has {clients}; a process of the house needs two"
        )));
    }
}

async fn drift(at: &str, clock: &Clock, node: &mut Connection, found: &mut Vec<Finding>) {
    let before = clock.now();
    let told: Result<(i64, i64), _> = within(redis::cmd("TIME").query_async(node)).await;
    let (Ok((seconds, micros)), after) = (told, clock.now()) else { return };
    let theirs = seconds.saturating_mul(1000).saturating_add(micros / 1000);
    let off = (before.as_ms() - theirs).max(theirs - after.as_ms());
    if off > DRIFT_MAX.get() {
        found.push(Finding::warning(format!("{at} has a clock {} s away from this machine's", off / 1000)));
    }
}

/// Names the commands that a user must be allowed, if that is what is wrong.
fn needs(error: &RedisError, commands: &str) -> String {
    if words::is_about_rights(error) {
        format!("; it takes the commands {commands}, on keys and channels of our prefix")
    } else {
        String::new()
    }
}

fn parsed(version: &str) -> (u32, u32) {
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

async fn within<T>(asked: impl Future<Output = Result<T, RedisError>>) -> Result<T, RedisError> {
    match timeout(WAIT, asked).await {
        Ok(answer) => answer,
        Err(_) => Err(RedisError::from(std::io::Error::from(std::io::ErrorKind::TimedOut))),
    }
}

#[cfg(test)]
mod tests;
