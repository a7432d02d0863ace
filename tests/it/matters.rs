//! S2, one client, three channels, two matters: the first asked stays the owner, whoever else
//! talks to him meanwhile.
//!
//! Left out, for their parts do not exist yet: the app as the second matter's channel (the
//! client book takes no address of an app, so he asks by SMS), the inner request (O3), the
//! five minutes after which a call-back is told to the first level (no test waits so long;
//! the promised answer's own time escalates here), the second branch (O5: the counter is the
//! head office's), the call record and the question of satisfaction (O6).

use anyhow::{Context, Result, ensure};
use it::{desk::Desk, rest::Rest, until};
use mail_parser::DateTime;
use runtime::Clock;
use serde_json::{Value, json};

use crate::{
    ending::{Staff, ending},
    town::{Town, close, must},
};

const STAFF: Staff = Staff {
    units: &[("zhao", 6), ("lin", 6), ("chen", 6), ("huang", 6)],
    weight: |channel| if matches!(channel, "phone" | "counter") { 6 } else { 2 },
};
const NUMBER: &str = "13812340000";
const FOLLOWER: &str = "oFollowerOfTwoMatters";

#[tokio::test]
async fn one_client_three_channels_two_matters() -> Result<()> {
    let town = Town::open(include_str!("matters.toml")).await?;
    enter_the_client(&town).await?;
    let zhao = town.agent("zhao").await?;
    let mut desk = ready(&zhao).await?;

    let matter = promised(&town, &zhao, &mut desk).await?;
    let lin = called_while_she_speaks(&town, &mut desk, &matter).await?;
    let other = another_question(&town, &matter).await?;
    walked_in(&town, &lin, &mut desk, &matter).await?;
    called_back(&town, &zhao, &mut desk, &matter).await?;

    let chronicle = ending(&town.house, &town.clients, &town.reader, &STAFF).await?;
    let owners = |case: &str| -> Vec<String> {
        chronicle.of(case).filter(|step| step.what == "owner").map(|step| step.word(0).to_owned()).collect()
    };
    ensure!(owners(&matter) == ["zhao"], "the matter went from hand to hand: {:?}", owners(&matter));
    ensure!(owners(&other) == ["chen"], "{:?}", owners(&other));
    ensure!(chronicle.word(&matter, "state") == "closed" && chronicle.cases.len() == 3, "{:?}", chronicle.cases);
    Ok(())
}

/// He is in the client book with his number and his WeChat id.
async fn enter_the_client(town: &Town) -> Result<()> {
    let book = town.house.path("clients.csv");
    std::fs::write(&book, format!("id,name,class,branch,phone,wechat\n10001,李明,ordinary,hq,{NUMBER},{FOLLOWER}\n"))?;
    let said = town.house.command(&["import", "clients", book.to_str().context("a path in UTF-8")?]).await?;
    ensure!(said.code == 0, "{} {}", said.out, said.err);
    Ok(())
}

/// 09:41: she takes his question, asks for a number, promises to call and lays it aside.
async fn promised(town: &Town, zhao: &Rest, desk: &mut Desk) -> Result<String> {
    town.clients.wechat(1, FOLLOWER, "银证转账转不出来").await?;
    let matter = accept(desk).await?;
    desk.must("reply", json!({ "case_id": matter, "text": "请留个电话,我们11点给您回电" })).await?;
    ensure!(town.platform.wait(1).await?[0].to == FOLLOWER, "the answer went to somebody else");
    let later = seconds_ahead(1800);
    must(zhao, &format!("cases/{matter}/callback"), &json!({ "at": later, "number": "13900005678" })).await?;
    must(zhao, &format!("cases/{matter}/pend"), &json!({ "until": later })).await?;
    let owed = callbacks(town, &matter).await?;
    ensure!(owed.len() == 1 && owed[0]["owner"] == "zhao" && owed[0]["state"] == "open", "{owed:?}");
    let notes = zhao.all(&format!("cases/{matter}/notes")).await?;
    ensure!(notes.len() == 1 && notes[0].to_string().contains("13900005678"), "no number to call: {notes:?}");
    Ok(matter)
}

/// 10:20: he rings while she speaks with somebody else: hers for the grace, then the queue's,
/// and she hears of it.
async fn called_while_she_speaks(town: &Town, zhao: &mut Desk, matter: &str) -> Result<Rest> {
    town.clients.ring("c-1", "13700007777", "funds").await?;
    let call = accept(zhao).await?;
    let lin = town.agent("lin").await?;
    let mut desk = ready(&lin).await?;
    let before = due_times(town, matter).await?;
    town.clients.ring("c-2", NUMBER, "funds").await?;
    let told = zhao.next_that("a word of his call", |frame| frame["why"] == "owner_busy").await?;
    ensure!(told["case_id"] == matter, "{told}");
    ensure!(accept(&mut desk).await? == matter, "his call opened another matter");
    for event in ["answered", "ended"] {
        town.clients.call("c-2", NUMBER, json!({ "event": event, "agent": "lin" })).await?;
    }

    let steps = steps(town, matter).await?;
    let place =
        |text: &str| steps.iter().position(|step| step["text"].as_str().is_some_and(|told| told.contains(text)));
    let (alone, open) = (place("for zhao alone until"), place("offered to lin"));
    ensure!(alone.is_some() && alone < open, "not offered to its owner first: {steps:?}");
    let shown = town.show(&format!("cases/{matter}")).await?;
    ensure!(shown["owner"] == "zhao" && shown["agent"] == "lin" && shown["contacts_total"] == 2, "{shown}");
    ensure!(due_times(town, matter).await? == before && before.len() == 1, "the promise moved");
    zhao.must("close", json!({ "case_id": call, "outcome": "solved" })).await?;
    desk.must("pend", json!({ "case_id": matter, "until": seconds_ahead(1800) })).await?;
    // From here on only the owner is there.
    desk.must("away", json!({ "reason": "lunch" })).await?;
    Ok(lin)
}

/// 10:21: he asks something else: a second matter with an owner of its own, one history.
async fn another_question(town: &Town, matter: &str) -> Result<String> {
    let chen = town.agent("chen").await?;
    let mut desk = ready(&chen).await?;
    town.clients.sms("m-1", NUMBER, "科创板怎么开通").await?;
    let other = accept(&mut desk).await?;
    let (first, second) = (town.show(&format!("cases/{matter}")).await?, town.show(&format!("cases/{other}")).await?);
    ensure!(second["kind"] == "account" && second["owner"] == "chen" && first["owner"] == "zhao", "{first} {second}");
    let client = first["client_id"].as_str().context("a case without client")?;
    let cases = town.reader.all(&format!("cases?client_id={client}")).await?;
    let known: Vec<_> = cases.iter().map(|case| case["id"].as_str().unwrap_or_default()).collect();
    ensure!(known.len() == 2 && known.contains(&matter) && known.contains(&other.as_str()), "{known:?}");
    let contacts = town.reader.all(&format!("contacts?client_id={client}")).await?;
    let mut channels: Vec<_> = contacts.iter().filter_map(|contact| contact["channel"].as_str()).collect();
    channels.sort_unstable();
    ensure!(channels == ["phone", "sms", "wechat"], "{channels:?}");
    close(&chen, &other).await?;
    Ok(other)
}

/// 14:05: he walks in. The clerk has the whole matter before him at once and goes with him to
/// its owner.
async fn walked_in(town: &Town, lin: &Rest, zhao: &mut Desk, matter: &str) -> Result<()> {
    let huang = town.agent("huang").await?;
    town.clients.walk_in(&huang, NUMBER, "银证转账还是转不出来").await?;
    let shown = until("the clerk has it", || async {
        let (_, shown) = huang.get(&format!("cases/{matter}")).await.ok()?;
        (shown["agent"] == "huang").then_some(shown)
    })
    .await;
    let said = |text: &str| shown["contacts"].as_array().is_some_and(|all| all.iter().any(|one| one["text"] == text));
    ensure!(said("银证转账转不出来") && said("银证转账还是转不出来"), "the clerk does not see what was said: {shown}");
    ensure!(shown["owner"] == "zhao" && shown["contacts_total"] == 3, "{shown}");
    let (status, refused) = lin.post(&format!("cases/{matter}/close"), &json!({ "outcome": "solved" })).await?;
    ensure!(status == 409 && refused["code"] == "not_yours", "{status} {refused}");
    must(&huang, &format!("cases/{matter}/transfer"), &json!({ "to": { "agent": "zhao" } })).await?;
    ensure!(accept(zhao).await? == matter, "another case came");
    zhao.must("reply", json!({ "case_id": matter, "text": "我马上给您回电" })).await
}

/// She promises another call, soon, and lays the matter aside. It comes back to her with its
/// question when the time is there; nobody answers, and the first level hears of it.
async fn called_back(town: &Town, rest: &Rest, zhao: &mut Desk, matter: &str) -> Result<()> {
    must(rest, &format!("cases/{matter}/callback"), &json!({ "at": seconds_ahead(5) })).await?;
    // A slow machine may lay it aside after that time; then it comes back by this one.
    must(rest, &format!("cases/{matter}/pend"), &json!({ "until": seconds_ahead(8) })).await?;
    let offer = zhao.next("offer").await?;
    let texts = offer["case"]["contacts"].to_string();
    ensure!(offer["case"]["id"] == matter && texts.contains("银证转账转不出来"), "{offer}");
    zhao.next_that("a word of the promise", |frame| frame["why"] == "promise_due").await?;
    until("the first level is told", || async {
        let steps = steps(town, matter).await.ok()?;
        let due = steps
            .iter()
            .position(|step| step["text"].as_str().is_some_and(|told| told.starts_with("zhao was told of promise")))?;
        let told = |step: &Value| step["text"] == "xie was told: late, level 1";
        steps.get(due..)?.iter().any(told).then_some(())
    })
    .await;
    zhao.must("accept", json!({ "offer_id": offer["offer_id"] })).await?;
    for promise in callbacks(town, matter).await? {
        let id = promise["id"].as_str().context("a promise without id")?;
        must(rest, &format!("promises/{id}/keep"), &json!({})).await?;
    }
    close(rest, matter).await?;
    until("nothing is owed any more", || async {
        let owed = town.reader.all(&format!("promises?case_id={matter}&state=open")).await.ok()?;
        owed.is_empty().then_some(())
    })
    .await;
    Ok(())
}

async fn ready(agent: &Rest) -> Result<Desk> {
    let mut desk = agent.desk().await?;
    desk.must("ready", json!({})).await?;
    Ok(desk)
}

/// Accepts the next offer; gives its case.
async fn accept(desk: &mut Desk) -> Result<String> {
    let offer = desk.next("offer").await?;
    desk.must("accept", json!({ "offer_id": offer["offer_id"] })).await?;
    Ok(offer["case"]["id"].as_str().context("a case without id")?.to_owned())
}

async fn steps(town: &Town, case: &str) -> Result<Vec<Value>> {
    let told = town.show(&format!("cases/{case}/explain")).await?;
    told["steps"].as_array().cloned().context("an explanation without steps")
}

/// Gives the agreed call-backs of a case that are still owed.
async fn callbacks(town: &Town, case: &str) -> Result<Vec<Value>> {
    let owed = town.reader.all(&format!("promises?case_id={case}&state=open")).await?;
    Ok(owed.into_iter().filter(|promise| promise["kind"] == "callback").collect())
}

async fn due_times(town: &Town, case: &str) -> Result<Vec<Value>> {
    Ok(callbacks(town, case).await?.iter().map(|promise| promise["due_at"].clone()).collect())
}

fn seconds_ahead(seconds: i64) -> String {
    DateTime::from_timestamp(Clock::machine().now().as_ms() / 1000 + seconds).to_rfc3339()
}
