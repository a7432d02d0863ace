//! Presence: which agents have a live screen somewhere.
//!
//! In: beats from consoles. Out: who has not been seen for a grace time. An empty or
//! restarted presence is no evidence: it counts from its own start. Never here: readiness.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use contract::{AgentId, BranchId, Millis};
use runtime::{Clock, Monotonic};

use crate::Absent;

/// Names one console process, so that two of them can hold screens of one agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConsoleId(pub u128);

/// Who has been seen when. Clones share it.
// The mutex guards one map for the time of a look-up, never across an await.
#[derive(Debug, Clone)]
pub struct Presence {
    clock: Clock,
    up_since: Monotonic,
    seen: Arc<Mutex<BTreeMap<(BranchId, AgentId), Monotonic>>>,
}

impl Presence {
    pub(crate) fn local(clock: Clock) -> Self {
        Self { up_since: clock.monotonic(), clock, seen: Arc::default() }
    }

    /// Notes that a screen of the agent is alive on a console.
    #[expect(clippy::unused_async, reason = "the shared presence of many machines is asked over the network")]
    pub async fn beat(&self, branch: &BranchId, agent: &AgentId, _console: ConsoleId) -> Result<(), Absent> {
        let at = self.clock.monotonic();
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert((branch.clone(), agent.clone()), at);
        Ok(())
    }

    /// Gives those of `agents` that no console has seen for `grace`, with presence itself up
    /// at least that long.
    #[expect(clippy::unused_async, reason = "the shared presence of many machines is asked over the network")]
    pub async fn unseen(&self, branch: &BranchId, agents: &[AgentId], grace: Millis) -> Result<Vec<AgentId>, Absent> {
        let at = self.clock.monotonic();
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let last = |agent: &AgentId| seen.get(&(branch.clone(), agent.clone())).copied().unwrap_or(self.up_since);
        Ok(agents.iter().filter(|agent| at.since(last(agent)) >= grace).cloned().collect())
    }
}

#[cfg(test)]
mod tests;
