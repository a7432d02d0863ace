//! What callers send: JSON bodies and queries, read strictly.
//!
//! In: bytes. Out: a typed value, or a problem that names the field. Unknown fields are
//! refused. Never here: the content repeated in a problem.

use std::{convert::Infallible, fmt, marker::PhantomData, str::FromStr, time::Duration};

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Query, Request},
    http::{StatusCode, Uri, request::Parts},
};
use contract::problem::Code;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error as _, Visitor},
};
use serde_json::{Map, Value};
use tokio::time::timeout;

use super::{error::Problem, page::Page};

/// The largest body in bytes that any call may have.
pub const BODY_BYTES_MAX: usize = 1 << 20;

/// How long a body may take to come.
const BODY_WAIT: Duration = Duration::from_secs(10);

/// A body as it was sent; it is read once the caller's right is clear.
#[derive(Debug, Clone)]
pub struct Sent(pub Bytes);

/// A query as it was sent; it is read once the caller's right is clear.
#[derive(Debug, Clone)]
pub struct Wanted(Uri);

/// A value that stands in JSON and queries as one text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text<T>(pub T);

impl<S: Send + Sync> FromRequest<S> for Sent {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let slow = |_| Problem::new(Code::Invalid, "the body came too slowly").with_status(StatusCode::REQUEST_TIMEOUT);
        let bytes = timeout(BODY_WAIT, Bytes::from_request(request, state)).await.map_err(slow)?;
        bytes.map(Self).map_err(|_| Problem::new(Code::TooLarge, "the body is larger than 1 MiB or was cut short"))
    }
}

impl Sent {
    /// Reads a JSON body without unknown fields; an empty body counts as `{}`.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        parse(if self.0.is_empty() { b"{}" } else { &self.0 })
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
        Ok((typed(Value::Object(fields))?, typed(Value::Object(page))?))
    }

    fn fields(&self) -> Result<Map<String, Value>, Problem> {
        let pairs = Query::<Vec<(String, String)>>::try_from_uri(&self.0)
            .map_err(|_| Problem::new(Code::Invalid, "the query is malformed"))?;
        let mut fields = Map::new();
        for (name, value) in pairs.0 {
            if fields.insert(name.clone(), Value::String(value)).is_some() {
                return Err(Problem::field(name, "stands twice in the query"));
            }
        }
        Ok(fields)
    }
}

/// Reads one JSON value of a type from bytes.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(problem)?;
    reader.end().map_err(|_| Problem::new(Code::Invalid, "something follows the JSON value"))?;
    Ok(value)
}

/// Reads a type from a JSON value.
pub fn typed<T: DeserializeOwned>(value: Value) -> Result<T, Problem> {
    serde_path_to_error::deserialize(value).map_err(problem)
}

/// Reads an id from a path; what is no id names nothing.
pub fn id<T: FromStr>(text: &str, what: &'static str) -> Result<T, Problem> {
    text.parse().map_err(|_| Problem::absent(what))
}

fn problem(error: serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let path = error.path().to_string();
    let inner = error.into_inner();
    if inner.is_syntax() || inner.is_eof() {
        return Problem::new(Code::Invalid, "not well-formed JSON");
    }
    let message = inner.to_string();
    let (detail, named) = match message.split_once(" field `") {
        Some(("unknown", rest)) => ("unknown field", rest.split('`').next()),
        Some(("missing", rest)) => ("missing field", rest.split('`').next()),
        Some(("duplicate", rest)) => ("stands twice", rest.split('`').next()),
        _ => ("not a value this field takes", None),
    };
    let field = match (path.as_str(), named) {
        (".", Some(name)) => name.to_owned(),
        (".", None) => return Problem::new(Code::Invalid, "a JSON object is needed"),
        (path, Some(name)) if path != name && !path.ends_with(&format!(".{name}")) => format!("{path}.{name}"),
        (path, _) => path.to_owned(),
    };
    Problem::field(field, detail)
}

impl<'de, T: FromStr> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_str(TextVisitor(PhantomData))
    }
}

struct TextVisitor<T>(PhantomData<T>);

impl<T: FromStr> Visitor<'_> for TextVisitor<T> {
    type Value = Text<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Text<T>, E> {
        text.parse().map(Text).map_err(|_| E::custom("no such word"))
    }
}

/// Reads an optional text field; for `#[serde(default, deserialize_with = …)]`.
pub fn maybe<'de, T: FromStr, D: Deserializer<'de>>(reader: D) -> Result<Option<T>, D::Error> {
    let text = Option::<std::borrow::Cow<'de, str>>::deserialize(reader)?;
    text.map(|text| text.parse().map_err(|_| D::Error::custom("no such word"))).transpose()
}

#[cfg(test)]
mod tests;
