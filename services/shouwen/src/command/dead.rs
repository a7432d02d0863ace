//! `shouwen dead`: messages that nobody could take.
//!
//! In: a house. Out: their list, one of them, its way back, its end. Never here: a body, unless
//! the house shows it to who asks.

use std::process::ExitCode;

use anyhow::Result;
use contract::{DeadId, Role};
use serde_json::json;

use crate::{
    cli::{Common, Dead},
    client::Client,
    out,
};

/// Letters that are listed at most.
const LIST_MAX: usize = 1_000;
/// Columns with the keys of a dead letter's shape.
const COLUMNS: [(&str, &str); 5] =
    [("letter", "id"), ("from", "source"), ("parked", "at"), ("bytes", "body_bytes"), ("reason", "reason")];

pub(super) async fn run(common: &Common, what: &Dead) -> Result<ExitCode> {
    let client = Client::connect(common, Role::Ops).await?;
    let done = act(common, &client, what).await;
    client.close().await;
    done.map(|()| ExitCode::SUCCESS)
}

async fn act(common: &Common, client: &Client, what: &Dead) -> Result<()> {
    match what {
        Dead::List => {
            let letters = client.all("dead-letters", LIST_MAX).await?;
            if common.json {
                out::json(&json!({ "items": letters }));
            } else {
                out::rows(&letters, &COLUMNS);
            }
        }
        Dead::Show { id } => out::json(&client.get(&format!("dead-letters/{id}")).await?),
        Dead::Replay { id } => end(common, client, *id, "replay", "put back").await?,
        Dead::Drop { id } => end(common, client, *id, "drop", "dropped").await?,
    }
    Ok(())
}

async fn end(common: &Common, client: &Client, id: DeadId, verb: &str, done: &str) -> Result<()> {
    let answer = client.post(&format!("dead-letters/{id}/{verb}"), &json!({})).await?;
    if common.json {
        out::json(&answer);
    } else {
        out::line(&format!("{id} {done}"));
    }
    Ok(())
}
