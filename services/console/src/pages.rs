//! The pages: static files for browsers, held in the binary.
//!
//! In: a path. Out: bytes with their media type and a strong entity tag, under a policy that lets
//! a page load and call this house only. Never here: data; a page asks the API for that, as
//! whoever is signed in.

mod files;
mod preload;

use std::{collections::BTreeMap, sync::LazyLock};

use axum::{
    Router,
    body::Bytes,
    extract::Path,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use sha2::{Digest, Sha256};

use crate::api::error::Problem;
use files::{FILES, File};

/// What a page may load and do: no script or style but files of this house, no frame around it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; font-src 'self'; form-action 'self'; frame-ancestors 'none'; \
                      base-uri 'none'";

/// Bytes of the digest that an entity tag shows.
const TAG_BYTES: usize = 12;

/// A file with the tag by which a browser knows it again.
struct Held {
    bytes: Bytes,
    tag: HeaderValue,
}

static HELD: LazyLock<BTreeMap<&'static str, Held>> = LazyLock::new(|| FILES.iter().map(held).collect());

fn held(file: &'static File) -> (&'static str, Held) {
    let bytes = match text(file.path).filter(|_| file.path.ends_with(".html")) {
        Some(page) => Bytes::from(preload::preloaded(page, text)),
        None => Bytes::from_static(file.bytes),
    };
    let tag = tag(&bytes);
    (file.path, Held { bytes, tag })
}

fn text(path: &str) -> Option<&'static str> {
    FILES.iter().find(|file| file.path == path).and_then(|file| std::str::from_utf8(file.bytes).ok())
}

/// Gives the addresses of the pages.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/", get(async |headers: HeaderMap| give("index.html", &headers)))
        .route("/ops", get(async |headers: HeaderMap| give("ops.html", &headers)))
        .route("/s/{token}", get(async |headers: HeaderMap| give("client.html", &headers)))
        .route("/pages/{*path}", get(async |Path(path): Path<String>, headers: HeaderMap| give(&path, &headers)))
}

fn give(path: &str, headers: &HeaderMap) -> Response {
    let Some(held) = HELD.get(path) else { return Problem::absent("page").into_response() };
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| names(known, &held.tag));
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let media_type = HeaderValue::from_static(media_type(path));
        ([(header::CONTENT_TYPE, media_type)], held.bytes.clone()).into_response()
    };
    let kept = response.headers_mut();
    kept.insert(header::ETAG, held.tag.clone());
    for (name, value) in guards() {
        kept.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Every file is asked for anew and not sent again while it is the same: a newer house never
/// meets half of an older page.
const fn guards() -> [(HeaderName, &'static str); 5] {
    [
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ]
}

/// Says whether an `If-None-Match` names a tag.
fn names(known: &HeaderValue, tag: &HeaderValue) -> bool {
    let (Ok(known), Ok(tag)) = (known.to_str(), tag.to_str()) else { return false };
    known.split(',').map(|one| one.trim().trim_start_matches("W/")).any(|one| one == "*" || one == tag)
}

fn tag(bytes: &[u8]) -> HeaderValue {
    let digest: String = Sha256::digest(bytes).iter().take(TAG_BYTES).map(|byte| format!("{byte:02x}")).collect();
    HeaderValue::from_str(&format!("\"{digest}\"")).expect("hexadecimal digits may stand in a header")
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, end)| end) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "text/plain; charset=utf-8",
    }
}

#[cfg(test)]
mod tests;
