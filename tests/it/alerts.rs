//! S7, a risk alert before the close: to twenty thousand clients while another notice runs; posted
//! twice by a nervous system, through a provider that refuses for a while, with receipts that
//! come late or before their ids, and a last alert that comes too late.
//!
//! Left out, for its parts do not exist yet: calls to those who did not confirm (O6).

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use futures_util::{StreamExt, TryStreamExt, stream};
use it::{
    PATIENCE,
    house::House,
    http,
    provider::{Mood, Provider, Submit},
    rest::Rest,
    sign, until,
    wechat::Wechat,
};
use mail_parser::DateTime;
use runtime::Clock;
use serde_json::{Value, json};

use crate::desk;

/// Clients of the firm; the last ones have WeChat alone.
const CLIENTS: usize = 20_000;
const FOLLOWERS: usize = 20;
/// Recipients of the notice that runs already.
const BULK: usize = 3_000;
/// Recipients of the alert that comes too late, and how long it lives.
const LATE: usize = 200;
const LATE_LIFE_S: i64 = 3;
/// Receipts that come before their ids, from this submit on.
const EARLY: usize = 300;
const EARLY_AFTER: usize = 2_000;
/// Receipts that come late.
const RECEIPTS: usize = 1_500;
/// Submits after which the provider refuses.
const REFUSES_AFTER: usize = 6_000;
/// Posts that are under way at once.
const AT_ONCE: usize = 8;

const RISK: &str = "盘中风险提示:请注意仓位";
const TOO_LATE: &str = "收盘前最后提示";
const LESSON: &str = "投教讲座周四开讲";

/// A house, its provider, and who posts and watches.
struct Day {
    house: House,
    provider: Provider,
    followers: Wechat,
    risk: Rest,
    officer: Rest,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_risk_alert_before_the_close() -> Result<()> {
    let day = Day::open().await?;
    let lesson = day.post("service", LESSON, 0..BULK, None).await?;
    let before = day.provider.wait(100).await?.len();
    day.receipts((before + EARLY_AFTER..before + EARLY_AFTER + EARLY).map(|number| format!("p-{number}"))).await?;

    let alert = json!({ "branch": "hq", "category": "risk", "title": "盘中", "text": RISK, "clients": numbers(0..CLIENTS),
        "expires_at": in_s(600) });
    let (status, replay, answer) = day.keyed("close-1", &alert).await?;
    let taken_at = Clock::machine().monotonic();
    ensure!(status == 202 && !replay, "{status} {answer}");
    let first = until("the first warning leaves", || async { said(&day.provider, RISK).into_iter().next() }).await;
    let passed = Clock::machine().monotonic().since(taken_at).get();
    ensure!(passed <= 1_000, "the first warning left {passed} ms after it was taken: {first:?}");
    let again = day.keyed("close-1", &alert).await?;
    ensure!(again == (202, true, answer.clone()), "the second post got {again:?}");
    let risk = id(&answer)?;

    gives_way(&day).await?;
    until("many are told", || async { (day.provider.calls().len() >= before + REFUSES_AFTER).then_some(()) }).await;
    let tried = refused(&day).await?;
    let done = day.watch(&risk, |alert| alert["planned"] == true && alert["queued"] == 0).await?;
    ensure!(done["total"] == CLIENTS && done["expired"] == 0 && done["failed"] == 0, "{done}");

    told_once(&day)?;
    ensure!(said(&day.provider, TOO_LATE).len() == tried, "one was submitted after its expiry");
    let taken: Vec<String> = day.provider.calls().into_iter().filter_map(|call| call.provider_id).collect();
    let early: BTreeSet<String> =
        (before + EARLY_AFTER..before + EARLY_AFTER + EARLY).map(|number| format!("p-{number}")).collect();
    let joined = taken.iter().filter(|id| early.contains(*id)).count();
    ensure!(joined == EARLY, "{joined} of {EARLY} early receipts belong to submits");
    let late: Vec<String> = taken.into_iter().filter(|id| !early.contains(id)).take(RECEIPTS).collect();
    day.receipts(late.into_iter()).await?;
    let mut delivered = 0;
    for alert in [&risk, &lesson] {
        let alert = day.watch(alert, |alert| alert["state"] == "done").await?;
        delivered += alert["delivered"].as_u64().context("no count")?;
        ensure!(
            alert["sent"].as_u64().zip(alert["delivered"].as_u64()).map(|(a, b)| a + b) == alert["total"].as_u64(),
            "{alert}"
        );
    }
    ensure!(delivered == (EARLY + RECEIPTS) as u64, "{delivered} were delivered");

    let verified = day.house.command(&["journal", "verify"]).await?;
    ensure!(verified.code == 0, "{} {}", verified.out, verified.err);
    let log = day.house.log();
    ensure!(!log.contains("1390000") && !log.contains("仓位"), "personal data or a text in the log");
    Ok(())
}

impl Day {
    async fn open() -> Result<Self> {
        let (provider, followers) = (Provider::start().await?, Wechat::start().await?);
        let firm = format!("[firm]\nname = \"首问证券\"\nsignature = \"【首问证券】\"\n{}", desk::FIRM);
        let channels = format!("{}\n{}", desk::account(&provider), followers.account());
        let house = House::start(&firm, &channels).await?;
        let mut book = "id,name,class,risk_class,risk_valid_until,manager,branch,phone,email,wechat\n".to_owned();
        for place in 0..CLIENTS {
            let address =
                if place < CLIENTS - FOLLOWERS { format!("1390{place:07},,") } else { format!(",,oFollower{place}") };
            writeln!(book, "{place},客户,ordinary,,,,hq,{address}")?;
        }
        let file = house.data().join("clients.csv");
        std::fs::write(&file, book)?;
        let brought = house.command(&["import", "clients", file.to_str().context("a path")?]).await?;
        ensure!(brought.code == 0, "{} {}", brought.out, brought.err);
        let risk = house.user(&["--name", "risk-system", "--role", "integration"]).await?;
        let officer = house.user(&["--name", "hegui", "--role", "compliance"]).await?;
        Ok(Self { house, provider, followers, risk, officer })
    }

    async fn post(
        &self,
        category: &str,
        text: &str,
        clients: std::ops::Range<usize>,
        expires_at: Option<String>,
    ) -> Result<String> {
        let mut alert =
            json!({ "branch": "hq", "category": category, "title": "通知", "text": text, "clients": numbers(clients) });
        if let Some(expires_at) = expires_at {
            alert["expires_at"] = json!(expires_at);
        }
        let (status, answer) = self.risk.post("alerts", &alert).await?;
        ensure!(status == 202, "{status} {answer}");
        id(&answer)
    }

    /// Posts an alert under a key; gives status, whether it is a replay, and the answer.
    async fn keyed(&self, key: &str, alert: &Value) -> Result<(u16, bool, Value)> {
        let request = http(PATIENCE).post(format!("{}/api/v1/alerts", self.house.url())).bearer_auth(self.risk.token());
        let request = request.header("idempotency-key", key).header("content-type", "application/json");
        let answer = request.body(alert.to_string()).send().await?;
        let (status, replay) = (answer.status().as_u16(), answer.headers().contains_key("idempotent-replay"));
        Ok((status, replay, serde_json::from_str(&answer.text().await?)?))
    }

    /// Posts receipts as the provider does.
    async fn receipts(&self, ids: impl Iterator<Item = String>) -> Result<()> {
        let (client, url) = (http(PATIENCE), format!("{}/channels/sms/main/receipts", self.house.url()));
        let post = |id: String| {
            let body = json!({ "provider_id": id, "status": "delivered" }).to_string();
            let request = sign::signed(client.post(&url), desk::SECRET, body);
            async move {
                let status = request.send().await?.status();
                ensure!(status.is_success(), "a receipt got {status}");
                Ok(())
            }
        };
        stream::iter(ids.map(post)).buffer_unordered(AT_ONCE).try_collect().await
    }

    /// Looks at an alert again and again until it stands so; its figures add up at every look.
    async fn watch(&self, alert: &str, stands: impl Fn(&Value) -> bool) -> Result<Value> {
        let begun = Clock::machine().monotonic();
        loop {
            let (status, shown) = self.officer.get(&format!("alerts/{alert}")).await?;
            ensure!(status == 200, "{status} {shown}");
            adds_up(&shown)?;
            if stands(&shown) {
                return Ok(shown);
            }
            let waited = Clock::machine().monotonic().since(begun).to_duration();
            ensure!(waited < PATIENCE, "waited {waited:?} in vain for the alert: {shown}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// The parts of an alert add up to its total.
fn adds_up(alert: &Value) -> Result<()> {
    let parts = ["queued", "sent", "delivered", "failed", "expired", "unknown"];
    let told: Option<u64> = parts.iter().map(|part| alert[*part].as_u64()).sum();
    let withheld: Option<u64> = alert["withheld"].as_object().context("no reasons")?.values().map(Value::as_u64).sum();
    ensure!(told.zip(withheld).map(|(told, withheld)| told + withheld) == alert["total"].as_u64(), "{alert}");
    Ok(())
}

/// O1: while the warning goes out, the other notice gets little of the way.
async fn gives_way(day: &Day) -> Result<()> {
    let begun = day.provider.calls().len();
    let calls = until("the warning is well under way", || async {
        let calls = day.provider.calls();
        (calls.len() >= begun + 1_000).then_some(calls)
    })
    .await;
    let others = calls[begun..begun + 1_000].iter().filter(|call| !text(call).contains(RISK)).count();
    ensure!(others <= 500, "{others} of 1000 submits were the other notice's");
    Ok(())
}

/// The provider refuses; an alert that dies meanwhile is submitted to nobody, and each of its
/// recipients is listed. Gives how many submits of it there were.
async fn refused(day: &Day) -> Result<usize> {
    day.provider.set(Mood::Busy(1));
    let late = day.post("risk", TOO_LATE, 0..LATE, Some(in_s(LATE_LIFE_S))).await?;
    let alert = day.watch(&late, |alert| alert["state"] == "done").await?;
    ensure!(alert["expired"] == LATE && alert["total"] == LATE, "{alert}");
    let listed = day.officer.all(&format!("alerts/{late}/deliveries?state=expired&limit=200")).await?;
    let clients: BTreeSet<&str> = listed.iter().filter_map(|one| one["client_id"].as_str()).collect();
    ensure!(clients.len() == LATE, "{} of {LATE} are listed", clients.len());
    let tried = said(&day.provider, TOO_LATE);
    ensure!(tried.iter().all(|call| call.provider_id.is_none()), "one was taken");
    day.provider.set(Mood::Well);
    Ok(tried.len())
}

/// O2, O6: each client was told once, on the channel he has.
fn told_once(day: &Day) -> Result<()> {
    let mut told: BTreeMap<String, usize> = BTreeMap::new();
    for call in said(&day.provider, RISK).into_iter().filter(|call| call.provider_id.is_some()) {
        ensure!(text(&call) == format!("【首问证券】{RISK}"), "{}", text(&call));
        *told.entry(call.body["to"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
    }
    let twice = told.values().filter(|count| **count > 1).count();
    ensure!(twice == 0, "{twice} clients were told twice");
    ensure!(told.len() == CLIENTS - FOLLOWERS, "{} were told by SMS", told.len());
    let followers = day.followers.sent().iter().filter(|sent| sent.text.contains(RISK)).count();
    ensure!(followers == FOLLOWERS, "{followers} were told by WeChat");
    Ok(())
}

/// Gives the submits that said something.
fn said(provider: &Provider, what: &str) -> Vec<Submit> {
    provider.calls().into_iter().filter(|call| text(call).contains(what)).collect()
}

fn text(call: &Submit) -> &str {
    call.body["text"].as_str().unwrap_or_default()
}

fn numbers(places: std::ops::Range<usize>) -> Vec<String> {
    places.map(|place| place.to_string()).collect()
}

fn id(answer: &Value) -> Result<String> {
    Ok(answer["id"].as_str().context("an answer without id")?.to_owned())
}

/// Gives a time that lies so many seconds ahead, and less than one more.
fn in_s(seconds: i64) -> String {
    DateTime::from_timestamp(Clock::machine().now().as_ms() / 1000 + seconds + 1).to_rfc3339()
}
