//! Queues, live.
//!
//! In: figures from coordination. Out: one shape per queue. Never here: history.

use axum::{Json, extract::State};
use contract::BranchId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    api::{
        allowed::form,
        body::{Wanted, maybe},
        error::Problem,
        shape::{QueueShape, time},
    },
    caller::Caller,
    house::Shared,
    rights::Act,
};

/// Which queues, or agents.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OfBranch {
    /// Only of this branch.
    #[serde(default, deserialize_with = "maybe")]
    #[param(schema_with = form::<BranchId>, required = false)]
    pub(super) branch: Option<BranchId>,
}

/// Live figures of queues.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Queues {
    /// The queues, in the firm's order.
    items: Vec<QueueShape>,
    /// Always `null`: it is the whole list.
    next: Option<String>,
    /// When the oldest of the figures was taken.
    #[schema(format = DateTime)]
    at: Option<String>,
    /// Cases that waited although a free agent might have taken them, ever since the routers
    /// started: 0 unless the house has a fault.
    violations: u64,
}

/// Live figures of the queues of a branch, or of all.
#[utoipa::path(get, path = "/queues", tag = "desk", params(OfBranch), responses((status = 200, body = Queues)))]
pub(crate) async fn list(State(house): State<Shared>, caller: Caller, wanted: Wanted) -> Result<Json<Queues>, Problem> {
    caller.may(Act::SeeFigures)?;
    let query: OfBranch = wanted.read()?;
    let only = caller.listed(query.branch)?;
    let told = house.ports.coord.figures.all();
    let told = told.iter().filter(|(branch, _)| only.as_ref().is_none_or(|only| only == branch));
    let mut queues = Queues { items: Vec::new(), next: None, at: None, violations: 0 };
    for (_, figures) in told {
        queues.items.extend(house.queues_of(figures));
        queues.violations += figures.violations;
        let at = time(figures.at);
        queues.at = Some(queues.at.map_or(at.clone(), |oldest| oldest.min(at)));
    }
    Ok(Json(queues))
}
