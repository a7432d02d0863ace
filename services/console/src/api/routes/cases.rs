//! Cases: lists, one of them, why it went where it went, its notes.
//!
//! In: case views, records. Out: shapes as the caller may see them. Never here: what is done
//! about a case (see `verb`).

pub(crate) mod verb;

use std::collections::BTreeSet;

use axum::{Json, extract::State};
use contract::{AgentId, BranchId, CaseId, CaseState, ClientId, Kind, QueueId, problem::Code, view::CaseView};
use serde::{Deserialize, Serialize};
use store::page::{CaseFilter, Place};
use utoipa::{IntoParams, ToSchema};

use super::queues::OfBranch;
use crate::{
    api::{
        allowed::form,
        body::{Path, Wanted, id, maybe},
        error::Problem,
        page::{Cursor, Page},
        shape::{CaseShape, List, time},
    },
    caller::Caller,
    explain::{Explanation, explain},
    house::Shared,
    picture::Shown,
    rights::{Act, Scope},
};

/// Cases that the list of what is due holds at most.
const DUE_MAX: u32 = 100;

/// Which cases.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Query {
    /// Only of this branch.
    #[serde(default, deserialize_with = "maybe")]
    #[param(schema_with = form::<BranchId>, required = false)]
    branch: Option<BranchId>,
    /// Only in this state.
    #[serde(default, deserialize_with = "maybe")]
    #[param(schema_with = form::<CaseState>, required = false)]
    state: Option<CaseState>,
    /// Only of this kind.
    #[serde(default, deserialize_with = "maybe")]
    #[param(schema_with = form::<Kind>, required = false)]
    kind: Option<Kind>,
    /// Only in this queue.
    #[serde(default, deserialize_with = "maybe")]
    #[param(schema_with = form::<QueueId>, required = false)]
    queue: Option<QueueId>,
    /// Only owned by him.
    owner: Option<String>,
    /// Only before this agent.
    #[serde(default, deserialize_with = "maybe")]
    #[param(schema_with = form::<AgentId>, required = false)]
    agent: Option<AgentId>,
    /// Only of this client.
    #[serde(default, alias = "client", deserialize_with = "maybe")]
    #[param(schema_with = form::<ClientId>, required = false)]
    client_id: Option<ClientId>,
}

/// A note or a number to call, as somebody wrote it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Note {
    /// The id of the command that brought it.
    id: String,
    /// Who wrote it.
    author: String,
    /// When.
    #[schema(format = DateTime)]
    at: String,
    /// What; `null` when masked.
    text: Option<String>,
}

impl Note {
    /// Writes a note with its words, where they may be seen.
    pub(super) fn new(text: &store::journal::Text, words: Option<String>) -> Self {
        Self {
            id: contract::InputId::new(text.id).to_string(),
            author: text.author.clone(),
            at: time(text.at),
            text: words,
        }
    }
}

/// Cases, latest opened first; contacts in them are masked.
#[utoipa::path(get, path = "/cases", tag = "cases", params(Query, Page), responses((status = 200, body = List<CaseShape>)))]
pub(crate) async fn list(
    State(house): State<Shared>,
    caller: Caller,
    wanted: Wanted,
) -> Result<Json<List<CaseShape>>, Problem> {
    let reach = caller.may(Act::SeeCases)?;
    let (query, page): (Query, Page) = wanted.read_list()?;
    let filter = CaseFilter {
        and_left: query.branch.is_none(),
        branch: caller.listed_by(reach, query.branch)?,
        state: query.state,
        kind: query.kind,
        queue: query.queue,
        owner: query.owner,
        agent: query.agent,
        client: query.client_id,
        own: caller.only(reach)?,
    };
    let after = page.after()?.map(|Cursor(place)| place);
    let read = house.ports.store.pages().cases(&filter, after, page.and_one()).await?;
    let (cases, next) = page.cut(read, |case| Cursor(Place::of_case(case)));
    let cases: Vec<&CaseView> = cases.iter().filter(|case| !caller.is_excluded(case)).collect();
    Ok(Json(List::page(house.list_cases(&cases).await?, next)))
}

/// Cases that owe an answer, those of upset clients first, each part soonest due first, 100 at most;
/// contacts in them are masked.
#[utoipa::path(get, path = "/cases/due", tag = "cases", params(OfBranch), responses((status = 200, body = List<CaseShape>)))]
pub(crate) async fn due(
    State(house): State<Shared>,
    caller: Caller,
    wanted: Wanted,
) -> Result<Json<List<CaseShape>>, Problem> {
    if caller.may(Act::SeeCases)? == Scope::Own {
        return Err(Problem::new(Code::Forbidden, "that list is for who leads"));
    }
    let query: OfBranch = wanted.read()?;
    let branches = match caller.listed(query.branch)? {
        Some(branch) => vec![branch],
        None => house.ports.firm.now().book.firm.branches.iter().map(|branch| branch.id.clone()).collect(),
    };
    let owed = house.ports.store.owed();
    let mut cases: Vec<CaseView> = Vec::new();
    for branch in branches {
        cases.extend(owed.marked(&branch, DUE_MAX).await?);
        cases.extend(owed.cases(&branch, DUE_MAX).await?);
    }
    cases.sort_by_key(|case| (case.marks.is_empty(), case.due_at, case.id));
    cases.dedup_by_key(|case| case.id);
    cases.truncate(usize::try_from(DUE_MAX).unwrap_or(usize::MAX));
    let cases: Vec<&CaseView> = cases.iter().filter(|case| !caller.is_excluded(case)).collect();
    Ok(Json(List::whole(house.list_cases(&cases).await?)))
}

/// One case with its contacts.
#[utoipa::path(get, path = "/cases/{id}", tag = "cases", responses((status = 200, body = CaseShape)))]
pub(crate) async fn show(
    State(house): State<Shared>,
    caller: Caller,
    Path(case): Path<String>,
) -> Result<Json<CaseShape>, Problem> {
    caller.may(Act::SeeCases)?;
    let seen = house.looker.see(id(&case, "case")?).await?;
    if house.is_before(&caller, &seen.case).await? {
        return house.show_desk_case(&caller, &seen.case, &seen).await.map(Json);
    }
    caller.may_with(Act::SeeCases, &seen.case)?;
    house.show_case(&caller, &seen, "case").await.map(Json)
}

/// Every decision about a case, with its reasons, from the journal.
#[utoipa::path(get, path = "/cases/{id}/explain", tag = "cases", responses((status = 200, body = Explanation)))]
pub(crate) async fn explain_case(
    State(house): State<Shared>,
    caller: Caller,
    Path(case): Path<String>,
) -> Result<Json<Explanation>, Problem> {
    caller.may(Act::SeeCases)?;
    let case: CaseId = id(&case, "case")?;
    caller.may_with(Act::SeeCases, &house.case(case).await?)?;
    let records = house.ports.store.records().of_case(case).await?;
    Ok(Json(explain(case, &records)))
}

/// Notes of a case, oldest first.
#[utoipa::path(get, path = "/cases/{id}/notes", tag = "cases", responses((status = 200, body = List<Note>)))]
pub(crate) async fn notes(
    State(house): State<Shared>,
    caller: Caller,
    Path(case): Path<String>,
) -> Result<Json<List<Note>>, Problem> {
    caller.may(Act::SeeCases)?;
    let case = house.case(id(&case, "case")?).await?;
    caller.may_with(Act::SeeCases, &case)?;
    let views = house.ports.store.views();
    let answers: BTreeSet<u128> =
        views.replies_of_case(case.id).await?.into_iter().map(|reply| reply.delivery.bits()).collect();
    let texts = views.texts_of_case(case.id).await?;
    let open = caller.sees_personal(&case);
    if open && !texts.is_empty() {
        house.look(&caller, "notes", Shown { case: Some(case.id), ..Shown::default() }).await?;
    }
    let words = |text| if open { house.open_text(text) } else { None };
    let notes = texts.iter().filter(|text| !answers.contains(&text.id)).map(|text| Note::new(text, words(text)));
    Ok(Json(List::whole(notes.collect())))
}
