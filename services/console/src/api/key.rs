//! `Idempotency-Key`: the same request under the same key is done once.
//!
//! In: the header, the request's digest. Out: a name for commands, or the first answer again
//! with `Idempotent-Replay: true`. Another request under the same key is 422, one that is
//! still running 409. Never here: what the request does.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use contract::id::derived;
use serde::Serialize;
use store::answered::Answer;

use super::{body::Sent, error::Problem};
use crate::{caller::Caller, commands::Name, house::House};

/// The header's name.
pub const HEADER: &str = "idempotency-key";
/// The longest key in characters.
pub const KEY_CHARS_MAX: usize = 255;
/// The header that says that an answer was given before.
pub const REPLAY: &str = "idempotent-replay";

/// The key of a request, if it has one.
#[derive(Debug, Clone)]
pub struct Key(pub Option<String>);

/// Requests that are running, by user and key.
// The mutex guards one small set for the time of a look-up, never across an await.
#[derive(Debug, Clone, Default)]
pub struct Running(Arc<Mutex<BTreeSet<u128>>>);

/// The place of a running request; dropping it frees the key.
struct Runs {
    running: Running,
    id: u128,
}

/// Which request a key stands for.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Method and path.
    pub what: &'a str,
    /// Its body.
    pub body: &'a Sent,
}

impl<S: Sync> FromRequestParts<S> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(HEADER) else { return Ok(Self(None)) };
        let key = value.to_str().ok().filter(|key| (1..=KEY_CHARS_MAX).contains(&key.len()));
        let wrong =
            || Problem::field("Idempotency-Key", "1 to 255 plain characters").with_status(StatusCode::BAD_REQUEST);
        Ok(Self(Some(key.ok_or_else(wrong)?.to_owned())))
    }
}

impl Key {
    /// Gives the name of a command under this key.
    #[must_use]
    pub fn name(self) -> Name {
        self.0.map_or(Name::Fresh, Name::Key)
    }
}

impl House {
    /// Does a request once, however often it comes under its key. `kept` is what a repeat is
    /// told, where that is less than the first answer.
    pub async fn once<T, F>(
        &self,
        caller: &Caller,
        key: Key,
        request: Request<'_>,
        work: F,
    ) -> Result<Response, Problem>
    where
        T: Serialize,
        F: AsyncFnOnce() -> Result<(StatusCode, T, T), Problem>,
    {
        let Some(key) = key.0 else {
            let (status, first, _kept) = work().await?;
            return Ok(json(status, &serde_json::to_vec(&first).unwrap_or_default()));
        };
        let id = derived(&[b"answered", caller.user.as_str().as_bytes(), key.as_bytes()]);
        let digest = self.ports.keys.mark("request", &[request.what.as_bytes(), &request.body.bytes]).to_vec();
        let _running = self.running.begin(id).ok_or_else(Problem::still_running)?;
        if let Some(answer) = self.ports.store.answered().get(id).await? {
            return self.replay(&answer, &digest);
        }
        let (status, first, kept) = work().await?;
        let sealed = serde_json::to_vec(&kept).unwrap_or_default();
        let sealed = self.ports.keys.seal(self.ports.chance.nonce(), &place(id), &sealed);
        let answer = Answer { id, digest, status: status.as_u16(), sealed, at: self.clock().now() };
        self.ports.store.answered().put(&answer).await?;
        Ok(json(status, &serde_json::to_vec(&first).unwrap_or_default()))
    }

    fn replay(&self, answer: &Answer, digest: &[u8]) -> Result<Response, Problem> {
        if answer.digest != digest {
            return Err(Problem::field("Idempotency-Key", "another request was made under it before"));
        }
        let opened = self.ports.keys.open(&place(answer.id), &answer.sealed);
        let body = opened.map_err(|_| Problem::unavailable("the first answer cannot be opened"))?;
        let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
        let mut response = json(status, &body);
        mark(&mut response);
        Ok(response)
    }
}

/// Says on an answer that it was given before.
pub fn mark(response: &mut Response) {
    response.headers_mut().insert(REPLAY, HeaderValue::from_static("true"));
}

fn place(id: u128) -> Vec<u8> {
    [b"answered".as_slice(), &id.to_be_bytes()].concat()
}

fn json(status: StatusCode, body: &[u8]) -> Response {
    let media_type = HeaderValue::from_static("application/json");
    (status, [(header::CONTENT_TYPE, media_type)], body.to_vec()).into_response()
}

impl Running {
    fn begin(&self, id: u128) -> Option<Runs> {
        let new = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
        new.then(|| Runs { running: self.clone(), id })
    }
}

impl Drop for Runs {
    fn drop(&mut self) {
        self.running.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}
