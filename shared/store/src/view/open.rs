//! What is open in a branch: what keeps it from being closed.
//!
//! In: a branch. Out: counts. Never here: which cases.

use contract::BranchId;

use super::Views;
use crate::{StoreError, row::Columns};

/// How much is open in a branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Open {
    /// Cases that are not closed.
    pub cases: u64,
    /// Promises that are not kept.
    pub promises: u64,
}

impl Views {
    /// Counts what is open in a branch.
    pub async fn open(&self, branch: &BranchId) -> Result<Open, StoreError> {
        let row = self.0.one(OPEN, [branch.as_str().into()]).await?;
        let row = row.ok_or_else(|| StoreError::bug("a count gave no row"))?;
        Ok(Open { cases: row.count("cases")?, promises: row.count("promises")? })
    }
}

const OPEN: &str = "SELECT (SELECT COUNT(*) FROM \"case\" WHERE branch = $1 AND state <> 'closed') AS cases, \
                    (SELECT COUNT(*) FROM promise WHERE branch = $1 AND state = 'open') AS promises";
