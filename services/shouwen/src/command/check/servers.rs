//! A look at each server that the configuration names.
//!
//! In: its tables `[bus]`, `[store]`, `[coord]`. Out: what was found, the most serious first,
//! within a bounded time. Never here: a judgement.

use std::time::Duration;

use bus::{Limits, rabbit};
use runtime::{Clock, Finding};
use tokio::time::timeout;

use crate::config::{Config, Servers};

/// How long a look at one of them may take; each answer it waits for takes less.
const LOOK_LIMIT: Duration = Duration::from_secs(15);

/// Looks at all three, side by side.
pub(super) async fn check(config: &Config, servers: &Servers) -> Vec<Finding> {
    let clock = Clock::machine();
    let limits = Limits { queue: config.queue, ..Limits::default() };
    let (broker, database) = (servers.bus.settings("shouwen check"), servers.store.settings());
    let redis = async {
        match servers.coord.settings() {
            Ok(settings) => coord::check(&settings, &clock).await,
            Err(error) => vec![Finding::fault(format!("{error:#}"))],
        }
    };
    let looks = tokio::join!(
        bounded("rabbitmq", rabbit::check(&broker, &limits)),
        bounded("postgresql", store::check(&database, &clock)),
        bounded("redis", redis)
    );
    let mut found = [looks.0, looks.1, looks.2].concat();
    found.sort_by_key(|finding| finding.weight);
    found
}

async fn bounded(server: &str, look: impl Future<Output = Vec<Finding>>) -> Vec<Finding> {
    let late = |_| vec![Finding::fault(format!("{server} does not answer in time: {} s", LOOK_LIMIT.as_secs()))];
    timeout(LOOK_LIMIT, look).await.unwrap_or_else(late)
}
