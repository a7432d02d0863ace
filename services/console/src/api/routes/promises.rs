//! Promises: what is owed to clients, soonest first.
//!
//! In: promise views. Out: shapes, commands. Never here: due times; the branch keeps them.

use axum::{
    Json,
    extract::{Path, State},
    response::Response,
};
use contract::{BranchId, CaseId, PromiseState};
use serde::Deserialize;
use store::page::{Place, PromiseFilter};
use utoipa::IntoParams;

use super::agents::give;
use crate::{
    api::{
        ask::{Ask, NoBody, PromiseAsk},
        body::{Sent, Wanted, id, maybe},
        cursor::{Cursor, Limit},
        error::Problem,
        key::Key,
        shape::{Done, List, PromiseShape},
    },
    caller::Caller,
    house::Shared,
    rights::{Act, Scope},
};

/// Which promises.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Query {
    /// Only of this branch.
    #[serde(default, deserialize_with = "maybe")]
    #[param(value_type = Option<String>)]
    branch: Option<BranchId>,
    /// Only in this state: `open`, `kept`, `settled` or `dropped`.
    #[serde(default, deserialize_with = "maybe")]
    #[param(value_type = Option<String>)]
    state: Option<PromiseState>,
    /// Only of this case.
    #[serde(default, alias = "case", deserialize_with = "maybe")]
    #[param(value_type = Option<String>)]
    case_id: Option<CaseId>,
    /// Only owed by him.
    owner: Option<String>,
    /// Where the page before ended.
    cursor: Option<String>,
    /// Items on a page, 1 to 200.
    #[serde(default)]
    #[param(value_type = Option<u32>)]
    limit: Limit,
}

/// What is owed to clients, soonest due first.
#[utoipa::path(get, path = "/promises", tag = "desk", params(Query), responses((status = 200, body = List<PromiseShape>)))]
pub(crate) async fn list(
    State(house): State<Shared>,
    caller: Caller,
    wanted: Wanted,
) -> Result<Json<List<PromiseShape>>, Problem> {
    let reach = caller.may(Act::SeeCases)?;
    let query: Query = wanted.read()?;
    let filter = PromiseFilter {
        branch: caller.listed_by(reach, query.branch)?,
        state: query.state,
        case: query.case_id,
        owner: query.owner,
        own: if reach == Scope::Own { Some(caller.own_agent()?.clone()) } else { None },
    };
    let after = query.cursor.map(|text| text.parse::<Cursor>()).transpose()?.map(|cursor| cursor.0);
    let read = house.ports.store.pages().promises(&filter, after, query.limit.and_one()).await?;
    let (promises, next) = query.limit.cut(read, Place::of_promise);
    Ok(Json(List::page(promises.iter().map(PromiseShape::from).collect(), next)))
}

/// The owed call was made, or the client is reached otherwise.
#[utoipa::path(post, path = "/promises/{id}/keep", tag = "desk", request_body = NoBody, responses((status = 200, body = Done)))]
pub(crate) async fn keep(
    State(house): State<Shared>,
    caller: Caller,
    Path(promise): Path<String>,
    key: Key,
    sent: Sent,
) -> Result<Response, Problem> {
    verb(house, caller, &promise, key, &sent, PromiseAsk::Keep).await
}

/// A try to reach the client failed.
#[utoipa::path(post, path = "/promises/{id}/tried", tag = "desk", request_body = NoBody, responses((status = 200, body = Done)))]
pub(crate) async fn tried(
    State(house): State<Shared>,
    caller: Caller,
    Path(promise): Path<String>,
    key: Key,
    sent: Sent,
) -> Result<Response, Problem> {
    verb(house, caller, &promise, key, &sent, PromiseAsk::Tried).await
}

/// The promise no longer binds.
#[utoipa::path(post, path = "/promises/{id}/drop", tag = "desk", request_body = NoBody, responses((status = 200, body = Done)))]
pub(crate) async fn drop(
    State(house): State<Shared>,
    caller: Caller,
    Path(promise): Path<String>,
    key: Key,
    sent: Sent,
) -> Result<Response, Problem> {
    verb(house, caller, &promise, key, &sent, PromiseAsk::Drop).await
}

async fn verb(
    house: Shared,
    caller: Caller,
    promise: &str,
    key: Key,
    sent: &Sent,
    ask: PromiseAsk,
) -> Result<Response, Problem> {
    caller.may(Act::KeepPromises)?;
    let NoBody {} = sent.read()?;
    give(&house, &caller, key, Ask::Promise(id(promise, "promise")?, ask)).await
}
