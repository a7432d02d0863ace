//! The doors of the house, as providers of calls and messages know them.
//!
//! In: what clients do, each with an id that never repeats. Out: signed posts, mails. Never here:
//! a repeat; who wants one asks again with the same id.

use std::time::Duration;

use reqwest::Client;
use serde_json::{Value, json};

use crate::{
    letters,
    sign::{now, signed},
    trouble::Trouble,
    wechat,
};

/// How long the house may take to answer a provider.
const PATIENCE: Duration = Duration::from_secs(10);
/// The number that clients call and write to.
const HOTLINE: &str = "95500";

/// What providers and the house agreed upon.
#[derive(Clone)]
pub struct Secrets {
    /// Of the telephone exchange.
    pub phone: String,
    /// Of the provider of short messages.
    pub sms: String,
    /// Of the app.
    pub app: String,
    /// The token of the official account.
    pub wechat: String,
}

/// The doors of one house. Clones are the same.
#[derive(Clone)]
pub struct Doors {
    url: String,
    mail_port: u16,
    secrets: Secrets,
    client: Client,
}

impl std::fmt::Debug for Doors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Doors").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Doors {
    /// Knows the doors of a house.
    pub fn new(url: &str, mail_port: u16, secrets: Secrets) -> Result<Self, Trouble> {
        Ok(Self { url: url.to_owned(), mail_port, secrets, client: runtime::http::client(PATIENCE)? })
    }

    /// Sends a short message.
    pub async fn sms(&self, id: &str, from: &str, text: &str) -> Result<(), Trouble> {
        let body = json!({ "id": id, "from": from, "to": HOTLINE, "text": text, "received_at": now() });
        self.post("sms/main", &self.secrets.sms, &body).await
    }

    /// Writes in the firm's app.
    pub async fn app(&self, id: &str, user: &str, text: &str) -> Result<(), Trouble> {
        self.post("webhook/app", &self.secrets.app, &json!({ "id": id, "from": user, "text": text })).await
    }

    /// Writes to the official account.
    pub async fn wechat(&self, id: u64, follower: &str, text: &str) -> Result<(), Trouble> {
        self.callback(wechat::text(follower, id, text)).await
    }

    /// Chooses from the official account's menu.
    pub async fn menu(&self, follower: &str, key: &str) -> Result<(), Trouble> {
        self.callback(wechat::menu(follower, key)).await
    }

    /// Lets a call queue that an agent of the house is to take.
    pub async fn ring(&self, call: &str, from: &str, queue: &str) -> Result<(), Trouble> {
        let body = json!({ "call_id": call, "from": from, "to": HOTLINE, "at": now(), "queue": queue });
        self.post("phone/main/route", &self.secrets.phone, &body).await
    }

    /// Tells of a call as the exchange does; `fields` besides id, numbers and time.
    pub async fn call(&self, call: &str, from: &str, mut fields: Value) -> Result<(), Trouble> {
        if let Some(fields) = fields.as_object_mut() {
            for (name, value) in [("call_id", call), ("from", from), ("to", HOTLINE), ("at", &now())] {
                fields.insert(name.to_owned(), json!(value));
            }
        }
        self.post("phone/main", &self.secrets.phone, &fields).await
    }

    /// Writes a mail.
    pub async fn mail(&self, id: &str, from: &str, to: &str, subject: &str, text: &str) -> Result<(), Trouble> {
        let head = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit";
        let mail = format!(
            "From: <{from}>\nTo: <{to}>\nMessage-ID: <{id}@client.example>\nSubject: {subject}\nMIME-Version: 1.0\n{head}\n\n{text}\n"
        );
        letters::write(self.mail_port, from, to, &mail).await
    }

    /// Says what became of a message.
    pub async fn receipt(&self, channel: &str, provider_id: &str, delivered: bool) -> Result<(), Trouble> {
        let (account, secret) =
            if channel == "sms" { ("sms/main", &self.secrets.sms) } else { ("webhook/app", &self.secrets.app) };
        let body = if delivered {
            json!({ "provider_id": provider_id, "status": "delivered" })
        } else {
            json!({ "provider_id": provider_id, "status": "failed", "error": "UNDELIV" })
        };
        self.post(&format!("{account}/receipts"), secret, &body).await
    }

    async fn callback(&self, body: String) -> Result<(), Trouble> {
        let url = format!("{}/channels/wechat/main?{}", self.url, wechat::query(&self.secrets.wechat));
        let answer = self.client.post(url).header("content-type", "text/xml").body(body).send().await?;
        let status = answer.status();
        if status.is_success() { Ok(()) } else { Err(Trouble::refused("a callback", status)) }
    }

    async fn post(&self, account: &str, secret: &str, body: &Value) -> Result<(), Trouble> {
        let path = format!("/channels/{account}");
        let answer = signed(self.client.post(format!("{}{path}", self.url)), secret, body.to_string()).send().await?;
        let status = answer.status();
        if status.is_success() { Ok(()) } else { Err(Trouble::refused(path, status)) }
    }
}
