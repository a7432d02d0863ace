//! Promises: what is owed to clients, soonest first.
//!
//! In: promise views. Out: shapes, commands. Never here: due times; the branch keeps them.

use axum::{Json, extract::State};
use contract::{BranchId, CaseId, ClientId, PromiseState, view::PromiseView};
use serde::Deserialize;
use store::page::{Place, PromiseFilter};
use utoipa::IntoParams;

use super::verb::verbs;
use crate::{
    api::{
        allowed::form,
        ask::{Ask, NoBody, PromiseAsk},
        body::{Wanted, maybe},
        error::Problem,
        page::{Cursor, Page},
        shape::{List, PromiseShape},
    },
    caller::Caller,
    house::{House, Shared},
    picture::Sight,
    rights::Act,
};

/// Which promises.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Query {
    /// Only of this branch.
    #[serde(default, deserialize_with = "maybe")]
    #[param(schema_with = form::<BranchId>, required = false)]
    branch: Option<BranchId>,
    /// Only in this state: `open`, `kept`, `settled` or `dropped`.
    #[serde(default, deserialize_with = "maybe")]
    #[param(schema_with = form::<PromiseState>, required = false)]
    state: Option<PromiseState>,
    /// Only of this case.
    #[serde(default, alias = "case", deserialize_with = "maybe")]
    #[param(schema_with = form::<CaseId>, required = false)]
    case_id: Option<CaseId>,
    /// Only owed by him.
    owner: Option<String>,
}

/// What is owed to clients, soonest due first.
#[utoipa::path(get, path = "/promises", tag = "desk", params(Query, Page), responses((status = 200, body = List<PromiseShape>)))]
pub(crate) async fn list(
    State(house): State<Shared>,
    caller: Caller,
    wanted: Wanted,
) -> Result<Json<List<PromiseShape>>, Problem> {
    let reach = caller.may(Act::SeeCases)?;
    let (query, page): (Query, Page) = wanted.read_list()?;
    let filter = PromiseFilter {
        branch: caller.listed_by(reach, query.branch)?,
        state: query.state,
        case: query.case_id,
        owner: query.owner,
        own: caller.only(reach)?,
    };
    let after = page.after()?.map(|Cursor(place)| place);
    let read = house.ports.store.pages().promises(&filter, after, page.and_one()).await?;
    let (promises, next) = page.cut(read, |promise| Cursor(Place::of_promise(promise)));
    Ok(Json(List::page(house.promises(&promises).await?, next)))
}

impl House {
    /// Shows promises with what they are about and the masked names of those they are owed to.
    pub(crate) async fn promises(&self, promises: &[PromiseView]) -> Result<Vec<PromiseShape>, Problem> {
        let cases: Vec<CaseId> = promises.iter().map(|promise| promise.case).collect();
        let cases = self.ports.store.views().cases(&cases).await?;
        let clients: Vec<ClientId> = promises.iter().filter_map(|promise| promise.client).collect();
        let clients = self.ports.store.directory().clients(&clients).await?;
        let firm = self.ports.firm.now();
        let shape = |promise: &PromiseView| {
            let case = cases.iter().find(|case| case.id == promise.case);
            let client = clients.iter().find(|client| Some(client.id) == promise.client);
            let name = client.and_then(|client| self.client_name(client, Sight::Masked));
            PromiseShape::new(promise, case, name, &firm)
        };
        Ok(promises.iter().map(shape).collect())
    }
}

verbs! {
    "desk" of "promise";
    /// The owed call was made, or the client is reached otherwise.
    keep "/promises/{id}/keep" NoBody KeepPromises |id, _body, house| Ask::Promise(id, PromiseAsk::Keep);
    /// A try to reach the client failed.
    tried "/promises/{id}/tried" NoBody KeepPromises |id, _body, house| Ask::Promise(id, PromiseAsk::Tried);
    /// The promise no longer binds.
    drop "/promises/{id}/drop" NoBody KeepPromises |id, _body, house| Ask::Promise(id, PromiseAsk::Drop);
}
