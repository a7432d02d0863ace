//! Patience: a step of a start is taken again until the server that it needs is there.
//!
//! In: a step that may be taken again. Out: what it made, or the error that waiting cannot mend;
//! meanwhile `/readyz` says for what it waits, and why. Never here: a step.

use std::time::Duration;

use anyhow::{Error, Result};
use bus::BusError;
use runtime::Health;
use store::StoreError;

/// How long to wait before a server is asked again.
const PAUSE: Duration = Duration::from_secs(1);

/// Who needs the servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    /// A process of the house: it waits for servers as long as it takes.
    Waits,
    /// A command, or a house that has no servers: it says at once what is not there.
    Fails,
}

/// A server that may come back.
#[derive(Debug, Clone, Copy)]
pub(super) struct Server {
    part: &'static str,
    name: &'static str,
}

impl Server {
    pub(super) const STORE: Self = Self { part: "store", name: "PostgreSQL" };
    pub(super) const BUS: Self = Self { part: "bus", name: "RabbitMQ" };
}

impl Patience {
    /// Takes a step that needs a server until it succeeds.
    pub(super) async fn take<T>(self, server: Server, health: &Health, step: impl AsyncFn() -> Result<T>) -> Result<T> {
        if self == Self::Fails {
            return step().await;
        }
        let part = health.part(server.part);
        let mut why = format!("waits for {}", server.name);
        part.awaiting(&why);
        loop {
            match step().await {
                Ok(done) => {
                    part.well();
                    return Ok(done);
                }
                Err(error) if !passes(&error) => return Err(error),
                Err(error) => {
                    let before = std::mem::replace(&mut why, format!("waits for {}: {error:#}", server.name));
                    part.awaiting(&why);
                    if why != before {
                        tracing::warn!("{why}");
                    }
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Says whether the same step may succeed later.
fn passes(error: &Error) -> bool {
    error.chain().any(|cause| {
        let is_away = |error: &BusError| matches!(error, BusError::Unavailable(_) | BusError::Full(_));
        cause.downcast_ref().is_some_and(StoreError::is_retry) || cause.downcast_ref().is_some_and(is_away)
    })
}
