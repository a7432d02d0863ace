//! What a generic event means, and what numbers and ids of an exchange mean in any dialect.
//!
//! In: an event as it was written. Out: an input of the call's contact.
//! Never here: JSON.

use std::str::FromStr;

use channel::{
    Content, Incoming,
    incoming::{IncomingPart, PartSource},
    neutral::PROVIDER_ID_BYTES_MAX,
};
use contract::{
    Address, AddressKind, Millis, Timestamp,
    inbound::{CallEvent, CallWhat},
};

use serde_json::Value;

use crate::wire::Event;

/// The longest time that anything about a call is believed to have lasted, in seconds: a day.
const SPAN_S_MAX: f64 = 86_400.0;
/// The text of a voice message without a transcript.
const VOICEMAIL: &str = "[语音留言]";
/// What exchanges write for a caller who withholds his number.
const WITHHELD: [&str; 8] =
    ["anonymous", "unknown", "restricted", "private", "withheld", "unavailable", "asserted", "blocked"];

/// Tells which input of which contact an event is.
pub(crate) fn incoming(event: Event) -> Result<Incoming, &'static str> {
    let call_id = call_id(&event.call_id)?;
    let what = what(event.event.as_deref().unwrap_or_default())?;
    let at: Timestamp = event.at.trim().parse().map_err(|_| "at is no RFC 3339 time with an offset")?;
    let call = CallEvent {
        what,
        at,
        queue: id(event.queue.as_deref()).map_err(|()| "queue is no id")?,
        agent: id(event.agent.as_deref()).map_err(|()| "agent is no id")?,
        ring: span(event.ring_s.as_ref()).map_err(|()| "ring_s is no number of seconds")?,
        wait: span(event.wait_s.as_ref()).map_err(|()| "wait_s is no number of seconds")?,
        language: id(event.language.as_deref()).map_err(|()| "language is no id")?,
    };
    let text = event.text.filter(|text| !text.trim().is_empty());
    Ok(Incoming {
        provider_id: Some(call_id),
        distinction: distinction(&call),
        to: event.to.filter(|to| !to.is_empty()).into_iter().collect(),
        text: text.or_else(|| (what == CallWhat::Voicemail).then(|| VOICEMAIL.to_owned())).unwrap_or_default(),
        parts: event.recording.filter(|place| !place.is_empty()).map(recording).into_iter().collect(),
        received_at: Some(at),
        content: Content::Call(call),
        ..Incoming::message(number(event.from.as_deref().unwrap_or_default()))
    })
}

/// Reads a caller's number, also as a SIP address of one; what is withheld or no number is none.
pub(crate) fn number(text: &str) -> Option<Address> {
    let text = text.trim();
    let bare = ["sip:", "tel:"].iter().find_map(|scheme| text.strip_prefix(scheme)).unwrap_or(text);
    let bare = bare.split(['@', ';']).next().unwrap_or_default();
    let withheld = WITHHELD.iter().any(|word| bare.eq_ignore_ascii_case(word));
    let zeros = !bare.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
    if withheld || zeros { None } else { Address::parse(AddressKind::Phone, bare).ok() }
}

/// Reads the id of a call or leg.
pub(crate) fn call_id(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    let fine = (1..=PROVIDER_ID_BYTES_MAX).contains(&text.len()) && !text.chars().any(char::is_control);
    if fine { Ok(text.to_owned()) } else { Err("the id of the call is empty or too long") }
}

/// Tells events of one call apart: the same event of the same agent at the same time is a repeat.
fn distinction(call: &CallEvent) -> String {
    let agent = call.agent.as_ref().map_or("", |agent| agent.as_str());
    format!("{}|{agent}|{}", word(call.what), call.at.as_ms())
}

fn id<T: FromStr>(text: Option<&str>) -> Result<Option<T>, ()> {
    match text.map(str::trim) {
        None | Some("") => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| ()),
    }
}

/// Reads a span in seconds, leniently: a call must not be lost because a clock jumped while it
/// lasted. Parts of a second are dropped, a negative span tells nothing, none is over a day.
fn span(told: Option<&Value>) -> Result<Option<Millis>, ()> {
    let seconds = match told {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) if text.trim().is_empty() => return Ok(None),
        Some(Value::String(text)) => text.trim().parse().map_err(|_| ())?,
        Some(Value::Number(number)) => number.as_f64().ok_or(())?,
        Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => return Err(()),
    };
    if seconds.is_nan() {
        return Err(());
    }
    Ok((seconds >= 0.0).then(|| bounded(seconds)))
}

#[expect(clippy::cast_possible_truncation, reason = "between nothing and a day")]
fn bounded(seconds: f64) -> Millis {
    Millis::from_secs(seconds.clamp(0.0, SPAN_S_MAX) as i64)
}

fn recording(place: String) -> IncomingPart {
    IncomingPart { name: None, media_type: "audio/*".to_owned(), source: PartSource::Provider(place) }
}

const WORDS: [(&str, CallWhat); 6] = [
    ("ringing", CallWhat::Ringing),
    ("answered", CallWhat::Answered),
    ("missed", CallWhat::Missed),
    ("abandoned", CallWhat::Abandoned),
    ("voicemail", CallWhat::Voicemail),
    ("ended", CallWhat::Ended),
];

fn what(text: &str) -> Result<CallWhat, &'static str> {
    WORDS.iter().find(|(word, _)| *word == text).map(|(_, what)| *what).ok_or("no such event of a call")
}

fn word(what: CallWhat) -> &'static str {
    WORDS.iter().find(|(_, known)| *known == what).map_or("", |(word, _)| word)
}
