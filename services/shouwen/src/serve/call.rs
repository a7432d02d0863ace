//! A call of HTTP has an id, which stands in the log lines that are written for it and in its
//! answer, so that whoever complains of an answer can be told what became of it.
//!
//! In: a call, with an id of the caller's or none. Out: its answer with `x-request-id`. Never
//! here: a path, a query or a header as they came; they may hold personal data or a secret.

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use runtime::Chance;
use tracing::Instrument;

use crate::private;

/// The header.
const HEADER: HeaderName = HeaderName::from_static("x-request-id");
/// The header of W3C, whose trace lends a call its id where nothing else does.
const TRACE: &str = "traceparent";
/// Hexadecimal digits of an id: those of a UUID. No number of a client has so many.
const DIGITS: usize = 32;
/// Parts of a path that are told.
const PARTS_MAX: usize = 6;
/// The longest part of a path that is told.
const PART_CHARS_MAX: usize = 24;

/// Gives every call of these routes an id.
pub(super) fn named(routes: Router, chance: Chance) -> Router {
    routes.layer(from_fn_with_state(chance, name))
}

async fn name(State(chance): State<Chance>, request: Request, next: Next) -> Response {
    let id = given(request.headers()).unwrap_or_else(|| private::hex(&chance.bytes::<16>()));
    let (method, path) = (word(request.method()), shape(request.uri().path()));
    // At the gravest level, so that it stands at every line however few are written.
    let span = tracing::error_span!("call", id, method, path);
    let answered = async {
        let response = next.run(request).await;
        tracing::debug!(status = response.status().as_u16(), "answered");
        response
    };
    let mut response = answered.instrument(span).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}

/// Gives the id that the caller chose.
fn given(headers: &HeaderMap) -> Option<String> {
    let text = |value: &HeaderValue| value.to_str().ok().map(str::to_owned);
    let own = headers.get(HEADER).and_then(text).filter(|id| is_id(id));
    let trace = || headers.get(TRACE).and_then(text)?.split('-').nth(1).map(str::to_owned).filter(|id| is_id(id));
    own.or_else(trace)
}

fn is_id(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_hexdigit).count();
    digits == DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// Names a method that is one; a caller may make others up.
const fn word(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// Gives a path without what may be an id, a number, a name or a token.
fn shape(path: &str) -> String {
    let is_plain = |part: &&str| {
        part.len() <= PART_CHARS_MAX
            && part.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'-'))
    };
    let told = |part: &str| if is_plain(&part) || part == "v1" { part.to_owned() } else { "{}".to_owned() };
    let parts: Vec<_> = path.trim_start_matches('/').split('/').take(PARTS_MAX).map(told).collect();
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_told_without_what_it_names() {
        for (path, told) in [
            ("/api/v1/cases/0195f0c4-7d1b-7c3e-8a55-1f2e3d4c5b6a/reply", "/api/v1/cases/{}/reply"),
            ("/channels/sms/main/receipts", "/channels/sms/main/receipts"),
            ("/s/Zm9vYmFyMTIzNDU2", "/s/{}"),
            ("/api/v1/clients/13800138000", "/api/v1/clients/{}"),
            ("/api/v1/clients/%E6%9E%97", "/api/v1/clients/{}"),
            ("/a/b/c/d/e/f/g/h", "/a/b/c/d/e/f"),
            ("/", "/"),
        ] {
            assert_eq!(shape(path), told);
        }
    }

    #[test]
    fn an_id_is_taken_from_the_caller_if_it_is_one() {
        let headers = |name: &'static str, value: &str| {
            HeaderMap::from_iter([(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())])
        };
        let uuid = "0195f0c4-7d1b-7c3e-8a55-1f2e3d4c5b6a";
        assert_eq!(given(&headers("x-request-id", uuid)).as_deref(), Some(uuid));
        for wrong in ["13800138000", "林晓雯", "", "0195f0c4-7d1b-7c3e-8a55-1f2e3d4c5b6a\"}"] {
            assert_eq!(given(&headers("x-request-id", wrong)), None, "{wrong}");
        }
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        let parent = format!("00-{trace}-00f067aa0ba902b7-01");
        assert_eq!(given(&headers("traceparent", &parent)).as_deref(), Some(trace));
    }
}
