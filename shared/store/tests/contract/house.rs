//! A house for a test: a store on each backend, with keys, a clock that stands, and chance.
//!
//! In: nothing. Out: `on_every_backend`. Never here: a sleep.

use std::{future::Future, path::Path, sync::Arc};

use contract::{Timestamp, seal::Keys};
use runtime::{Chance, Clock, Health, Tasks};
use store::{Store, StoreConfig};
use tempfile::TempDir;

/// A store, and the folder that goes with it.
pub(crate) struct House {
    pub(crate) store: Store,
    _folder: Option<TempDir>,
}

/// The keys that every test house has.
pub(crate) fn keys() -> Arc<Keys> {
    Arc::new(Keys::new(vec![(1, [1; 32])], [2; 32], [3; 32]))
}

/// A clock that stands.
pub(crate) fn clock() -> Clock {
    Clock::by_hand(Timestamp::from_ms(1_800_000_000_000))
}

/// Opens a house on disk.
pub(crate) async fn on_disk() -> House {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path()).await;
    House { store, _folder: Some(folder) }
}

/// Opens the store of a folder.
pub(crate) async fn open(folder: &Path) -> Store {
    let tasks = Tasks::new(Health::default());
    Store::open(&StoreConfig::at(folder), keys(), clock(), Chance::seeded(7), &tasks).await.unwrap()
}

/// Opens a house in memory.
pub(crate) async fn in_memory() -> House {
    let tasks = Tasks::new(Health::default());
    let store = Store::in_memory(keys(), clock(), Chance::seeded(7), &tasks).await.unwrap();
    House { store, _folder: None }
}

/// Runs a test on every backend.
pub(crate) async fn on_every_backend<F: Future<Output = ()>>(test: impl Fn(Store) -> F) {
    for house in [on_disk().await, in_memory().await] {
        test(house.store.clone()).await;
    }
}
