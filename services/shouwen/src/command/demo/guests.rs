//! Whoever looks on: links to sign in by, and what to do with them.
//!
//! In: the house. Out: a short table in two languages. Never here: a password.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use demo::{
    Pace,
    cast::{self, GUESTS},
    rest::Rest,
};
use serde_json::{Value, json};

use crate::out;

/// What each guest is called, and what he does first.
const WORDS: &[(&str, &str, &str)] = &[
    ("lin", "坐席 agent", "点「示闲」接受分配 · press 示闲, take what is offered"),
    ("xie", "班长 shift leader", "看排队与坐席 · see queues, agents, what is about to be late"),
    ("ops1", "运维 ops", "看积压与送达 · see backlog, deliveries, health"),
];

/// Who makes links for clients, and for which of them.
const CLIENT: (&str, &str) = ("客户 client", "订阅与退订 · order and cancel topics; no signing in");

/// Makes links for guests of one house.
pub(super) struct Guests {
    admin: Rest,
    /// A program of the firm, which makes links for clients.
    program: Rest,
    speed: Pace,
    data: PathBuf,
}

impl Guests {
    pub(super) fn new(admin: Rest, program: Rest, speed: Pace, data: &Path) -> Self {
        Self { admin, program, speed, data: data.to_owned() }
    }

    /// Prints fresh links; gives them.
    pub(super) async fn show(&self) -> Result<Vec<String>> {
        let mut rows = Vec::new();
        for part in GUESTS {
            let made = self.admin.must(&format!("users/{}/link", part.user), &json!({})).await?;
            let url = made.get("url").and_then(Value::as_str).context("the house gave no link")?;
            rows.push((part.user, url.to_owned()));
        }
        let (house, data, speed) = (self.admin.url(), self.data.display(), self.speed);
        out::line(&format!("\n首问 演示 demo · {house} · data {data} · people {speed}\n"));
        for (user, url) in &rows {
            let words = WORDS.iter().find(|(name, _, _)| name == user);
            let (_, who, what) = words.unwrap_or(&("", "", ""));
            out::line(&format!("  {who} ({user}): {what}\n    {url}"));
        }
        if let Some(client) = cast::client_link(&self.program, 0).await? {
            out::line(&format!("  {} ({}): {}\n    {client}", CLIENT.0, cast::name(0), CLIENT.1));
        }
        out::line(
            "\n每个链接登录一次,十分钟内有效;按回车得到新链接 · each link signs in once, within ten minutes; Enter makes new ones\n\
             一个浏览器同时只登录一人,其他人请用隐私窗口 · one browser holds one person: use a private window for another\n\
             --speed 只影响模拟的人,系统时钟是真实的 · --speed moves simulated people only; the house's clock is real\n\
             时间均为北京时间 · all times are the firm's, Beijing\n\
             Ctrl-C 停止 stops\n",
        );
        Ok(rows.into_iter().map(|(_, url)| url).collect())
    }
}
