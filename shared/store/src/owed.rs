//! Owed: cases whose clients have an answer coming, soonest due first.
//!
//! In: a branch. Out: those cases, or only when each is due and where it waits, for forecasts.
//! Never here: a forecast.

use contract::{BranchId, QueueId, Timestamp, view::CaseView};

use crate::{Store, StoreError, page::PAGE_ITEMS_MAX, row::Columns, view::take_case};

/// Due times that one look gives at most, of one branch.
pub const DUE_TIMES_MAX: u32 = 5000;

/// The room of what is owed.
#[derive(Debug, Clone)]
pub struct Owed(Store);

impl Store {
    /// Gives the room of what is owed.
    #[must_use]
    pub fn owed(&self) -> Owed {
        Owed(self.clone())
    }
}

impl Owed {
    /// Gives up to `limit` cases of a branch that owe an answer, soonest due first.
    pub async fn cases(&self, branch: &BranchId, limit: u32) -> Result<Vec<CaseView>, StoreError> {
        let values = [branch.as_str().into(), i64::from(limit.min(PAGE_ITEMS_MAX)).into()];
        self.0.all(CASES, values).await?.iter().map(take_case).collect()
    }

    /// Gives up to `limit` of those whose clients were marked, as upset are, soonest due first.
    pub async fn marked(&self, branch: &BranchId, limit: u32) -> Result<Vec<CaseView>, StoreError> {
        let values = [branch.as_str().into(), i64::from(limit.min(PAGE_ITEMS_MAX)).into()];
        self.0.all(MARKED, values).await?.iter().map(take_case).collect()
    }

    /// Gives when the cases that wait in a branch are due, and in which queue, soonest first.
    pub async fn waiting(&self, branch: &BranchId) -> Result<Vec<(QueueId, Timestamp)>, StoreError> {
        let rows = self.0.all(WAITING, [branch.as_str().into(), i64::from(DUE_TIMES_MAX).into()]).await?;
        rows.iter().map(|row| Ok((row.word("queue")?, row.time("due_at")?))).collect()
    }
}

// The conditions repeat those of the partial indexes word for word, so that it is used.
const CASES: &str = "SELECT * FROM \"case\" WHERE branch = $1 AND due_at IS NOT NULL AND state <> 'closed' \
    ORDER BY due_at, id LIMIT $2";
const MARKED: &str = "SELECT * FROM \"case\" WHERE branch = $1 AND due_at IS NOT NULL AND state <> 'closed' \
    AND marks <> '' ORDER BY due_at, id LIMIT $2";
const WAITING: &str = "SELECT queue, due_at FROM \"case\" WHERE branch = $1 AND due_at IS NOT NULL \
    AND state <> 'closed' AND state IN ('waiting', 'offered') ORDER BY due_at, id LIMIT $2";
