//! A branch leaves the firm: not as long as anything is open in it, and then without a restart.

use anyhow::{Context, Result, ensure};
use it::{provider::Provider, until};
use serde_json::json;

use crate::desk;

#[tokio::test]
async fn a_branch_leaves_the_firm_when_nothing_is_open_in_it() -> Result<()> {
    let provider = Provider::start().await?;
    let mut house = desk::house(&provider).await?;
    let both = format!("{}{}", desk::FIRM, desk::SZ);
    std::fs::write(house.path("both.toml"), &both)?;
    std::fs::write(house.path("hq.toml"), desk::FIRM)?;
    let applied = house.command(&["firm", "apply", "both.toml"]).await?;
    ensure!(applied.code == 0 && applied.out.contains("branch sz decides by it"), "{applied:?}");
    house.stop().await?;

    // The account feeds the branch for one message, and another one from then on.
    let config = std::fs::read_to_string(house.path("shouwen.toml"))?;
    std::fs::write(house.path("shouwen.toml"), config.replace("branch = \"hq\"", "branch = \"sz\""))?;
    house.go().await?;
    let (status, taken) = desk::sms(&house, "m-1", "13800138000", "几点开门").await?;
    ensure!(status == 202, "{status} {taken}");
    let fed = house.command(&["firm", "apply", "hq.toml"]).await?;
    ensure!(fed.code == 1 && fed.err.contains("account sms.main feeds branch sz"), "{fed:?}");
    let boss = house.user(&["--name", "boss", "--role", "supervisor"]).await?;
    until("the case waits", || async { boss.all("cases?branch=sz").await.ok()?.into_iter().next() }).await;
    house.stop().await?;
    std::fs::write(house.path("shouwen.toml"), &config)?;

    // By its file: the start is refused, and says why.
    std::fs::write(house.path("firm.toml"), format!("{}\n[presence]\ngrace = \"31s\"\n", desk::FIRM))?;
    let refused = house.go().await.err().context("the house starts without a branch that has an open case")?;
    ensure!(format!("{refused:#}").contains("branch sz cannot leave the firm: it has 1 open case"), "{refused:#}");
    house.forget();
    std::fs::write(house.path("firm.toml"), desk::FIRM)?;
    house.go().await?;

    // By an operator: refused as well, and the branch goes on.
    let refused = house.command(&["firm", "apply", "hq.toml"]).await?;
    ensure!(refused.code == 1, "{refused:?}");
    ensure!(refused.err.contains("branch sz cannot leave the firm: it has 1 open case"), "{refused:?}");
    let huang = ["--name", "huang", "--role", "agent", "--agent", "huang", "--branch", "sz"];
    let mut huang = house.user(&huang).await?.desk().await?;
    huang.must("ready", json!({})).await?;
    let offer = huang.next("offer").await?;
    huang.must("accept", json!({ "offer_id": offer["offer_id"] })).await?;
    huang.must("close", json!({ "case_id": offer["case"]["id"], "outcome": "solved" })).await?;
    until("nothing is open", || async {
        let cases = boss.all("cases?branch=sz").await.ok()?;
        cases.iter().all(|case| case["state"] == "closed").then_some(())
    })
    .await;

    let applied = house.command(&["firm", "apply", "hq.toml"]).await?;
    ensure!(applied.code == 0 && applied.out.ends_with("branch hq decides by it\n"), "{applied:?}");
    let (_, ready) = boss.get("../../readyz").await?;
    let parts = ready["parts"].as_array().context("no parts")?;
    ensure!(!parts.iter().any(|part| part["name"].as_str().is_some_and(|name| name.contains("sz"))), "{ready}");
    let verified = house.command(&["journal", "verify"]).await?;
    ensure!(verified.code == 0, "{verified:?}");
    Ok(())
}
