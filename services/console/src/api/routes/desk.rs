//! The desk's names: everything a page offers to choose from, in one answer.
//!
//! In: the firm in force. Out: branches, queues, agents, topics, by id and name. Never here: how
//! they stand at this moment, which queues and agents tell; a client.

use axum::{Json, extract::State};
use contract::{AgentId, BranchId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{api::error::Problem, caller::Caller, house::Shared, ports::FirmInForce, rights::Act};

/// What a page offers to choose from.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Desk)]
pub(crate) struct DeskShape {
    /// The firm's name.
    firm: String,
    /// Counts the changes of the firm.
    version: u64,
    /// All branches.
    branches: Vec<NamedBranch>,
    /// All queues; a case may go to any of them.
    queues: Vec<NamedQueue>,
    /// Agents of the caller's branch, or of all.
    agents: Vec<NamedAgent>,
    /// What clients may subscribe to.
    topics: Vec<NamedTopic>,
    /// Skills that are languages or dialects.
    languages: Vec<String>,
}

/// A branch.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NamedBranch {
    id: String,
    name: String,
    /// IANA name of its time zone.
    time_zone: String,
}

/// A queue.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NamedQueue {
    id: String,
    name: String,
    branch: String,
    /// Kinds that lead here without a rule.
    kinds: Vec<&'static str>,
}

/// An agent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NamedAgent {
    id: String,
    name: String,
    branch: String,
    /// Queues he takes cases from.
    queues: Vec<String>,
    /// Units of work he holds at most.
    units: u32,
}

/// A topic.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NamedTopic {
    id: String,
    name: String,
    /// The word that orders and cancels it.
    keyword: String,
    /// What its notices are.
    category: &'static str,
}

/// The names of what a page offers to choose from.
#[utoipa::path(get, path = "/desk", tag = "desk", responses((status = 200, body = DeskShape)))]
pub(crate) async fn show(State(house): State<Shared>, caller: Caller) -> Result<Json<DeskShape>, Problem> {
    caller.may(Act::SeeAgents)?;
    let firm = house.ports.firm.now();
    Ok(Json(DeskShape {
        firm: firm.book.names.firm.clone(),
        version: firm.version,
        branches: branches(&firm),
        queues: queues(&firm),
        agents: agents(&firm, &caller),
        topics: topics(&firm),
        languages: firm.book.firm.languages.iter().map(ToString::to_string).collect(),
    }))
}

fn branches(firm: &FirmInForce) -> Vec<NamedBranch> {
    let name = |id: &BranchId| {
        let named = firm.book.names.branches.iter().find(|(known, _)| known == id);
        named.map_or_else(|| id.to_string(), |(_, name)| name.clone())
    };
    let shape = |branch: &contract::firm::Branch| NamedBranch {
        id: branch.id.to_string(),
        name: name(&branch.id),
        time_zone: branch.time_zone.clone(),
    };
    firm.book.firm.branches.iter().map(shape).collect()
}

fn queues(firm: &FirmInForce) -> Vec<NamedQueue> {
    let shape = |queue: &contract::firm::Queue| NamedQueue {
        id: queue.id.to_string(),
        name: firm.queue_name(&queue.id).to_owned(),
        branch: queue.branch.to_string(),
        kinds: queue.kinds.iter().map(|kind| kind.as_str()).collect(),
    };
    firm.book.firm.queues.iter().map(shape).collect()
}

fn agents(firm: &FirmInForce, caller: &Caller) -> Vec<NamedAgent> {
    let name = |agent: &AgentId| firm.agent_name(agent).to_owned();
    let shape = |agent: &contract::firm::Agent| NamedAgent {
        id: agent.id.to_string(),
        name: name(&agent.id),
        branch: agent.branch.to_string(),
        queues: agent.queues.iter().map(ToString::to_string).collect(),
        units: agent.units,
    };
    firm.book.firm.agents.iter().filter(|agent| caller.reaches(&agent.branch)).map(shape).collect()
}

fn topics(firm: &FirmInForce) -> Vec<NamedTopic> {
    let shape = |topic: &firm::Topic| NamedTopic {
        id: topic.id.to_string(),
        name: topic.name.clone(),
        keyword: topic.keyword.clone(),
        category: topic.category.as_str(),
    };
    firm.book.topics.iter().map(shape).collect()
}
