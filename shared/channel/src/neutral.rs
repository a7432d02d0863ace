//! The neutral JSON form that short messages and webhooks share: the call that submits a
//! delivery, the meaning of its answer, and receipts.
//!
//! In: deliveries, answers, bodies whose signature is good. Out: calls, outcomes, receipts.
//! Never here: what a client wrote; each adapter decodes that for itself.

use contract::Timestamp;
use serde::de::DeserializeOwned;

use crate::{
    adapter::{Arrival, Raw, Received, Refusal},
    incoming::{Receipt, ReceiptStatus},
    outbound::{Call, CallBody, Outbound, Reply, SendOutcome},
    signature,
};

mod wire;

pub use contract::inbound::PROVIDER_ID_BYTES_MAX;

/// The longest error code of a provider that is kept, in bytes.
const ERROR_CODE_BYTES_MAX: usize = 64;

/// Whether the submit names the thread that it answers in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threads {
    /// It does, when there is one.
    Named,
    /// The channel has no threads.
    None,
}

/// Writes the signed call that submits a delivery to `send_url`.
#[must_use]
pub fn submit(send_url: &str, secret: &[u8], outbound: &Outbound, to: &str, threads: Threads, now: Timestamp) -> Call {
    let thread = match threads {
        Threads::Named => outbound.thread.first().map(String::as_str),
        Threads::None => None,
    };
    let body = wire::submit(&outbound.delivery.to_string(), to, &outbound.text, thread);
    Call {
        method: "POST",
        url: send_url.to_owned(),
        headers: vec![(signature::HEADER, signature::sign(secret, now, &body))],
        body: CallBody::Bytes("application/json", body),
    }
}

/// Reads the answer to a submit.
///
/// Only what tells for certain that the message was not taken may be tried again: 408 (the
/// call never came in whole), 425, 429 and 503. Any other 5xx may come from a gateway in
/// front of a provider that took the message, or from one that fell over after taking it,
/// so it is unknown. Redirects are not followed and count, like any 4xx, as a refusal.
#[must_use]
pub fn outcome(reply: &Reply) -> SendOutcome {
    let said = format!("the provider answered {}", reply.status);
    match reply.status {
        200..=299 => SendOutcome::Sent(wire::provider_id(&reply.body).filter(|id| is_provider_id(id))),
        408 | 425 | 429 | 503 => SendOutcome::Retry(said, reply.retry_after),
        300..=499 | 501 | 505 => SendOutcome::Failed(said),
        _ => SendOutcome::Unknown(said),
    }
}

/// Reads a receipt whose signature was found good.
pub fn receipts(raw: &Raw) -> Result<Received, Refusal> {
    check_charset(raw)?;
    Ok(Received { arrivals: vec![receipt(&raw.body)], answer: None })
}

/// Refuses a body that declares a charset other than UTF-8, the only one of JSON (RFC 8259).
pub fn check_charset(raw: &Raw) -> Result<(), Refusal> {
    match raw.charset().as_deref() {
        None | Some("utf-8" | "utf8" | "us-ascii") => Ok(()),
        Some(_) => Err(Refusal::MediaType("the charset is utf-8")),
    }
}

fn receipt(body: &[u8]) -> Arrival {
    let receipt = match wire::receipt(body) {
        Ok(receipt) => receipt,
        Err(what) => return Arrival::Undecodable(what),
    };
    let status = match receipt.status.as_str() {
        "delivered" => ReceiptStatus::Delivered,
        "failed" => ReceiptStatus::Failed,
        _ => return Arrival::Undecodable("status is neither delivered nor failed".to_owned()),
    };
    if !is_provider_id(&receipt.provider_id) {
        return Arrival::Undecodable("provider_id is empty or too long".to_owned());
    }
    let error = receipt.error.filter(|error| is_code(error));
    Arrival::Receipt(Receipt { provider_id: receipt.provider_id, status, error })
}

fn is_provider_id(id: &str) -> bool {
    (1..=PROVIDER_ID_BYTES_MAX).contains(&id.len())
}

/// Free text may name the client, so only what looks like a code is kept.
fn is_code(text: &str) -> bool {
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':');
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    (1..=ERROR_CODE_BYTES_MAX).contains(&text.len()) && text.bytes().all(fine) && digits < DIGITS_OF_A_NUMBER
}

/// This many digits in an error text may be a client's telephone number.
const DIGITS_OF_A_NUMBER: usize = 7;

/// Reads JSON into a form of ours, whose fields it names when they do not fit. What it says
/// repeats nothing of what they hold.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let read = serde_path_to_error::deserialize(&mut reader).map_err(|error| unfit(&error))?;
    reader.end().map_err(|error| why(&error))?;
    Ok(read)
}

fn unfit(error: &serde_path_to_error::Error<serde_json::Error>) -> String {
    if !error.inner().is_data() {
        return why(error.inner());
    }
    let (message, path) = (error.inner().to_string(), error.path().to_string());
    match (message.split_once(" field `").and_then(|(what, rest)| Some((what, rest.split('`').next()?))), path.as_str())
    {
        (Some(("missing", field)), _) => format!("{field} is missing"),
        (Some(("duplicate", field)), _) => format!("{field} stands twice"),
        (_, ".") => "not a JSON object".to_owned(),
        (_, field) => format!("{field} is of the wrong type"),
    }
}

/// Tells in words why JSON was not understood, without repeating any of it.
#[must_use]
pub fn why(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Io => "unreadable",
        serde_json::error::Category::Syntax => "not JSON",
        serde_json::error::Category::Data => "a field is missing or of the wrong type",
        serde_json::error::Category::Eof => "cut off",
    };
    format!("{what}, line {} column {}", error.line(), error.column())
}

#[cfg(test)]
mod tests;
