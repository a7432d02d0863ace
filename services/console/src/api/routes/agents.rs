//! Agents: who is ready, who is away, and the keys 示闲 and 示忙.
//!
//! In: the firm and what branches said of agents. Out: shapes, commands. Never here: users.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use contract::{AgentId, view::AgentView};

use super::{queues::OfBranch, verb::verbs};
use crate::{
    api::{
        ask::{Ask, AwayBody, NoBody},
        body::{Path, Wanted, id},
        error::Problem,
        shape::{AgentShape, List},
    },
    caller::Caller,
    house::Shared,
    rights::Act,
};

/// The agents of a branch, or of all, in the firm's order.
#[utoipa::path(get, path = "/agents", tag = "desk", params(OfBranch), responses((status = 200, body = List<AgentShape>)))]
pub(crate) async fn list(
    State(house): State<Shared>,
    caller: Caller,
    wanted: Wanted,
) -> Result<Json<List<AgentShape>>, Problem> {
    caller.may(Act::SeeAgents)?;
    let query: OfBranch = wanted.read()?;
    let only = caller.listed(query.branch)?;
    let firm = house.ports.firm.now();
    let mut told: BTreeMap<AgentId, AgentView> = BTreeMap::new();
    for branch in firm.book.firm.branches.iter().filter(|branch| only.as_ref().is_none_or(|only| *only == branch.id)) {
        let views = house.ports.store.views().agents(&branch.id).await?;
        told.extend(views.into_iter().map(|view| (view.id.clone(), view)));
    }
    let agents = firm.book.firm.agents.iter().filter(|agent| only.as_ref().is_none_or(|only| *only == agent.branch));
    let shape = |agent: &contract::firm::Agent| AgentShape::new(agent, told.get(&agent.id), firm.agent_name(&agent.id));
    Ok(Json(List::whole(agents.map(shape).collect())))
}

/// One agent.
#[utoipa::path(get, path = "/agents/{id}", tag = "desk", responses((status = 200, body = AgentShape)))]
pub(crate) async fn show(
    State(house): State<Shared>,
    caller: Caller,
    Path(agent): Path<String>,
) -> Result<Json<AgentShape>, Problem> {
    caller.may(Act::SeeAgents)?;
    let agent: AgentId = id(&agent, "agent")?;
    let firm = house.ports.firm.now();
    let known = firm.agent(&agent).ok_or_else(|| Problem::absent("agent"))?;
    caller.may_in(Act::SeeAgents, &known.branch)?;
    let view = house.ports.store.views().agent(&agent).await?;
    Ok(Json(AgentShape::new(known, view.as_ref(), firm.agent_name(&agent))))
}

verbs! {
    "desk" of "agent";
    /// The agent takes offers 示闲.
    ready "/agents/{id}/ready" NoBody SetReady |id, _body, house| Ask::Ready(id);
    /// The agent takes no offers 示忙.
    away "/agents/{id}/away" AwayBody SetAway |id, body, house| Ask::Away(id, body.reason()?);
}
