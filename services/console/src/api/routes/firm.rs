//! The firm: the file in force, and another one checked, compared, applied.
//!
//! In: the text of a firm file. Out: every fault at once; the difference in words; the
//! version in force. Never here: how a branch takes it over.

use std::{collections::BTreeSet, time::Duration};

use axum::{Json, extract::State, http::StatusCode, response::Response};
use contract::{BranchId, UserId, audit::By, problem::Code};
use firm::{Book, Fault, Faults};
use serde::{Deserialize, Serialize};
use store::users::User;
use tokio::{sync::oneshot, time::timeout};
use utoipa::ToSchema;

use crate::{
    api::{
        body::Sent,
        error::Problem,
        key::{Key, Request},
    },
    caller::Caller,
    house::{House, Shared},
    ports::{FirmChange, FirmTaken},
    rights::{Act, Scope, scope},
};

/// The name under which faults of a sent file are shown, unless it brings its own.
const FILE: &str = "firm.toml";
/// Users that are read at once.
const USERS_AT_ONCE: u32 = 200;
/// How long the desk of firms may take; it waits for branches itself, and less.
const APPLY_WAIT: Duration = Duration::from_secs(20);

/// A firm file.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FirmBody {
    /// Its text.
    text: String,
    /// The name under which its faults are shown.
    #[serde(default)]
    file: Option<String>,
}

/// The firm file in force.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FirmShape {
    /// Counts the changes.
    version: u64,
    /// The digest of what it says, hexadecimal.
    digest: String,
    /// Its text.
    text: String,
}

/// One fault, or one warning.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct FaultShape {
    /// The file.
    file: String,
    /// The line, from 1.
    line: usize,
    /// The key, from the root of the file.
    key: String,
    /// What is wrong.
    what: String,
}

/// What a check found.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Checked {
    /// Whether it may be applied.
    ok: bool,
    /// What must be mended.
    errors: Vec<FaultShape>,
    /// What works, but perhaps not as meant.
    warnings: Vec<FaultShape>,
    /// Lines that tell the difference to the firm in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<Vec<String>>,
    /// The version in force afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
    /// After an apply: the branches, and whether each has journalled it.
    #[serde(skip_serializing_if = "Option::is_none")]
    branches: Option<Vec<BranchTaken>>,
}

/// Whether a branch decides by the version.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct BranchTaken {
    /// The branch.
    branch: String,
    /// Whether it has journalled the version; if not, it is stored and will be taken.
    taken: bool,
}

/// The firm file in force.
#[utoipa::path(get, path = "/firm", tag = "firm", responses((status = 200, body = FirmShape)))]
pub(crate) async fn show(State(house): State<Shared>, caller: Caller) -> Result<Json<FirmShape>, Problem> {
    caller.may(Act::SeeFirm)?;
    let firm = house.ports.firm.now();
    let digest = firm.digest.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Json(FirmShape { version: firm.version, digest, text: firm.text.clone() }))
}

/// Checks a firm file and names every fault at once.
#[utoipa::path(post, path = "/firm/check", tag = "firm", request_body = FirmBody, responses((status = 200, body = Checked)))]
pub(crate) async fn check(State(house): State<Shared>, caller: Caller, sent: Sent) -> Result<Json<Checked>, Problem> {
    caller.may(Act::SeeFirm)?;
    Ok(Json(house.read_firm(sent.read()?).await?.1))
}

/// Tells what a firm file would change.
#[utoipa::path(post, path = "/firm/diff", tag = "firm", request_body = FirmBody, responses((status = 200, body = Checked)))]
pub(crate) async fn diff(State(house): State<Shared>, caller: Caller, sent: Sent) -> Result<Json<Checked>, Problem> {
    caller.may(Act::SeeFirm)?;
    let (read, mut checked) = house.read_firm(sent.read()?).await?;
    if let Some((_, book)) = read {
        checked.changes = Some(firm::diff(&house.ports.firm.now().book.firm, &book.firm));
    }
    Ok(Json(checked))
}

/// Applies a firm file to every branch; a file with faults is `invalid` and changes nothing.
#[utoipa::path(post, path = "/firm/apply", tag = "firm", request_body = FirmBody, responses((status = 200, body = Checked)))]
pub(crate) async fn apply(
    State(house): State<Shared>,
    caller: Caller,
    key: Key,
    sent: Sent,
) -> Result<Response, Problem> {
    caller.may(Act::ChangeFirm)?;
    caller.everywhere()?;
    let (read, mut checked) = house.read_firm(sent.read()?).await?;
    let Some((text, book)) = read else {
        let first = checked.errors.first().map(FaultShape::words);
        return Err(Problem::field("text", first.unwrap_or_else(|| "the firm file has faults".to_owned())));
    };
    let request = Request { what: "apply firm", body: &sent };
    let user = &caller.user;
    let work = async || {
        checked.changes = Some(firm::diff(&house.ports.firm.now().book.firm, &book.firm));
        let FirmTaken { version, branches } = change(&house, text, book, caller.by()).await?;
        checked.version = Some(version);
        let shape = |(branch, taken): (BranchId, bool)| BranchTaken { branch: branch.to_string(), taken };
        checked.branches = Some(branches.into_iter().map(shape).collect());
        tracing::info!(%user, version, "a firm file was applied");
        Ok((StatusCode::OK, checked.clone(), checked))
    };
    house.once(&caller, key, request, work).await
}

async fn change(house: &Shared, text: String, book: Book, by: By) -> Result<FirmTaken, Problem> {
    let (answer, heard) = oneshot::channel();
    let change = FirmChange { text, book, by, answer };
    let gone = || Problem::unavailable("nobody applies firm files at the moment");
    house.ports.firm.changes.send(change).await.map_err(|_| gone())?;
    match timeout(APPLY_WAIT, heard).await {
        Ok(Ok(Ok(taken))) => Ok(taken),
        Ok(Ok(Err(why))) => Err(Problem::new(Code::WrongState, why)),
        Ok(Err(_)) => Err(gone()),
        Err(_) => Err(Problem::new(Code::OutcomeUnknown, "the branches have not answered; they may still do it")),
    }
}

impl House {
    /// Reads a firm file by the users that there are.
    async fn read_firm(&self, body: FirmBody) -> Result<(Option<(String, Book)>, Checked), Problem> {
        let file = body.file.unwrap_or_else(|| FILE.to_owned());
        Ok(match firm::read_knowing(&file, &body.text, &self.leaders().await?) {
            Ok((book, faults)) => (Some((body.text, book)), checked(&faults)),
            Err(faults) => (None, checked(&faults)),
        })
    }

    /// Gives the users who may lead a queue: their role works on cases.
    async fn leaders(&self) -> Result<BTreeSet<UserId>, Problem> {
        let (mut leaders, mut after) = (BTreeSet::new(), None);
        loop {
            let users = self.ports.store.users().list(after.as_ref(), USERS_AT_ONCE).await?;
            let Some(last) = users.last() else { return Ok(leaders) };
            after = Some(last.name.clone());
            let may = |user: &User| user.ended_at.is_none() && scope(user.role, Act::WorkCases) != Scope::Never;
            leaders.extend(users.into_iter().filter(may).map(|user| user.name));
        }
    }
}

impl FaultShape {
    fn words(&self) -> String {
        let key = if self.key.is_empty() { String::new() } else { format!("{}: ", self.key) };
        format!("line {}: {key}{}", self.line, self.what)
    }
}

fn checked(faults: &Faults) -> Checked {
    let shape = |fault: &Fault| FaultShape {
        file: fault.file.to_string(),
        line: fault.line,
        key: fault.key.clone(),
        what: fault.what.clone(),
    };
    Checked {
        ok: faults.errors.is_empty(),
        errors: faults.errors.iter().map(shape).collect(),
        warnings: faults.warnings.iter().map(shape).collect(),
        changes: None,
        version: None,
        branches: None,
    }
}
