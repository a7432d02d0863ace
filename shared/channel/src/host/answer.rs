//! What a provider is answered.
//!
//! In: what became of his call. Out: a status and a body; refusals as RFC 9457 problems.
//! Never here: content of the call.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use contract::{Millis, problem::Code};
use serde_json::{Value, json};

use super::Settled;
use crate::{
    adapter::{Answer, Refusal},
    intake::NotAccepted,
};

/// After how many seconds a call that met a busy house may be repeated.
const RETRY_AFTER: Millis = Millis::from_secs(1);

/// What became of a call.
pub(super) enum Outcome {
    /// The adapter has words of its own for it.
    Answered(Answer),
    /// All of it is durable.
    Settled(Vec<Settled>),
    /// Nothing more of it is taken.
    Refused(Problem),
}

/// A refusal as programs read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    status: StatusCode,
    code: Code,
    word: &'static str,
    detail: String,
    retry_after: Option<Millis>,
}

impl Outcome {
    /// Writes the answer.
    pub(super) fn into_response(self) -> Response {
        match self {
            Self::Answered(answer) => answered(answer),
            Self::Settled(settled) => generic(&settled),
            Self::Refused(problem) => problem.into_response(),
        }
    }
}

fn answered(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    (status, [(header::CONTENT_TYPE, answer.media_type)], answer.body).into_response()
}

/// Writes 202 with the contact's id, or 200 when all of it was known.
fn generic(settled: &[Settled]) -> Response {
    let contacts: Vec<_> = settled
        .iter()
        .filter_map(|settled| match settled {
            Settled::Contact(accepted) => Some(accepted),
            Settled::Receipt | Settled::Parked => None,
        })
        .collect();
    let all_known = !contacts.is_empty() && contacts.iter().all(|accepted| accepted.repeat);
    let status = if all_known { StatusCode::OK } else { StatusCode::ACCEPTED };
    let ids: Vec<String> = contacts.iter().map(|accepted| accepted.contact.to_string()).collect();
    let body = match ids.as_slice() {
        [] if settled.contains(&Settled::Parked) => json!({ "contact_id": Value::Null, "parked": true }),
        [] => json!({}),
        [only] => json!({ "contact_id": only }),
        [first, ..] => json!({ "contact_id": first, "contact_ids": ids }),
    };
    (status, Json(body)).into_response()
}

impl Problem {
    fn new(status: StatusCode, code: Code, word: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, word, detail: detail.into(), retry_after: None }
    }

    /// Says that there is no such thing.
    pub(super) fn not_found(detail: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, Code::NotFound, "not_found", detail)
    }

    /// Says that nothing can be taken at the moment.
    pub(super) fn unavailable(detail: &str) -> Self {
        let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, Code::Unavailable, "unavailable", detail);
        Self { retry_after: Some(RETRY_AFTER), ..problem }
    }

    /// Says that a body is of no kind that is taken.
    pub(super) fn media_type(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, Code::Invalid, "media_type", detail)
    }

    /// Says that a call is no well-formed one.
    pub(super) fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Code::Invalid, "malformed", detail)
    }

    /// Says that a body is larger than is taken.
    pub(super) fn too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, Code::TooLarge, "too_large", "a body is at most 1 MiB")
    }

    /// Says that a body took too long to come in.
    pub(super) fn too_slow() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, Code::Invalid, "too_slow", "the body did not come in in time")
    }

    /// Says why an adapter refuses.
    pub(super) fn of(refusal: &Refusal) -> Self {
        let detail = refusal.to_string();
        match refusal {
            Refusal::Signature(_) => Self::new(StatusCode::UNAUTHORIZED, Code::Unauthenticated, "signature", detail),
            Refusal::Malformed(_) => Self::malformed(detail),
            Refusal::NoRoute => Self::not_found("there is no such route below the account"),
            Refusal::Method => Self::new(StatusCode::METHOD_NOT_ALLOWED, Code::Invalid, "method", detail),
            Refusal::MediaType(_) => Self::media_type(detail),
            Refusal::TooLarge => Self::too_large(),
        }
    }

    /// Says why the intake refuses.
    pub(super) fn of_not_accepted(why: &NotAccepted) -> Self {
        let problem = match why {
            NotAccepted::RateLimited(_) => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, Code::RateLimited, why.word(), why.to_string())
            }
            NotAccepted::TooLarge => Self::too_large(),
            NotAccepted::Bus(_) | NotAccepted::Store(_) | NotAccepted::Late => Self::unavailable(&why.to_string()),
        };
        Self { retry_after: why.retry_after(), ..problem }
    }

    /// Gives the word by which figures count it.
    pub(super) const fn word(&self) -> &'static str {
        self.word
    }

    /// Writes it.
    pub(super) fn into_response(self) -> Response {
        let body = json!({
            "type": format!("urn:shouwen:problem:{}", self.code),
            "title": self.status.canonical_reason().unwrap_or_default(),
            "status": self.status.as_u16(),
            "code": self.code.as_str(),
            "detail": self.detail,
        });
        let media_type = [(header::CONTENT_TYPE, "application/problem+json")];
        let mut response = (self.status, media_type, body.to_string()).into_response();
        if let Some(wait) = self.retry_after {
            let seconds = wait.whole_secs().saturating_add(i64::from(wait.get() % 1000 != 0)).max(1);
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::METHOD_NOT_ALLOWED {
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, POST"));
        }
        response
    }
}
