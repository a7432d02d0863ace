//! S10, the part of suitability: advice on a product of R4 goes to those alone whose risk class covers
//! it and who want it; who was left out, and why, is on record.
//!
//! Left out, for its parts do not exist yet: four eyes and the author's licence (O2).

use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

use anyhow::{Context, Result, ensure};
use futures_util::{StreamExt, TryStreamExt, stream};
use it::{house::House, provider::Provider, rest::Rest, until_within};
use runtime::Clock;
use serde_json::{Value, json};

use crate::desk;

/// Clients of each kind: risk class, the day until which it holds, whether they ordered the topic.
const CLIENTS: [(usize, &str, &str, bool); 5] = [
    (300, "C4", "2099-12-31", true),
    (300, "C5", "2099-12-31", true),
    (250, "C3", "2099-12-31", true),
    (100, "C5", "2020-01-01", true),
    (50, "C5", "2099-12-31", false),
];
/// Orders that are under way at once.
const AT_ONCE: usize = 8;
/// How long the advice may take to come to its end.
const PATIENCE: Duration = Duration::from_secs(180);
const ADVICE: &str = "操盘建议:关注今日午后";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn advice_goes_to_those_alone_whom_it_suits() -> Result<()> {
    let provider = Provider::start().await?;
    let house = House::start(&firm(), &desk::account(&provider)).await?;
    let numbers = import(&house).await?;
    let crm = house.user(&["--name", "crm", "--role", "integration"]).await?;
    order(&crm, &numbers).await?;
    let officer = house.user(&["--name", "hegui", "--role", "compliance"]).await?;

    let advice = json!({ "branch": "hq", "category": "advice", "topic": "desk", "title": "操盘", "text": ADVICE,
        "clients": numbers });
    let (status, foreseen) = crm.post("alerts/preview", &advice).await?;
    ensure!(status == 200, "{status} {foreseen}");
    ensure!(foreseen["withheld"]["suitability"] == 350 && foreseen["withheld"]["no_consent"] == 50, "{foreseen}");
    let before = told(&provider);
    let (status, answer) = crm.post("alerts", &advice).await?;
    ensure!(status == 202, "{status} {answer}");
    let alert = answer["id"].as_str().context("an alert without id")?.to_owned();
    let done = until_within(PATIENCE, "the advice comes to its end", || async {
        let (_, shown) = officer.get(&format!("alerts/{alert}")).await.ok()?;
        (shown["state"] == "done").then_some(shown)
    })
    .await;
    let sent = done["sent"].as_u64().context("no count")? + done["delivered"].as_u64().context("no count")?;
    ensure!(sent == 600 && done["total"] == 1000, "{done}");
    ensure!(done["withheld"]["suitability"] == 350 && done["withheld"]["no_consent"] == 50, "{done}");
    ensure!(done["firm_version"].is_u64(), "{done}");
    ensure!(told(&provider) - before == 600, "{} were told", told(&provider) - before);

    // Each with his reason, and the deed of whoever posted it.
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for one in officer.all(&format!("alerts/{alert}/deliveries?state=withheld&limit=200")).await? {
        *reasons.entry(one["reason"].as_str().context("no reason")?.to_owned()).or_default() += 1;
    }
    ensure!(reasons == BTreeMap::from([("no_consent".to_owned(), 50), ("suitability".to_owned(), 350)]), "{reasons:?}");
    let texts = provider.calls().into_iter().filter(is_advice);
    for call in texts {
        let text = call.body["text"].as_str().unwrap_or_default().to_owned();
        ensure!(text.starts_with("【首问证券】") && text.contains("退订"), "{text}");
    }
    let (status, refused) = officer.post(&format!("alerts/{alert}/stop"), &json!({})).await?;
    ensure!(status == 403, "compliance changes nothing: {status} {refused}");
    let verified = house.command(&["journal", "verify"]).await?;
    ensure!(verified.code == 0, "{} {}", verified.out, verified.err);
    Ok(())
}

fn is_advice(call: &it::provider::Submit) -> bool {
    call.body["text"].as_str().is_some_and(|text| text.contains(ADVICE))
}

fn told(provider: &Provider) -> usize {
    provider.calls().iter().filter(|call| is_advice(call)).count()
}

/// The small firm with a topic of advice, whose quiet hours are half a day away.
fn firm() -> String {
    let minute = (Clock::machine().now().as_ms() / 60_000 + 8 * 60) % (24 * 60);
    let at = |hours: i64| {
        let minute = (minute + hours * 60) % (24 * 60);
        format!("{:02}:{:02}", minute / 60, minute % 60)
    };
    format!(
        "[firm]\nname = \"首问证券\"\nsignature = \"【首问证券】\"\n\n[consent]\nquiet = \"{}-{}\"\nper_day = 3\n\n\
         [[topic]]\nid = \"desk\"\nname = \"部门操盘建议\"\nkeyword = \"操盘\"\ncategory = \"advice\"\nrisk = \"R4\"\n{}",
        at(11),
        at(13),
        desk::FIRM
    )
}

async fn import(house: &House) -> Result<Vec<String>> {
    let mut book = "id,name,class,risk_class,risk_valid_until,manager,branch,phone,email,wechat\n".to_owned();
    let mut numbers = Vec::new();
    for (count, class, until, _) in CLIENTS {
        for _ in 0..count {
            let place = numbers.len();
            writeln!(book, "{place},客户,ordinary,{class},{until},,hq,1390{place:07},,")?;
            numbers.push(place.to_string());
        }
    }
    let file = house.data().join("clients.csv");
    std::fs::write(&file, book)?;
    let brought = house.command(&["import", "clients", file.to_str().context("a path")?]).await?;
    ensure!(brought.code == 0, "{} {}", brought.out, brought.err);
    Ok(numbers)
}

/// Has those order the topic who want it, at their word.
async fn order(crm: &Rest, numbers: &[String]) -> Result<()> {
    let wants = CLIENTS.iter().flat_map(|(count, _, _, wants)| std::iter::repeat_n(*wants, *count));
    let order = |number: String| async move {
        let (_, found) = crm.get(&format!("clients?number={number}")).await?;
        let client = found["items"][0]["id"].as_str().context("no such client")?.to_owned();
        let order = json!({ "wording": "请给我发操盘建议" });
        let (status, answer): (u16, Value) = crm.put(&format!("clients/{client}/subscriptions/desk"), &order).await?;
        ensure!(status < 300, "{status} {answer}");
        Ok(())
    };
    let wanting = numbers.iter().zip(wants).filter(|(_, wants)| *wants).map(|(number, _)| number.clone());
    stream::iter(wanting.map(order)).buffer_unordered(AT_ONCE).try_collect().await
}
