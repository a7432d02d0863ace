//! Rereads: which screens read the store anew after something was missed, and when.
//!
//! In: gaps of the feed. Out: a word to every screen of a branch that went on meanwhile, so many
//! at a time: while the fan-out is away each gap would have thousands of screens read at once.
//! Never here: what they read; a screen of a branch where nothing happened.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use contract::{AgentId, BranchId};
use runtime::Stop;
use store::{Store, journal::Stream};
use tokio::{
    sync::Notify,
    time::{MissedTickBehavior, interval},
};

use super::{Feed, Reach};

/// Agents whose screens are told to read in one turn.
pub(super) const AGENTS_A_TURN: usize = 20;
/// The time between two turns: a hundred agents a second.
const TURN_EVERY: Duration = Duration::from_millis(200);

/// The task that has screens read anew.
#[derive(Debug)]
pub struct Rereads {
    pub(super) feed: Feed,
    pub(super) gaps: Arc<Notify>,
    /// How far branches were heard of before something may have been missed.
    unsure: BTreeMap<BranchId, Option<Reach>>,
    /// Whose turn comes, in order; nobody waits twice.
    waiting: VecDeque<(BranchId, AgentId)>,
    known: BTreeSet<(BranchId, AgentId)>,
}

impl Rereads {
    pub(super) fn of(feed: Feed, gaps: Arc<Notify>) -> Self {
        Self { feed, gaps, unsure: BTreeMap::new(), waiting: VecDeque::new(), known: BTreeSet::new() }
    }

    /// Tells screens until `stop`.
    pub async fn run(mut self, store: Store, stop: Stop) {
        let mut turn = interval(TURN_EVERY);
        turn.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let is_idle = self.unsure.is_empty() && self.waiting.is_empty();
            // Every arm may be dropped midway: each of them loses nothing.
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.gaps.notified() => self.hear(),
                _ = turn.tick(), if !is_idle => {
                    self.look(&store).await;
                    self.turn();
                }
            }
        }
    }

    /// Takes what may have been missed.
    pub(super) fn hear(&mut self) {
        for (branch, heard) in self.feed.missed() {
            self.unsure.entry(branch).or_insert(heard);
        }
    }

    /// Asks how far those branches are; who cannot be asked is asked again.
    async fn look(&mut self, store: &Store) {
        for (branch, heard) in std::mem::take(&mut self.unsure) {
            match store.journal().head(&Stream::branch(&branch)).await {
                Ok(head) => self.compare(branch, heard, head.map(|head| Reach { epoch: head.epoch, seq: head.seq })),
                Err(_) => drop(self.unsure.insert(branch, heard)),
            }
        }
    }

    /// Has the screens of a branch wait for their turn, if it went on since it was heard of.
    pub(super) fn compare(&mut self, branch: BranchId, heard: Option<Reach>, head: Option<Reach>) {
        if heard.is_none() || heard != head {
            for agent in self.feed.seated(&branch) {
                if self.known.insert((branch.clone(), agent.clone())) {
                    self.waiting.push_back((branch.clone(), agent));
                }
            }
        }
        self.feed.reaches(&branch, head);
    }

    /// Tells those whose turn it is.
    pub(super) fn turn(&mut self) {
        let count = self.waiting.len().min(AGENTS_A_TURN);
        for seat in self.waiting.drain(..count) {
            self.known.remove(&seat);
            let (branch, agent) = seat;
            self.feed.reread(&branch, &agent);
        }
    }
}
