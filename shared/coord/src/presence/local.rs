//! The presence of one process: a map on its own clock.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use contract::{AgentId, BranchId, Millis};
use runtime::{Clock, Monotonic};

/// Who has been seen when. Clones share it.
// The mutex guards one map for the time of a look-up, never across an await.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    clock: Clock,
    up_since: Monotonic,
    seen: Arc<Mutex<BTreeMap<(BranchId, AgentId), Monotonic>>>,
}

impl Seen {
    pub(super) fn new(clock: Clock) -> Self {
        Self { up_since: clock.monotonic(), clock, seen: Arc::default() }
    }

    pub(super) fn beat(&self, branch: &BranchId, agent: &AgentId) {
        let at = self.clock.monotonic();
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert((branch.clone(), agent.clone()), at);
    }

    pub(super) fn unseen(&self, branch: &BranchId, agents: &[AgentId], grace: Millis) -> Vec<AgentId> {
        let at = self.clock.monotonic();
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let last = |agent: &AgentId| seen.get(&(branch.clone(), agent.clone())).copied().unwrap_or(self.up_since);
        agents.iter().filter(|agent| at.since(last(agent)) >= grace).cloned().collect()
    }
}
