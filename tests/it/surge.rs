//! S1, the opening surge: three hundred contacts by every door, fifteen incidents among them,
//! few agents, and one who lets offers ring out.
//!
//! Left out, for their parts do not exist yet: hours in which follow-ups rest and call-backs
//! move (O5), a caller's own choice to be called back (O7), and how true predicted waits come
//! (O6), which only calendars and days of figures can say.

mod posts;
mod rules;

use anyhow::{Context, Result, ensure};
use it::{
    account::{WORKING_OFF, worked_off},
    chronicle::ms_between,
    until, until_within,
};
use serde_json::{Value, json};

use crate::{
    ending::{Staff, ending},
    town::Town,
};

/// Who works, and what a case takes of him.
const STAFF: Staff = Staff {
    units: &[("wang", 6), ("zhou", 2), ("lin", 6), ("chen", 6), ("zhao", 6), ("liu", 6), ("huang", 6)],
    weight: |channel| match channel {
        "phone" | "counter" => 6,
        "email" => 1,
        _ => 2,
    },
};
/// Who takes from the queue of incidents.
const TRADERS: &[&str] = &["wang", "zhou", "lin", "zhao"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_opening_surge() -> Result<()> {
    let surge = Town::open(include_str!("surge.toml")).await?;
    let incident = an_agent_rings_out(&surge).await?;

    posts::incidents(&surge.clients).await?;
    let robots = surge.robots(&["lin", "chen", "zhao"]).await?;
    let (clerk, hotline) = (surge.agent("huang").await?, surge.agent("liu").await?);
    tokio::try_join!(
        posts::second_wave(&surge.clients),
        posts::at_the_counter(&surge.clients, &clerk),
        posts::put_through(&surge.clients, &hotline),
    )?;
    until_within(WORKING_OFF, "everything is closed", || worked_off(&surge.reader)).await;

    let chronicle = ending(&surge.house, &surge.clients, &surge.reader, &STAFF).await?;
    rules::incidents_first(&chronicle, &STAFF, TRADERS)?;
    rules::told_once_and_in_time(&chronicle, &STAFF)?;
    for (agent, robot) in &robots {
        rules::screen(agent, robot.transcript(), &chronicle, &STAFF)?;
    }
    figures(&surge, 0, robots.len()).await?;
    explained(&surge, &incident).await
}

/// The first wave comes in while nobody is there; then comes Wang, who lets three offers ring
/// out. Gives the incident that they were of.
async fn an_agent_rings_out(surge: &Town) -> Result<String> {
    surge.clients.wechat(1, "oFollowerWhoCannotTrade", "我的委托提交不了怎么办").await?;
    posts::first_wave(&surge.clients).await?;
    figures(surge, posts::FIRST_WAVE_OPEN, 0).await?;

    let mut wang = surge.agent("wang").await?.desk().await?;
    wang.must("ready", json!({})).await?;
    let first = wang.next("offer").await?;
    ensure!(first["case"]["kind"] == "incident", "{first}");
    let incident = first["case"]["id"].as_str().context("a case without id")?.to_owned();
    for _ in 0..2 {
        let again = wang.next("offer").await?;
        ensure!(again["case"]["id"] == incident.as_str(), "{again}");
    }

    let mut zhou = surge.agent("zhou").await?.desk().await?;
    zhou.must("ready", json!({})).await?;
    let offer = zhou.next("offer").await?;
    ensure!(offer["case"]["id"] == incident.as_str(), "{offer}");
    ensure!(offer["case"]["waiting_since"] == first["case"]["waiting_since"], "its age was lost: {offer}");
    zhou.must("accept", json!({ "offer_id": offer["offer_id"] })).await?;
    let away = wang.next_that("being set away", |frame| frame["type"] == "agent" && frame["state"] == "away").await?;
    ensure!(away["reason"] == "missed_offers", "{away}");

    // Both times are the house's own: no offer while somebody is free, whatever the machine.
    let (gone, free) = (surge.show("agents/wang").await?, surge.show("agents/zhou").await?);
    let told = surge.show(&format!("cases/{incident}/explain")).await?;
    let steps = told["steps"].as_array().context("an explanation without steps")?;
    let offered = steps.iter().rfind(|step| step["what"] == "offered").context("no offer")?;
    let begun = gone["since"].as_str().max(free["since"].as_str()).context("no time")?;
    let passed = ms_between(begun, offered["at"].as_str().context("no time")?);
    ensure!(passed <= 1000, "{passed} ms until the missed case was before another: {told}");
    zhou.must("reply", json!({ "case_id": incident, "text": "正在为您查" })).await?;
    zhou.must("close", json!({ "case_id": incident, "outcome": "solved" })).await?;
    zhou.must("away", json!({ "reason": "break" })).await?;
    Ok(incident)
}

/// O6: the figures say how many wait, how long, and who is there; the command line agrees.
async fn figures(surge: &Town, waiting: usize, ready: usize) -> Result<()> {
    let sum = |queues: &Value, field: &str| -> Option<u64> {
        queues["items"].as_array()?.iter().map(|queue| queue[field].as_u64()).sum()
    };
    let enquiries = |queues: &Value| {
        queues["items"].as_array().into_iter().flatten().find(|queue| queue["id"] == "enquiries").cloned()
    };
    let (queues, queue) = until(&format!("{waiting} wait and {ready} are there"), || async {
        let (_, queues) = surge.reader.get("queues").await.ok()?;
        let queue = enquiries(&queues)?;
        let right = sum(&queues, "waiting") == u64::try_from(waiting).ok() && queue["ready_agents"] == ready;
        right.then_some((queues, queue))
    })
    .await;
    if waiting > 0 {
        ensure!(queue["oldest_s"].is_u64(), "{queue}");
    } else {
        let attainment = queue["attainment"].as_f64().context("nothing attained after a day's work")?;
        ensure!((0.0..=1.0).contains(&attainment) && queue["oldest_s"].is_null(), "{queue}");
        ensure!(queue["predicted_wait_s"].is_u64(), "{queue}");
    }
    let said = surge.house.command(&["queues", "--json"]).await?;
    let said: Value = serde_json::from_str(&said.out)?;
    ensure!(said["items"].as_array().map(Vec::len) == queues["items"].as_array().map(Vec::len), "{said}");
    ensure!(sum(&said, "waiting") == u64::try_from(waiting).ok(), "the command line says otherwise: {said}");
    until("the figures move on", || async { (surge.show("queues").await.ok()?["at"] != queues["at"]).then_some(()) })
        .await;
    Ok(())
}

/// O8: why five cases went where they went.
async fn explained(surge: &Town, incident: &str) -> Result<()> {
    let cases = surge.reader.all("cases?limit=200").await?;
    let one = |what: &str, fits: &dyn Fn(&Value) -> bool| {
        let found = cases.iter().find(|case| fits(case)).and_then(|case| case["id"].as_str());
        found.map(str::to_owned).with_context(|| format!("no case {what}"))
    };
    let asked = [
        incident.to_owned(),
        one("by WeChat", &|case| case["channel"] == "wechat" && case["queue"] == "enquiries")?,
        one("owed", &|case| case["kind"] == "callback")?,
        one("by SMS", &|case| case["channel"] == "sms" && case["kind"] == "incident")?,
        one("by mail", &|case| case["channel"] == "email")?,
    ];
    for case in asked {
        let said = surge.house.command(&["explain", &case, "--json"]).await?;
        let told: Value = serde_json::from_str(&said.out).with_context(|| said.err.clone())?;
        let offer = told["steps"].as_array().and_then(|steps| steps.iter().rfind(|step| step["what"] == "offered"));
        let reason = &offer.context("never offered")?["reason"];
        let counted = ["candidates", "away", "busy", "unskilled", "excluded", "waiting", "slack_s", "firm_version"];
        ensure!(counted.iter().all(|field| reason[field].is_i64()), "{case}: {reason}");
        ensure!(reason["best"][0]["agent"].is_string() && reason["candidates"].as_u64() > Some(0), "{case}: {reason}");
    }
    let all = surge.house.command(&["explain", incident, "--all", "--json"]).await?;
    let judged: Value = serde_json::from_str(&all.out).with_context(|| all.err.clone())?;
    let moments = judged["moments"].as_array().context("no moments")?;
    ensure!(
        moments.iter().all(|moment| moment["agents"].as_array().map(Vec::len) == Some(STAFF.units.len())),
        "{judged}"
    );
    Ok(())
}
