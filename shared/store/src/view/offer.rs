//! Offers as they stand.
//!
//! In: offer views of a commit. Out: the same, by id, agent, case. Never here: their time.

use contract::{AgentId, CaseId, OfferId, view::OfferView};
use sea_orm::QueryResult;

use super::Views;
use crate::{
    StoreError,
    dialect::{Repeat, Table},
    row::Columns,
    rows::Rows,
};

pub(super) const OFFER: Table = Table {
    name: "offer",
    columns: &["id", "case", "agent", "branch", "made_at", "expires_at", "state", "reason", "seq"],
    key: &["id"],
    repeat: Repeat::NewerSeqWins,
};

pub(super) fn put(view: &OfferView, rows: &mut Rows) {
    rows.add(|row| {
        row.bytes(&view.id.to_bytes());
        row.bytes(&view.case.to_bytes());
        row.text(view.agent.as_str());
        row.text(view.branch.as_str());
        row.int(view.made_at.as_ms());
        row.int(view.expires_at.as_ms());
        row.text(view.state.as_str());
        row.text_or_null(view.reason.as_deref());
        row.count(view.seq);
    });
}

fn take(row: &QueryResult) -> Result<OfferView, StoreError> {
    Ok(OfferView {
        id: OfferId::new(row.id("id")?),
        case: CaseId::new(row.id("case")?),
        agent: row.word("agent")?,
        branch: row.word("branch")?,
        made_at: row.time("made_at")?,
        expires_at: row.time("expires_at")?,
        state: row.word("state")?,
        reason: row.text_or_none("reason")?,
        seq: row.count("seq")?,
    })
}

impl Views {
    /// Gives an offer.
    pub async fn offer(&self, id: OfferId) -> Result<Option<OfferView>, StoreError> {
        self.0.one(BY_ID, [id.to_bytes().to_vec().into()]).await?.map(|row| take(&row)).transpose()
    }

    /// Gives the offers before an agent, oldest first.
    pub async fn open_offers(&self, agent: &AgentId) -> Result<Vec<OfferView>, StoreError> {
        self.0.all(OPEN, [agent.as_str().into()]).await?.iter().map(take).collect()
    }

    /// Gives every offer of a case in order.
    pub async fn offers_of_case(&self, case: CaseId) -> Result<Vec<OfferView>, StoreError> {
        self.0.all(OF_CASE, [case.to_bytes().to_vec().into()]).await?.iter().map(take).collect()
    }
}

const BY_ID: &str = "SELECT * FROM offer WHERE id = $1";
const OPEN: &str = "SELECT * FROM offer WHERE agent = $1 AND state = 'open' ORDER BY made_at, id";
const OF_CASE: &str = "SELECT * FROM offer WHERE \"case\" = $1 ORDER BY made_at, id";
