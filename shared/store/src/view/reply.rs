//! Answers of agents, their sealed words, and who was told about a case.
//!
//! In: replies, texts and words of warning of a commit. Out: the same, by case and id.
//! Never here: what became of a delivery.

use contract::{
    AgentId, CaseId, ContactId, DeliveryId,
    seal::Sealed,
    view::{ReplyView, Told},
};
use sea_orm::QueryResult;

use super::Views;
use crate::{
    StoreError,
    dialect::{Repeat, Table},
    journal::Text,
    row::Columns,
    rows::Rows,
};

pub(super) const REPLY: Table = Table {
    name: "reply",
    columns: &["delivery", "case", "contact", "channel", "account", "agent", "at"],
    key: &["delivery"],
    repeat: Repeat::Fails,
};

pub(super) const TEXT: Table =
    Table { name: "text", columns: &["id", "case", "author", "at", "sealed"], key: &["id"], repeat: Repeat::Fails };

/// The same table for words that may be there already.
pub(crate) const NEW_TEXT: Table = Table { repeat: Repeat::Dropped, ..TEXT };

pub(super) const TOLD: Table = Table {
    name: "told",
    columns: &["case", "who", "why", "at", "branch"],
    key: &["case", "who", "why", "at"],
    repeat: Repeat::Dropped,
};

pub(super) fn put(view: &ReplyView, rows: &mut Rows) {
    rows.add(|row| {
        row.bytes(&view.delivery.to_bytes());
        row.bytes(&view.case.to_bytes());
        row.bytes(&view.contact.to_bytes());
        row.text(view.channel.as_str());
        row.text(view.account.as_str());
        row.text_or_null(view.agent.as_ref().map(AgentId::as_str));
        row.int(view.at.as_ms());
    });
}

pub(crate) fn put_text(text: &Text, rows: &mut Rows) {
    rows.add(|row| {
        row.bytes(&text.id.to_be_bytes());
        row.id_or_null(text.case.map(CaseId::to_bytes));
        row.text(&text.author);
        row.int(text.at.as_ms());
        row.bytes(text.sealed.as_bytes());
    });
}

pub(super) fn put_told(branch: &str, told: &Told, rows: &mut Rows) {
    rows.add(|row| {
        row.bytes(&told.case.to_bytes());
        row.text(&told.who);
        row.text(&told.why);
        row.int(told.at.as_ms());
        row.text(branch);
    });
}

fn take(row: &QueryResult) -> Result<ReplyView, StoreError> {
    Ok(ReplyView {
        delivery: DeliveryId::new(row.id("delivery")?),
        case: CaseId::new(row.id("case")?),
        contact: ContactId::new(row.id("contact")?),
        channel: row.word("channel")?,
        account: row.word("account")?,
        agent: row.word_or_none("agent")?,
        at: row.time("at")?,
    })
}

fn take_text(row: &QueryResult) -> Result<Text, StoreError> {
    Ok(Text {
        id: row.id("id")?,
        case: row.id_or_none("case")?.map(CaseId::new),
        author: row.text("author")?,
        at: row.time("at")?,
        sealed: Sealed::from_bytes(row.bytes("sealed")?),
    })
}

pub(crate) fn take_told(row: &QueryResult) -> Result<Told, StoreError> {
    Ok(Told { case: CaseId::new(row.id("case")?), who: row.text("who")?, why: row.text("why")?, at: row.time("at")? })
}

impl Views {
    /// Gives an answer.
    pub async fn reply(&self, id: DeliveryId) -> Result<Option<ReplyView>, StoreError> {
        self.0.one(BY_ID, [id.to_bytes().to_vec().into()]).await?.map(|row| take(&row)).transpose()
    }

    /// Gives those answers of a list that exist.
    pub async fn replies(&self, ids: &[DeliveryId]) -> Result<Vec<ReplyView>, StoreError> {
        let sql = format!("SELECT * FROM reply WHERE {} ORDER BY delivery", self.0.dialect().among("delivery"));
        self.0.all(&sql, [self.0.dialect().ids(ids.iter().map(|id| id.to_bytes()))]).await?.iter().map(take).collect()
    }

    /// Gives the answers of a case in order.
    pub async fn replies_of_case(&self, case: CaseId) -> Result<Vec<ReplyView>, StoreError> {
        self.0.all(OF_CASE, [case.to_bytes().to_vec().into()]).await?.iter().map(take).collect()
    }

    /// Gives the sealed words of a list of ids (deliveries' or commands') that exist.
    pub async fn texts(&self, ids: &[u128]) -> Result<Vec<Text>, StoreError> {
        let sql = format!("SELECT * FROM \"text\" WHERE {} ORDER BY at, id", self.0.dialect().among("id"));
        self.0
            .all(&sql, [self.0.dialect().ids(ids.iter().map(|id| id.to_be_bytes()))])
            .await?
            .iter()
            .map(take_text)
            .collect()
    }

    /// Gives all sealed words of a case in order.
    pub async fn texts_of_case(&self, case: CaseId) -> Result<Vec<Text>, StoreError> {
        self.0.all(TEXTS_OF_CASE, [case.to_bytes().to_vec().into()]).await?.iter().map(take_text).collect()
    }

    /// Gives who was told about a case, in order.
    pub async fn told(&self, case: CaseId) -> Result<Vec<Told>, StoreError> {
        self.0.all(TOLD_OF_CASE, [case.to_bytes().to_vec().into()]).await?.iter().map(take_told).collect()
    }
}

const BY_ID: &str = "SELECT * FROM reply WHERE delivery = $1";
const OF_CASE: &str = "SELECT * FROM reply WHERE \"case\" = $1 ORDER BY at, delivery";
const TEXTS_OF_CASE: &str = "SELECT * FROM \"text\" WHERE \"case\" = $1 ORDER BY at, id";
const TOLD_OF_CASE: &str = "SELECT * FROM told WHERE \"case\" = $1 ORDER BY at, who, why";
