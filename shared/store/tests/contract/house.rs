//! A house for a test: a store on each backend, with keys, a clock that stands, and chance.
//!
//! In: nothing. Out: `every_backend!`, houses to open. Never here: a sleep.

use std::{future::Future, path::Path, sync::Arc};

use contract::{Timestamp, seal::Keys};
use runtime::{Chance, Clock, Health, Tasks};
use store::{Engine, Postgres, Store, StoreConfig, StoreError};
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

/// Runs a test on every backend that needs no server.
pub(crate) async fn embedded<F: Future<Output = ()>>(test: impl Fn(Store) -> F) {
    for house in [on_disk().await, in_memory().await] {
        test(house.store.clone()).await;
    }
}

/// Gives an empty database on the server of this run.
pub(crate) fn database() -> Postgres {
    Postgres::at(servers::database().unwrap())
}

/// Opens a store of a database, as one of the processes that share it.
pub(crate) async fn open_database(database: &Postgres) -> House {
    let folder = TempDir::new().unwrap();
    let store = try_open_database(database, folder.path()).await.unwrap();
    House { store, _folder: Some(folder) }
}

/// Opens a store of a database at a time.
pub(crate) async fn open_database_at(database: &Postgres, clock: Clock, folder: &Path) -> Result<Store, StoreError> {
    let tasks = Tasks::new(Health::default());
    let config = StoreConfig { engine: Engine::Postgres(database.clone()), ..StoreConfig::at(folder) };
    Store::open(&config, keys(), clock, Chance::seeded(7), &tasks).await
}

/// Opens a store of a database, or says why not.
pub(crate) async fn try_open_database(database: &Postgres, folder: &Path) -> Result<Store, StoreError> {
    open_database_at(database, clock(), folder).await
}

/// Runs a test on PostgreSQL.
pub(crate) async fn full<F: Future<Output = ()>>(test: impl Fn(Store) -> F) {
    test(open_database(&database()).await.store.clone()).await;
}

/// Makes a test of each function, and runs it on every backend: those that need no server, and
/// in a module named `full` PostgreSQL.
macro_rules! every_backend {
    ($($test:ident),* $(,)?) => {
        mod embedded {
            $(#[tokio::test]
            async fn $test() {
                crate::house::embedded(super::$test).await;
            })*
        }
        mod full {
            $(#[tokio::test]
            async fn $test() {
                crate::house::full(super::$test).await;
            })*
        }
    };
}
