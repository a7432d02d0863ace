//! The far side of the fan-out: a channel of Redis for each branch.
//!
//! In: words of branches routed here. Out: the same in every other process that listens. What
//! is not sent in time is dropped: the next commit or head shows the gap. Never here: a word
//! heard twice in the process that said it; a wait for Redis.

mod ear;
mod mouth;

use std::sync::Arc;

use contract::{BranchId, live::Said};
use runtime::Tasks;
use tokio::sync::{Notify, mpsc};

use super::rooms::Rooms;
use crate::link::Link;

/// Words that wait to be sent at most.
const WAITING_MAX: usize = 1024;

/// The way to other processes. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Far {
    link: Link,
    rooms: Rooms,
    waiting: mpsc::Sender<(BranchId, Said)>,
    entered: Arc<Notify>,
}

impl Far {
    pub(super) fn open(link: &Link, rooms: &Rooms, tasks: &Tasks) -> Self {
        let (waiting, words) = mpsc::channel(WAITING_MAX);
        let entered = Arc::new(Notify::new());
        tasks.spawn("coord.mouth", mouth::run(link.clone(), words, tasks.stop()));
        tasks.spawn("coord.ear", ear::run(link.clone(), rooms.clone(), entered.clone(), tasks.stop()));
        Self { link: link.clone(), rooms: rooms.clone(), waiting, entered }
    }

    /// Says something to the others, if it can be said soon.
    pub(super) fn say(&self, branch: &BranchId, said: Said) {
        self.rooms.tells(branch, self.link.clock().monotonic());
        if !self.link.is_open() || self.waiting.try_send((branch.clone(), said)).is_err() {
            dropped(1);
        }
    }

    /// Hears the branches that were entered since the last time.
    pub(super) fn listen(&self) {
        self.entered.notify_one();
    }

    pub(super) fn is_open(&self) -> bool {
        self.link.is_open()
    }
}

fn dropped(words: usize) {
    metrics::counter!("shouwen_coord_words_dropped_total").increment(u64::try_from(words).unwrap_or(u64::MAX));
}
