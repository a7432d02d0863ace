//! `shouwen queues [--watch]`: how the queues stand.
//!
//! In: a running house. Out: its live figures. Never here: a figure computed here.

use std::{process::ExitCode, time::Duration};

use anyhow::Result;
use contract::Role;
use serde_json::Value;

use crate::{cli::Common, client::Client, out};

/// How often the figures are shown anew.
const EVERY: Duration = Duration::from_secs(1);
/// What clears a terminal and goes to its first line.
const CLEAR: &str = "\u{1b}[2J\u{1b}[H";
/// Columns with the keys of a queue's shape.
const COLUMNS: [(&str, &str); 8] = [
    ("branch", "branch"),
    ("queue", "id"),
    ("name", "name"),
    ("waiting", "waiting"),
    ("oldest s", "oldest_s"),
    ("predicted s", "predicted_wait_s"),
    ("attainment", "attainment"),
    ("ready", "ready_agents"),
];

pub(super) async fn run(common: &Common, watch: bool) -> Result<ExitCode> {
    let client = Client::connect_running(common, Role::Admin).await?;
    let shown = follow(common, &client, watch).await;
    client.close().await;
    shown.map(|()| ExitCode::SUCCESS)
}

async fn follow(common: &Common, client: &Client, watch: bool) -> Result<()> {
    show(common, client).await?;
    if watch {
        loop {
            tokio::time::sleep(EVERY).await;
            if !common.json {
                out::line(CLEAR);
            }
            show(common, client).await?;
        }
    }
    Ok(())
}

async fn show(common: &Common, client: &Client) -> Result<()> {
    let queues = client.get("queues").await?;
    if common.json {
        out::json(&queues);
    } else {
        out::rows(queues.get("items").and_then(Value::as_array).map_or(&[], Vec::as_slice), &COLUMNS);
    }
    Ok(())
}
