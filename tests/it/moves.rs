//! Between branches: one client through two of them, a matter that goes to the other and back,
//! and what becomes of both when the process is killed in between.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use it::{desk::Desk, house::House, http, provider::Provider, rest::Rest, sign, until};
use serde_json::{Value, json};

use crate::desk;

const CLIENT: &str = "13800138000";
/// Times the process is killed while cases move.
const KILLS: u32 = 5;
/// The longest time that cases are sent across before a kill, in milliseconds.
const RUN_MS_MAX: u64 = 400;
/// Clients whose cases move meanwhile.
const CLIENTS: u32 = 6;

/// A house of two branches: short messages to both, calls to the second.
async fn house(provider: &Provider) -> Result<House> {
    let send = format!("send_url = \"{}/send\"", provider.url());
    let secret = desk::SECRET;
    let channels = format!(
        "[channels.sms.main]\nbranch = \"hq\"\nprofile = \"generic\"\nsecret = \"{secret}\"\n{send}\n\n\
         [channels.sms.sz]\nbranch = \"sz\"\nprofile = \"generic\"\nsecret = \"{secret}\"\n{send}\n\n\
         [channels.phone.sz]\nbranch = \"sz\"\nprofile = \"generic\"\nsecret = \"{secret}\"\n"
    );
    House::start(&format!("{}{}", desk::FIRM, desk::SZ), &channels).await
}

async fn post(house: &House, path: &str, body: Value) -> Result<String> {
    let request = http(Duration::from_secs(30)).post(format!("{}/channels/{path}", house.url()));
    let answer = sign::signed(request, desk::SECRET, body.to_string()).send().await?;
    let status = answer.status().as_u16();
    let answer: Value = serde_json::from_str(&answer.text().await?)?;
    ensure!(status == 202 || status == 200, "{status} {answer}");
    Ok(answer["contact_id"].as_str().context("no contact id")?.to_owned())
}

async fn sms(house: &House, account: &str, id: &str, from: &str) -> Result<String> {
    let now = runtime::Clock::machine().now().to_string();
    let body = json!({ "id": id, "from": from, "to": "10690000", "text": "几点开门", "received_at": now });
    post(house, &format!("sms/{account}"), body).await
}

async fn ready(house: &House, agent: &str, branch: &str) -> Result<Desk> {
    let rest = house.user(&["--name", agent, "--role", "agent", "--agent", agent, "--branch", branch]).await?;
    let mut desk = rest.desk().await?;
    desk.must("ready", json!({})).await?;
    Ok(desk)
}

/// Takes the next offer of a desk; gives the case.
async fn take(desk: &mut Desk) -> Result<Value> {
    let offer = desk.next("offer").await?;
    desk.must("accept", json!({ "offer_id": offer["offer_id"] })).await?;
    Ok(offer["case"].clone())
}

async fn case_with(reader: &Rest, id: &Value, contacts: usize) -> Value {
    let id = id.as_str().unwrap_or_default();
    until("the contacts are with the case", || async {
        let (_, case) = reader.get(&format!("cases/{id}")).await.ok()?;
        (case["contacts_total"].as_u64() == u64::try_from(contacts).ok()).then_some(case)
    })
    .await
}

#[tokio::test]
async fn one_client_through_two_branches_is_one_matter_that_moves() -> Result<()> {
    let provider = Provider::start().await?;
    let house = house(&provider).await?;
    let reader = house.user(&["--name", "auditor", "--role", "compliance"]).await?;
    let lead_hq = house.user(&["--name", "xie", "--role", "supervisor", "--branch", "hq"]).await?;
    let lead_sz = house.user(&["--name", "qiu", "--role", "supervisor", "--branch", "sz"]).await?;
    let (mut lin, mut huang) = (ready(&house, "lin", "hq").await?, ready(&house, "huang", "sz").await?);

    // By the first branch's account, then by the other's: it joins where the matter is.
    sms(&house, "main", "m-1", CLIENT).await?;
    let id = take(&mut lin).await?["id"].clone();
    let forwarded = sms(&house, "sz", "m-2", CLIENT).await?;
    ensure!(sms(&house, "sz", "m-2", CLIENT).await? == forwarded, "a repeat has another id");
    let message = lin.next("message").await?;
    ensure!(message["case_id"] == id && message["contact"]["id"] == forwarded.as_str(), "{message}");
    ensure!(case_with(&reader, &id, 2).await["branch"] == "hq");

    // Who calls is served where he calls.
    let call = json!({ "call_id": "c1", "event": "missed", "from": CLIENT, "to": "0755",
        "at": runtime::Clock::machine().now().to_string() });
    post(&house, "phone/sz", call).await?;
    let called = take(&mut huang).await?;
    ensure!(called["branch"] == "sz" && called["kind"] == "callback", "{called}");
    huang.must("close", json!({ "case_id": called["id"], "outcome": "solved" })).await?;

    // To the other branch: off this screen, before that agent; the owner stays.
    let unknown = lin.press("transfer", json!({ "case_id": id, "to": { "queue": "nowhere" } })).await?;
    ensure!(unknown["problem"]["code"] == "invalid" && unknown["problem"]["field"] == "to.queue", "{unknown}");
    lin.must("transfer", json!({ "case_id": id, "to": { "queue": "sz-desk" } })).await?;
    lin.next_that("the case leaves", |frame| frame["type"] == "case" && frame["case"]["state"] == "waiting").await?;
    let moved = take(&mut huang).await?;
    ensure!(moved["id"] == id && moved["branch"] == "sz" && moved["owner"] == "lin", "{moved}");
    ensure!(moved["owner_branch"] == "hq" && moved["came_from"] == "hq" && moved["moves"] == 1, "{moved}");
    ensure!(moved["waiting_since"].is_string() && moved["contacts_total"] == 2, "{moved}");
    for lead in [&lead_hq, &lead_sz] {
        let listed = lead.all("cases").await?.into_iter().filter(|case| case["id"] == id).count();
        ensure!(listed == 1, "a leader does not see it among his cases");
    }
    let late = lin.press("reply", json!({ "case_id": id, "text": "我在" })).await?;
    ensure!(late["problem"]["code"] == "not_yours", "{late}");

    // What the client writes to the first branch follows; the answer goes by the way he came.
    sms(&house, "main", "m-3", CLIENT).await?;
    let message = huang.next("message").await?;
    ensure!(message["case_id"] == id, "{message}");
    huang.must("reply", json!({ "case_id": id, "text": "八点半" })).await?;
    ensure!(provider.wait(1).await?[0].body["to"] == format!("+86{CLIENT}"));

    // And back to its owner.
    huang.must("transfer", json!({ "case_id": id, "to": { "agent": "lin" } })).await?;
    let back = take(&mut lin).await?;
    ensure!(back["id"] == id && back["branch"] == "hq" && back["owner_branch"].is_null(), "{back}");
    lin.must("reply", json!({ "case_id": id, "text": "再见" })).await?;
    lin.must("close", json!({ "case_id": id, "outcome": "solved" })).await?;
    ensure!(case_with(&reader, &id, 3).await["moves"] == 2);

    let (_, told) = reader.get(&format!("cases/{}/explain", id.as_str().unwrap_or_default())).await?;
    let steps = told["steps"].as_array().context("no steps")?;
    let what: Vec<(&str, &str)> = steps
        .iter()
        .filter_map(|step| Some((step["stream"].as_str()?, step["what"].as_str()?)))
        .filter(|(_, what)| matches!(*what, "opened" | "forwarded" | "moved_out" | "moved_in"))
        .collect();
    let (hq, sz) = ("branch/hq", "branch/sz");
    let expected = [
        (hq, "opened"),
        (sz, "forwarded"),
        (hq, "moved_out"),
        (sz, "moved_in"),
        (hq, "forwarded"),
        (sz, "moved_out"),
        (hq, "moved_in"),
    ];
    ensure!(what == expected, "{what:?}");
    house.journal_is_whole().await
}

#[tokio::test]
async fn what_moves_while_the_process_is_killed_is_in_one_branch() -> Result<()> {
    let provider = Provider::start().await?;
    let mut house = house(&provider).await?;
    let boss = house.user(&["--name", "boss", "--role", "supervisor"]).await?;
    let mut accepted: BTreeMap<String, u32> = BTreeMap::new();
    // The moments are different in every run; what must hold holds at any of them.
    let chance = runtime::Chance::machine();
    for client in 0..CLIENTS {
        accepted.insert(sms(&house, "main", &format!("first-{client}"), &number(client)).await?, client);
    }
    for kill in 0..KILLS {
        until("every case waits", || async {
            let open = boss.all("cases?state=waiting").await.ok()?;
            (open.len() >= usize::try_from(CLIENTS).ok()?).then_some(())
        })
        .await;
        for client in 0..CLIENTS {
            let account = if (client + kill) % 2 == 0 { "main" } else { "sz" };
            let id = sms(&house, account, &format!("more-{kill}-{client}"), &number(client)).await?;
            accepted.insert(id, client);
        }
        // What was done before the kill, the account shows.
        let moment = Duration::from_millis(chance.below(RUN_MS_MAX));
        let killing = async {
            tokio::time::sleep(moment).await;
            house.kill().await
        };
        let (_, killed) = tokio::join!(send_across(&boss), killing);
        killed?;
        house.go().await?;
    }

    // Everybody works: each case is offered by the one branch that has it.
    let mut workers = Vec::new();
    for (agent, branch) in [("lin", "hq"), ("chen", "hq"), ("huang", "sz")] {
        workers.push(work(ready(&house, agent, branch).await?));
    }
    let reader = house.user(&["--name", "auditor", "--role", "compliance"]).await?;
    let done = until("everything is closed", || async {
        let cases = reader.all("cases").await.ok()?;
        let contacts = reader.all("contacts").await.ok()?.len();
        let closed = cases.iter().all(|case| case["state"] == "closed");
        (closed && contacts == accepted.len()).then_some(())
    });
    tokio::select! {
        () = done => {}
        ended = futures_util::future::try_join_all(workers) => drop(ended?),
    }
    let mut closed = BTreeMap::new();
    let contacts = reader.all("contacts").await?;
    let ids: BTreeSet<&str> = contacts.iter().filter_map(|contact| contact["id"].as_str()).collect();
    ensure!(ids.len() == contacts.len() && ids.len() == accepted.len(), "contacts are lost or doubled");
    for contact in &contacts {
        let id = contact["id"].as_str().context("no id")?;
        let client = accepted.get(id).with_context(|| format!("nobody sent {id}"))?;
        let case = contact["case_id"].as_str().with_context(|| format!("contact {id} has no case"))?;
        let other = closed.insert(case.to_owned(), *client);
        ensure!(other.is_none_or(|other| other == *client), "two clients in case {case}");
    }
    let moves: u64 = reader.all("cases").await?.iter().filter_map(|case| case["moves"].as_u64()).sum();
    println!("killed {KILLS} times; {} contacts, {} cases, {moves} moves", accepted.len(), closed.len());
    ensure!(moves > 0, "nothing moved");
    house.journal_is_whole().await
}

fn number(client: u32) -> String {
    format!("1390013900{client}")
}

/// Sends every case that waits to the other branch, until the house no longer answers.
async fn send_across(boss: &Rest) -> Result<()> {
    for case in boss.all("cases?state=waiting").await? {
        let id = case["id"].as_str().context("no id")?;
        let queue = if case["branch"] == "hq" { "sz-desk" } else { "enquiries" };
        boss.post(&format!("cases/{id}/transfer"), &json!({ "to": { "queue": queue } })).await?;
    }
    Ok(())
}

/// Takes and closes whatever is offered.
async fn work(mut desk: Desk) -> Result<()> {
    loop {
        let offer = desk.next("offer").await?;
        let taken = desk.press("accept", json!({ "offer_id": offer["offer_id"] })).await?;
        if taken["ok"] == true {
            desk.press("close", json!({ "case_id": offer["case"]["id"], "outcome": "solved" })).await?;
        }
    }
}
