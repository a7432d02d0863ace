//! An agent who works by REST alone is there as long as he calls, and away when he is silent.

use anyhow::{Result, ensure};
use it::{house::House, until};
use serde_json::json;

use crate::desk::FIRM;

#[tokio::test]
async fn an_agent_without_a_socket_stays_ready_while_he_calls() -> Result<()> {
    let house = House::start(&format!("{FIRM}\n[presence]\ngrace = \"2s\"\n"), "").await?;
    let boss = house.user(&["--name", "boss", "--role", "supervisor"]).await?;
    let lin = house.user(&["--name", "lin", "--role", "agent", "--agent", "lin"]).await?;
    let chen = house.user(&["--name", "chen", "--role", "agent", "--agent", "chen"]).await?;
    for (rest, agent) in [(&lin, "lin"), (&chen, "chen")] {
        let (status, answer) = rest.post(&format!("agents/{agent}/ready"), &json!({})).await?;
        ensure!(status == 200, "{status} {answer}");
    }
    until("chen, who is silent, is away", || async {
        lin.get("queues").await.ok()?;
        let (_, chen) = boss.get("agents/chen").await.ok()?;
        (chen["state"] == "away" && chen["reason"] == "lost").then_some(())
    })
    .await;
    let (_, shown) = boss.get("agents/lin").await?;
    ensure!(shown["state"] == "ready", "{shown}");
    Ok(())
}
