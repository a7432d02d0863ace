//! Sign-in links: an address that signs one user in once, within ten minutes.
//!
//! In: a user whom the caller manages. Out: an address of a page with a secret behind `#`, which
//! browsers send to nobody. Never here: the session it becomes.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use contract::{Millis, Role, UserId, problem::Code};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::{
        ask::NoBody,
        body::{Path, Sent, id},
        error::Problem,
        shape::time,
    },
    caller::Caller,
    house::Shared,
    rights::Act,
    secret::{LINK_PREFIX, Secret},
};

/// How long a link lasts.
const LINK_LASTS: Millis = Millis::from_secs(600);

/// A sign-in link.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Link {
    /// Opens the user's page and signs him in, once.
    url: String,
    /// The secret within it, for `POST /session`.
    ticket: String,
    /// Until when.
    #[schema(format = DateTime)]
    expires_at: String,
}

/// Makes a link by which a user signs in once, shown in this answer only.
#[utoipa::path(post, path = "/users/{name}/link", tag = "users", request_body = NoBody, responses((status = 201, body = Link)))]
pub(crate) async fn make(
    State(house): State<Shared>,
    caller: Caller,
    headers: HeaderMap,
    Path(name): Path<String>,
    sent: Sent,
) -> Result<Response, Problem> {
    caller.may(Act::ManageUsers)?;
    let NoBody {} = sent.read()?;
    let name: UserId = id(&name, "user")?;
    let user = house.managed(&caller, &name).await?;
    let secret = Secret::fresh(&house.ports.chance, LINK_PREFIX);
    let ends_at = house.clock().now() + LINK_LASTS;
    if !house.ports.store.users().add_link(&name, secret.hash, ends_at, &caller.by()).await? {
        return Err(Problem::new(Code::WrongState, "the user has ended"));
    }
    let page = if user.role == Role::Ops { "/ops" } else { "/" };
    let url = format!("{}{page}#signin={}", house.base(&headers), secret.text);
    let link = Link { url, ticket: secret.text, expires_at: time(ends_at) };
    Ok((StatusCode::CREATED, Json(link)).into_response())
}
