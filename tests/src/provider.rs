//! A fake provider: takes what the house submits, keeps it, and answers as it is told.
//!
//! In: HTTP calls of the house, a mood set by the test. Out: what was submitted, in order.
//! Never here: an address outside of this machine.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context, Result};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{StatusCode, Uri},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch, task::AbortHandle};

use crate::PATIENCE;

/// How a provider answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Takes it and gives an id.
    Well,
    /// 503 with `Retry-After` of so many seconds.
    Busy(u64),
    /// 400: never.
    Refuses,
    /// Takes it, then cuts the connection instead of answering.
    Cuts,
}

/// One call of the house.
#[derive(Debug, Clone)]
pub struct Submit {
    /// The path and query it was sent to.
    pub path: String,
    /// Its JSON body; null for none.
    pub body: Value,
    /// The id it was answered with, if it was taken.
    pub provider_id: Option<String>,
}

/// A provider on a free loopback port.
#[derive(Debug)]
pub struct Provider {
    url: String,
    desk: Arc<Desk>,
    task: AbortHandle,
}

#[derive(Debug)]
struct Desk {
    mood: Mutex<Mood>,
    taken: Mutex<Vec<Submit>>,
    count: watch::Sender<usize>,
}

impl Provider {
    /// Starts listening.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let desk =
            Arc::new(Desk { mood: Mutex::new(Mood::Well), taken: Mutex::default(), count: watch::Sender::new(0) });
        let router = Router::new().fallback(take).with_state(desk.clone());
        #[expect(clippy::disallowed_methods, reason = "the task ends with the provider")]
        let task = tokio::spawn(async move { drop(axum::serve(listener, router).await) }).abort_handle();
        Ok(Self { url, desk, task })
    }

    /// Gives the address to configure as `send_url`, followed by any path.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Changes how it answers from here on.
    pub fn set(&self, mood: Mood) {
        *self.desk.mood.lock().unwrap_or_else(PoisonError::into_inner) = mood;
    }

    /// Gives every call so far.
    #[must_use]
    pub fn calls(&self) -> Vec<Submit> {
        self.desk.taken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until there have been `count` calls and gives them all.
    pub async fn wait(&self, count: usize) -> Result<Vec<Submit>> {
        let mut seen = self.desk.count.subscribe();
        tokio::time::timeout(PATIENCE, seen.wait_for(|seen| *seen >= count))
            .await
            .with_context(|| format!("waited in vain for call {count}; there were {}", self.calls().len()))??;
        Ok(self.calls())
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn take(State(desk): State<Arc<Desk>>, uri: Uri, body: Bytes) -> Response {
    let mood = *desk.mood.lock().unwrap_or_else(PoisonError::into_inner);
    let number = {
        let mut taken = desk.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let provider_id = (mood == Mood::Well).then(|| format!("p-{}", taken.len() + 1));
        let body = serde_json::from_slice(&body).unwrap_or_default();
        taken.push(Submit { path: uri.to_string(), body, provider_id });
        taken.len()
    };
    desk.count.send_replace(number);
    match mood {
        Mood::Well => axum::Json(json!({ "provider_id": format!("p-{number}") })).into_response(),
        Mood::Busy(seconds) => {
            (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", seconds.to_string())]).into_response()
        }
        Mood::Refuses => StatusCode::BAD_REQUEST.into_response(),
        Mood::Cuts => cut().await,
    }
}

/// Begins an answer and never ends it, so that the caller sees its connection lost or its
/// time run out.
async fn cut() -> Response {
    let broken = futures_util::stream::once(async {
        tokio::task::yield_now().await;
        Err::<Bytes, std::io::Error>(std::io::ErrorKind::ConnectionReset.into())
    });
    tokio::time::sleep(Duration::ZERO).await;
    axum::body::Body::from_stream(broken).into_response()
}
