//! A client of the REST interface with somebody's bearer token.
//!
//! In: paths and JSON. Out: statuses and JSON. Never here: a retry.

use anyhow::Result;
use serde_json::Value;

use crate::{PATIENCE, desk::Desk, http, transcript::Transcript};

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub struct Rest {
    url: String,
    token: String,
    client: reqwest::Client,
}

impl Rest {
    /// Signs in with a token.
    #[must_use]
    pub fn new(url: String, token: String) -> Self {
        Self { url, token, client: http(PATIENCE) }
    }

    /// Goes to another console of the same house with the same token.
    #[must_use]
    pub fn at_console(&self, url: String) -> Self {
        Self { url, ..self.clone() }
    }

    /// Gives his bearer token.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Gets a path below `/api/v1`; gives status and body.
    pub async fn get(&self, path: &str) -> Result<(u16, Value)> {
        answer(self.client.get(self.at(path)).bearer_auth(&self.token)).await
    }

    /// Posts to a path below `/api/v1`; gives status and body.
    pub async fn post(&self, path: &str, body: &Value) -> Result<(u16, Value)> {
        self.send(self.client.post(self.at(path)), body).await
    }

    /// Puts to a path below `/api/v1`; gives status and body.
    pub async fn put(&self, path: &str, body: &Value) -> Result<(u16, Value)> {
        self.send(self.client.put(self.at(path)), body).await
    }

    /// Deletes a path below `/api/v1`; gives status and body.
    pub async fn delete(&self, path: &str, body: &Value) -> Result<(u16, Value)> {
        self.send(self.client.delete(self.at(path)), body).await
    }

    /// Gets every item of a list, page by page.
    pub async fn all(&self, path: &str) -> Result<Vec<Value>> {
        let mut items = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let sign = if path.contains('?') { '&' } else { '?' };
            let page = cursor.map_or_else(|| path.to_owned(), |at| format!("{path}{sign}cursor={at}"));
            let (status, body) = self.get(&page).await?;
            anyhow::ensure!(status == 200, "{page}: {status} {body}");
            items.extend(body.get("items").and_then(Value::as_array).cloned().unwrap_or_default());
            match body.get("next").and_then(Value::as_str) {
                Some(next) => cursor = Some(next.to_owned()),
                None => return Ok(items),
            }
        }
    }

    /// Opens an agent's socket.
    pub async fn desk(&self) -> Result<Desk> {
        Desk::open(&self.url.replacen("http", "ws", 1), &self.token).await
    }

    /// Opens an agent's socket, of which every frame stands in the transcript too.
    pub async fn desk_noting(&self, transcript: &Transcript) -> Result<Desk> {
        Desk::open_noting(&self.url.replacen("http", "ws", 1), &self.token, Some(transcript.clone())).await
    }

    async fn send(&self, request: reqwest::RequestBuilder, body: &Value) -> Result<(u16, Value)> {
        let request = request.bearer_auth(&self.token).header("content-type", "application/json");
        answer(request.body(body.to_string())).await
    }

    fn at(&self, path: &str) -> String {
        format!("{}/api/v1/{}", self.url, path.trim_start_matches('/'))
    }
}

async fn answer(request: reqwest::RequestBuilder) -> Result<(u16, Value)> {
    let answer = request.send().await?;
    let status = answer.status().as_u16();
    let text = answer.text().await?;
    let body = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap_or(Value::String(text)) };
    Ok((status, body))
}
