//! Shapes of the desk: queues and agents.
//!
//! In: their views and names. Out: what serde writes. Never here: clients.

use contract::{
    AgentState,
    view::{AgentView, QueueView},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::time;

/// A queue's live figures.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Queue)]
pub struct QueueShape {
    /// Its id.
    pub id: String,
    /// Its branch.
    pub branch: String,
    /// Its name.
    pub name: String,
    /// Cases waiting or offered.
    pub waiting: u64,
    /// Age of the oldest of them.
    pub oldest_s: Option<i64>,
    /// What a contact arriving at this moment would wait.
    pub predicted_wait_s: Option<i64>,
    /// Share of first answers in time since the branch's midnight, 0 to 1.
    pub attainment: Option<f64>,
    /// Agents ready to take from it.
    pub ready_agents: u64,
}

/// An agent.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Agent)]
pub struct AgentShape {
    /// His id.
    pub id: String,
    /// His branch.
    pub branch: String,
    /// His name.
    pub name: String,
    /// `ready` or `away`.
    pub state: &'static str,
    /// Why he is away.
    pub reason: Option<String>,
    /// Since when; `null` for one who never was ready.
    #[schema(format = DateTime)]
    pub since: Option<String>,
    /// Units he holds, offers included.
    pub used: u32,
    /// Units he has.
    pub units: u32,
    /// Queues that he serves.
    pub queues: Vec<String>,
}

impl QueueShape {
    /// Writes a queue under its name.
    #[must_use]
    pub fn new(queue: &QueueView, name: &str) -> Self {
        Self {
            id: queue.id.to_string(),
            branch: queue.branch.to_string(),
            name: name.to_owned(),
            waiting: queue.waiting,
            oldest_s: queue.oldest.map(contract::Millis::whole_secs),
            predicted_wait_s: queue.predicted_wait.map(contract::Millis::whole_secs),
            attainment: queue.attainment,
            ready_agents: queue.ready_agents,
        }
    }
}

impl AgentShape {
    /// Writes an agent of the firm under his name; of whom the branch has said nothing yet, he
    /// is away.
    #[must_use]
    pub fn new(agent: &contract::firm::Agent, view: Option<&AgentView>, name: &str) -> Self {
        Self {
            id: agent.id.to_string(),
            branch: agent.branch.to_string(),
            name: name.to_owned(),
            state: view.map_or(AgentState::Away, |view| view.state).as_str(),
            reason: view.and_then(|view| view.reason.clone()),
            since: view.map(|view| time(view.since)),
            used: view.map_or(0, |view| view.used),
            units: view.map_or(agent.units, |view| view.units),
            queues: agent.queues.iter().map(ToString::to_string).collect(),
        }
    }
}
