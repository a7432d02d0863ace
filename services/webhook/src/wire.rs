//! A service's JSON, and the shapes in which services write one value.
//!
//! In: bytes and pointers. Out: texts, times, parts; what is of no known shape is said in
//! words that repeat nothing of it. Never here: which field means what.

use base64::{Engine, engine::general_purpose::STANDARD};
use channel::{
    incoming::{IncomingPart, PartSource},
    neutral,
};
use contract::Timestamp;
use serde_json::{Map, Value};

use crate::map::Pointer;

/// Numbers from here on are milliseconds; as seconds this is the year 5138.
const MILLISECONDS_FROM: f64 = 100_000_000_000.0;

/// The media type of a part that names none.
const MEDIA_TYPE_UNKNOWN: &str = "application/octet-stream";

/// A body as JSON.
pub(crate) struct Document(Value);

impl Document {
    /// Reads a body.
    pub(crate) fn read(body: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(body).map(Self).map_err(|error| neutral::why(&error))
    }

    /// Gives what stands at a pointer; `null` counts as nothing.
    pub(crate) fn at(&self, pointer: Option<&Pointer>) -> Option<&Value> {
        self.0.pointer(pointer?.as_str()).filter(|value| !value.is_null())
    }
}

/// Reads an id: text, or a whole number; empty text counts as none.
pub(crate) fn id(value: &Value, name: &str) -> Result<Option<String>, String> {
    match value {
        Value::String(text) => Ok(Some(text.clone()).filter(|text| !text.trim().is_empty())),
        Value::Number(number) if !number.is_f64() => Ok(Some(number.to_string())),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Err(format!("{name} is neither text nor a whole number"))
        }
    }
}

/// Reads a text; anything else is taken as the JSON that it is.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

/// Reads a time: RFC 3339 with an offset, or Unix seconds or milliseconds, however far off;
/// empty text counts as none.
pub(crate) fn time(value: &Value, name: &str) -> Result<Option<Timestamp>, String> {
    let text = value.as_str().map(str::trim);
    if text == Some("") {
        return Ok(None);
    }
    let number = value.as_f64().or_else(|| text?.parse().ok()).filter(|number| number.is_finite());
    let time = number.map(unix).or_else(|| text?.parse().ok());
    time.map(Some).ok_or_else(|| format!("{name} is no time"))
}

#[expect(clippy::cast_possible_truncation, reason = "a time beyond all times becomes the last")]
fn unix(number: f64) -> Timestamp {
    let ms = if number.abs() < MILLISECONDS_FROM { number * 1000.0 } else { number };
    Timestamp::from_ms(ms as i64)
}

/// Reads attachments: one, or a list of them.
pub(crate) fn parts(value: &Value) -> Result<Vec<IncomingPart>, String> {
    match value {
        Value::Array(values) => values.iter().map(part).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            part(value).map(|part| vec![part])
        }
    }
}

fn part(value: &Value) -> Result<IncomingPart, String> {
    let (name, media_type, source) = match value {
        Value::String(address) => (None, None, Some(PartSource::Provider(address.clone()))),
        Value::Object(fields) => {
            (string(fields, &["name", "filename"]), string(fields, &["media_type", "type"]), source(fields)?)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => (None, None, None),
    };
    let source = source.ok_or("an attachment has neither an address nor data")?;
    let media_type = media_type.unwrap_or(MEDIA_TYPE_UNKNOWN).to_owned();
    Ok(IncomingPart { name: name.map(str::to_owned), media_type, source })
}

fn source(fields: &Map<String, Value>) -> Result<Option<PartSource>, String> {
    if let Some(data) = string(fields, &["data", "content"]) {
        let bytes = STANDARD.decode(data).map_err(|_| "an attachment's data is not Base64")?;
        return Ok(Some(PartSource::Bytes(bytes)));
    }
    Ok(string(fields, &["url", "href"]).map(|address| PartSource::Provider(address.to_owned())))
}

fn string<'a>(fields: &'a Map<String, Value>, names: &[&str]) -> Option<&'a str> {
    names.iter().find_map(|name| fields.get(*name)?.as_str())
}
