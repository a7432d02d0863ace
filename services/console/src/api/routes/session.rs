//! Sessions and tickets: signing in with a password, and opening one socket from elsewhere.
//!
//! In: a name and a password, a link's ticket, or a signed-in caller. Out: a cookie, a ticket; shown once.
//! Never here: how passwords are checked.

use axum::{
    Json,
    extract::State,
    http::{Extensions, HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use contract::{
    Millis,
    audit::{By, What},
    problem::Code,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    api::{ask::NoBody, body::Sent, error::Problem, shape::time},
    caller::Caller,
    door::{COOKIE, Sign, cookie},
    house::Shared,
    password::PASSWORD_BYTES_MAX,
    peer::Peer,
    ports::FirmInForce,
    secret::{COOKIE_PREFIX, Secret, TICKET_PREFIX, hash_of},
};

/// The largest body in bytes: whoever sends one is not known yet.
pub(super) const BODY_BYTES_MAX: usize = 4 * 1024;
/// How long a session lasts: one working day.
const SESSION_LASTS: Millis = Millis::from_secs(12 * 3600);
/// How long a ticket lasts.
const TICKET_LASTS: Millis = Millis::from_secs(30);

/// A name and a password, or the ticket of a sign-in link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Credentials {
    /// The name.
    #[serde(default)]
    name: Option<String>,
    /// The password.
    #[serde(default)]
    password: Option<String>,
    /// The ticket, which stands alone.
    #[serde(default)]
    ticket: Option<String>,
}

/// Who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Me {
    /// His name.
    name: String,
    /// His role.
    role: &'static str,
    /// The agent he is.
    agent: Option<String>,
    /// The agent's name.
    agent_name: Option<String>,
    /// The one branch he works in; `null` = all.
    branch: Option<String>,
    /// The IANA name of that branch's time zone; of who works in all the first branch's.
    time_zone: String,
}

/// A ticket.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Ticket {
    /// Goes into the socket's query, once.
    ticket: String,
    /// Until when.
    #[schema(format = DateTime)]
    expires_at: String,
}

/// By what somebody wants to sign in.
enum Proof {
    Password(String, String),
    Ticket(String),
}

impl Credentials {
    fn proof(self) -> Result<Proof, Problem> {
        match (self.name, self.password, self.ticket) {
            (None, None, Some(ticket)) => Ok(Proof::Ticket(ticket)),
            (_, _, Some(_)) => Err(Problem::field("ticket", "stands alone")),
            (None, _, None) => Err(Problem::field("name", "missing field")),
            (Some(_), None, None) => Err(Problem::field("password", "missing field")),
            (Some(_), Some(password), None) if password.len() > PASSWORD_BYTES_MAX => {
                Err(Problem::field("password", "is longer than any password"))
            }
            (Some(name), Some(password), None) => Ok(Proof::Password(name, password)),
        }
    }
}

impl Me {
    fn new(caller: &Caller, firm: &FirmInForce) -> Self {
        Self {
            agent_name: caller.agent.as_ref().map(|agent| firm.agent_name(agent).to_owned()),
            name: caller.user.to_string(),
            role: caller.role.as_str(),
            agent: caller.agent.as_ref().map(ToString::to_string),
            branch: caller.branch.as_ref().map(ToString::to_string),
            time_zone: firm.zone(caller.branch.as_ref()),
        }
    }
}

/// Who is signed in.
#[utoipa::path(get, path = "/session", tag = "session", responses((status = 200, body = Me)))]
pub(crate) async fn show(State(house): State<Shared>, caller: Caller) -> Json<Me> {
    Json(Me::new(&caller, &house.ports.firm.now()))
}

/// Signs in with a password or a link's ticket; the answer sets a cookie that scripts cannot read and other sites cannot send.
#[utoipa::path(post, path = "/session", tag = "session", security(()), request_body = Credentials, responses((status = 200, body = Me)))]
pub(crate) async fn sign_in(
    State(house): State<Shared>,
    headers: HeaderMap,
    extensions: Extensions,
    sent: Sent,
) -> Result<Response, Problem> {
    if headers.contains_key(header::ORIGIN) {
        house.check_origin(&headers)?;
        house.check_way(&headers)?;
    }
    let peer = Peer::of(&extensions);
    let from = house.place(&peer);
    let (user, came) = match sent.read::<Credentials>()?.proof()? {
        Proof::Password(name, password) => (house.sign_in(&name, password, &peer).await?, What::SignedIn(from)),
        Proof::Ticket(ticket) => (house.sign_in_by_link(&ticket, &peer).await?, What::SignedInByLink(from)),
    };
    let secret = Secret::fresh(&house.ports.chance, COOKIE_PREFIX);
    let users = house.ports.store.users();
    let now = house.clock().now();
    users.prune(now).await?;
    let caller = house.caller(user)?;
    if !users.add_session(&caller.by(), secret.hash, now + SESSION_LASTS, came).await? {
        return Err(Problem::new(Code::Unauthenticated, "the user has ended"));
    }
    let me = Me::new(&caller, &house.ports.firm.now());
    let mut response = Json(me).into_response();
    set_cookie(&mut response, &secret.text, SESSION_LASTS, house.is_https(&headers));
    Ok(response)
}

/// Signs out.
#[utoipa::path(delete, path = "/session", tag = "session", responses((status = 204)))]
pub(crate) async fn sign_out(
    State(house): State<Shared>,
    headers: HeaderMap,
    extensions: Extensions,
) -> Result<Response, Problem> {
    let (user, sign) = house.known(&headers).await?;
    if sign == Sign::Cookie {
        house.check_origin(&headers)?;
    }
    if let Some(hash) = cookie(&headers).and_then(hash_of) {
        let (by, went) = (By { user: user.name, role: Some(user.role) }, house.place(&Peer::of(&extensions)));
        house.ports.store.users().end_session(&by, hash, What::SignedOut(went)).await?;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    set_cookie(&mut response, "", Millis::ZERO, house.is_https(&headers));
    Ok(response)
}

/// Gives a ticket by which a page on another origin opens one socket within 30 seconds.
#[utoipa::path(post, path = "/tickets", tag = "session", request_body = NoBody, responses((status = 201, body = Ticket)))]
pub(crate) async fn ticket(State(house): State<Shared>, caller: Caller, sent: Sent) -> Result<Response, Problem> {
    let NoBody {} = sent.read()?;
    let secret = Secret::fresh(&house.ports.chance, TICKET_PREFIX);
    let ends_at = house.clock().now() + TICKET_LASTS;
    house.ports.store.users().add_ticket(&caller.user, secret.hash, ends_at).await?;
    let ticket = Ticket { ticket: secret.text, expires_at: time(ends_at) };
    Ok((StatusCode::CREATED, Json(ticket)).into_response())
}

fn set_cookie(response: &mut Response, value: &str, lasts: Millis, https: bool) {
    let secure = if https { "; Secure" } else { "" };
    let seconds = lasts.whole_secs();
    let cookie = format!("{COOKIE}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
}
