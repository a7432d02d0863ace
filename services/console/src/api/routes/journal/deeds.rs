//! Deeds: records of people in words, newest first: who signed in, changed users, looked at clients.
//!
//! In: records of `audit/…` and `access/…`. Out: who did what and when, by ids. Never here: a record of
//! a branch, whose words the explanation gives; what was seen.

use axum::{Json, extract::State};
use contract::{Role, access::Look, audit::Deed, wire};
use serde::{Deserialize, Serialize};
use store::journal::{PROCESS, Record, Stream};
use utoipa::{IntoParams, ToSchema};

use super::named;
use crate::{
    api::{
        body::Wanted,
        error::Problem,
        page::Page,
        shape::{List, time},
    },
    caller::Caller,
    house::Shared,
    rights::Act,
};

/// Whose records.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Query {
    /// `audit/house`: sign-ins, users, tokens, firms, alerts, dead letters; or `access/…`: looks of one process.
    /// The first where none is given.
    stream: Option<String>,
}

/// What somebody did.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = Deed)]
pub(crate) struct DeedShape {
    /// Its place in the stream.
    seq: u64,
    /// When; `null` for a record that a later version wrote.
    #[schema(format = DateTime)]
    at: Option<String>,
    /// Who; `house` for the house itself.
    user: Option<String>,
    /// In which role.
    role: Option<&'static str>,
    /// What, in words; of a look where it was shown.
    what: String,
    /// The case for which somebody looked.
    case_id: Option<String>,
    /// Contacts that were shown.
    contacts: Vec<String>,
    /// Answers that were shown.
    deliveries: Vec<String>,
    /// Clients whose names or addresses were shown.
    clients: Vec<String>,
    /// Dead letters whose content was shown.
    letters: Vec<String>,
}

/// Who did what, the newest first.
#[utoipa::path(get, path = "/journal/deeds", tag = "journal", params(Query, Page), responses((status = 200, body = List<DeedShape>)))]
pub(crate) async fn list(
    State(house): State<Shared>,
    caller: Caller,
    wanted: Wanted,
) -> Result<Json<List<DeedShape>>, Problem> {
    caller.may(Act::ExportJournal)?;
    let (query, page): (Query, Page) = wanted.read_list()?;
    let name = query.stream.unwrap_or_else(|| Stream::audit(PROCESS).as_str().to_owned());
    let read = match name.split_once('/') {
        Some(("audit", _)) => deed,
        Some(("access", _)) => look,
        _ => return Err(Problem::field("stream", "needs audit/… or access/…")),
    };
    let head = named(&house, &caller, &name).await?;
    let before = page.after::<u64>()?.unwrap_or(u64::MAX).min(head.seq.saturating_add(1));
    let first = before.saturating_sub(page.items().into()).max(1);
    let records = house.ports.store.records().from(&head.stream, first, before.saturating_sub(first)).await?;
    let shapes = records.iter().rev().filter(|record| record.seq < before).map(|record| {
        let unread = || DeedShape { what: "written by a later version".to_owned(), ..DeedShape::default() };
        DeedShape { seq: record.seq, ..read(record).unwrap_or_else(unread) }
    });
    Ok(Json(List::page(shapes.collect(), (first > 1).then(|| first.to_string()))))
}

fn deed(record: &Record) -> Option<DeedShape> {
    let deed: Deed = wire::decode(&record.body).ok()?;
    Some(DeedShape {
        at: Some(time(deed.at)),
        user: Some(deed.by.to_string()),
        role: deed.role.map(Role::as_str),
        what: deed.what.to_string(),
        ..DeedShape::default()
    })
}

fn look(record: &Record) -> Option<DeedShape> {
    let look: Look = wire::decode(&record.body).ok()?;
    Some(DeedShape {
        at: Some(time(look.at)),
        user: Some(look.user.to_string()),
        role: Some(look.role.as_str()),
        what: look.place,
        case_id: look.case.map(|case| case.to_string()),
        contacts: look.contacts.iter().map(ToString::to_string).collect(),
        deliveries: look.deliveries.iter().map(ToString::to_string).collect(),
        clients: look.clients.iter().map(ToString::to_string).collect(),
        letters: look.letters.iter().map(ToString::to_string).collect(),
        ..DeedShape::default()
    })
}
