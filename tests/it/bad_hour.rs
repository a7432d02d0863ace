//! S11, the ops engineer's bad hour: under a steady load the provider of short messages
//! and the app is down, calls are not understood, the firm changes, the process dies.
//!
//! Left out, for their parts do not exist yet: a line that falls quiet (O3: service hours),
//! the bus and coordination on other machines, pages, answers that expire, and the order of
//! urgency among them (O5: answers have one lane); a clock that jumps needs a machine of its
//! own.

mod account;
mod load;

use anyhow::{Context, Result, ensure};
use it::{
    account::{WORKING_OFF, worked_off},
    provider::Mood,
    robot::Robot,
    until, until_within,
};
use serde_json::{Value, json};

use crate::{
    ending::{Staff, ending},
    town::Town,
};
use load::Load;

const STAFF: Staff = Staff { units: &[("lin", 3), ("chen", 3), ("zhao", 3), ("xu", 3), ("zhou", 3)], weight: |_| 1 };
/// Answers that must meet the provider while it is down.
const REFUSED_MIN: usize = 5;
/// What WeChat posts and nobody understands.
const NOT_UNDERSTOOD: &str = "<xml><Unknown>1</Unknown></xml>";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_ops_engineers_bad_hour() -> Result<()> {
    let mut town = Town::open(include_str!("bad_hour.toml")).await?;
    let mut robots = town.robots(&["lin", "chen", "zhao"]).await?;
    let load = Load::begin(&town.clients);

    provider_down(&town).await?;
    let letters = not_understood(&town).await?;
    robots.push(("zhou", firm_changes(&town, &robots).await?));
    killed(&mut town, &robots).await?;
    understood_at_last(&town, &letters).await?;

    load.end().await?;
    until_within(WORKING_OFF, "everything is closed", || worked_off(&town.reader)).await;
    let chronicle = ending(&town.house, &town.clients, &town.reader, &STAFF).await?;
    account::given_once(&chronicle, &robots)?;
    account::answers(&town, &chronicle).await
}

/// The provider answers 503 for a while: answers wait and go out by themselves.
async fn provider_down(town: &Town) -> Result<()> {
    town.provider.set(Mood::Busy(1));
    until("answers meet a provider that is down", || async {
        let refused = town.provider.calls().iter().filter(|call| call.provider_id.is_none()).count();
        (refused >= REFUSED_MIN).then_some(())
    })
    .await;
    until("the house says who takes nothing", || async {
        let (status, ready) = probe(town, "readyz").await.ok()?;
        let ready: Value = serde_json::from_str(&ready).ok()?;
        let hindered = |part: &&Value| part["state"] == "hindered" && part["why"].is_string();
        let part = ready["parts"].as_array()?.iter().find(hindered)?;
        // Clients who write are taken all the same.
        (status == 200 && part["name"].as_str()?.starts_with("sender.")).then_some(())
    })
    .await;
    let (alive, _) = probe(town, "healthz").await?;
    ensure!(alive == 200, "not alive: {alive}");
    until("the figures say that submits are tried again", || async {
        let figures = town.house.figures().await.ok()?;
        figures.lines().any(|line| line.starts_with("shouwen_submits_total") && line.contains("retry")).then_some(())
    })
    .await;
    town.provider.set(Mood::Well);
    Ok(())
}

/// Two calls that nobody understands are taken, and wait with their reasons: WeChat's, and a
/// form whose fields are not those of the configuration.
async fn not_understood(town: &Town) -> Result<[Value; 2]> {
    town.clients.wechat_as_it_is(NOT_UNDERSTOOD).await?;
    let form = json!({ "id": "f-1", "visitor": "visitor-of-the-bad-hour", "question": "网上营业厅打不开了" });
    let taken = town.clients.form("f-1", &form).await?;
    ensure!(taken["parked"] == true, "{taken}");
    let said = town.house.command(&["dead", "list", "--json"]).await?;
    let listed: Value = serde_json::from_str(&said.out).with_context(|| said.err.clone())?;
    let letter = |source: &str| {
        let mut letters = listed["items"].as_array().into_iter().flatten();
        letters.find(|letter| letter["source"] == source).cloned().with_context(|| format!("no letter of {source}"))
    };
    let (wechat, form) = (letter("raw.wechat.main")?, letter("raw.webhook.form")?);
    ensure!(wechat["reason"] == "neither a message type nor an event", "{wechat}");
    ensure!(form["reason"].as_str().is_some_and(|reason| reason.contains("from")), "{form}");
    Ok([wechat, form])
}

/// Another firm comes into force: a queue, an agent, a target, a rule. No socket closes.
async fn firm_changes(town: &Town, robots: &[(&'static str, Robot)]) -> Result<Robot> {
    let mut xu = town.agent("xu").await?.desk().await?;
    let sat = |robots: &[(&str, Robot)]| robots.iter().map(|(_, robot)| robot.seen().sat_down).sum::<u32>();
    let before = sat(robots);
    let rule =
        "[[rule]]\nid = \"margin\"\nwhen = { words = [\"期权\"] }\nthen = { kind = \"enquiry\", queue = \"margin\" }\n";
    let (old, more) = (include_str!("bad_hour.toml"), include_str!("bad_hour/margin.toml"));
    std::fs::write(town.house.path("firm.toml"), format!("{old}\n{rule}{more}"))?;
    let diff = town.house.command(&["firm", "diff", "firm.toml"]).await?;
    ensure!(diff.code == 0 && diff.out.contains("margin") && diff.out.contains("zhou"), "{} {}", diff.out, diff.err);
    let applied = town.house.command(&["firm", "apply", "firm.toml"]).await?;
    ensure!(applied.code == 0, "{} {}", applied.out, applied.err);

    for n in 0..3 {
        town.clients.wechat(900_000 + n, &format!("oFollowerWithOptions{n}"), "期权怎么行权").await?;
    }
    new_queue_in_every_figure(town).await?;
    xu.must("ready", json!({})).await?;
    ensure!(sat(robots) == before, "a socket closed when the firm changed");
    let robot = town.robots(&["zhou"]).await?.remove(0).1;
    let served = until("the new queue is served", || async {
        let cases = town.reader.all("cases?queue=margin&state=closed").await.ok()?;
        (cases.len() == 3).then_some(cases)
    })
    .await;
    let right = |case: &Value| case["target_s"] == 45 && case["target_rule"] == "1" && case["owner"] == "zhou";
    ensure!(served.iter().all(right), "{served:?}");
    Ok(robot)
}

/// Gives how many wait in the new queue, once there is one.
fn waiting(queues: &Value) -> Option<u64> {
    let mut queues = queues["items"].as_array()?.iter();
    queues.find(|queue| queue["id"] == "margin")?["waiting"].as_u64()
}

/// O7: REST, command line and `/metrics` tell the same of the new queue.
async fn new_queue_in_every_figure(town: &Town) -> Result<()> {
    until("three wait by every figure", || async {
        let rest = town.show("queues").await.ok()?;
        let said = town.house.command(&["queues", "--json"]).await.ok()?;
        let said: Value = serde_json::from_str(&said.out).ok()?;
        let figures = town.house.figures().await.ok()?;
        let line = figures.lines().find(|line| line.starts_with("shouwen_queue_waiting") && line.contains("margin"))?;
        let counted = line.rsplit(' ').next()?;
        (waiting(&rest) == Some(3) && waiting(&said) == Some(3) && counted == "3").then_some(())
    })
    .await;
    Ok(())
}

/// The process is killed; it comes back with a configuration that knows the form's fields.
async fn killed(town: &mut Town, robots: &[(&'static str, Robot)]) -> Result<()> {
    town.house.kill().await?;
    let file = town.house.path("shouwen.toml");
    let map = "[channels.webhook.form]\nmap = { id = \"/id\", from = \"/visitor\", text = \"/question\" }";
    let config = std::fs::read_to_string(&file)?.replace("[channels.webhook.form]", map);
    std::fs::write(&file, config)?;
    let before: Vec<u32> = robots.iter().map(|(_, robot)| robot.seen().sat_down).collect();
    town.house.go().await?;
    for ((agent, robot), before) in robots.iter().zip(before) {
        until(&format!("{agent} sits down again"), || async { (robot.seen().sat_down > before).then_some(()) }).await;
    }
    Ok(())
}

/// O4: what is mended is routed with the age it had; what is not comes back with its reason.
async fn understood_at_last(town: &Town, [wechat, form]: &[Value; 2]) -> Result<()> {
    for letter in [wechat, form] {
        let id = letter["id"].as_str().context("a letter without id")?;
        let said = town.house.command(&["dead", "replay", id]).await?;
        ensure!(said.code == 0, "{} {}", said.out, said.err);
    }
    let contact = until("the form is a contact", || async {
        let contacts = town.reader.all("contacts?channel=webhook&limit=200").await.ok()?;
        contacts.into_iter().find(|contact| contact["provider_id"] == "f-1" && contact["case_id"].is_string())
    })
    .await;
    ensure!(contact["text"] == "网上营业厅打不开了", "{contact}");
    ensure!(contact["received_at"].as_str() <= form["at"].as_str(), "it lost its age: {contact}");
    let back = until("WeChat's comes back", || async {
        let letters = town.reader.all("dead-letters").await.ok()?;
        letters.into_iter().find(|letter| letter["source"] == wechat["source"] && letter["id"] != wechat["id"])
    })
    .await;
    let same = ["reason", "message_id", "digest"].into_iter().all(|field| back[field] == wechat[field]);
    ensure!(same, "it came back as something else: {back}");
    Ok(())
}

/// Asks one of the house's addresses for whoever watches it.
async fn probe(town: &Town, what: &str) -> Result<(u16, String)> {
    let answer = it::http(it::PATIENCE).get(format!("{}/{what}", town.house.url())).send().await?;
    Ok((answer.status().as_u16(), answer.text().await?))
}
