//! The JSON form of a message, by proto3's own mapping: what other programs of the firm write.
//!
//! In: bytes. Out: the generated message. What does not fit is told by its field, in words that
//! repeat nothing of it. Never here: meaning; a field that the schema does not have.

use std::sync::LazyLock;

use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor};
use serde_path_to_error::{Deserializer, Track};

use super::v1;

/// The schema, as `build.rs` compiled it.
const SCHEMA: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/shouwen.v1.bin"));

static INBOUND: LazyLock<MessageDescriptor> = LazyLock::new(|| {
    let pool = DescriptorPool::decode(SCHEMA).expect("the build wrote it");
    pool.get_message_by_name("shouwen.v1.Inbound").expect("it stands in inbound.proto")
});

/// Says why bytes are no such message in JSON; never what stands in them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct JsonError(String);

/// Reads a contact.
pub fn inbound(json: &[u8]) -> Result<v1::Inbound, JsonError> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    let mut track = Track::new();
    let read = DynamicMessage::deserialize(INBOUND.clone(), Deserializer::new(&mut reader, &mut track));
    let message = read.map_err(|error| unfit(&error, &track.path().to_string()))?;
    reader.end().map_err(|error| unfit(&error, "."))?;
    message.transcode_to().map_err(|_| JsonError("the message does not fit the schema".to_owned()))
}

/// Tells in words; of the library's own ones only their beginning is fixed.
fn unfit(error: &serde_json::Error, path: &str) -> JsonError {
    let place = format!("line {} column {}", error.line(), error.column());
    let field = if path == "." { "the message" } else { path };
    JsonError(match error.classify() {
        serde_json::error::Category::Data => {
            let said = error.to_string();
            let what = [
                ("unrecognized field name", "has a field that the schema does not have"),
                ("unrecognized enum value", "is no word of its list"),
                ("multiple fields provided", "is said twice"),
            ];
            let known = what.iter().find(|(begins, _)| said.starts_with(begins));
            format!("{field} {}, {place}", known.map_or("is of the wrong type or out of range", |(_, what)| what))
        }
        serde_json::error::Category::Eof => format!("the JSON is cut off, {place}"),
        serde_json::error::Category::Syntax | serde_json::error::Category::Io => format!("not JSON, {place}"),
    })
}

#[cfg(test)]
mod tests;
