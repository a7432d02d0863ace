//! Reached: which offers reached a screen, told to their branches, many at a time.
//!
//! In: an offer whose frame has left. Out: one command a branch for all of a short while: no
//! offer ends as soon as that, and a command each would double the branch's work. An offer
//! that nobody told of is no miss of the agent's. Never here: the frame; waiting for an outcome.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use contract::{BranchId, OfferId};
use runtime::Stop;
use tokio::sync::mpsc;

use crate::commands::Commands;

/// How long offers are gathered for one command.
const GATHER: Duration = Duration::from_millis(50);
/// Offers that one command tells of at most.
const BATCH_MAX: usize = 512;
/// Offers that wait at most; more screens wait for a place.
const WAITING_MAX: usize = 4096;

/// The screens' end. Clones feed the same task.
#[derive(Debug, Clone)]
pub struct Reached(mpsc::Sender<(BranchId, OfferId)>);

/// The task that tells the branches.
#[derive(Debug)]
pub struct ReachedTask {
    commands: Commands,
    offers: mpsc::Receiver<(BranchId, OfferId)>,
}

impl Reached {
    /// Makes the screens' end and the task's.
    #[must_use]
    pub fn new(commands: Commands) -> (Self, ReachedTask) {
        let (sender, offers) = mpsc::channel(WAITING_MAX);
        (Self(sender), ReachedTask { commands, offers })
    }

    /// Notes that an offer reached a screen.
    pub async fn tell(&self, branch: &BranchId, offer: OfferId) {
        // The task ends with the house only; then nobody counts misses.
        self.0.send((branch.clone(), offer)).await.ok();
    }
}

impl ReachedTask {
    /// Tells the branches until `stop`, then what it knows already.
    pub async fn run(mut self, stop: Stop) {
        let mut batch = Vec::new();
        while !stop.is_cancelled() {
            // Both arms may be dropped: `recv_many` loses nothing.
            tokio::select! {
                () = stop.cancelled() => {}
                taken = self.offers.recv_many(&mut batch, BATCH_MAX) => if taken == 0 { return },
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(GATHER) => {}
            }
            while batch.len() < BATCH_MAX
                && let Ok(more) = self.offers.try_recv()
            {
                batch.push(more);
            }
            self.publish(&mut batch).await;
        }
    }

    async fn publish(&self, batch: &mut Vec<(BranchId, OfferId)>) {
        let mut branches: BTreeMap<BranchId, BTreeSet<OfferId>> = BTreeMap::new();
        for (branch, offer) in batch.drain(..) {
            branches.entry(branch).or_default().insert(offer);
        }
        for (branch, offers) in branches {
            let count = offers.len();
            if let Err(problem) = self.commands.shown(&branch, offers.into_iter().collect()).await {
                tracing::warn!(%branch, offers = count, code = %problem.code, "a branch was not told what was shown");
            }
        }
    }
}
