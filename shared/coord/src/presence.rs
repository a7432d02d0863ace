//! Presence: which agents have a live screen somewhere.
//!
//! In: beats from consoles. Out: who has not been seen for a grace time. An empty or
//! restarted presence is no evidence: it counts from its own start. Never here: readiness.

mod local;
mod redis;

use contract::{AgentId, BranchId, Millis};
use runtime::{Clock, Tasks};

use crate::{Absent, link::Link};

/// Names one console process, so that two of them can hold screens of one agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConsoleId(pub u128);

/// Who has been seen when. Clones share it.
#[derive(Debug, Clone)]
pub struct Presence(Backend);

#[derive(Debug, Clone)]
enum Backend {
    Local(local::Seen),
    Redis(redis::Beats),
}

impl Presence {
    pub(crate) fn local(clock: Clock) -> Self {
        Self(Backend::Local(local::Seen::new(clock)))
    }

    pub(crate) fn redis(link: &Link, tasks: &Tasks) -> Self {
        Self(Backend::Redis(redis::Beats::open(link, tasks)))
    }

    /// Notes that a screen of the agent is alive on a console; two consoles with screens of one
    /// agent are one agent.
    pub async fn beat(&self, branch: &BranchId, agent: &AgentId, _console: ConsoleId) -> Result<(), Absent> {
        match &self.0 {
            Backend::Local(seen) => seen.beat(branch, agent),
            Backend::Redis(beats) => return beats.beat(branch, agent).await,
        }
        Ok(())
    }

    /// Gives those of `agents` that no console has seen for `grace`, with presence itself up
    /// at least that long.
    pub async fn unseen(&self, branch: &BranchId, agents: &[AgentId], grace: Millis) -> Result<Vec<AgentId>, Absent> {
        match &self.0 {
            Backend::Local(seen) => Ok(seen.unseen(branch, agents, grace)),
            Backend::Redis(beats) => beats.unseen(branch, agents, grace).await,
        }
    }
}
