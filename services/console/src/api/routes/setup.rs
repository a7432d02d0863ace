//! The first start: whether anybody can sign in, and where the first secrets lie if nobody can.
//!
//! In: nothing; whoever asks is not known yet. Out: yes, or the paths of the key file and of the
//! administrator's token. Never here: what lies in them; who makes the first user proves himself
//! by that token.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{api::error::Problem, house::Shared};

/// How far the house is set up.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Setup {
    /// Whether somebody has a password.
    ready: bool,
    /// Where the keys lie, of which a copy must be kept; only while nobody can sign in.
    keys: Option<String>,
    /// Where the administrator's token lies; only while nobody can sign in.
    token: Option<String>,
}

/// Says whether anybody can sign in by a password.
#[utoipa::path(get, path = "/setup", tag = "session", security(()), responses((status = 200, body = Setup)))]
pub(crate) async fn show(State(house): State<Shared>) -> Result<Json<Setup>, Problem> {
    let ready = house.ports.store.users().any_password().await?;
    let first = house.ports.settings.first.clone().filter(|_| !ready);
    let (keys, token) = first.map_or((None, None), |first| (first.keys, Some(first.token)));
    Ok(Json(Setup { ready, keys, token }))
}
