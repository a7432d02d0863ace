//! A place of its own for a test in the servers of the whole run.
//!
//! In: the addresses that `servers` put into the environment. Out: an address nobody else was
//! given; a counter in Redis sees to that, whatever processes the tests run in. Never here: a
//! place that is given back, for the servers end with the run.

use anyhow::{Context, Result, ensure};

use crate::{postgres, rabbitmq::VHOSTS, redis::command_at};

/// Where the private RabbitMQ is.
pub const AMQP: &str = "SHOUWEN_TEST_AMQP";
/// Where the private PostgreSQL is.
pub const POSTGRES: &str = "SHOUWEN_TEST_POSTGRES";
/// Where the private Redis is.
pub const REDIS: &str = "SHOUWEN_TEST_REDIS";
/// Databases that Redis has; the first is for the counters.
const DATABASES: usize = 4096;

/// Gives the address of an empty virtual host of RabbitMQ, with user and password.
pub fn vhost() -> Result<String> {
    let place = next("vhost")?;
    ensure!(place <= VHOSTS, "all {VHOSTS} virtual hosts are taken; servers::rabbitmq::VHOSTS says how many there are");
    Ok(format!("{}/t{}", address(AMQP)?, place - 1))
}

/// Gives the address of an empty database of PostgreSQL.
pub fn database() -> Result<String> {
    let (server, name) = (address(POSTGRES)?, format!("t{}", next("database")?));
    postgres::ask_at(&format!("{server}/postgres"), &format!("CREATE DATABASE {name}"))?;
    Ok(format!("{server}/{name}"))
}

/// Gives the address of an empty database of Redis.
pub fn redis() -> Result<String> {
    let place = next("redis")?;
    ensure!(place < DATABASES, "all databases of Redis are taken");
    Ok(format!("{}/{place}", address(REDIS)?))
}

/// Counts from 1.
fn next(what: &str) -> Result<usize> {
    let server = address(REDIS)?;
    let port = server.rsplit_once(':').context("the address of Redis has a port")?.1.parse()?;
    Ok(command_at(port, &["INCR", what])?.trim_start_matches(':').parse()?)
}

#[expect(clippy::disallowed_methods, reason = "the servers of a test run are told by the environment alone")]
fn address(name: &str) -> Result<String> {
    std::env::var(name)
        .with_context(|| format!("{name} is not set: run this by tests/run.sh, or without the tests named full"))
}
