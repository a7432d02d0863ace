//! Promises as they stand.
//!
//! In: promise views of a commit. Out: the same, by id, branch, case. Never here: what is due.

use contract::{BranchId, CaseId, ClientId, PromiseId, view::PromiseView};
use sea_orm::QueryResult;

use super::Views;
use crate::{
    StoreError,
    dialect::{Repeat, Table},
    row::Columns,
    rows::Rows,
};

pub(super) const PROMISE: Table = Table {
    name: "promise",
    columns: &["id", "kind", "branch", "case", "client", "due_at", "owner", "state", "tries", "moves", "seq"],
    key: &["id"],
    // A promise moves with its case to another branch and its seq.
    repeat: Repeat::NoFewerWins("moves"),
};

pub(super) fn put(view: &PromiseView, rows: &mut Rows) {
    rows.add(|row| {
        row.bytes(&view.id.to_bytes());
        row.text(view.kind.as_str());
        row.text(view.branch.as_str());
        row.bytes(&view.case.to_bytes());
        row.id_or_null(view.client.map(ClientId::to_bytes));
        row.int(view.due_at.as_ms());
        row.text(&view.owner);
        row.text(view.state.as_str());
        row.int(view.tries.into());
        row.int(view.moves.into());
        row.count(view.seq);
    });
}

pub(crate) fn take(row: &QueryResult) -> Result<PromiseView, StoreError> {
    Ok(PromiseView {
        id: PromiseId::new(row.id("id")?),
        kind: row.word("kind")?,
        branch: row.word("branch")?,
        case: CaseId::new(row.id("case")?),
        client: row.id_or_none("client")?.map(ClientId::new),
        due_at: row.time("due_at")?,
        owner: row.text("owner")?,
        state: row.word("state")?,
        tries: row.small("tries")?,
        moves: row.small("moves")?,
        seq: row.count("seq")?,
    })
}

impl Views {
    /// Gives a promise.
    pub async fn promise(&self, id: PromiseId) -> Result<Option<PromiseView>, StoreError> {
        self.0.one(BY_ID, [id.to_bytes().to_vec().into()]).await?.map(|row| take(&row)).transpose()
    }

    /// Gives what a branch owes, soonest first.
    pub async fn open_promises(&self, branch: &BranchId) -> Result<Vec<PromiseView>, StoreError> {
        self.0.all(OPEN, [branch.as_str().into()]).await?.iter().map(take).collect()
    }

    /// Gives every promise of a case, soonest first.
    pub async fn promises_of_case(&self, case: CaseId) -> Result<Vec<PromiseView>, StoreError> {
        self.0.all(OF_CASE, [case.to_bytes().to_vec().into()]).await?.iter().map(take).collect()
    }
}

const BY_ID: &str = "SELECT * FROM promise WHERE id = $1";
const OPEN: &str = "SELECT * FROM promise WHERE branch = $1 AND state = 'open' ORDER BY due_at, id";
const OF_CASE: &str = "SELECT * FROM promise WHERE \"case\" = $1 ORDER BY due_at, id";
