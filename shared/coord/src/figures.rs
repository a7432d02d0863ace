//! Figures: how the queues of each branch stand, as the router last told.
//!
//! In: figures from routers. Out: the latest ones. Never here: history.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use contract::{BranchId, Timestamp, view::QueueView};

/// How a branch stands.
#[derive(Debug, Clone, PartialEq)]
pub struct BranchFigures {
    /// When it was so.
    pub at: Timestamp,
    /// The digest of the firm that its committed decisions go by; `None` while another one waits
    /// for its commit.
    pub firm: Option<Vec<u8>>,
    /// Its queues, in firm order.
    pub queues: Vec<QueueView>,
    /// Cases that waited although a free agent might have taken them (invariant I-3), ever
    /// since the router started: always 0.
    pub violations: u64,
}

/// The latest figures of every branch. Clones share them.
// The mutex guards one map for the time of a look-up, never across an await.
#[derive(Debug, Clone, Default)]
pub struct Figures(Arc<Mutex<BTreeMap<BranchId, Arc<BranchFigures>>>>);

impl Figures {
    pub(crate) fn local() -> Self {
        Self::default()
    }

    /// Puts the figures of a branch in place of the earlier ones.
    pub fn put(&self, branch: &BranchId, figures: BranchFigures) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(branch.clone(), Arc::new(figures));
    }

    /// Forgets a branch that nobody routes any more.
    pub fn forget(&self, branch: &BranchId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(branch);
    }

    /// Gives the latest figures of a branch.
    #[must_use]
    pub fn get(&self, branch: &BranchId) -> Option<Arc<BranchFigures>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(branch).cloned()
    }

    /// Gives the latest figures of every branch, by its id.
    #[must_use]
    pub fn all(&self) -> Vec<(BranchId, Arc<BranchFigures>)> {
        let branches = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        branches.iter().map(|(branch, figures)| (branch.clone(), figures.clone())).collect()
    }
}
