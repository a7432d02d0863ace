//! Problems: every refusal as `application/problem+json` (RFC 9457) with a stable code.
//!
//! In: a code of the contract, what is wrong in words, the field. Out: status and body.
//! The only room that knows which code has which status. Never here: personal data.

use std::borrow::Cow;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use contract::{Millis, problem::Code};
use serde::Serialize;
use utoipa::{IntoResponses, ToSchema};

/// Seconds after which whoever met a busy house may ask again.
const RETRY_AFTER_S: i64 = 1;

/// Why a call is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The stable code.
    pub code: Code,
    /// The status where it is not the code's usual one.
    status: Option<StatusCode>,
    detail: Cow<'static, str>,
    field: Option<String>,
    retry_after_s: Option<i64>,
}

/// A problem as programs read it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemShape {
    /// `urn:shouwen:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The code in words.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The stable code.
    pub code: &'static str,
    /// What is wrong with this call.
    pub detail: String,
    /// The field that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

/// The problems that any call may get, for the description of the API.
#[derive(IntoResponses)]
pub enum Problems {
    /// Nobody signed in: `unauthenticated`.
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthenticated(ProblemShape),
    /// The role may never: `forbidden`.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(ProblemShape),
    /// No such thing: `not_found`.
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(ProblemShape),
    /// Not now or not yours: `offer_gone`, `not_yours`, `wrong_state`, `over_capacity`, `no_reply_channel`.
    #[response(status = 409, content_type = "application/problem+json")]
    Conflict(ProblemShape),
    /// More than is taken: `too_large`.
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(ProblemShape),
    /// A field is wrong: `invalid`, with `field`.
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(ProblemShape),
    /// Too many requests: `rate_limited`, with `Retry-After`.
    #[response(status = 429, content_type = "application/problem+json")]
    RateLimited(ProblemShape),
    /// Not at the moment: `unavailable`, with `Retry-After`.
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(ProblemShape),
    /// Nobody knows yet whether it was done: `outcome_unknown`.
    #[response(status = 504, content_type = "application/problem+json")]
    OutcomeUnknown(ProblemShape),
}

/// The problems that a call with a body may get besides.
#[derive(IntoResponses)]
pub enum BodyProblems {
    /// The body came too slowly: `invalid`.
    #[response(status = 408, content_type = "application/problem+json")]
    Slow(ProblemShape),
    /// The body says to be something else than JSON: `invalid`.
    #[response(status = 415, content_type = "application/problem+json")]
    Foreign(ProblemShape),
}

/// The problem that a call under an `Idempotency-Key` may get besides.
#[derive(IntoResponses)]
pub enum KeyProblems {
    /// The key is empty or longer than 255 characters: `invalid`.
    #[response(status = 400, content_type = "application/problem+json")]
    Key(ProblemShape),
}

impl Problem {
    /// Makes a problem with what is wrong in words.
    #[must_use]
    pub fn new(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { code, status: None, detail: detail.into(), field: None, retry_after_s: None }
    }

    /// Says that a field is wrong.
    #[must_use]
    pub fn field(field: impl Into<String>, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { field: Some(field.into()), ..Self::new(Code::Invalid, detail) }
    }

    /// Names the field that is wrong.
    #[must_use]
    pub fn of_field(self, field: impl Into<String>) -> Self {
        Self { field: Some(field.into()), ..self }
    }

    /// Says that there is no such thing.
    #[must_use]
    pub fn absent(what: &'static str) -> Self {
        Self::new(Code::NotFound, format!("no such {what}"))
    }

    /// Says that nothing can be taken at the moment.
    #[must_use]
    pub fn unavailable(detail: &'static str) -> Self {
        Self { retry_after_s: Some(RETRY_AFTER_S), ..Self::new(Code::Unavailable, detail) }
    }

    /// Says that it was too much in too short a time.
    #[must_use]
    pub fn slow_down(wait: Millis) -> Self {
        let retry_after_s = Some(wait.whole_secs().saturating_add(1));
        Self { retry_after_s, ..Self::new(Code::RateLimited, "too many requests") }
    }

    /// Says that the same request is still being worked on.
    #[must_use]
    pub fn still_running() -> Self {
        let detail = "a request with this Idempotency-Key is still running";
        Self { retry_after_s: Some(RETRY_AFTER_S), ..Self::new(Code::WrongState, detail) }
    }

    /// Gives it another status than the code's usual one.
    #[must_use]
    pub fn with_status(self, status: StatusCode) -> Self {
        Self { status: Some(status), ..self }
    }

    /// Gives the HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status.unwrap_or_else(|| status(self.code))
    }

    /// Gives the shape that programs read.
    #[must_use]
    pub fn shape(&self) -> ProblemShape {
        ProblemShape {
            kind: format!("urn:shouwen:problem:{}", self.code),
            title: title(self.code),
            status: self.status().as_u16(),
            code: self.code.as_str(),
            detail: self.detail.clone().into_owned(),
            field: self.field.clone(),
        }
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self::new(code, title(code))
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self.shape()).unwrap_or_default();
        let media_type = HeaderValue::from_static("application/problem+json");
        let mut response = (self.status(), [(header::CONTENT_TYPE, media_type)], body).into_response();
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        if self.code == Code::Unauthenticated {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// Gives the status of a code.
#[must_use]
pub const fn status(code: Code) -> StatusCode {
    match code {
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::Forbidden => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::OfferGone | Code::NotYours | Code::WrongState | Code::OverCapacity | Code::NoReplyChannel => {
            StatusCode::CONFLICT
        }
        Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Code::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::OutcomeUnknown => StatusCode::GATEWAY_TIMEOUT,
    }
}

const fn title(code: Code) -> &'static str {
    match code {
        Code::Unauthenticated => "nobody signed in",
        Code::Forbidden => "the role may never",
        Code::NotFound => "there is no such thing",
        Code::OfferGone => "the offer ended already",
        Code::NotYours => "somebody else's",
        Code::WrongState => "not in the state it is in",
        Code::OverCapacity => "the agent holds all he can",
        Code::NoReplyChannel => "the channel has no way back",
        Code::TooLarge => "more than is taken",
        Code::Invalid => "a field is wrong",
        Code::RateLimited => "too many requests",
        Code::Unavailable => "cannot be taken at the moment",
        Code::OutcomeUnknown => "nobody knows yet whether it was done",
    }
}
