//! A fake WeChat: an official account's platform, with what it calls and what it is called for.
//!
//! In: what a follower does, calls of the house. Out: signed and sealed callbacks as WeChat
//! makes them, and what the house sent to followers. Signatures and envelopes are made here
//! anew; a test that shared the product's would prove nothing.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use aes::Aes256;
use anyhow::{Context, Result};
use axum::{
    Json, Router,
    extract::{Query, State},
    routing::post,
};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use cbc::cipher::{BlockModeEncrypt, KeyIvInit, block_padding::NoPadding};
use serde_json::{Value, json};
use sha1::{Digest, Sha1};
use tokio::{net::TcpListener, sync::watch, task::AbortHandle};

use crate::{PATIENCE, sign::unix_s};

/// The token that callbacks are signed with.
const TOKEN: &str = "a-token-of-the-stories";
/// The account's own id.
const APP_ID: &str = "wx00000000000000aa";
/// The secret that access tokens are fetched with.
const APP_SECRET: &str = "an-app-secret-of-the-stories";
/// The key of safe mode.
const KEY: [u8; 32] = *b"0123456789abcdefghijklmnopqrstuv";
/// WeChat pads to this many bytes, twice the cipher's block.
const PAD_BYTES: usize = 32;

/// A message that a follower got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The follower's openid.
    pub to: String,
    /// The text.
    pub text: String,
}

/// An official account's platform on a free loopback port.
#[derive(Debug)]
pub struct Wechat {
    url: String,
    desk: Arc<Desk>,
    task: AbortHandle,
}

#[derive(Debug)]
struct Desk {
    inner: Mutex<Inner>,
    count: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct Inner {
    sent: Vec<Sent>,
    /// How many access tokens there have been; the last one is good.
    tokens: u32,
    /// Codes to refuse the next messages with.
    refusals: VecDeque<i64>,
}

impl Wechat {
    /// Starts listening.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let desk = Arc::new(Desk { inner: Mutex::default(), count: watch::Sender::new(0) });
        let router = Router::new()
            .route("/cgi-bin/stable_token", post(token))
            .route("/cgi-bin/message/custom/send", post(send))
            .with_state(desk.clone());
        #[expect(clippy::disallowed_methods, reason = "the task ends with the platform")]
        let task = tokio::spawn(async move { drop(axum::serve(listener, router).await) }).abort_handle();
        Ok(Self { url, desk, task })
    }

    /// Gives the account's table for the configuration.
    #[must_use]
    pub fn account(&self) -> String {
        format!(
            "[channels.wechat.main]\nbranch = \"hq\"\napp_id = \"{APP_ID}\"\napp_secret = \"{APP_SECRET}\"\n\
             token = \"{TOKEN}\"\naes_key = \"{}\"\napi_url = \"{}\"\n",
            STANDARD_NO_PAD.encode(KEY),
            self.url
        )
    }

    /// Refuses the next message with a code of WeChat's.
    pub fn refuse(&self, code: i64) {
        self.desk.inner().refusals.push_back(code);
    }

    /// Ends the access token that is out.
    pub fn expire_token(&self) {
        self.desk.inner().tokens += 1;
    }

    /// Gives every message that followers got so far.
    #[must_use]
    pub fn sent(&self) -> Vec<Sent> {
        self.desk.inner().sent.clone()
    }

    /// Waits until followers got `count` messages and gives them all.
    pub async fn wait(&self, count: usize) -> Result<Vec<Sent>> {
        let mut seen = self.desk.count.subscribe();
        tokio::time::timeout(PATIENCE, seen.wait_for(|seen| *seen >= count))
            .await
            .with_context(|| format!("waited in vain for message {count}; there were {}", self.sent().len()))??;
        Ok(self.sent())
    }
}

impl Drop for Wechat {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Desk {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn token(State(desk): State<Arc<Desk>>, Json(asked): Json<Value>) -> Json<Value> {
    if asked["appid"] != APP_ID || asked["secret"] != APP_SECRET || asked["grant_type"] != "client_credential" {
        return Json(json!({"errcode": 40125, "errmsg": "invalid appsecret"}));
    }
    let mut inner = desk.inner();
    inner.tokens = inner.tokens.max(1);
    Json(json!({"access_token": token_name(inner.tokens), "expires_in": 7200}))
}

async fn send(
    State(desk): State<Arc<Desk>>,
    Query(query): Query<Vec<(String, String)>>,
    Json(message): Json<Value>,
) -> Json<Value> {
    let mut inner = desk.inner();
    let given = query.iter().find(|(name, _)| name == "access_token").map_or("", |(_, value)| value);
    if given != token_name(inner.tokens) {
        return Json(json!({"errcode": 40001, "errmsg": "invalid credential"}));
    }
    if let Some(code) = inner.refusals.pop_front() {
        return Json(json!({"errcode": code, "errmsg": "refused by the story"}));
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    inner.sent.push(Sent { to: text(&message["touser"]), text: text(&message["text"]["content"]) });
    desk.count.send_replace(inner.sent.len());
    Json(json!({"errcode": 0, "errmsg": "ok"}))
}

fn token_name(number: u32) -> String {
    format!("access-token-{number}")
}

/// Gives the body of a text message.
#[must_use]
pub fn text(from: &str, id: u64, text: &str) -> String {
    let now = unix_s();
    format!(
        "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[{from}]]></FromUserName>\
         <CreateTime>{now}</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{text}]]></Content><MsgId>{id}</MsgId></xml>"
    )
}

/// Gives the body of an event, such as `CLICK` with a key.
#[must_use]
pub fn event(from: &str, name: &str, key: &str) -> String {
    let now = unix_s();
    format!(
        "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[{from}]]></FromUserName>\
         <CreateTime>{now}</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[{name}]]></Event><EventKey><![CDATA[{key}]]></EventKey></xml>"
    )
}

/// Gives the query of a plaintext callback or a probe at a Unix time.
#[must_use]
pub fn plain_query(unix_s: i64) -> String {
    let stamp = unix_s.to_string();
    format!("signature={}&timestamp={stamp}&nonce=n1", sha1_of(&[TOKEN, &stamp, "n1"]))
}

/// Gives query and body of a safe-mode callback around a body.
#[must_use]
pub fn safe(inner: &str) -> (String, String) {
    let sealed = seal(inner);
    let now = unix_s();
    let msg_signature = sha1_of(&[TOKEN, &now.to_string(), "n1", &sealed]);
    let query = format!("{}&encrypt_type=aes&msg_signature={msg_signature}", plain_query(now));
    (query, format!("<xml><ToUserName><![CDATA[gh_1]]></ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"))
}

fn seal(message: &str) -> String {
    let mut plain = b"sixteen bytes ok".to_vec();
    plain.extend(u32::try_from(message.len()).unwrap_or(u32::MAX).to_be_bytes());
    plain.extend(message.as_bytes());
    plain.extend(APP_ID.as_bytes());
    let pad = PAD_BYTES - plain.len() % PAD_BYTES;
    plain.extend(std::iter::repeat_n(u8::try_from(pad).unwrap_or_default(), pad));
    let (iv, _) = KEY.split_at(16);
    let cipher = cbc::Encryptor::<Aes256>::new_from_slices(&KEY, iv).expect("key and vector have their lengths");
    base64::engine::general_purpose::STANDARD.encode(cipher.encrypt_padded_vec::<NoPadding>(&plain))
}

fn sha1_of(parts: &[&str]) -> String {
    let mut parts = parts.to_vec();
    parts.sort_unstable();
    hex::encode(Sha1::digest(parts.concat()))
}
