//! Figures of the full house from outside, on private servers, beside the same work done by
//! hand in the same run.
//!
//! In: the path of a release binary, and which parts to run instead of all: `path`, `broker`,
//! `routers`, `sockets`, or `soak=MINUTES,RATE`. Out: tables on standard output. Never here: a
//! judgement of figures; a benchmark prints. Only what a soak has lost is a failure.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the machine's clock and spawns what it joins")]

mod broker;
mod house;
mod path;
mod raw;
mod routers;
mod soak;
mod sockets;

use std::path::Path;

use anyhow::{Context, Result, bail};
use servers::{Postgres, RabbitMq, Redis};

/// The servers of a run.
struct Servers {
    rabbitmq: RabbitMq,
    postgres: Postgres,
    redis: Redis,
}

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let (binary, parts) = words.split_first().context("name the release binary")?;
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let all = ["path", "broker", "routers", "sockets"];
    let parts = if parts.is_empty() { all.to_vec() } else { parts };
    tokio::runtime::Runtime::new()?.block_on(run(Path::new(binary), &parts))
}

async fn run(binary: &Path, parts: &[&str]) -> Result<()> {
    // One node for all but the part that kills one.
    let servers = Servers { rabbitmq: RabbitMq::start()?, postgres: Postgres::start()?, redis: Redis::start()? };
    for part in parts {
        println!("\n-- {part}");
        match *part {
            "path" => path::run(binary, &servers).await?,
            "broker" => broker::run(binary, &servers).await?,
            "routers" => routers::run(binary, &servers).await?,
            "sockets" => sockets::run(binary, &servers).await?,
            other => match other.strip_prefix("soak=") {
                Some(asked) => soak::run(binary, &servers, asked).await?,
                None => bail!("unknown part {other}"),
            },
        }
    }
    Ok(())
}
