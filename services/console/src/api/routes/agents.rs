//! Agents: who is ready, who is away, and the keys 示闲 and 示忙.
//!
//! In: the firm and what branches said of agents. Out: shapes, commands. Never here: users.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::{Path, State},
    response::Response,
};
use contract::{AgentId, BranchId, view::AgentView};
use serde::Deserialize;
use utoipa::IntoParams;

use super::outcome;
use crate::{
    api::{
        ask::{Ask, AwayBody, NoBody},
        body::{Sent, Wanted, id, maybe},
        error::Problem,
        key::Key,
        shape::{AgentShape, Done, List},
    },
    caller::Caller,
    house::Shared,
    rights::Act,
};

/// Which agents.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Query {
    /// Only of this branch.
    #[serde(default, deserialize_with = "maybe")]
    #[param(value_type = Option<String>)]
    branch: Option<BranchId>,
}

/// The agents of a branch, or of all, in the firm's order.
#[utoipa::path(get, path = "/agents", tag = "desk", params(Query), responses((status = 200, body = List<AgentShape>)))]
pub(crate) async fn list(
    State(house): State<Shared>,
    caller: Caller,
    wanted: Wanted,
) -> Result<Json<List<AgentShape>>, Problem> {
    caller.may(Act::SeeAgents)?;
    let query: Query = wanted.read()?;
    let only = caller.listed(query.branch)?;
    let firm = house.ports.firm.now();
    let mut told: BTreeMap<AgentId, AgentView> = BTreeMap::new();
    for branch in firm.book.firm.branches.iter().filter(|branch| only.as_ref().is_none_or(|only| *only == branch.id)) {
        let views = house.ports.store.views().agents(&branch.id).await?;
        told.extend(views.into_iter().map(|view| (view.id.clone(), view)));
    }
    let agents = firm.book.firm.agents.iter().filter(|agent| only.as_ref().is_none_or(|only| *only == agent.branch));
    let shape = |agent: &contract::firm::Agent| match told.get(&agent.id) {
        Some(view) => AgentShape::new(view, firm.agent_name(&agent.id)),
        None => AgentShape::silent(agent, firm.agent_name(&agent.id)),
    };
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
    let name = firm.agent_name(&agent);
    Ok(Json(view.map_or_else(|| AgentShape::silent(known, name), |view| AgentShape::new(&view, name))))
}

/// The agent takes offers 示闲.
#[utoipa::path(post, path = "/agents/{id}/ready", tag = "desk", request_body = NoBody, responses((status = 200, body = Done)))]
pub(crate) async fn ready(
    State(house): State<Shared>,
    caller: Caller,
    Path(agent): Path<String>,
    key: Key,
    sent: Sent,
) -> Result<Response, Problem> {
    caller.may(Act::SetReady)?;
    let NoBody {} = sent.read()?;
    let ask = Ask::Ready(id(&agent, "agent")?);
    give(&house, &caller, key, ask).await
}

/// The agent takes no offers 示忙.
#[utoipa::path(post, path = "/agents/{id}/away", tag = "desk", request_body = AwayBody, responses((status = 200, body = Done)))]
pub(crate) async fn away(
    State(house): State<Shared>,
    caller: Caller,
    Path(agent): Path<String>,
    key: Key,
    sent: Sent,
) -> Result<Response, Problem> {
    caller.may(Act::SetAway)?;
    let ask = Ask::Away(id(&agent, "agent")?, sent.read::<AwayBody>()?.reason()?);
    give(&house, &caller, key, ask).await
}

/// Checks an ask, gives it to the branch, answers with what became of it.
pub(super) async fn give(house: &Shared, caller: &Caller, key: Key, ask: Ask) -> Result<Response, Problem> {
    let branch = house.check(caller, &ask).await?;
    Ok(outcome(house.commands.give(caller, &key.name(), &branch, &ask).await?))
}
