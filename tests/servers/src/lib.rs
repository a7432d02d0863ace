//! Private servers for tests: RabbitMQ, Redis and PostgreSQL from the distribution, on free
//! loopback ports, with their files in a temporary folder.
//!
//! In: nothing but the installed programs. Out: addresses; servers that can be killed, paused
//! and started again; a proxy that disturbs a connection. Never here: a server of the machine's
//! own, one that outlives its handle, a client library of ours.
//!
//! The binary `servers` starts one of each and runs a command with their addresses in the
//! environment; `vhost`, `database` and `redis` give a test a place of its own in them.

pub mod child;
pub mod claim;
pub mod postgres;
pub mod proxy;
pub mod rabbitmq;
pub mod redis;

pub use self::redis::Redis;
pub use claim::{database, redis, vhost};
pub use postgres::Postgres;
pub use proxy::Proxy;
pub use rabbitmq::{Cluster, RabbitMq};

use std::net::TcpListener;

use anyhow::Result;

/// Finds a port that is free at this moment.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
