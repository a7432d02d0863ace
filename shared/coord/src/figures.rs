//! Figures: how the queues of each branch stand, as the router last told.
//!
//! In: figures from routers. Out: the latest ones. Never here: history.

mod redis;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use contract::{BranchId, live::BranchFigures};
use runtime::{Clock, Tasks};

use crate::link::Link;

/// The latest figures of every branch. Clones share them.
// The mutex guards one map for the time of a look-up, never across an await.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    latest: Arc<Mutex<BTreeMap<BranchId, Arc<BranchFigures>>>>,
    shared: Option<(redis::Shared, Clock)>,
}

impl Figures {
    pub(crate) fn local() -> Self {
        Self::default()
    }

    pub(crate) fn redis(link: &Link, tasks: &Tasks) -> Self {
        let mut figures = Self::default();
        figures.shared = Some((redis::Shared::open(link, figures.clone(), tasks), link.clock().clone()));
        figures
    }

    /// Puts the figures of a branch in place of the earlier ones; other processes see them
    /// within a second.
    pub fn put(&self, branch: &BranchId, figures: BranchFigures) {
        let figures = Arc::new(figures);
        if let Some((shared, clock)) = &self.shared {
            shared.put(clock.monotonic(), branch, Some(figures.clone()));
        }
        self.lock().insert(branch.clone(), figures);
    }

    /// Forgets a branch that nobody routes any more.
    pub fn forget(&self, branch: &BranchId) {
        if let Some((shared, clock)) = &self.shared {
            shared.put(clock.monotonic(), branch, None);
        }
        self.lock().remove(branch);
    }

    /// Gives the latest figures of a branch.
    #[must_use]
    pub fn get(&self, branch: &BranchId) -> Option<Arc<BranchFigures>> {
        self.lock().get(branch).cloned()
    }

    /// Gives the latest figures of every branch, by its id.
    #[must_use]
    pub fn all(&self) -> Vec<(BranchId, Arc<BranchFigures>)> {
        self.lock().iter().map(|(branch, figures)| (branch.clone(), figures.clone())).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<BranchId, Arc<BranchFigures>>> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
