//! `shouwen cases`: cases, newest first.
//!
//! In: a house and filters. Out: rows. Never here: what a client said.

use std::process::ExitCode;

use anyhow::{Result, bail};
use contract::{BranchId, QueueId, Role};
use serde_json::{Value, json};

use crate::{
    cli::{Cases, Common},
    client::Client,
    out,
};

/// Columns with the keys of a case's shape.
const COLUMNS: [(&str, &str); 9] = [
    ("case", "id"),
    ("state", "state"),
    ("kind", "kind"),
    ("queue", "queue"),
    ("priority", "priority"),
    ("owner", "owner"),
    ("agent", "agent"),
    ("opened", "opened_at"),
    ("due", "due_at"),
];

pub(super) async fn run(common: &Common, filters: &Cases) -> Result<ExitCode> {
    let client = Client::connect(common, Role::Supervisor).await?;
    let cases = list(&client, filters).await;
    client.close().await;
    let cases = cases?;
    if common.json {
        out::json(&json!({ "items": cases }));
    } else {
        out::rows(&cases, &COLUMNS);
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(client: &Client, filters: &Cases) -> Result<Vec<Value>> {
    let cases = client.all(&path(filters), usize::try_from(filters.limit)?).await?;
    if cases.is_empty() && (filters.queue.is_some() || filters.branch.is_some()) {
        exist(client, filters).await?;
    }
    Ok(cases)
}

/// Refuses names that the firm does not have: nothing was found because of them.
async fn exist(client: &Client, filters: &Cases) -> Result<()> {
    let in_force = client.get("firm").await?;
    let text = in_force.get("text").and_then(Value::as_str).unwrap_or_default();
    let Ok((book, _)) = firm::read("the firm in force", text) else { return Ok(()) };
    let branches = book.firm.branches.iter().map(|branch| branch.id.as_str());
    known("branch", filters.branch.as_ref().map(BranchId::as_str), branches)?;
    let queues = book.firm.queues.iter().map(|queue| queue.id.as_str());
    known("queue", filters.queue.as_ref().map(QueueId::as_str), queues)
}

fn known<'a>(what: &str, asked: Option<&str>, all: impl Iterator<Item = &'a str>) -> Result<()> {
    let mut all: Vec<_> = all.collect();
    all.sort_unstable();
    match asked {
        Some(asked) if !all.contains(&asked) => bail!("the firm has no {what} {asked}; it has {}", all.join(", ")),
        _ => Ok(()),
    }
}

/// Ids and states need no escape in a query.
fn path(filters: &Cases) -> String {
    let queue = filters.queue.as_ref().map(QueueId::as_str);
    let branch = filters.branch.as_ref().map(BranchId::as_str);
    let filters = [("state", filters.state.as_deref()), ("queue", queue), ("branch", branch)];
    let pairs = filters.iter().filter_map(|(key, value)| value.map(|value| format!("{key}={value}")));
    let query: Vec<_> = pairs.collect();
    if query.is_empty() { "cases".to_owned() } else { format!("cases?{}", query.join("&")) }
}
