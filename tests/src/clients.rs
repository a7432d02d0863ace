//! The firm's clients: they call, write, mail and walk in, and keep count of what was taken.
//!
//! In: a house with every door open. Out: contacts as providers bring them; an account of
//! those that the house answered 2xx or 250, and of what was said. Never here: a repeat; who
//! wants one asks again with the same id, as providers do.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use anyhow::{Context, Result, ensure};
use runtime::Clock;
use serde_json::{Value, json};

use crate::{
    PATIENCE,
    house::House,
    http,
    post::{Mailer, Postbox},
    provider::Provider,
    rest::Rest,
    sign,
    wechat::{self, Wechat},
};

/// The secret that every provider signs with.
const SECRET: &str = "a-secret-of-the-clients";
/// The mailbox that clients write to.
const MAILBOX: &str = "kf@kf.example";

/// The clients around a house.
#[derive(Debug)]
pub struct Clients {
    url: String,
    mail_port: u16,
    http: reqwest::Client,
    account: Mutex<Account>,
}

#[derive(Debug, Default)]
struct Account {
    /// Channels and providers' ids of what was taken; at the counter the contact's own.
    taken: BTreeSet<(&'static str, String)>,
    /// Numbers, names and texts, none of which may stand in a log.
    words: BTreeSet<String>,
}

/// Gives the configuration of every door; mail comes in at this port.
#[must_use]
pub fn doors(provider: &Provider, platform: &Wechat, postbox: &Postbox, mail_port: u16) -> String {
    format!(
        "[channels.phone.main]\nbranch = \"hq\"\nprofile = \"generic\"\nsecret = \"{SECRET}\"\n\n\
         [channels.sms.main]\nbranch = \"hq\"\nprofile = \"generic\"\nsecret = \"{SECRET}\"\nsend_url = \"{0}/sms\"\n\n\
         [channels.webhook.app]\nbranch = \"hq\"\nsecret = \"{SECRET}\"\nsend_url = \"{0}/app\"\n\n\
         [channels.webhook.form]\nbranch = \"hq\"\nsecret = \"{SECRET}\"\n\n\
         [channels.email.main]\nbranch = \"hq\"\ndomains = [\"kf.example\"]\nsmtp_listen = \"127.0.0.1:{mail_port}\"\n\
         smtp_send = \"{1}\"\n\n{2}",
        provider.url(),
        postbox.url(),
        platform.account()
    )
}

impl Clients {
    /// Gathers the clients of a house that was started with these doors.
    #[must_use]
    pub fn of(house: &House, mail_port: u16) -> Self {
        Self { url: house.url(), mail_port, http: http(PATIENCE), account: Mutex::default() }
    }

    /// Tells of a call as the exchange does; `fields` besides id, numbers and time.
    pub async fn call(&self, id: &str, from: &str, mut fields: Value) -> Result<Value> {
        for (name, value) in [("call_id", id), ("from", from), ("to", "95500"), ("at", &now())] {
            fields[name] = json!(value);
        }
        self.remember(&[from]);
        let taken = self.post("/channels/phone/main", &fields).await?;
        self.took("phone", id);
        Ok(taken)
    }

    /// Tells of a call that begins to queue.
    pub async fn ring(&self, id: &str, from: &str, queue: &str) -> Result<()> {
        let body = json!({ "call_id": id, "from": from, "to": "95500", "at": now(), "queue": queue });
        self.remember(&[from]);
        self.post("/channels/phone/main/route", &body).await?;
        self.took("phone", id);
        Ok(())
    }

    /// Sends a short message.
    pub async fn sms(&self, id: &str, from: &str, text: &str) -> Result<()> {
        let body = json!({ "id": id, "from": from, "to": "10690000", "text": text, "received_at": now() });
        self.remember(&[from, text]);
        self.post("/channels/sms/main", &body).await?;
        self.took("sms", id);
        Ok(())
    }

    /// Writes in the firm's app.
    pub async fn app(&self, id: &str, user: &str, text: &str) -> Result<()> {
        self.remember(&[user, text]);
        self.post("/channels/webhook/app", &json!({ "id": id, "from": user, "text": text })).await?;
        self.took("webhook", id);
        Ok(())
    }

    /// Fills in the web form, whose fields are the firm's own affair.
    pub async fn form(&self, id: &str, fields: &Value) -> Result<Value> {
        let said = fields.as_object().into_iter().flatten().filter_map(|(_, value)| value.as_str());
        self.remember(&said.filter(|value| *value != id).collect::<Vec<_>>());
        let taken = self.post("/channels/webhook/form", fields).await?;
        self.took("webhook", id);
        Ok(taken)
    }

    /// Writes to the official account.
    pub async fn wechat(&self, id: u64, follower: &str, text: &str) -> Result<()> {
        self.remember(&[follower, text]);
        self.wechat_as_it_is(&wechat::text(follower, id, text)).await?;
        self.took("wechat", &id.to_string());
        Ok(())
    }

    /// Posts a callback of the official account's platform around any body.
    pub async fn wechat_as_it_is(&self, body: &str) -> Result<()> {
        let (query, sealed) = wechat::safe(body);
        let request = self.http.post(format!("{}/channels/wechat/main?{query}", self.url));
        let answer = request.header("content-type", "text/xml").body(sealed).send().await?;
        let status = answer.status().as_u16();
        ensure!(status == 200 && answer.text().await? == "success", "WeChat's callback got {status}");
        Ok(())
    }

    /// Writes a mail.
    pub async fn mail(&self, id: &str, from: &str, text: &str) -> Result<()> {
        self.remember(&[from, text]);
        let mail = format!("From: {from}\nTo: {MAILBOX}\nMessage-ID: {id}\nSubject: {text}\n\n{text}\n");
        let mut mailer = Mailer::connect(self.mail_port, "EHLO").await?;
        let reply = mailer.send(from, MAILBOX, mail.as_bytes()).await?;
        ensure!(reply.starts_with("250"), "the mail got {reply}");
        self.took("email", &format!("{id} {MAILBOX}"));
        Ok(())
    }

    /// Walks in: a clerk registers the client with his number.
    pub async fn walk_in(&self, clerk: &Rest, number: &str, text: &str) -> Result<String> {
        self.remember(&[number, text]);
        let from = json!({ "kind": "phone", "value": number });
        let (status, taken) = clerk.post("contacts", &json!({ "from": from, "text": text })).await?;
        ensure!(status == 202, "a walk-in got {status} {taken}");
        let contact = taken["contact_id"].as_str().context("a walk-in without contact")?.to_owned();
        self.took("counter", &contact);
        Ok(contact)
    }

    /// Says whether exactly what was taken is listed, each once, or what is wrong.
    pub fn settle(&self, listed: &[Value]) -> Result<()> {
        let key = |contact: &Value| {
            let channel = contact["channel"].as_str().unwrap_or_default();
            let id = if channel == "counter" { &contact["id"] } else { &contact["provider_id"] };
            (channel.to_owned(), id.as_str().unwrap_or_default().to_owned())
        };
        let found: BTreeSet<(String, String)> = listed.iter().map(key).collect();
        let account = self.account.lock().unwrap_or_else(PoisonError::into_inner);
        let taken: BTreeSet<(String, String)> =
            account.taken.iter().map(|(channel, id)| ((*channel).to_owned(), id.clone())).collect();
        let lost: Vec<_> = taken.difference(&found).collect();
        let foreign: Vec<_> = found.difference(&taken).collect();
        ensure!(lost.is_empty() && foreign.is_empty(), "lost: {lost:?}; never sent: {foreign:?}");
        ensure!(found.len() == listed.len(), "{} contacts of {} that were sent", listed.len(), found.len());
        Ok(())
    }

    /// Gives how many contacts were taken.
    #[must_use]
    pub fn taken(&self) -> usize {
        self.account.lock().unwrap_or_else(PoisonError::into_inner).taken.len()
    }

    /// Gives what a client is called or said that stands in a text.
    #[must_use]
    pub fn word_in(&self, log: &str) -> Option<String> {
        let account = self.account.lock().unwrap_or_else(PoisonError::into_inner);
        account.words.iter().find(|word| log.contains(word.as_str())).cloned()
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let request = self.http.post(format!("{}{path}", self.url));
        let answer = sign::signed(request, SECRET, body.to_string()).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        ensure!(status.is_success(), "{path} answered {status}: {text}");
        Ok(serde_json::from_str(&text)?)
    }

    fn remember(&self, words: &[&str]) {
        let mut account = self.account.lock().unwrap_or_else(PoisonError::into_inner);
        account.words.extend(words.iter().map(|word| (*word).to_owned()));
    }

    fn took(&self, channel: &'static str, id: &str) {
        self.account.lock().unwrap_or_else(PoisonError::into_inner).taken.insert((channel, id.to_owned()));
    }
}

fn now() -> String {
    Clock::machine().now().to_string()
}
