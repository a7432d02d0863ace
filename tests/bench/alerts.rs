//! Figures of alerts from outside: deliveries a second to a fast provider with receipts on, how
//! soon a warning leaves while a great notice runs, and memory while a million recipients are planned.
//!
//! In: the path of a release binary, and how many clients to take instead of 100,000. Out: a table on
//! standard output, beside what the same provider takes from a plain client in the same run.
//! Never here: an assertion; a benchmark prints, it does not judge.

#![expect(clippy::indexing_slicing, reason = "an absent field of a JSON answer reads as null")]
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the machine's clock and spawns what ends with it")]

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use axum::{Json, Router, extract::State, routing::post};
use futures_util::{StreamExt, stream};
use it::{
    house::House,
    http,
    load::{self, ms},
    rest::Rest,
    sign, until_within,
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::mpsc};

/// Clients of the book, and recipients of the great notice, unless the command line says otherwise.
const CLIENTS: usize = 100_000;
/// Recipients of the alert whose deliveries are counted.
const COUNTED: usize = 20_000;
/// Warnings to one client each.
const WARNINGS: usize = 200;
/// Great alerts that are planned at once: together a million recipients.
const GREAT: usize = 10;
/// Calls that the raw reference and the receipts have under way: a sender's window.
const AT_ONCE: usize = 16;
/// How long anything may take.
const LONGEST: Duration = Duration::from_secs(1800);
const SECRET: &str = "a-secret-of-the-bench";

/// A provider that takes everything at once.
#[derive(Clone)]
struct Provider {
    taken: Arc<Mutex<Taken>>,
    receipts: mpsc::Sender<String>,
    url: String,
}

#[derive(Default)]
struct Taken {
    count: usize,
    first: BTreeMap<String, Instant>,
}

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let binary = PathBuf::from(words.first().context("name the release binary")?);
    let clients = words.get(1).map_or(Ok(CLIENTS), |word| word.parse())?;
    tokio::runtime::Runtime::new()?.block_on(run(binary, clients))
}

async fn run(binary: PathBuf, clients: usize) -> Result<()> {
    let (provider, receipts) = Provider::start().await?;
    println!("raw posts to the provider, {AT_ONCE} at once {:>14.0}/s", raw(&provider).await?);
    let channels = format!(
        "[channels.sms.main]\nbranch = \"hq\"\nprofile = \"generic\"\nsecret = \"{SECRET}\"\nsend_url = \"{}/send\"\n",
        provider.url
    );
    let house = House::start_binary(binary, FIRM, &channels).await?;
    tokio::spawn(return_receipts(format!("{}/channels/sms/main/receipts", house.url()), receipts));
    import(&house, clients).await?;
    let risk = house.user(&["--name", "risk-system", "--role", "integration"]).await?;
    println!("memory with {clients} clients {:>24.1} MiB", memory(&house)?);

    let counted = COUNTED.min(clients);
    let began = Instant::now();
    let alert = send(&risk, "service", "notice of the count", 0..counted).await?;
    standing(&risk, &alert, "delivered", counted).await?;
    let took = began.elapsed().as_secs_f64();
    println!("deliveries with receipts, {counted} clients {:>13.0}/s", counted as f64 / took);

    let great = send(&risk, "service", "the great notice", 0..clients).await?;
    let mut waits = Vec::with_capacity(WARNINGS);
    for warning in 0..WARNINGS {
        let text = format!("warning {warning}");
        let began = Instant::now();
        send(&risk, "risk", &text, warning % clients..warning % clients + 1).await?;
        waits.push(provider.first(&text).await.saturating_duration_since(began));
    }
    waits.sort_unstable();
    let at = |share: usize| ms(waits[(waits.len() * share / 100).min(waits.len() - 1)]);
    let (_, shown) = risk.get(&format!("alerts/{great}")).await?;
    println!("of the great notice {} of {clients} still wait", shown["queued"]);
    println!("warning to first submit, p50 {:>7.1} ms, p99 {:>7.1} ms", at(50), at(99));
    risk.post(&format!("alerts/{great}/stop"), &json!({})).await?;

    let (before, began) = (memory(&house)?, Instant::now());
    let mut alerts = Vec::new();
    for number in 0..GREAT {
        alerts.push(send(&risk, "service", &format!("great notice {number}"), 0..clients).await?);
    }
    let (mut peak, mut planned) = (before, 0);
    while planned < alerts.len() {
        planned = 0;
        for alert in &alerts {
            let (_, heads) = risk.get("alerts?limit=50").await?;
            let head = heads["items"].as_array().into_iter().flatten().find(|head| head["id"] == alert.as_str());
            planned += usize::from(head.is_some_and(|head| head["planned"] == true));
        }
        peak = peak.max(memory(&house)?);
        ensure!(began.elapsed() < LONGEST, "planning takes longer than {LONGEST:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let recipients = alerts.len() * clients;
    println!(
        "planning {recipients} recipients: {:.0}/s, memory before {before:.1} MiB, at most {peak:.1} MiB",
        recipients as f64 / began.elapsed().as_secs_f64()
    );
    Ok(())
}

impl Provider {
    async fn start() -> Result<(Self, mpsc::Receiver<String>)> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let (receipts, waiting) = mpsc::channel(1 << 20);
        let provider = Self { taken: Arc::default(), receipts, url };
        let routes = Router::new().route("/send", post(take)).with_state(provider.clone());
        tokio::spawn(async move { drop(axum::serve(listener, routes).await) });
        Ok((provider, waiting))
    }

    /// Waits for the first submit of a text.
    async fn first(&self, text: &str) -> Instant {
        until_within(LONGEST, "a warning leaves", || async {
            self.taken.lock().unwrap_or_else(PoisonError::into_inner).first.get(text).copied()
        })
        .await
    }
}

async fn take(State(provider): State<Provider>, Json(body): Json<Value>) -> Json<Value> {
    let number = {
        let mut taken = provider.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.count += 1;
        let text = body["text"].as_str().unwrap_or_default();
        if text.starts_with("warning") {
            taken.first.entry(text.to_owned()).or_insert_with(Instant::now);
        }
        taken.count
    };
    let id = format!("p-{number}");
    if body["id"] != "raw" {
        // Nobody counts a receipt that the bench cannot keep up with.
        provider.receipts.try_send(id.clone()).ok();
    }
    Json(json!({ "provider_id": id }))
}

/// What the provider takes from a plain client.
async fn raw(provider: &Provider) -> Result<f64> {
    let (client, url) = (http(LONGEST), format!("{}/send", provider.url));
    let began = Instant::now();
    let calls = stream::iter(0..COUNTED).map(|_| {
        client.post(&url).header("content-type", "application/json").body(r#"{"id":"raw","to":"1","text":"x"}"#).send()
    });
    let done = calls.buffer_unordered(AT_ONCE).filter(|answer| std::future::ready(answer.is_ok())).count().await;
    Ok(done as f64 / began.elapsed().as_secs_f64())
}

/// Posts receipts as they become due, as many at once as a sender's window.
async fn return_receipts(url: String, receipts: mpsc::Receiver<String>) {
    let client = http(LONGEST);
    let ids = stream::unfold(receipts, |mut receipts| async { receipts.recv().await.map(|id| (id, receipts)) });
    let posts = ids.map(|id| {
        let body = json!({ "provider_id": id, "status": "delivered" }).to_string();
        sign::signed(client.post(&url), SECRET, body).send()
    });
    posts.buffer_unordered(AT_ONCE).for_each(|answer| async { drop(answer) }).await;
}

async fn import(house: &House, clients: usize) -> Result<()> {
    let mut book = "id,name,class,risk_class,risk_valid_until,manager,branch,phone,email,wechat\n".to_owned();
    for place in 0..clients {
        writeln!(book, "{place},,ordinary,,,,hq,1390{place:07},,")?;
    }
    let file = house.data().join("clients.csv");
    std::fs::write(&file, book)?;
    let brought = house.command(&["import", "clients", file.to_str().context("a path")?]).await?;
    ensure!(brought.code == 0, "{} {}", brought.out, brought.err);
    Ok(())
}

async fn send(risk: &Rest, category: &str, text: &str, clients: std::ops::Range<usize>) -> Result<String> {
    let clients: Vec<String> = clients.map(|place| place.to_string()).collect();
    let alert = json!({ "branch": "hq", "category": category, "title": "bench", "text": text, "clients": clients });
    let (status, answer) = risk.post("alerts", &alert).await?;
    ensure!(status == 202, "{status} {answer}");
    Ok(answer["id"].as_str().context("an alert without id")?.to_owned())
}

async fn standing(risk: &Rest, alert: &str, part: &'static str, count: usize) -> Result<()> {
    until_within(LONGEST, "an alert comes so far", || async {
        let (_, shown) = risk.get(&format!("alerts/{alert}")).await.ok()?;
        (shown[part] == count).then_some(())
    })
    .await;
    Ok(())
}

/// Resident memory of the house's one process in MiB.
fn memory(house: &House) -> Result<f64> {
    load::memory(house.process().context("the house does not run")?)
}

const FIRM: &str = r#"
[[branch]]
id = "hq"
name = "总部热线"

[[queue]]
id = "enquiries"
branch = "hq"
name = "咨询"
kinds = ["enquiry"]
lead = "lin"

[[agent]]
id = "lin"
name = "林晓雯"
branch = "hq"
queues = ["enquiries"]
units = 3
"#;
