//! Figures: how the queues of each branch stand, as the router last told; and how each process
//! is, as it last told itself.
//!
//! In: figures from routers, reports from processes. Out: the latest ones. Never here: history.

mod redis;

use std::{
    collections::BTreeMap,
    fmt::Display,
    str::FromStr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use contract::{
    BranchId,
    live::{BranchFigures, ProcessReport},
    wire::Envelope,
};
use runtime::{Clock, Tasks};

use crate::link::Link;

/// The latest figures of every branch.
pub type Figures = Latest<BranchId, BranchFigures>;
/// The latest report of every process, by its name.
pub type Reports = Latest<String, ProcessReport>;

/// What was told last, by whose it is. Clones share it.
// The mutex guards one map for the time of a look-up, never across an await.
#[derive(Debug)]
pub struct Latest<K, V> {
    latest: Arc<Mutex<BTreeMap<K, Arc<V>>>>,
    shared: Option<(redis::Shared<K, V>, Clock)>,
}

/// What names something in a hash of Redis.
pub trait Name: Display + FromStr + Ord + Clone + Send + Sync + 'static {}
impl<T: Display + FromStr + Ord + Clone + Send + Sync + 'static> Name for T {}

/// What is told of it.
pub trait Told: Envelope + PartialEq + Send + Sync + 'static {}
impl<T: Envelope + PartialEq + Send + Sync + 'static> Told for T {}

impl<K, V> Clone for Latest<K, V> {
    fn clone(&self) -> Self {
        Self { latest: self.latest.clone(), shared: self.shared.clone() }
    }
}

impl<K: Name, V: Told> Latest<K, V> {
    pub(crate) fn local() -> Self {
        Self { latest: Arc::default(), shared: None }
    }

    /// Shares it with other processes, in one hash of Redis.
    pub(crate) fn redis(link: &Link, hash: &'static str, tasks: &Tasks) -> Self {
        let mut latest = Self::local();
        latest.shared = Some((redis::Shared::open(link, hash, latest.clone(), tasks), link.clock().clone()));
        latest
    }

    /// Puts what is told in place of the earlier; other processes see it within a second.
    pub fn put(&self, name: &K, told: V) {
        let told = Arc::new(told);
        if let Some((shared, clock)) = &self.shared {
            shared.put(clock.monotonic(), name, Some(told.clone()));
        }
        self.lock().insert(name.clone(), told);
    }

    /// Forgets one that nobody tells of any more.
    pub fn forget(&self, name: &K) {
        if let Some((shared, clock)) = &self.shared {
            shared.put(clock.monotonic(), name, None);
        }
        self.lock().remove(name);
    }

    /// Gives what was told last of one.
    #[must_use]
    pub fn get(&self, name: &K) -> Option<Arc<V>> {
        self.lock().get(name).cloned()
    }

    /// Gives what was told last of each, by name.
    #[must_use]
    pub fn all(&self) -> Vec<(K, Arc<V>)> {
        self.lock().iter().map(|(name, told)| (name.clone(), told.clone())).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<K, Arc<V>>> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
