//! Frames that agents' screens send over the socket.
//!
//! In: the text of a frame. Out: its `ref` and what it asks, or a problem for the `result`
//! frame. Decoding any text never panics. Never here: rights, and frames to the screen.

use contract::{AgentId, CaseId, InputId, OfferId, Timestamp, problem::Code};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{
    ask::{
        AgentBody, Ask, AwayBody, CallbackBody, CaseAsk, CloseBody, DeclineBody, DialectBody, NoBody, PendBody,
        RekindBody, TextBody, TransferBody,
    },
    body::typed,
    error::Problem,
};

/// The largest frame in bytes that a screen may send.
pub const FRAME_BYTES_MAX: usize = 64 * 1024;
/// The longest `ref` that is sent back with a refusal.
const REF_CHARS_MAX: usize = 64;

/// What a frame may ask about a case.
const CASE_VERBS: [&str; 13] = [
    "reply", "transfer", "callback", "pend", "close", "done", "note", "recuse", "rekind", "assign", "raise", "upset",
    "dialect",
];

/// A well-formed frame.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    /// The `ref`, a UUID of the screen's own choice.
    pub reference: InputId,
    /// What it asks; `None` = only whether the line lives.
    pub ask: Option<Ask>,
}

/// A frame that asks nothing that is understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadFrame {
    /// Its `ref`, as far as it had one.
    pub reference: Option<String>,
    /// What is wrong.
    pub problem: Problem,
}

/// Reads a frame of `agent`.
pub fn decode(text: &str, agent: &AgentId, now: Timestamp) -> Result<Frame, BadFrame> {
    let mut fields = match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) => return Err(bad(None, Problem::new(Code::Invalid, "a frame is a JSON object"))),
        Err(_) => return Err(bad(None, Problem::new(Code::Invalid, "not well-formed JSON"))),
    };
    let named = match fields.remove("ref") {
        Some(Value::String(text)) if text.chars().count() <= REF_CHARS_MAX => text,
        Some(_) => return Err(bad(None, Problem::field("ref", "not a UUID"))),
        None => return Err(bad(None, Problem::field("ref", "missing field"))),
    };
    let parsed = named.parse::<InputId>().map_err(|_| Problem::field("ref", "not a UUID"));
    parsed
        .and_then(|reference| Ok(Frame { reference, ask: ask(fields, agent, now)? }))
        .map_err(|problem| bad(Some(named), problem))
}

fn bad(reference: Option<String>, problem: Problem) -> BadFrame {
    BadFrame { reference, problem }
}

fn ask(mut fields: Map<String, Value>, agent: &AgentId, now: Timestamp) -> Result<Option<Ask>, Problem> {
    let verb = match fields.remove("type") {
        Some(Value::String(verb)) => verb,
        Some(_) => return Err(Problem::field("type", "not a value this field takes")),
        None => return Err(Problem::field("type", "missing field")),
    };
    let ask = match verb.as_str() {
        "ping" => return rest::<NoBody>(fields).map(|_| None),
        "ready" => rest::<NoBody>(fields).map(|_| Ask::Ready(agent.clone()))?,
        "away" => Ask::Away(agent.clone(), rest::<AwayBody>(fields)?.reason()?),
        "accept" => {
            let offer = taken::<OfferId>(&mut fields, "offer_id")?;
            rest::<NoBody>(fields).map(|_| Ask::Accept(offer))?
        }
        "decline" => {
            let offer = taken::<OfferId>(&mut fields, "offer_id")?;
            Ask::Decline(offer, rest::<DeclineBody>(fields)?.reason.0)
        }
        _ => about_case(&verb, fields, now)?,
    };
    Ok(Some(ask))
}

fn about_case(verb: &str, mut fields: Map<String, Value>, now: Timestamp) -> Result<Ask, Problem> {
    if !CASE_VERBS.contains(&verb) {
        return Err(Problem::field("type", "no such frame"));
    }
    let case = taken::<CaseId>(&mut fields, "case_id")?;
    let ask = match verb {
        "reply" => CaseAsk::Reply(rest::<TextBody>(fields)?.text()?),
        "transfer" => CaseAsk::Transfer(rest::<TransferBody>(fields)?.to()?),
        "callback" => rest::<CallbackBody>(fields)?.callback(now)?,
        "pend" => CaseAsk::Pend(rest::<PendBody>(fields)?.until(now)?),
        "close" => CaseAsk::Close(rest::<CloseBody>(fields)?.outcome.0),
        "note" => CaseAsk::Note(rest::<TextBody>(fields)?.text()?),
        "recuse" => CaseAsk::Recuse(rest::<AgentBody>(fields)?.agent.0),
        "rekind" => {
            let body = rest::<RekindBody>(fields)?;
            CaseAsk::Rekind(body.kind.0, body.queue)
        }
        "assign" => CaseAsk::Assign(rest::<AgentBody>(fields)?.agent.0),
        "dialect" => CaseAsk::Dialect(rest::<DialectBody>(fields)?.language.0),
        "done" => rest::<NoBody>(fields).map(|_| CaseAsk::Done)?,
        "upset" => rest::<NoBody>(fields).map(|_| CaseAsk::Upset)?,
        _ => rest::<NoBody>(fields).map(|_| CaseAsk::Raise)?,
    };
    Ok(Ask::Case(case, ask))
}

fn taken<T: std::str::FromStr>(fields: &mut Map<String, Value>, name: &'static str) -> Result<T, Problem> {
    match fields.remove(name) {
        Some(Value::String(text)) => text.parse().map_err(|_| Problem::field(name, "not a UUID")),
        Some(_) => Err(Problem::field(name, "not a UUID")),
        None => Err(Problem::field(name, "missing field")),
    }
}

fn rest<T: DeserializeOwned>(fields: Map<String, Value>) -> Result<T, Problem> {
    typed(Value::Object(fields))
}

#[cfg(test)]
mod tests;
