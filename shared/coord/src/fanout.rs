//! Fan-out: what a branch has committed, in order, to every console that listens.
//!
//! In: commits and heads from the router, after they are durable. Out: the same to
//! subscribers, and a gap where one was too slow. Never here: anything uncommitted.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use contract::{BranchId, view::Change};
use tokio::sync::broadcast;

/// Commits that a slow listener may be behind before it has a gap and re-reads the store.
pub const BEHIND_MAX: usize = 4096;

/// What one commit of a branch changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Committed {
    /// The branch.
    pub branch: BranchId,
    /// The lease under which it was committed.
    pub epoch: u64,
    /// The first record of the commit.
    pub first_seq: u64,
    /// The last record of the commit.
    pub seq: u64,
    /// What changed, in order.
    pub changes: Vec<Change>,
}

/// What a listener hears.
#[derive(Debug, Clone)]
pub enum Heard {
    /// A commit.
    Commit(Arc<Committed>),
    /// How far the branch is, told every second.
    Head {
        /// The present lease.
        epoch: u64,
        /// The last committed record.
        seq: u64,
    },
    /// Something was missed: read the store again.
    Gap,
}

#[derive(Debug, Clone)]
enum Told {
    Commit(Arc<Committed>),
    Head(u64, u64),
}

/// The way from routers to consoles. Clones share it.
// The mutex guards the list of branches for the time of a look-up, never across an await.
#[derive(Debug, Clone, Default)]
pub struct Fanout(Arc<Mutex<BTreeMap<BranchId, broadcast::Sender<Told>>>>);

/// One listener to one branch.
#[derive(Debug)]
pub struct Subscription {
    told: broadcast::Receiver<Told>,
    head: Option<(u64, u64)>,
}

impl Fanout {
    pub(crate) fn local() -> Self {
        Self::default()
    }

    /// Tells a durable commit to all who listen to its branch.
    pub fn tell(&self, committed: Committed) {
        let branch = committed.branch.clone();
        // Without listeners nobody misses it: the store has it.
        drop(self.sender(&branch).send(Told::Commit(Arc::new(committed))));
    }

    /// Tells how far a branch is.
    pub fn tell_head(&self, branch: &BranchId, epoch: u64, seq: u64) {
        drop(self.sender(branch).send(Told::Head(epoch, seq)));
    }

    /// Listens to a branch from here on.
    #[must_use]
    pub fn subscribe(&self, branch: &BranchId) -> Subscription {
        Subscription { told: self.sender(branch).subscribe(), head: None }
    }

    fn sender(&self, branch: &BranchId) -> broadcast::Sender<Told> {
        let mut branches = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        branches.entry(branch.clone()).or_insert_with(|| broadcast::channel(BEHIND_MAX).0).clone()
    }
}

impl Subscription {
    /// Waits for the next word of the branch; may be dropped midway without losing one.
    /// A missing commit, a new lease or a head that was not reached is a `Gap`; what follows
    /// a gap is heard as usual.
    pub async fn next(&mut self) -> Heard {
        match self.told.recv().await {
            Ok(Told::Commit(commit)) => self.commit(commit),
            Ok(Told::Head(epoch, seq)) => self.head(epoch, seq),
            Err(broadcast::error::RecvError::Lagged(_)) => {
                self.head = None;
                Heard::Gap
            }
            // The fan-out holds every sender, so this is the end of the process.
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }

    fn commit(&mut self, commit: Arc<Committed>) -> Heard {
        let follows = self.head.is_none_or(|(epoch, seq)| epoch == commit.epoch && commit.first_seq == seq + 1);
        self.head = Some((commit.epoch, commit.seq));
        if follows { Heard::Commit(commit) } else { Heard::Gap }
    }

    fn head(&mut self, epoch: u64, seq: u64) -> Heard {
        let reached = self.head.is_none_or(|known| known == (epoch, seq));
        self.head = Some((epoch, seq));
        if reached { Heard::Head { epoch, seq } } else { Heard::Gap }
    }
}

#[cfg(test)]
mod tests;
