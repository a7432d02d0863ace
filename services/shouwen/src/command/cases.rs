//! `shouwen cases`: cases, newest first.
//!
//! In: a house and filters. Out: rows. Never here: what a client said.

use std::process::ExitCode;

use anyhow::Result;
use contract::Role;
use serde_json::json;

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
    let cases = client.all(&path(filters), filters.limit).await;
    client.close().await;
    let cases = cases?;
    if common.json {
        out::json(&json!({ "items": cases }));
    } else {
        out::rows(&cases, &COLUMNS);
    }
    Ok(ExitCode::SUCCESS)
}

/// Ids and states need no escape in a query.
fn path(filters: &Cases) -> String {
    let filters = [("state", &filters.state), ("queue", &filters.queue), ("branch", &filters.branch)];
    let pairs = filters.iter().filter_map(|(key, value)| value.as_ref().map(|value| format!("{key}={value}")));
    let query: Vec<_> = pairs.collect();
    if query.is_empty() { "cases".to_owned() } else { format!("cases?{}", query.join("&")) }
}
