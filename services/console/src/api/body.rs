//! What callers send: JSON bodies and queries, read strictly.
//!
//! In: bytes. Out: a typed value, or a problem that names the field. Unknown fields are
//! refused. Never here: the content repeated in a problem.

use std::{borrow::Cow, convert::Infallible, fmt, marker::PhantomData, time::Duration};

use axum::{
    body::Bytes,
    extract::{self, FromRequest, FromRequestParts, Query, Request},
    http::{HeaderMap, StatusCode, Uri, header, request::Parts},
};
use contract::problem::Code;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Visitor},
};
use serde_json::{Map, Value};
use tokio::time::timeout;

use super::{allowed::Formed, error::Problem, page::Page};

/// The largest body in bytes that any call may have.
pub const BODY_BYTES_MAX: usize = 1 << 20;

/// How long a body may take to come.
const BODY_WAIT: Duration = Duration::from_secs(10);

/// What an error of ours begins with when it says what is needed: nothing of what was sent
/// stands behind it.
const NEEDS: &str = "needs ";
/// Characters of an unknown field's name that a problem repeats.
const FIELD_CHARS_MAX: usize = 64;

/// A body as it was sent; it is read once the caller's right is clear.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The bytes.
    pub bytes: Bytes,
    /// Whether it says to be something else than JSON.
    foreign: bool,
}

/// A query as it was sent; it is read once the caller's right is clear.
#[derive(Debug, Clone)]
pub struct Wanted(Uri);

/// The ids of an address; what cannot be read names nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Path<T>(pub T);

/// A value that stands in JSON and queries as one text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text<T>(pub T);

impl<S: Send + Sync> FromRequest<S> for Sent {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let slow = |_| Problem::new(Code::Invalid, "the body came too slowly").with_status(StatusCode::REQUEST_TIMEOUT);
        let foreign = is_foreign(request.headers());
        let bytes = timeout(BODY_WAIT, Bytes::from_request(request, state)).await.map_err(slow)?;
        let bytes = bytes
            .map_err(|_| Problem::new(Code::TooLarge, "the body is larger than is taken here, or was cut short"))?;
        Ok(Self { bytes, foreign })
    }
}

impl Sent {
    /// Reads a JSON body without unknown fields; an empty body counts as `{}`.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        if self.bytes.is_empty() {
            return parse(b"{}");
        }
        if self.foreign {
            let problem = Problem::new(Code::Invalid, "a body is JSON, sent as Content-Type application/json");
            return Err(problem.with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        parse(&self.bytes)
    }
}

/// Says whether a body is announced as something else than JSON; a silent caller is believed.
fn is_foreign(headers: &HeaderMap) -> bool {
    let Some(said) = headers.get(header::CONTENT_TYPE) else { return false };
    let essence = said.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    !(essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json")))
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = extract::Path::from_request_parts(parts, state).await;
        read.map(|extract::Path(ids)| Self(ids)).map_err(|_| Problem::absent("address"))
    }
}

impl<S: Sync> FromRequestParts<S> for Wanted {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.uri.clone()))
    }
}

impl Wanted {
    /// Reads a query without unknown or repeated fields.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        typed(Value::Object(self.fields()?))
    }

    /// Reads the query of a list: which items, and which page of them.
    pub fn read_list<T: DeserializeOwned>(&self) -> Result<(T, Page), Problem> {
        let mut fields = self.fields()?;
        let page = ["cursor", "limit"].into_iter().filter_map(|name| fields.remove_entry(name)).collect();
        let items = serde_path_to_error::deserialize(Value::Object(fields));
        Ok((items.map_err(|error| problem(error, ", cursor, limit"))?, typed(Value::Object(page))?))
    }

    fn fields(&self) -> Result<Map<String, Value>, Problem> {
        let pairs = Query::<Vec<(String, String)>>::try_from_uri(&self.0)
            .map_err(|_| Problem::new(Code::Invalid, "the query is malformed"))?;
        let mut fields = Map::new();
        for (name, value) in pairs.0 {
            if fields.insert(name.clone(), Value::String(value)).is_some() {
                return Err(Problem::field(cut(&name), "stands twice in the query"));
            }
        }
        Ok(fields)
    }
}

/// Reads one JSON value of a type from bytes.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| problem(error, ""))?;
    reader.end().map_err(|_| Problem::new(Code::Invalid, "something follows the JSON value"))?;
    Ok(value)
}

/// Reads a type from a JSON value.
pub fn typed<T: DeserializeOwned>(value: Value) -> Result<T, Problem> {
    serde_path_to_error::deserialize(value).map_err(|error| problem(error, ""))
}

/// Reads an id from a path; what is no id names nothing.
pub fn id<T: Formed>(text: &str, what: &'static str) -> Result<T, Problem> {
    text.parse().map_err(|_| Problem::new(Code::NotFound, format!("no such {what}; its id is {}", T::form())))
}

/// Says what is wrong without a word of what was sent but the name of an unknown field.
fn problem(error: serde_path_to_error::Error<serde_json::Error>, also_known: &str) -> Problem {
    let path = error.path().to_string();
    let inner = error.into_inner();
    if inner.is_syntax() || inner.is_eof() {
        let detail = format!("not well-formed JSON at line {}, column {}", inner.line(), inner.column());
        return Problem::new(Code::Invalid, detail);
    }
    let message = inner.to_string();
    let message =
        message.rsplit_once(" at line ").filter(|_| inner.line() > 0).map_or(message.as_str(), |(said, _)| said);
    let (detail, named) = wrong(message, also_known);
    let field = match (path.as_str(), named) {
        (".", Some(name)) => name.to_owned(),
        (".", None) => return Problem::new(Code::Invalid, "a JSON object is needed"),
        (path, Some(name)) if path != name && !path.ends_with(&format!(".{name}")) => format!("{path}.{name}"),
        (path, _) => path.to_owned(),
    };
    Problem::field(cut(&field), detail)
}

/// Reads a reader's message: what is wrong, and the field that it names.
fn wrong<'a>(message: &'a str, also_known: &str) -> (Cow<'static, str>, Option<&'a str>) {
    let expected = message.rsplit_once(", expected ").map_or("", |(_, expected)| expected);
    if message.starts_with(NEEDS) {
        return (message.to_owned().into(), None);
    }
    let Some((what, rest)) = message.split_once(" field `") else { return (needed(expected).into(), None) };
    let named = rest.split('`').next();
    match what {
        "unknown" => {
            let known = expected.trim_start_matches("one of ").replace('`', "").replace(" or ", ", ");
            let known = format!("{known}{also_known}");
            let known = known.trim_start_matches(", ");
            let list = if known.is_empty() { "none is known here".to_owned() } else { format!("known are {known}") };
            (format!("unknown field; {list}").into(), named)
        }
        "missing" => ("missing field".into(), named),
        "duplicate" => ("stands twice".into(), named),
        _ => (needed(expected).into(), None),
    }
}

const fn needed(expected: &str) -> &'static str {
    match expected.as_bytes() {
        b"a string" | b"a text" => "needs a text",
        [b's', b't', b'r', b'u', b'c', b't', b' ', ..] | b"a map" => "needs an object",
        _ => "not a value this field takes",
    }
}

fn cut(field: &str) -> String {
    field.chars().take(FIELD_CHARS_MAX).collect()
}

impl<'de, T: Formed> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_str(TextVisitor(PhantomData))
    }
}

struct TextVisitor<T>(PhantomData<T>);

impl<T: Formed> Visitor<'_> for TextVisitor<T> {
    type Value = Text<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Text<T>, E> {
        text.parse().map(Text).map_err(|_| E::custom(format!("{NEEDS}{}", T::form())))
    }
}

/// Reads an optional text field; for `#[serde(default, deserialize_with = …)]`.
pub fn maybe<'de, T: Formed, D: Deserializer<'de>>(reader: D) -> Result<Option<T>, D::Error> {
    Option::<Text<T>>::deserialize(reader).map(|text| text.map(|text| text.0))
}

#[cfg(test)]
mod tests;
