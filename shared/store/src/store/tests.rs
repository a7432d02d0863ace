//! The way SQLite takes through a query, for tests of rooms that must not scan.
//!
//! In: a query. Out: its plan in words. Never here: a clock.

use std::sync::Arc;

use contract::{Timestamp, seal::Keys};
use runtime::{Chance, Clock, Health, Tasks};

use super::Store;
use crate::row::Columns;

/// Gives the plan of a query on an empty store, one step a line.
pub(crate) async fn plan(sql: &str) -> String {
    let keys = Arc::new(Keys::new(vec![(1, [1; 32])], [2; 32], [3; 32]));
    let clock = Clock::by_hand(Timestamp::from_ms(0));
    let store = Store::in_memory(keys, clock, Chance::seeded(1), &Tasks::new(Health::default())).await.unwrap();
    let steps = store.all(&format!("EXPLAIN QUERY PLAN {sql}"), []).await.unwrap();
    steps.iter().map(|row| row.text("detail").unwrap()).collect::<Vec<_>>().join("\n")
}
