//! What waits at WeChat's door while the broker is away: WeChat asks three times, then never again.
//!
//! In: a broker that answers nobody. Out: callbacks that are answered in time all the same, one
//! contact of each once the broker is back, whatever became of the process; other doors refuse.
//! Never here: a callback that comes twice by the story's own doing, but where it says so.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use it::{
    house::{House, Servers},
    provider::Provider,
    rest::Rest,
    until,
    wechat::{self, Wechat},
};
use serde_json::Value;
use servers::{Proxy, proxy::Weather};

use crate::{desk, wechat::call};

/// After so long WeChat hangs up and asks again.
const WECHAT_WAITS: Duration = Duration::from_secs(5);
const FOLLOWER: &str = "oFollowerWhoMeetsNoBroker01";

/// Posts a message in safe mode, which must be taken before WeChat hangs up.
async fn says(house: &House, id: u64) -> Result<()> {
    let (query, sealed) = wechat::safe(&wechat::text(FOLLOWER, id, &words(id)));
    let called = tokio::time::timeout(WECHAT_WAITS, call(house, "main", &query, Some(sealed)));
    let (status, answer) = called.await.context("WeChat hung up")??;
    ensure!(status == 200 && answer == "success", "{status} {answer}");
    Ok(())
}

fn words(id: u64) -> String {
    format!("第{id}句没有人替我保管")
}

/// Gives what `/metrics` of the front says to wait for the branch.
async fn waiting(house: &House) -> Result<u64> {
    let figures = reqwest::get(format!("{}/metrics", house.url())).await?.text().await?;
    let line = figures.lines().find(|line| line.starts_with("shouwen_spool_messages{queue=\"route.hq\"}"));
    let count = line.and_then(|line| line.rsplit_once(' ')).map_or("0", |(_, count)| count);
    Ok(count.parse()?)
}

async fn spool_says(house: &House) -> Result<Value> {
    let ready: Value = reqwest::get(format!("{}/readyz", house.url())).await?.json().await?;
    let parts = ready["parts"].as_array().context("parts")?;
    Ok(parts.iter().find(|part| part["name"] == "spool").cloned().unwrap_or_default())
}

/// Waits until every word is a contact, and gives the words in the order in which they came.
async fn taken(reader: &Rest, count: usize) -> Vec<String> {
    until("every callback is a contact", || async {
        let contacts = reader.all("contacts").await.ok()?;
        let texts = contacts.iter().filter_map(|contact| Some(contact["text"].as_str()?.to_owned()));
        (contacts.len() >= count).then(|| texts.collect())
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callbacks_wait_for_the_broker_and_come_once() -> Result<()> {
    let (platform, provider) = (Wechat::start().await?, Provider::start().await?);
    let claimed = Servers::claim()?;
    let (proxy, url) = before(&claimed.bus[0])?;
    let servers = Servers { bus: vec![url], ..claimed };
    let channels = format!("{}\n{}", platform.account(), desk::account(&provider));
    let mut house = House::start_full(&servers, desk::FIRM, &channels).await?;
    let reader = house.user(&["--name", "auditor", "--role", "compliance"]).await?;
    says(&house, 1).await?;
    taken(&reader, 1).await;
    ensure!(spool_says(&house).await?["state"] == "well", "nothing waits");

    proxy.set(Weather::Silent);
    for id in 2..=6 {
        says(&house, id).await?;
    }
    // WeChat heard nothing of its own accord: it asks again.
    says(&house, 6).await?;
    let (status, refused) = desk::sms(&house, "m-1", "13912345678", "请问怎么开户").await?;
    ensure!(status == 503, "another door took what it cannot keep: {status} {refused}");
    until("it is said what waits", || async { (waiting(&house).await.ok()? == 5).then_some(()) }).await;
    let said = spool_says(&house).await?;
    ensure!(said["state"] == "hindered" && said["why"].to_string().contains("5 messages"), "{said}");

    house.kill_one("front").await?;
    house.begin_one("front")?;
    proxy.set(Weather::Fair);
    house.all_ready().await?;
    says(&house, 6).await?;
    says(&house, 7).await?;
    taken(&reader, 7).await;
    until("nothing waits", || async { (waiting(&house).await.ok()? == 0).then_some(()) }).await;
    house.journal_is_whole().await?;
    let mut texts = taken(&reader, 7).await;
    texts.sort();
    let all: Vec<String> = (1..=7).map(words).collect();
    ensure!(texts == all, "{texts:?}");
    let log = house.log();
    ensure!(!log.contains("没有人替我保管") && !log.contains(FOLLOWER), "personal data in the log:\n{log}");
    ensure!(!holds(&house.path("front"), "没有人替我保管")?, "words in the clear lie in the data folder");
    Ok(())
}

/// Puts a proxy before a broker; gives it, and the broker's address by it.
fn before(url: &str) -> Result<(Proxy, String)> {
    let (head, rest) = url.rsplit_once(':').context("a port")?;
    let (port, vhost) = rest.split_once('/').context("a virtual host")?;
    let proxy = Proxy::before(port.parse()?)?;
    let url = format!("{head}:{}/{vhost}", proxy.port());
    Ok((proxy, url))
}

/// Says whether a file of a folder holds these words.
pub(super) fn holds(folder: &std::path::Path, words: &str) -> Result<bool> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let found = if path.is_dir() {
            holds(&path, words)?
        } else {
            std::fs::read(&path)?.windows(words.len()).any(|window| window == words.as_bytes())
        };
        if found {
            return Ok(true);
        }
    }
    Ok(false)
}
