//! The door: who stands before it, by bearer token, session cookie or ticket.
//!
//! In: headers of a call. Out: a `Caller`, or 401. A cookie that changes something, or opens
//! a socket, must come from a page of ours (`Origin`). Never here: passwords, rights.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Method, header, request::Parts},
};
use contract::{Role, problem::Code};
use store::users::User;

use crate::{
    api::error::Problem,
    caller::Caller,
    house::{House, Shared},
    secret::hash_of,
};

/// The name of the session cookie.
pub const COOKIE: &str = "shouwen_session";

/// By which sign somebody is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// A program's header.
    Bearer,
    /// A browser's cookie.
    Cookie,
}

impl FromRequestParts<Shared> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, house: &Shared) -> Result<Self, Problem> {
        let (user, sign) = house.known(&parts.headers).await?;
        if sign == Sign::Cookie && changes(&parts.method) {
            house.check_origin(&parts.headers)?;
        }
        let caller = house.caller(user)?;
        house.notice(&caller).await;
        Ok(caller)
    }
}

impl House {
    /// An agent who calls is there, with a socket or without.
    async fn notice(&self, caller: &Caller) {
        if let (Some(agent), Some(branch)) = (&caller.agent, &caller.branch) {
            let presence = &self.ports.coord.presence;
            // Without coordination the router has no evidence either, and nobody is sent away.
            presence.beat(branch, agent, self.ports.settings.console).await.ok();
        }
    }

    /// Says who a call's headers name.
    pub async fn known(&self, headers: &HeaderMap) -> Result<(User, Sign), Problem> {
        let users = self.ports.store.users();
        if let Some(token) = bearer(headers)? {
            let user = match hash_of(token) {
                Some(hash) => users.of_token(hash).await?,
                None => None,
            };
            return user.map(|user| (user, Sign::Bearer)).ok_or_else(|| unknown("the token is not known"));
        }
        let Some(hash) = cookie(headers).and_then(hash_of) else {
            return Err(unknown("a bearer token or a session is needed"));
        };
        let user = users.of_session(hash, self.clock().now()).await?;
        user.map(|user| (user, Sign::Cookie)).ok_or_else(|| unknown("the session has ended"))
    }

    /// Says how far a user reaches: an agent works in the branch that the firm gives him, and
    /// one whom the firm does not know works nowhere.
    pub fn caller(&self, user: User) -> Result<Caller, Problem> {
        let branch = if user.role == Role::Agent {
            let firm = self.ports.firm.now();
            let known = user.agent.as_ref().and_then(|agent| firm.agent(agent));
            let nobody = || Problem::new(Code::WrongState, "the firm has no such agent");
            Some(known.ok_or_else(nobody)?.branch.clone())
        } else {
            user.branch
        };
        Ok(Caller { user: user.name, role: user.role, agent: user.agent, branch })
    }
}

/// Gives the value of the session cookie.
#[must_use]
pub fn cookie(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, value)| value)
}

fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let token = value.to_str().ok().and_then(|value| value.split_once(' '));
    match token {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(token.trim())),
        _ => Err(unknown("the Authorization header holds no bearer token")),
    }
}

fn unknown(detail: &'static str) -> Problem {
    Problem::new(Code::Unauthenticated, detail)
}

fn changes(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}
