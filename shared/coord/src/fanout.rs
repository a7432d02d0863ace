//! Fan-out: what a branch has committed, in order, to every console that listens; beside it
//! where its answers stand, which no order binds.
//!
//! In: commits and heads from the router, after they are durable. Out: the same to
//! subscribers, and a gap where one was too slow. Never here: anything uncommitted.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use contract::{AgentId, BranchId, delivery::DeliveryView, view::Change};
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

/// Where an answer of a branch stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The answer.
    pub delivery: DeliveryView,
    /// Who wrote it.
    pub author: Option<AgentId>,
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
    /// Where an answer stands; one that is not heard is read from the store.
    Standing(Arc<Standing>),
    /// Something was missed: read the store again.
    Gap,
}

#[derive(Debug, Clone)]
enum Told {
    Commit(Arc<Committed>),
    Head(u64, u64),
    Standing(Arc<Standing>),
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

    /// Tells where an answer stands.
    pub fn tell_standing(&self, branch: &BranchId, standing: Standing) {
        drop(self.sender(branch).send(Told::Standing(Arc::new(standing))));
    }

    /// Says whether anybody listens to any branch.
    #[must_use]
    pub fn is_heard(&self) -> bool {
        let branches = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        branches.values().any(|sender| sender.receiver_count() > 0)
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
            Ok(Told::Standing(standing)) => Heard::Standing(standing),
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
