//! A client of the REST interface with somebody's bearer token.
//!
//! In: paths below `/api/v1`, JSON. Out: statuses and JSON. Never here: a retry.

use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::Value;

use crate::trouble::Trouble;

/// How long the house may take to answer.
const PATIENCE: Duration = Duration::from_secs(15);

/// Somebody who is signed in.
#[derive(Clone)]
pub struct Rest {
    url: String,
    token: String,
    client: Client,
}

impl std::fmt::Debug for Rest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rest").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Rest {
    /// Enters the house at an address without a path.
    pub fn new(url: &str, token: &str) -> Result<Self, Trouble> {
        let client = runtime::http::client(PATIENCE)?;
        Ok(Self { url: url.to_owned(), token: token.to_owned(), client })
    }

    /// Gives the house's address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Gives his token.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Gets what lies at a path; gives status and body.
    pub async fn get(&self, path: &str) -> Result<(u16, Value), Trouble> {
        self.call(Method::GET, path, None).await
    }

    /// Posts to a path; gives status and body.
    pub async fn post(&self, path: &str, body: &Value) -> Result<(u16, Value), Trouble> {
        self.call(Method::POST, path, Some(body)).await
    }

    /// Posts what must be taken; gives the body.
    pub async fn must(&self, path: &str, body: &Value) -> Result<Value, Trouble> {
        match self.post(path, body).await? {
            (200..=299, body) => Ok(body),
            (status, body) => Err(Trouble::refused(path, said(status, &body))),
        }
    }

    /// Does it by any method.
    pub async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<(u16, Value), Trouble> {
        let mut request = self.client.request(method, format!("{}/api/v1/{path}", self.url)).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        let text = answer.text().await?;
        Ok((status, serde_json::from_str(&text).unwrap_or(Value::Null)))
    }
}

/// Says in a word or two what was answered.
fn said(status: u16, body: &Value) -> String {
    let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default();
    format!("{status} {} {}", text("code"), text("detail")).trim_end().to_owned()
}
