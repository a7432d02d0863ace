//! Who was told what: warnings, breaches, upset clients, promises that come due.
//!
//! In: rows of the store. Out: words with the case they are about, without personal data.
//! Never here: the telling, which the branch decides; what a client was told (see `deliveries`).

use std::{fmt, str::FromStr};

use axum::{Json, extract::State};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use contract::{
    BranchId, CaseId, Timestamp,
    view::{CaseView, Told},
};
use serde::{Deserialize, Serialize};
use store::page::{ToldFilter, ToldPlace};
use utoipa::{IntoParams, ToSchema};

use crate::{
    api::{
        allowed::form,
        body::{Wanted, maybe},
        error::Problem,
        page::{NoCursor, Page},
        shape::{List, time},
    },
    caller::Caller,
    house::Shared,
    ports::FirmInForce,
    rights::Act,
};

/// Which words.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Query {
    /// Only of this branch.
    #[serde(default, deserialize_with = "maybe")]
    #[param(schema_with = form::<BranchId>, required = false)]
    branch: Option<BranchId>,
    /// Only to him: an agent's id or a user's name.
    who: Option<String>,
    /// Only about this case.
    #[serde(default, deserialize_with = "maybe")]
    #[param(schema_with = form::<CaseId>, required = false)]
    case_id: Option<CaseId>,
}

/// A word to somebody of the firm about a case.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Told)]
pub(crate) struct ToldShape {
    /// The branch that told it.
    branch: Option<String>,
    /// Whom.
    who: String,
    /// His name.
    who_name: String,
    /// Why: `warn`, `breach`, `declines`, `transfers`, `owner_busy`, `tries`, `upset`, `no_speaker`,
    /// `promise_due` or `promise_late`.
    why: String,
    /// When.
    #[schema(format = DateTime)]
    at: String,
    /// The case.
    case_id: String,
    /// What it is about.
    kind: Option<&'static str>,
    /// The queue it is in.
    queue: Option<String>,
    /// The queue's name.
    queue_name: Option<String>,
    /// Where it stands now.
    case_state: Option<&'static str>,
}

/// A place in the list, as callers hand it back.
struct Cursor(ToldPlace);

/// Who was told what, latest first.
#[utoipa::path(get, path = "/told", tag = "desk", params(Query, Page), responses((status = 200, body = List<ToldShape>)))]
pub(crate) async fn list(
    State(house): State<Shared>,
    caller: Caller,
    wanted: Wanted,
) -> Result<Json<List<ToldShape>>, Problem> {
    let reach = caller.may(Act::SeeTold)?;
    let (query, page): (Query, Page) = wanted.read_list()?;
    let filter = ToldFilter {
        branch: caller.listed_by(reach, query.branch)?,
        who: query.who,
        case: query.case_id,
        own: caller.only(reach)?,
    };
    let after = page.after()?.map(|Cursor(place)| place);
    let read = house.ports.store.pages().told(&filter, after, page.and_one()).await?;
    let (read, next) = page.cut(read, |(told, _)| Cursor(ToldPlace::of(told)));
    let cases: Vec<CaseId> = read.iter().map(|(told, _)| told.case).collect();
    let cases = house.ports.store.views().cases(&cases).await?;
    let firm = house.ports.firm.now();
    let shape = |(told, branch): (Told, Option<BranchId>)| {
        let case = cases.iter().find(|case| case.id == told.case);
        let hidden = case.is_some_and(|case| caller.is_excluded(case));
        (!hidden).then(|| ToldShape::new(&told, branch.as_ref(), case, &firm))
    };
    Ok(Json(List::page(read.into_iter().filter_map(shape).collect(), next)))
}

impl ToldShape {
    fn new(told: &Told, branch: Option<&BranchId>, case: Option<&CaseView>, firm: &FirmInForce) -> Self {
        Self {
            branch: branch.map(ToString::to_string),
            who: told.who.clone(),
            who_name: firm.person_name(&told.who).to_owned(),
            why: told.why.clone(),
            at: time(told.at),
            case_id: told.case.to_string(),
            kind: case.map(|case| case.kind.as_str()),
            queue: case.map(|case| case.queue.to_string()),
            queue_name: case.map(|case| firm.queue_name(&case.queue).to_owned()),
            case_state: case.map(|case| case.state.as_str()),
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = self.0.at.as_ms().to_be_bytes().to_vec();
        bytes.extend_from_slice(&self.0.case.to_bytes());
        bytes.extend_from_slice(format!("{}\n{}", self.0.why, self.0.who).as_bytes());
        f.write_str(&URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl FromStr for Cursor {
    type Err = NoCursor;
    fn from_str(text: &str) -> Result<Self, NoCursor> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| NoCursor)?;
        let (at, rest) = bytes.split_at_checked(8).ok_or(NoCursor)?;
        let (case, words) = rest.split_at_checked(16).ok_or(NoCursor)?;
        let (why, who) = str::from_utf8(words).ok().and_then(|words| words.split_once('\n')).ok_or(NoCursor)?;
        let at = i64::from_be_bytes(at.try_into().map_err(|_| NoCursor)?);
        let case = CaseId::from_bytes(case).map_err(|_| NoCursor)?;
        Ok(Self(ToldPlace { at: Timestamp::from_ms(at), case, who: who.to_owned(), why: why.to_owned() }))
    }
}
