//! `servers COMMAND…`: runs a command with a private RabbitMQ, PostgreSQL and Redis.
//!
//! In: a command. Out: its exit code; the servers' addresses stand in its environment. Never
//! here: a server that stays behind.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result};
use servers::{
    Postgres, RabbitMq, Redis,
    claim::{AMQP, POSTGRES, REDIS},
    rabbitmq::VHOSTS,
};

fn main() -> Result<ExitCode> {
    let mut words = std::env::args_os().skip(1);
    let program = words.next().context("usage: servers COMMAND…")?;
    let rabbitmq = std::thread::spawn(|| RabbitMq::start_with_vhosts(VHOSTS));
    let (redis, postgres) = (Redis::start()?, Postgres::start()?);
    let rabbitmq = rabbitmq.join().map_err(|_| anyhow::anyhow!("starting RabbitMQ panicked"))??;
    let status = Command::new(program)
        .args(words)
        .env(AMQP, rabbitmq.url())
        .env(POSTGRES, postgres.url())
        .env(REDIS, redis.url())
        .status()?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}
