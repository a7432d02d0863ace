//! The listeners of this process, by branch.
//!
//! In: words of a branch, from here or afar. Out: the same to each who entered its room. Never
//! here: the way to other processes.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use contract::{BranchId, live::Said};
use runtime::Monotonic;
use tokio::sync::broadcast;

/// Commits that a slow listener may be behind before it has a gap and re-reads the store.
pub const BEHIND_MAX: usize = 4096;

/// A word to listeners.
#[derive(Debug, Clone)]
pub(super) enum Told {
    /// What was said of the branch.
    Said(Said),
    /// Something may have been said and was not heard.
    Gap,
}

/// The rooms of all branches. Clones share them.
// The mutex guards the list of rooms for the time of a look-up, never across an await.
#[derive(Debug, Clone, Default)]
pub(super) struct Rooms(Arc<Mutex<BTreeMap<BranchId, Room>>>);

#[derive(Debug)]
struct Room {
    sender: broadcast::Sender<Told>,
    /// Whether somebody ever listened here.
    is_entered: bool,
    /// When the branch was last heard of; `None` before somebody watched.
    heard_at: Option<Monotonic>,
    /// When the branch was last told of by this process itself.
    own_at: Option<Monotonic>,
}

impl Rooms {
    /// Tells listeners of a branch.
    pub(super) fn tell(&self, branch: &BranchId, told: Told) {
        let sender = self.room(branch, |room| room.sender.clone());
        // Without listeners nobody misses it.
        drop(sender.send(told));
    }

    /// Listens to a branch from here on.
    pub(super) fn enter(&self, branch: &BranchId) -> broadcast::Receiver<Told> {
        self.room(branch, |room| {
            room.is_entered = true;
            room.sender.subscribe()
        })
    }

    /// Says whether anybody listens.
    pub(super) fn are_heard(&self) -> bool {
        self.lock().values().any(|room| room.sender.receiver_count() > 0)
    }

    /// Gives the branches that somebody ever listened to.
    pub(super) fn entered(&self) -> BTreeSet<BranchId> {
        self.lock().iter().filter(|(_, room)| room.is_entered).map(|(branch, _)| branch.clone()).collect()
    }

    /// Notes that a branch was heard of from afar.
    pub(super) fn hears(&self, branch: &BranchId, at: Monotonic) {
        self.room(branch, |room| room.heard_at = Some(at));
    }

    /// Notes that this process itself told of a branch.
    pub(super) fn tells(&self, branch: &BranchId, at: Monotonic) {
        self.room(branch, |room| (room.heard_at, room.own_at) = (Some(at), Some(at)));
    }

    /// Says whether this process itself has told of a branch within `silence_ms`.
    pub(super) fn are_own(&self, branch: &BranchId, now: Monotonic, silence_ms: i64) -> bool {
        self.room(branch, |room| room.own_at.is_some_and(|at| now.since(at).get() < silence_ms))
    }

    /// Tells a gap where somebody listens and nothing was heard of the branch for `silence_ms`,
    /// and watches it from anew. Gives how many rooms were silent, and of how many.
    pub(super) fn break_silence(&self, now: Monotonic, silence_ms: i64) -> (usize, usize) {
        let mut rooms = self.lock();
        let (mut silent, mut all) = (0, 0);
        for room in rooms.values_mut().filter(|room| room.is_entered) {
            all += 1;
            let heard_at = *room.heard_at.get_or_insert(now);
            if now.since(heard_at).get() >= silence_ms {
                silent += 1;
                room.heard_at = Some(now);
                drop(room.sender.send(Told::Gap));
            }
        }
        (silent, all)
    }

    fn room<T>(&self, branch: &BranchId, look: impl FnOnce(&mut Room) -> T) -> T {
        let mut rooms = self.lock();
        look(rooms.entry(branch.clone()).or_insert_with(|| Room {
            sender: broadcast::channel(BEHIND_MAX).0,
            is_entered: false,
            heard_at: None,
            own_at: None,
        }))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<BranchId, Room>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
