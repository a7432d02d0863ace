//! Several consoles: an agent may sit at any of them, or at two, and is one agent.

use anyhow::{Result, ensure};
use it::{
    house::{House, Servers},
    provider::Provider,
};
use serde_json::json;

use crate::desk;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_screens_at_two_consoles_are_one_agent() -> Result<()> {
    let provider = Provider::start().await?;
    let house = House::start_full(&Servers::claim()?, desk::FIRM, &desk::account(&provider)).await?;
    let lin = house.user(&["--name", "lin", "--role", "agent", "--agent", "lin", "--branch", "hq"]).await?;
    let mut front = lin.desk().await?;
    let mut back = lin.at_console(house.url_of("back")?).desk().await?;
    front.must("ready", json!({})).await?;

    let (status, taken) = desk::sms(&house, "m-1", "13912345678", "请问怎么开户").await?;
    ensure!(status == 202, "{status} {taken}");
    let (one, other) = (front.next("offer").await?, back.next("offer").await?);
    ensure!(one["offer_id"] == other["offer_id"], "two offers of one case: {one} {other}");
    let case = &one["case"]["id"];
    back.must("accept", json!({ "offer_id": other["offer_id"] })).await?;
    let late = front.press("accept", json!({ "offer_id": one["offer_id"] })).await?;
    ensure!(late["ok"] == false && late["problem"]["code"] == "offer_gone", "{late}");
    front.must("reply", json!({ "case_id": case, "text": "您好" })).await?;
    let calls = provider.wait(1).await?;
    ensure!(calls.len() == 1 && calls[0].body["text"] == "您好", "{calls:?}");
    // One screen goes: he is still here by the other.
    drop(front);
    back.must("close", json!({ "case_id": case, "outcome": "solved" })).await?;
    let (_, shown) = lin.get("agents/lin").await?;
    ensure!(shown["state"] == "ready", "{shown}");
    Ok(())
}
