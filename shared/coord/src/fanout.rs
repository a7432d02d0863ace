//! Fan-out: what a branch has committed, in order, to every console that listens; beside it
//! where its answers stand, which no order binds.
//!
//! In: commits and heads from the router, after they are durable. Out: the same to
//! subscribers, here and in other processes, and a gap where one was too slow or heard
//! nothing. Never here: anything uncommitted; a router that waits.

mod far;
mod rooms;

use std::sync::Arc;

use contract::{
    BranchId,
    live::{Committed, Head, Said, Standing},
};
use runtime::Tasks;
use tokio::sync::broadcast;

use crate::link::Link;
use far::Far;
pub use rooms::BEHIND_MAX;
use rooms::{Rooms, Told};

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

/// The way from routers to consoles. Clones share it.
#[derive(Debug, Clone)]
pub struct Fanout {
    rooms: Rooms,
    far: Option<Far>,
}

/// One listener to one branch.
#[derive(Debug)]
pub struct Subscription {
    told: broadcast::Receiver<Told>,
    head: Option<Head>,
}

impl Fanout {
    pub(crate) fn local() -> Self {
        Self { rooms: Rooms::default(), far: None }
    }

    pub(crate) fn redis(link: &Link, tasks: &Tasks) -> Self {
        let rooms = Rooms::default();
        Self { far: Some(Far::open(link, &rooms, tasks)), rooms }
    }

    /// Tells a durable commit to all who listen to its branch.
    pub fn tell(&self, committed: Committed) {
        let branch = committed.branch.clone();
        self.say(&branch, Said::Commit(Arc::new(committed)));
    }

    /// Tells how far a branch is.
    pub fn tell_head(&self, branch: &BranchId, epoch: u64, seq: u64) {
        self.say(branch, Said::Head(Head { epoch, seq }));
    }

    /// Tells where an answer stands.
    pub fn tell_standing(&self, branch: &BranchId, standing: Standing) {
        self.say(branch, Said::Standing(Arc::new(standing)));
    }

    /// Says whether anybody may listen to any branch: somebody here does, or others can be
    /// reached.
    #[must_use]
    pub fn is_heard(&self) -> bool {
        self.rooms.are_heard() || self.far.as_ref().is_some_and(Far::is_open)
    }

    /// Listens to a branch from here on.
    #[must_use]
    pub fn subscribe(&self, branch: &BranchId) -> Subscription {
        let told = self.rooms.enter(branch);
        if let Some(far) = &self.far {
            far.listen();
        }
        Subscription { told, head: None }
    }

    fn say(&self, branch: &BranchId, said: Said) {
        if let Some(far) = &self.far {
            far.say(branch, said.clone());
        }
        // Without listeners nobody misses it: the store has it.
        self.rooms.tell(branch, Told::Said(said));
    }
}

impl Subscription {
    /// Waits for the next word of the branch; may be dropped midway without losing one.
    /// A missing commit, a new lease or a head that was not reached is a `Gap`; what follows
    /// a gap is heard as usual.
    pub async fn next(&mut self) -> Heard {
        match self.told.recv().await {
            Ok(Told::Said(Said::Commit(commit))) => self.commit(commit),
            Ok(Told::Said(Said::Head(head))) => self.head(head),
            Ok(Told::Said(Said::Standing(standing))) => Heard::Standing(standing),
            Ok(Told::Gap) | Err(broadcast::error::RecvError::Lagged(_)) => {
                self.head = None;
                Heard::Gap
            }
            // The fan-out holds every sender, so this is the end of the process.
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }

    fn commit(&mut self, commit: Arc<Committed>) -> Heard {
        let follows = self.head.is_none_or(|head| head.epoch == commit.epoch && commit.first_seq == head.seq + 1);
        self.head = Some(Head { epoch: commit.epoch, seq: commit.seq });
        if follows { Heard::Commit(commit) } else { Heard::Gap }
    }

    fn head(&mut self, head: Head) -> Heard {
        let reached = self.head.is_none_or(|known| known == head);
        self.head = Some(head);
        if reached { Heard::Head { epoch: head.epoch, seq: head.seq } } else { Heard::Gap }
    }
}

#[cfg(test)]
mod tests;
