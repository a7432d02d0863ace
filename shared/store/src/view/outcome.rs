//! Outcomes: what became of commands, and which inputs are committed at all.
//!
//! In: outcome views of a commit. Out: the same, by input, for seven days. Never here: a
//! command's content, of which only the digest is kept.

use contract::{InputId, Millis, Timestamp, view::OutcomeView};
use sea_orm::{ConnectionTrait, QueryResult};

use super::Views;
use crate::{
    StoreError,
    dialect::{Repeat, Table},
    row::Columns,
    rows::Rows,
};

/// How long an outcome is kept.
pub const OUTCOMES_KEPT: Millis = Millis::from_secs(7 * 24 * 3600);
/// Outcomes that one transaction forgets at most.
const PRUNE_ROWS_MAX: i64 = 1_000;

pub(super) const OUTCOME: Table = Table {
    name: "outcome",
    columns: &["input", "branch", "digest", "problem", "at", "seq"],
    key: &["input"],
    repeat: Repeat::Fails,
};

pub(super) fn put(branch: &str, view: &OutcomeView, rows: &mut Rows) {
    rows.add(|row| {
        row.bytes(&view.input.to_bytes());
        row.text(branch);
        row.bytes(&view.digest);
        row.text_or_null(view.problem.map(contract::problem::Code::as_str));
        row.int(view.at.as_ms());
        row.count(view.seq);
    });
}

fn take(row: &QueryResult) -> Result<OutcomeView, StoreError> {
    Ok(OutcomeView {
        input: InputId::new(row.id("input")?),
        digest: row.bytes("digest")?,
        problem: row.word_or_none("problem")?,
        at: row.time("at")?,
        seq: row.count("seq")?,
    })
}

impl Views {
    /// Gives the outcomes of those commands of a list that were decided.
    pub async fn outcomes(&self, inputs: &[InputId]) -> Result<Vec<OutcomeView>, StoreError> {
        let sql = format!("SELECT * FROM outcome WHERE {} ORDER BY input", self.0.dialect().among("input"));
        self.0
            .all(&sql, [self.0.dialect().ids(inputs.iter().map(|id| id.to_bytes()))])
            .await?
            .iter()
            .map(take)
            .collect()
    }

    /// Gives those inputs of a list that are committed: contacts, legs and commands alike.
    pub async fn committed(&self, inputs: &[InputId]) -> Result<Vec<InputId>, StoreError> {
        let dialect = self.0.dialect();
        let sql = format!(
            "SELECT id FROM input WHERE {} UNION SELECT input AS id FROM outcome WHERE {}",
            dialect.among("id"),
            dialect.among("input"),
        );
        let rows = self.0.all(&sql, [self.0.dialect().ids(inputs.iter().map(|id| id.to_bytes()))]).await?;
        rows.iter().map(|row| row.id("id").map(InputId::new)).collect()
    }

    /// Forgets outcomes older than seven days at `now`, some at a time; gives how many went.
    pub async fn prune_outcomes(&self, now: Timestamp) -> Result<u64, StoreError> {
        let before = (now - OUTCOMES_KEPT).as_ms();
        let dialect = self.0.dialect();
        let old = format!("SELECT input FROM outcome WHERE at < $1 ORDER BY at LIMIT $2{}", dialect.unclaimed());
        let sql = format!("DELETE FROM outcome WHERE input IN ({old})");
        let statement = dialect.statement(&sql, [before.into(), PRUNE_ROWS_MAX.into()]);
        self.0
            .write_unhurried(move |tx| Box::pin(async move { Ok(tx.execute_raw(statement).await?.rows_affected()) }))
            .await
    }
}
