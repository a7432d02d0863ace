//! Cases as they stand.
//!
//! In: case views of a commit. Out: the same, by id, branch, client, agent. Never here: who
//! may see them.

use contract::{AgentId, BranchId, CaseId, ClientId, Millis, SkillId, journal::Elsewhere, view::CaseView};
use sea_orm::QueryResult;

use super::Views;
use crate::{
    StoreError,
    dialect::{Repeat, Table},
    row::{Columns, parsed},
    rows::Rows,
};

pub(super) const CASE: Table = Table {
    name: "case",
    columns: &[
        "id",
        "branch",
        "state",
        "kind",
        "queue",
        "priority",
        "channel",
        "account",
        "client",
        "class",
        "owner",
        "agent",
        "opened_at",
        "waiting_since",
        "due_at",
        "target",
        "target_rule",
        "answered_at",
        "on_time",
        "until",
        "closed_at",
        "outcome",
        "linked",
        "skills",
        "language",
        "marks",
        "recused",
        "transfers",
        "declines",
        "moves",
        "came_from",
        "seq",
    ],
    key: &["id"],
    // A case that moved is written by another branch with a seq of its own; the branch it left
    // still watches it for a while.
    repeat: Repeat::NoFewerWins("moves"),
};

pub(super) fn put(view: &CaseView, rows: &mut Rows) {
    rows.add(|row| {
        row.bytes(&view.id.to_bytes());
        row.text(view.branch.as_str());
        row.text(view.state.as_str());
        row.text(view.kind.as_str());
        row.text(view.queue.as_str());
        row.text(view.priority.as_str());
        row.text(view.channel.as_str());
        row.text(view.account.as_str());
        row.id_or_null(view.client.map(ClientId::to_bytes));
        row.text(view.class.as_str());
        row.text(&view.owner);
        row.text_or_null(view.agent.as_ref().map(AgentId::as_str));
        row.int(view.opened_at.as_ms());
        row.int_or_null(view.waiting_since.map(contract::Timestamp::as_ms));
        row.int_or_null(view.due_at.map(contract::Timestamp::as_ms));
        row.int(view.target.get());
        row.text(&view.target_rule);
        row.int_or_null(view.answered_at.map(contract::Timestamp::as_ms));
        row.int_or_null(view.on_time.map(i64::from));
        row.int_or_null(view.until.map(contract::Timestamp::as_ms));
        row.int_or_null(view.closed_at.map(contract::Timestamp::as_ms));
        row.text_or_null(view.outcome.map(contract::Outcome::as_str));
        row.id_or_null(view.linked.map(CaseId::to_bytes));
        row.text(&skills_text(&view.skills));
        row.text_or_null(view.language.as_ref().map(SkillId::as_str));
        row.text(&view.marks.iter().map(|mark| mark.as_str()).collect::<Vec<_>>().join(","));
        row.text(&view.recused.iter().map(AgentId::as_str).collect::<Vec<_>>().join(","));
        row.int(view.transfers.into());
        row.int(view.declines.into());
        row.int(view.moves.into());
        row.text_or_null(view.came_from.as_ref().map(BranchId::as_str));
        row.count(view.seq);
    });
}

pub(crate) fn take(row: &QueryResult) -> Result<CaseView, StoreError> {
    Ok(CaseView {
        id: CaseId::new(row.id("id")?),
        branch: row.word("branch")?,
        state: row.word("state")?,
        kind: row.word("kind")?,
        queue: row.word("queue")?,
        priority: row.word("priority")?,
        channel: row.word("channel")?,
        account: row.word("account")?,
        client: row.id_or_none("client")?.map(ClientId::new),
        class: row.word("class")?,
        owner: row.text("owner")?,
        agent: row.word_or_none("agent")?,
        opened_at: row.time("opened_at")?,
        waiting_since: row.time_or_none("waiting_since")?,
        due_at: row.time_or_none("due_at")?,
        target: Millis::new(row.int("target")?),
        target_rule: row.text("target_rule")?,
        answered_at: row.time_or_none("answered_at")?,
        on_time: row.int_or_none("on_time")?.map(|flag| flag != 0),
        until: row.time_or_none("until")?,
        closed_at: row.time_or_none("closed_at")?,
        outcome: row.word_or_none("outcome")?,
        linked: row.id_or_none("linked")?.map(CaseId::new),
        skills: skills_of(&row.text("skills")?)?,
        language: row.word_or_none("language")?,
        marks: row.text("marks")?.split(',').filter(|mark| !mark.is_empty()).map(parsed).collect::<Result<_, _>>()?,
        recused: row.text("recused")?.split(',').filter(|id| !id.is_empty()).map(parsed).collect::<Result<_, _>>()?,
        transfers: row.small("transfers")?,
        declines: row.small("declines")?,
        moves: row.small("moves")?,
        came_from: row.word_or_none("came_from")?,
        seq: row.count("seq")?,
    })
}

/// Writes `cantonese=1,english=2`; ids of the firm hold neither sign.
fn skills_text(skills: &[(SkillId, u8)]) -> String {
    skills.iter().map(|(skill, level)| format!("{skill}={level}")).collect::<Vec<_>>().join(",")
}

fn skills_of(text: &str) -> Result<Vec<(SkillId, u8)>, StoreError> {
    let pairs = text.split(',').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (skill, level) = pair.split_once('=').ok_or_else(|| StoreError::bug("a stored skill has no level"))?;
            Ok((parsed(skill)?, parsed(level)?))
        })
        .collect()
}

impl Views {
    /// Gives a case.
    pub async fn case(&self, id: CaseId) -> Result<Option<CaseView>, StoreError> {
        self.0.one(BY_ID, [id.to_bytes().to_vec().into()]).await?.map(|row| take(&row)).transpose()
    }

    /// Gives the cases of a list that exist, by id.
    pub async fn cases(&self, ids: &[CaseId]) -> Result<Vec<CaseView>, StoreError> {
        let sql = format!("SELECT * FROM \"case\" WHERE {} ORDER BY id", self.0.dialect().among("id"));
        self.0.all(&sql, [self.0.dialect().ids(ids.iter().map(|id| id.to_bytes()))]).await?.iter().map(take).collect()
    }

    /// Gives every case of a branch that is not closed, oldest first.
    pub async fn open_cases(&self, branch: &BranchId) -> Result<Vec<CaseView>, StoreError> {
        self.0.all(OPEN, [branch.as_str().into()]).await?.iter().map(take).collect()
    }

    /// Gives the cases an agent has before him or laid aside, oldest first.
    pub async fn cases_of_agent(&self, agent: &AgentId) -> Result<Vec<CaseView>, StoreError> {
        self.0.all(OF_AGENT, [agent.as_str().into()]).await?.iter().map(take).collect()
    }

    /// Gives the open cases that clients have in other branches than this one, of each client
    /// the latest first: a hint, for it may be stale by the time it is read.
    pub async fn open_elsewhere(
        &self,
        branch: &BranchId,
        clients: &[ClientId],
    ) -> Result<Vec<(ClientId, Elsewhere)>, StoreError> {
        let sql = format!(
            "SELECT client, id, branch, kind FROM \"case\" WHERE {} AND branch <> $2 \
             AND state <> 'closed' ORDER BY client, opened_at DESC, id",
            self.0.dialect().among("client")
        );
        let values = [self.0.dialect().ids(clients.iter().map(|id| id.to_bytes())), branch.as_str().into()];
        let rows = self.0.all(&sql, values).await?;
        let elsewhere = |row: &QueryResult| {
            let case = CaseId::new(row.id("id")?);
            let elsewhere = Elsewhere { case, branch: row.word("branch")?, kind: row.word("kind")? };
            Ok((ClientId::new(row.id("client")?), elsewhere))
        };
        rows.iter().map(elsewhere).collect()
    }

    /// Gives up to `limit` cases of a client, latest first.
    pub async fn cases_of_client(&self, client: ClientId, limit: u32) -> Result<Vec<CaseView>, StoreError> {
        let values = [client.to_bytes().to_vec().into(), i64::from(limit).into()];
        self.0.all(OF_CLIENT, values).await?.iter().map(take).collect()
    }
}

const BY_ID: &str = "SELECT * FROM \"case\" WHERE id = $1";
const OPEN: &str = "SELECT * FROM \"case\" WHERE branch = $1 AND state <> 'closed' ORDER BY opened_at, id";
const OF_AGENT: &str = "SELECT * FROM \"case\" WHERE agent = $1 AND state <> 'closed' ORDER BY opened_at, id";
const OF_CLIENT: &str = "SELECT * FROM \"case\" WHERE client = $1 ORDER BY opened_at DESC, id LIMIT $2";

#[cfg(test)]
mod tests;
