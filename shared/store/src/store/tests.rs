//! The way an engine takes through a query, for tests of rooms that must not scan.
//!
//! In: a query. Out: its plan in words. Never here: a clock.

use std::sync::Arc;

use contract::{Timestamp, seal::Keys};
use runtime::{Chance, Clock, Health, Tasks};
use sea_orm::ConnectionTrait;

use super::{Engine, Store, StoreConfig};
use crate::{Postgres, row::Columns};

/// Gives the plan of a query on an empty store, one step a line.
pub(crate) async fn plan(sql: &str) -> String {
    let keys = Arc::new(Keys::new(vec![(1, [1; 32])], [2; 32], [3; 32]));
    let clock = Clock::by_hand(Timestamp::from_ms(0));
    let store = Store::in_memory(keys, clock, Chance::seeded(1), &Tasks::new(Health::default())).await.unwrap();
    let steps = store.all(&format!("EXPLAIN QUERY PLAN {sql}"), []).await.unwrap();
    steps.iter().map(|row| row.text("detail").unwrap()).collect::<Vec<_>>().join("\n")
}

/// Gives PostgreSQL's plan of a query with so many parameters, one step a line. It scans a table
/// only where no index will do.
pub(crate) async fn postgres_plan(sql: &str, parameters: usize) -> String {
    let (keys, folder) = (Arc::new(Keys::new(vec![(1, [1; 32])], [2; 32], [3; 32])), tempfile::TempDir::new().unwrap());
    let clock = Clock::by_hand(Timestamp::from_ms(0));
    let engine = Engine::Postgres(Postgres::at(servers::database().unwrap()));
    let config = StoreConfig { engine, ..StoreConfig::at(folder.path()) };
    let tasks = Tasks::new(Health::default());
    let store = Store::open(&config, keys, clock, Chance::seeded(1), &tasks).await.unwrap();
    let prepare = format!(
        "SET LOCAL enable_seqscan = off; SET LOCAL plan_cache_mode = force_generic_plan; PREPARE asked AS {sql}"
    );
    let explain = store
        .dialect()
        .statement(&format!("EXPLAIN (COSTS OFF) EXECUTE asked ({})", vec!["NULL"; parameters].join(", ")), []);
    let steps = store.write(move |tx| {
        Box::pin(async move {
            tx.execute_unprepared(&prepare).await?;
            Ok(tx.query_all_raw(explain).await?)
        })
    });
    steps.await.unwrap().iter().map(|row| row.text("QUERY PLAN").unwrap()).collect::<Vec<_>>().join("\n")
}
