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
pub mod disk;
pub mod postgres;
pub mod proxy;
pub mod rabbitmq;
pub mod redis;

pub use self::redis::Redis;
pub use claim::{database, redis, vhost};
pub use disk::Disk;
pub use postgres::Postgres;
pub use proxy::Proxy;
pub use rabbitmq::{Cluster, RabbitMq};

use std::{
    net::TcpListener,
    process,
    sync::atomic::{AtomicU16, Ordering},
};

use anyhow::{Context, Result};

/// Ports that are given away: below those that the kernel gives to outgoing connections, which
/// would take one between here and its server.
const PORTS: std::ops::Range<u16> = 10_240..32_000;

/// Finds a port that is free at this moment, and another one at every call.
pub fn free_port() -> Result<u16> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let count = PORTS.end - PORTS.start;
    // Processes begin far apart: their ids follow each other.
    let start = u16::try_from(process::id().wrapping_mul(7_919) % u32::from(count))?;
    let tried = (0..count).map(|_| {
        let step = NEXT.fetch_add(1, Ordering::Relaxed) % count;
        PORTS.start + (start + step) % count
    });
    let mut free = tried.filter(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    free.next().context("no port is free")
}
