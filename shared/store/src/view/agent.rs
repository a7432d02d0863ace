//! Agents as they stand.
//!
//! In: agent views of a commit. Out: the same, by id, branch. Never here: their names.

use contract::{AgentId, BranchId, view::AgentView};
use sea_orm::QueryResult;

use super::Views;
use crate::{
    StoreError,
    dialect::{Repeat, Table},
    row::Columns,
    rows::Rows,
};

pub(super) const AGENT: Table = Table {
    name: "agent",
    columns: &["id", "branch", "state", "reason", "since", "used", "units", "seq"],
    key: &["id"],
    // An agent whom the firm gives to another branch is written with that branch's seq.
    repeat: Repeat::Replaces,
};

pub(super) fn put(view: &AgentView, rows: &mut Rows) {
    rows.add(|row| {
        row.text(view.id.as_str());
        row.text(view.branch.as_str());
        row.text(view.state.as_str());
        row.text_or_null(view.reason.as_deref());
        row.int(view.since.as_ms());
        row.int(view.used.into());
        row.int(view.units.into());
        row.count(view.seq);
    });
}

fn take(row: &QueryResult) -> Result<AgentView, StoreError> {
    Ok(AgentView {
        id: row.word("id")?,
        branch: row.word("branch")?,
        state: row.word("state")?,
        reason: row.text_or_none("reason")?,
        since: row.time("since")?,
        used: row.small("used")?,
        units: row.small("units")?,
        seq: row.count("seq")?,
    })
}

impl Views {
    /// Gives an agent; `None` for one who was never decided about.
    pub async fn agent(&self, id: &AgentId) -> Result<Option<AgentView>, StoreError> {
        self.0.one(BY_ID, [id.as_str().into()]).await?.map(|row| take(&row)).transpose()
    }

    /// Gives the agents of a branch, by id.
    pub async fn agents(&self, branch: &BranchId) -> Result<Vec<AgentView>, StoreError> {
        self.0.all(OF_BRANCH, [branch.as_str().into()]).await?.iter().map(take).collect()
    }
}

const BY_ID: &str = "SELECT * FROM agent WHERE id = $1";
const OF_BRANCH: &str = "SELECT * FROM agent WHERE branch = $1 ORDER BY id";
