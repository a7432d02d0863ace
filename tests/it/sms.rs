//! A short message comes in, is offered, answered, delivered and closed.

use anyhow::{Context, Result, ensure};
use it::{provider::Provider, until};
use serde_json::json;

use crate::desk;

#[tokio::test]
async fn a_short_message_is_answered_and_closed() -> Result<()> {
    let provider = Provider::start().await?;
    let house = desk::house(&provider).await?;
    let mut lin = desk::ready(&house, "lin").await?;

    let (status, taken) = desk::sms(&house, "m-1", "13800138000", "请问你们几点下班").await?;
    ensure!(status == 202, "{status} {taken}");
    let contact = taken["contact_id"].as_str().context("an answer without contact_id")?.to_owned();
    let (status, again) = desk::sms(&house, "m-1", "13800138000", "请问你们几点下班").await?;
    ensure!((status == 200 || status == 202) && again == taken, "a repeat got {status} {again}");

    let offer = lin.next("offer").await?;
    ensure!(offer["case"]["kind"] == "enquiry" && offer["case"]["queue"] == "enquiries", "{offer}");
    let case = offer["case"]["id"].as_str().context("a case without id")?.to_owned();
    lin.must("accept", json!({ "offer_id": offer["offer_id"] })).await?;
    lin.must("reply", json!({ "case_id": case, "text": "您好,工作日17:30下班" })).await?;

    let calls = provider.wait(1).await?;
    ensure!(calls[0].body["text"] == "您好,工作日17:30下班", "{:?}", calls[0].body);
    ensure!(calls[0].body["to"] == "+8613800138000", "{:?}", calls[0].body);
    let boss = house.user(&["--name", "boss", "--role", "supervisor"]).await?;
    let delivery = |wanted: &'static str| {
        let (boss, case) = (boss.clone(), case.clone());
        async move {
            until(&format!("the delivery is {wanted}"), || async {
                let items = boss.all(&format!("deliveries?case_id={case}")).await.ok()?;
                items.into_iter().find(|delivery| delivery["state"] == wanted)
            })
            .await
        }
    };
    delivery("sent").await;
    let (status, _) = desk::receipt(&house, calls[0].provider_id.as_deref().context("no id")?, "delivered").await?;
    ensure!(status == 200 || status == 202, "the receipt got {status}");
    delivery("delivered").await;
    for state in ["sent", "delivered"] {
        let stands = |frame: &serde_json::Value| frame["type"] == "delivery" && frame["delivery"]["state"] == state;
        let told = lin.next_that(&format!("the word that the answer is {state}"), stands).await?;
        ensure!(told["case_id"] == case.as_str() && told["delivery"]["id"].is_string(), "{told}");
    }

    lin.must("close", json!({ "case_id": case, "outcome": "solved" })).await?;
    until("the case is closed", || async {
        let (_, shown) = boss.get(&format!("cases/{case}")).await.ok()?;
        (shown["state"] == "closed" && shown["owner"] == "lin" && shown["contacts"][0]["id"] == contact.as_str())
            .then_some(())
    })
    .await;
    ensure!(provider.calls().len() == 1, "the answer went out {} times", provider.calls().len());

    let verified = house.command(&["journal", "verify"]).await?;
    ensure!(verified.code == 0, "{} {}", verified.out, verified.err);
    let replayed = house.command(&["journal", "replay", "hq"]).await?;
    ensure!(replayed.code == 0, "{} {}", replayed.out, replayed.err);
    let nowhere = house.command(&["journal", "replay", "nowhere"]).await?;
    ensure!(nowhere.code == 1, "a branch that is not there replays: {}", nowhere.out);
    let log = house.log();
    ensure!(!log.contains("13800138000") && !log.contains("几点下班"), "personal data in the log:\n{log}");
    Ok(())
}
