//! The agents' socket: one connection of one screen, from its door to its end.
//!
//! In: an upgrade request, frames, the feed. Out: frames in order, commands, beats to
//! presence. One task serves one connection; slow or silent ones are closed with a reason.
//! Never here: what a commit shows (see `screen`), what a frame may look like.

#![expect(unused_qualifications, reason = "the macros of the OpenAPI document write them")]

mod connection;
mod desk;

use axum::{
    extract::{
        State,
        ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    http::{HeaderMap, StatusCode},
    response::Response,
};
use contract::{AgentId, BranchId, problem::Code};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    api::{body::Wanted, error::Problem, frame::FRAME_BYTES_MAX},
    caller::Caller,
    door::Sign,
    house::{House, Shared},
    rights::Act,
    secret::hash_of,
};
use connection::Connection;

/// Bytes read at once; the default of 128 KiB would be most of a connection's memory.
const READ_BUFFER_BYTES: usize = 4096;

/// Screens that one console holds at most.
const SCREENS_MAX: usize = 20_000;

/// How a socket is asked for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SocketQuery {
    /// A one-time ticket, for a page on another origin.
    #[serde(default)]
    pub ticket: Option<String>,
}

/// By which sign a screen was let in; asked again from time to time.
#[derive(Debug, Clone)]
pub(crate) enum Pass {
    /// The headers of the upgrade request.
    Headers(Box<HeaderMap>),
    /// A ticket of this user.
    Ticket(contract::UserId),
}

/// Opens the agents' WebSocket: frames `hello`, `offer`, `rescinded`, `case`, `message`,
/// `delivery`, `promise`, `agent`, `told`, `figures` and `result` come, `ready`, `away`, `accept`, `decline` and the
/// verbs of cases go.
#[utoipa::path(get, path = "/agent/socket", tag = "desk", params(SocketQuery), responses((status = 101)))]
pub async fn open(
    State(house): State<Shared>,
    headers: HeaderMap,
    wanted: Wanted,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let query: SocketQuery = wanted.read()?;
    let (caller, pass) = house.admitted(&headers, query.ticket.as_deref()).await?;
    let (agent, branch) = desk_of(&caller)?;
    if house.feed.screens() >= SCREENS_MAX {
        return Err(Problem::unavailable("the console holds as many screens as it may"));
    }
    let upgrade = upgrade.map_err(|_| {
        Problem::new(Code::Invalid, "this address speaks WebSocket only").with_status(StatusCode::UPGRADE_REQUIRED)
    })?;
    let upgrade = upgrade
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(0)
        .max_message_size(FRAME_BYTES_MAX)
        .max_frame_size(FRAME_BYTES_MAX);
    Ok(upgrade.on_upgrade(move |socket| Connection::new(house, caller, agent, branch, pass, socket).run()))
}

impl House {
    async fn admitted(&self, headers: &HeaderMap, ticket: Option<&str>) -> Result<(Caller, Pass), Problem> {
        if let Some(ticket) = ticket {
            let unknown = || Problem::new(Code::Unauthenticated, "the ticket is not known, was used, or is too old");
            let hash = hash_of(ticket).ok_or_else(unknown)?;
            let user = self.ports.store.users().take_ticket(hash, self.clock().now()).await?.ok_or_else(unknown)?;
            let pass = Pass::Ticket(user.name.clone());
            return Ok((self.caller(user)?, pass));
        }
        let (user, sign) = self.known(headers).await?;
        if sign == Sign::Cookie {
            self.check_origin(headers)?;
        }
        Ok((self.caller(user)?, Pass::Headers(Box::new(headers.clone()))))
    }

    /// Says whether whoever opened a screen may still hold it.
    pub(crate) async fn still_admitted(&self, pass: &Pass, agent: &AgentId) -> Result<bool, Problem> {
        let user = match pass {
            Pass::Headers(headers) => match self.known(headers).await {
                Ok((user, _)) => Some(user),
                Err(problem) if problem.code == Code::Unauthenticated => None,
                Err(problem) => return Err(problem),
            },
            Pass::Ticket(name) => self.ports.store.users().get(name).await?.filter(|user| user.ended_at.is_none()),
        };
        Ok(user.is_some_and(|user| user.agent.as_ref() == Some(agent)))
    }
}

fn desk_of(caller: &Caller) -> Result<(AgentId, BranchId), Problem> {
    caller.may(Act::HoldSocket)?;
    let agent = caller.own_agent()?.clone();
    let branch = caller.branch.clone();
    let branch = branch.ok_or_else(|| Problem::new(Code::WrongState, "the firm has no such agent"))?;
    Ok((agent, branch))
}
