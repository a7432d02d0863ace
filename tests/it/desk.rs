//! A small firm, its accounts and its people, for the stories.
//!
//! In: a provider. Out: a running house with an SMS account, and desks of its agents.
//! Never here: an assertion of a story.

use anyhow::{Context, Result};
use it::{PATIENCE, desk::Desk, house::House, http, provider::Provider, sign};
use serde_json::{Value, json};

/// The secret that the provider of short messages signs with.
pub(crate) const SECRET: &str = "a-secret-of-the-stories";

/// Two queues and two agents; short times, so that stories need not wait.
pub(crate) const FIRM: &str = r#"
[[branch]]
id = "hq"
name = "总部热线"
time_zone = "Asia/Shanghai"

[[queue]]
id = "enquiries"
branch = "hq"
name = "咨询"
kinds = ["enquiry", "callback"]
within = "60s"
wrap_up = "0s"
lead = "lin"
deputy = "chen"

[[queue]]
id = "complaints"
branch = "hq"
name = "投诉"
kinds = ["complaint"]
within = "30m"
wrap_up = "0s"
lead = "chen"
deputy = "lin"

[[rule]]
when = { words = ["投诉", "骗"] }
then = { kind = "complaint", queue = "complaints" }

[[agent]]
id = "lin"
name = "林晓雯"
branch = "hq"
queues = ["enquiries"]
skills = { mandarin = 3 }
units = 3

[[agent]]
id = "chen"
name = "陈嘉怡"
branch = "hq"
queues = ["enquiries", "complaints"]
skills = { mandarin = 3 }
units = 3

[ownership]
owner_grace = "1s"
manager_grace = "1s"
"#;

/// A second branch with one queue and one agent.
pub(crate) const SZ: &str = r#"
[[branch]]
id = "sz"
name = "深圳"

[[queue]]
id = "sz-desk"
branch = "sz"
name = "柜台"
kinds = ["enquiry", "callback"]
within = "5m"
wrap_up = "0s"
lead = "huang"
deputy = "huang"

[[rule]]
when = { branch = ["sz"] }
then = { queue = "sz-desk" }

[[agent]]
id = "huang"
name = "黄志强"
branch = "sz"
queues = ["sz-desk"]
units = 3
"#;

/// Starts a house with one SMS account `main` that sends to the provider.
pub(crate) async fn house(provider: &Provider) -> Result<House> {
    House::start(FIRM, &account(provider)).await
}

/// Gives the configuration of that account.
pub(crate) fn account(provider: &Provider) -> String {
    format!(
        "[channels.sms.main]\nbranch = \"hq\"\nprofile = \"generic\"\nsecret = \"{SECRET}\"\nsend_url = \"{}/send\"\n",
        provider.url()
    )
}

/// Opens the desk of an agent and makes him ready.
pub(crate) async fn ready(house: &House, agent: &str) -> Result<Desk> {
    let rest = house.user(&["--name", agent, "--role", "agent", "--agent", agent, "--branch", "hq"]).await?;
    let mut desk = rest.desk().await?;
    desk.must("ready", json!({})).await?;
    Ok(desk)
}

/// Posts a short message as the provider does; gives status and answer.
pub(crate) async fn sms(house: &House, id: &str, from: &str, text: &str) -> Result<(u16, Value)> {
    let body = json!({ "id": id, "from": from, "to": "10690000", "text": text, "received_at": now() }).to_string();
    post(house, "/channels/sms/main", &body).await
}

/// Posts a receipt as the provider does.
pub(crate) async fn receipt(house: &House, provider_id: &str, status: &str) -> Result<(u16, Value)> {
    let body = json!({ "provider_id": provider_id, "status": status }).to_string();
    post(house, "/channels/sms/main/receipts", &body).await
}

async fn post(house: &House, path: &str, body: &str) -> Result<(u16, Value)> {
    let request = http(PATIENCE).post(format!("{}{path}", house.url()));
    let answer = sign::signed(request, SECRET, body.to_owned()).send().await.context("posting to the house")?;
    let status = answer.status().as_u16();
    Ok((status, serde_json::from_str(&answer.text().await?).unwrap_or_default()))
}

fn now() -> String {
    runtime::Clock::machine().now().to_string()
}
