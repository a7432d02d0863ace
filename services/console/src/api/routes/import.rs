//! The client book, brought in by portions.
//!
//! In: a portion as CSV with its header. Out: how many entries it had; or every fault at
//! once, and then nothing of it is taken. Never here: a whole book; whoever has one cuts it.

use axum::{Json, extract::State};
use contract::problem::Code;
use serde::{Deserialize, Serialize};
use store::directory::import;
use utoipa::ToSchema;

use crate::{
    api::{body::Sent, error::Problem},
    caller::Caller,
    house::Shared,
    rights::Act,
};

/// Faults that an answer names; the rest is counted.
const FAULTS_NAMED: usize = 20;

/// A portion of the client book.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Portion {
    /// Lines of CSV under the header
    /// `id,name,class,risk_class,risk_valid_until,manager,branch,phone,email,wechat`.
    csv: String,
}

/// What was brought in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Imported {
    /// Clients that the portion named.
    entries: usize,
}

/// Enters a portion of the client book; repeating it changes nothing.
#[utoipa::path(post, path = "/clients/import", tag = "clients", request_body = Portion, responses((status = 200, body = Imported)))]
pub(crate) async fn import(State(house): State<Shared>, caller: Caller, sent: Sent) -> Result<Json<Imported>, Problem> {
    caller.may(Act::EnterClients)?;
    caller.everywhere()?;
    let portion: Portion = sent.read()?;
    let firm = house.ports.firm.now();
    let read = import::read(portion.csv.as_bytes(), Some(&firm.book.firm));
    let entries = read.map_err(|faults| refused(&faults))?;
    let entries = house.ports.store.directory().import(entries).await?;
    tracing::info!(user = %caller.user, entries, "a portion of the client book was brought in");
    Ok(Json(Imported { entries }))
}

fn refused(faults: &[import::LineFault]) -> Problem {
    let named: Vec<_> = faults.iter().take(FAULTS_NAMED).map(ToString::to_string).collect();
    let more = faults.len().saturating_sub(FAULTS_NAMED);
    let rest = if more == 0 { String::new() } else { format!("; and {more} more") };
    Problem::new(Code::Invalid, format!("{}{rest}", named.join("; "))).of_field("csv")
}
