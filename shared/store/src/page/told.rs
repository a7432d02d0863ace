//! Who was told what, latest first: warnings, breaches, upset clients.
//!
//! In: a filter and the place after which a page begins. Out: one page of words, each with the
//! branch that told it. Never here: personal data; who may see it.

use contract::{AgentId, BranchId, CaseId, Timestamp, view::Told};
use sea_orm::{QueryResult, Value};

use super::{Pages, Query};
use crate::{StoreError, row::Columns, view::take_told};

/// Which words a list holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToldFilter {
    /// Only of this branch.
    pub branch: Option<BranchId>,
    /// Only to him.
    pub who: Option<String>,
    /// Only about this case.
    pub case: Option<CaseId>,
    /// Only to this agent.
    pub own: Option<AgentId>,
}

/// Where a page of words ends and the next begins: all that tells one from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldPlace {
    /// When.
    pub at: Timestamp,
    /// About which case.
    pub case: CaseId,
    /// Whom.
    pub who: String,
    /// Why.
    pub why: String,
}

impl ToldPlace {
    /// Gives the place of a word in the list.
    #[must_use]
    pub fn of(told: &Told) -> Self {
        Self { at: told.at, case: told.case, who: told.who.clone(), why: told.why.clone() }
    }
}

impl Pages {
    /// Gives up to `limit` words that were told before `after`, each with its branch; a word of
    /// a version that did not note it has none.
    pub async fn told(
        &self,
        filter: &ToldFilter,
        after: Option<ToldPlace>,
        limit: u32,
    ) -> Result<Vec<(Told, Option<BranchId>)>, StoreError> {
        let mut query = Query::new("SELECT * FROM told");
        query.text("branch", filter.branch.as_ref().map(BranchId::as_str));
        query.text("who", filter.who.as_deref());
        query.text("who", filter.own.as_ref().map(AgentId::as_str));
        query.id("\"case\"", filter.case.map(CaseId::bits));
        if let Some(place) = after {
            let values: [Value; 4] =
                [place.at.as_ms().into(), place.case.to_bytes().to_vec().into(), place.who.into(), place.why.into()];
            let place = values.map(|value| query.bind(value)).join(", ");
            query.conditions.push(format!("(at, \"case\", who, why) < ({place})"));
        }
        let (sql, values) = query.end("at DESC, \"case\" DESC, who DESC, why DESC", limit);
        self.0.all(&sql, values).await?.iter().map(take).collect()
    }
}

fn take(row: &QueryResult) -> Result<(Told, Option<BranchId>), StoreError> {
    let branch = row.text("branch")?;
    Ok((take_told(row)?, branch.parse().ok()))
}
