//! The platform of the official account: what followers send, and what they are sent.
//!
//! In: words of followers, calls of the house. Out: signed callbacks in plaintext mode, tokens,
//! messages taken. Never here: an address outside of this machine.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    routing::post,
};
use runtime::Tasks;
use serde_json::{Value, json};
use sha1::{Digest, Sha1};
use tokio::net::TcpListener;

use crate::{
    gateway::{Got, Inbox},
    sign::unix_s,
    trouble::Trouble,
};

/// The nonce of every callback.
const NONCE: &str = "demo";
/// The largest message in bytes.
const BODY_BYTES_MAX: usize = 64 << 10;

/// The platform on a free loopback port.
#[derive(Debug)]
pub struct Platform {
    url: String,
}

impl Platform {
    /// Starts listening.
    pub async fn start(inbox: Inbox, tasks: &Tasks) -> Result<Self, Trouble> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let router = Router::new()
            .route("/cgi-bin/stable_token", post(token))
            .route("/cgi-bin/message/custom/send", post(send))
            .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
            .with_state(Arc::new(inbox));
        let stop = tasks.stop();
        tasks.spawn("demo.wechat", async move {
            drop(axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await);
        });
        Ok(Self { url })
    }

    /// Gives the address to configure as `api_url`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

async fn token() -> Json<Value> {
    Json(json!({ "access_token": "a-token-of-the-demo", "expires_in": 7200 }))
}

async fn send(State(inbox): State<Arc<Inbox>>, Json(message): Json<Value>) -> Json<Value> {
    let at = |pointer: &str| message.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    // A follower who does not look loses a message to nobody's harm.
    drop(inbox.try_send(Got { channel: "wechat", to: at("/touser"), text: at("/text/content") }));
    Json(json!({ "errcode": 0, "errmsg": "ok" }))
}

/// Gives the query of a callback, signed with the account's token at this moment.
#[must_use]
pub fn query(token: &str) -> String {
    let stamp = unix_s().to_string();
    let mut parts = [token, &stamp, NONCE];
    parts.sort_unstable();
    format!("signature={}&timestamp={stamp}&nonce={NONCE}", hex::encode(Sha1::digest(parts.concat())))
}

/// Gives the body of a text message.
#[must_use]
pub fn text(from: &str, id: u64, text: &str) -> String {
    let inner = format!("<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{text}]]></Content><MsgId>{id}</MsgId>");
    envelope(from, &inner)
}

/// Gives the body of a menu choice.
#[must_use]
pub fn menu(from: &str, key: &str) -> String {
    let kind = "<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[CLICK]]></Event>";
    envelope(from, &format!("{kind}<EventKey><![CDATA[{key}]]></EventKey>"))
}

fn envelope(from: &str, inner: &str) -> String {
    let to = "<ToUserName><![CDATA[gh_demo]]></ToUserName>";
    let from = format!("<FromUserName><![CDATA[{from}]]></FromUserName>");
    format!("<xml>{to}{from}<CreateTime>{}</CreateTime>{inner}</xml>", unix_s())
}
