//! Promises that clients hear of: call-backs booked, moved and done, complaints with a number; an
//! upset client, and one whom nobody understands.

use anyhow::{Context, Result, ensure};
use it::{desk::Desk, house::House, http, provider::Provider, rest::Rest, sign, until};
use jiff::Timestamp as Instant;
use runtime::Clock;
use serde_json::{Value, json};

use crate::desk;

const LINE: &str =
    "[channels.phone.main]\nbranch = \"hq\"\nprofile = \"generic\"\nsecret = \"a-secret-of-the-stories\"\n";
const CALLER: &str = "13800138009";

/// The firm of the stories, where chen speaks Cantonese.
fn firm() -> String {
    let spoken = "queues = [\"enquiries\", \"complaints\"]\nskills = { mandarin = 3, cantonese = 2 }";
    let firm = desk::FIRM.replace("queues = [\"enquiries\", \"complaints\"]\nskills = { mandarin = 3 }", spoken);
    format!("{firm}\n[skills]\nlanguages = [\"mandarin\", \"cantonese\"]\n")
}

async fn house(provider: &Provider) -> Result<House> {
    House::start(&firm(), &format!("{}\n{LINE}", desk::account(provider))).await
}

async fn boss(house: &House) -> Result<Rest> {
    house.user(&["--name", "shao", "--role", "supervisor", "--branch", "hq"]).await
}

/// Posts an event of a call as the exchange does.
async fn call(house: &House, event: &str, agent: Option<&str>) -> Result<()> {
    let at = Clock::machine().now().to_string();
    let mut body = json!({ "call_id": "c-1", "to": "95500", "from": CALLER, "at": at, "event": event });
    if let Some(agent) = agent {
        body["agent"] = json!(agent);
    }
    let request = http(it::PATIENCE).post(format!("{}/channels/phone/main", house.url()));
    let status = sign::signed(request, desk::SECRET, body.to_string()).send().await?.status();
    ensure!(status.is_success(), "{status}");
    Ok(())
}

/// Accepts the next offer; gives its case.
async fn accept(desk: &mut Desk) -> Result<Value> {
    let offer = desk.next("offer").await?;
    desk.must("accept", json!({ "offer_id": offer["offer_id"] })).await?;
    Ok(offer["case"].clone())
}

/// Gives what was submitted, once there are so many, each to a number.
async fn said(provider: &Provider, count: usize) -> Result<Vec<(String, String)>> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let calls = provider.wait(count).await?;
    ensure!(calls.len() == count, "{} were submitted instead of {count}", calls.len());
    Ok(calls.iter().map(|call| (text(&call.body["to"]), text(&call.body["text"]))).collect())
}

fn ahead(seconds: i64) -> Result<String> {
    Ok(Instant::from_second(Clock::machine().now().as_ms() / 1000 + seconds)?.to_string())
}

#[tokio::test]
async fn a_client_hears_of_his_call_back_once_whatever_is_killed() -> Result<()> {
    let provider = Provider::start().await?;
    let mut house = house(&provider).await?;
    let boss = boss(&house).await?;
    let mut lin = desk::ready(&house, "lin").await?;
    desk::sms(&house, "m-1", "13800138000", "银证转账转不出来").await?;
    let case = accept(&mut lin).await?["id"].as_str().context("a case without id")?.to_owned();

    lin.must("callback", json!({ "case_id": case, "at": ahead(1800)? })).await?;
    let (to, booked) = said(&provider, 1).await?.remove(0);
    ensure!(to == "+8613800138000" && booked.starts_with("已为您预约回电，林晓雯将于"), "{to} {booked}");
    lin.must("callback", json!({ "case_id": case, "at": ahead(3600)? })).await?;
    let moved = said(&provider, 2).await?.remove(1).1;
    ensure!(moved.starts_with("原定") && moved.contains("调整为") && moved.contains("由林晓雯致电"), "{moved}");
    let owed = boss.all(&format!("promises?case_id={case}")).await?;
    ensure!(owed.len() == 1 && owed[0]["state"] == "open", "one call-back has one time: {owed:?}");

    // The word is lost with the process and said after its start, and not twice.
    let promise = owed[0]["id"].as_str().context("a promise without id")?.to_owned();
    let (status, done) = boss.post(&format!("promises/{promise}/keep"), &json!({})).await?;
    ensure!(status == 200, "{status} {done}");
    house.kill().await?;
    house.go().await?;
    let kept = said(&provider, 3).await?.remove(2).1;
    ensure!(kept.starts_with("您预约的回电已完成"), "{kept}");
    let told = until("every word is sent", || async {
        let told = boss.all(&format!("deliveries?case_id={case}")).await.ok()?;
        (told.len() == 3 && told.iter().all(|one| one["state"] == "sent")).then_some(told)
    })
    .await;
    ensure!(told.iter().all(|one| one["agent"].is_null() && one["text"].is_string()), "{told:?}");
    house.kill().await?;
    house.go().await?;
    desk::sms(&house, "m-2", "13800138001", "我要投诉").await?;
    let receipt = said(&provider, 4).await?.remove(3);
    let complaint = boss.all("cases?kind=complaint").await?.into_iter().next().context("no complaint")?;
    let number = complaint["number"].as_str().context("a case without a number")?;
    ensure!(receipt.0 == "+8613800138001", "{}", receipt.0);
    ensure!(receipt.1.starts_with(&format!("您的投诉已受理，编号{number}，陈嘉怡将在")), "{}", receipt.1);
    ensure!(!house.log().contains("13800138001"), "a number in the log");
    Ok(())
}

#[tokio::test]
async fn who_is_upset_is_marked_and_who_is_not_understood_gets_a_speaker() -> Result<()> {
    let provider = Provider::start().await?;
    let house = house(&provider).await?;
    let boss = boss(&house).await?;
    let mut lin = desk::ready(&house, "lin").await?;
    call(&house, "ringing", None).await?;
    let case = lin.next("offer").await?["case"]["id"].as_str().context("a case without id")?.to_owned();
    call(&house, "answered", Some("lin")).await?;
    let path = format!("cases/{case}");
    let shown = async || boss.get(&path).await.map(|(_, shown)| shown);
    until("she has the call", || async { (shown().await.ok()?["state"] == "active").then_some(()) }).await;

    for _ in 0..2 {
        lin.must("upset", json!({ "case_id": case })).await?;
    }
    ensure!(shown().await?["marks"] == json!(["upset"]), "the mark is not shown");
    let told = boss.all(&format!("told?branch=hq&case_id={case}")).await?;
    let upset: Vec<_> = told.iter().filter(|told| told["why"] == "upset").collect();
    ensure!(upset.len() == 1 && upset[0]["case_id"] == case.as_str(), "told once: {told:?}");

    let unknown = lin.press("dialect", json!({ "case_id": case, "language": "klingon" })).await?;
    ensure!(unknown["problem"]["code"] == "invalid" && unknown["problem"]["field"] == "language", "{unknown}");
    lin.must("dialect", json!({ "case_id": case, "language": "cantonese" })).await?;
    let (to, owed) = said(&provider, 1).await?.remove(0);
    ensure!(to == "+8613800138009" && owed.starts_with("已为您登记回电，我们将在"), "{to} {owed}");
    let waits = shown().await?;
    ensure!(waits["state"] == "waiting" && waits["language"] == "cantonese" && waits["owner"] == "lin", "{waits}");
    let mut chen = desk::ready(&house, "chen").await?;
    let offered = accept(&mut chen).await?;
    ensure!(offered["id"] == case.as_str() && offered["owner"] == "lin", "{offered}");
    chen.must("close", json!({ "case_id": case, "outcome": "solved" })).await?;
    ensure!(said(&provider, 2).await?.remove(1).1.starts_with("您预约的回电已完成"), "it ends with its matter");

    // With a speaker at the desk the case goes to him at once.
    chen.must("away", json!({ "reason": "lunch" })).await?;
    desk::sms(&house, "m-1", "13800138007", "点解转唔到账").await?;
    let other = accept(&mut lin).await?["id"].as_str().context("a case without id")?.to_owned();
    chen.must("ready", json!({})).await?;
    lin.must("dialect", json!({ "case_id": other, "language": "cantonese" })).await?;
    ensure!(accept(&mut chen).await?["id"] == other.as_str(), "another case came");
    let (_, steps) = boss.get(&format!("cases/{other}/explain")).await?;
    ensure!(steps.to_string().contains("asks for cantonese however long it waits"), "{steps}");
    ensure!(provider.calls().len() == 2, "nothing is promised where a speaker is there");
    Ok(())
}
