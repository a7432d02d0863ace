//! One HTTP call to a provider, and what is known when it gives no answer.
//!
//! In: a call. Out: a reply, or whether the call may have arrived. Never here: a second try,
//! an address in an error.

use contract::Millis;
use reqwest::Response;

use crate::outbound::{Call, CallBody, Reply};

/// Bytes of an answer that are read.
const REPLY_BYTES_MAX: usize = 64 * 1024;

/// Makes calls.
#[derive(Debug)]
pub(super) struct Caller(reqwest::Client);

/// What a call brought.
#[derive(Debug)]
pub(super) enum Answer {
    /// An answer.
    Reply(Reply),
    /// It never arrived.
    NotSent(&'static str),
    /// It may have arrived; nobody knows.
    Lost(&'static str),
}

impl Caller {
    pub(super) const fn new(client: reqwest::Client) -> Self {
        Self(client)
    }

    /// Makes a call once.
    pub(super) async fn make(&self, call: Call) -> Answer {
        let Ok(method) = reqwest::Method::from_bytes(call.method.as_bytes()) else {
            return Answer::NotSent("the call has no method");
        };
        let mut request = self.0.request(method, call.url);
        for (name, value) in call.headers {
            request = request.header(name, value);
        }
        if let CallBody::Bytes(media_type, bytes) = call.body {
            request = request.header("content-type", media_type).body(bytes);
        }
        match request.send().await {
            Ok(response) => read(response).await,
            // What went wrong may name the address, which may hold a token.
            Err(error) if error.is_builder() => Answer::NotSent("the call cannot be written"),
            Err(error) if error.is_connect() => Answer::NotSent("the provider cannot be reached"),
            Err(error) if error.is_timeout() => Answer::Lost("the provider did not answer in time"),
            Err(_) => Answer::Lost("the provider's answer was lost"),
        }
    }
}

async fn read(mut response: Response) -> Answer {
    let status = response.status().as_u16();
    let seconds = response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let retry_after = seconds.filter(|seconds: &i64| *seconds >= 0).map(Millis::from_secs);
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(chunk.split_at(chunk.len().min(REPLY_BYTES_MAX - body.len())).0),
            Ok(None) => break,
            Err(_) => return Answer::Lost("the provider's answer was cut off"),
        }
        if body.len() == REPLY_BYTES_MAX {
            break;
        }
    }
    Answer::Reply(Reply { status, retry_after, body })
}
