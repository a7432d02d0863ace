//! Users and tokens, for admins.
//!
//! In: names, roles, passwords. Out: users without their secrets; a token, once. Never here:
//! what a role may do.

pub(super) mod link;

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use contract::{AgentId, BranchId, Role, UserId, problem::Code};
use serde::{Deserialize, Serialize};
use store::users::{SecretHash, User};
use utoipa::ToSchema;

use crate::{
    api::{
        allowed::{form, spare_form},
        ask::NoBody,
        body::{Path, Sent, Text, Wanted, id, maybe},
        error::Problem,
        key::{Key, Request},
        page::Page,
        shape::{List, time},
    },
    caller::Caller,
    house::{House, Shared},
    password::PasswordError,
    rights::Act,
    secret::{Secret, TOKEN_PREFIX},
};

/// A user to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewUser {
    /// His name, `[a-z0-9_-]`.
    #[schema(schema_with = form::<UserId>)]
    name: Text<UserId>,
    /// `agent`, `supervisor`, `ops`, `compliance`, `admin` or `integration`.
    #[schema(schema_with = form::<Role>)]
    role: Text<Role>,
    /// The agent he is; needed for the role `agent`.
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = spare_form::<AgentId>, required = false)]
    agent: Option<AgentId>,
    /// The one branch he works in; where none is given all, of a branch's admin his own.
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = spare_form::<BranchId>, required = false)]
    branch: Option<BranchId>,
    /// His first password; without one he signs in by token only.
    #[serde(default)]
    #[schema(min_length = 8)]
    password: Option<String>,
}

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordBody {
    /// At least eight characters.
    #[schema(min_length = 8)]
    password: String,
}

/// A user.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = User)]
pub(crate) struct UserShape {
    /// His name.
    name: String,
    /// What he may do.
    role: &'static str,
    /// The agent he is.
    agent: Option<String>,
    /// The one branch he works in; `null` = all.
    branch: Option<String>,
    /// Since when he is known.
    #[schema(format = DateTime)]
    made_at: String,
    /// Since when he may not sign in any more.
    #[schema(format = DateTime)]
    ended_at: Option<String>,
}

/// A token as lists show it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct TokenShape {
    /// Names it, for its end.
    id: String,
    /// When it was made.
    #[schema(format = DateTime)]
    made_at: String,
    /// The token itself, in the answer that made it and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

impl From<&User> for UserShape {
    fn from(user: &User) -> Self {
        Self {
            name: user.name.to_string(),
            role: user.role.as_str(),
            agent: user.agent.as_ref().map(ToString::to_string),
            branch: user.branch.as_ref().map(ToString::to_string),
            made_at: time(user.made_at),
            ended_at: user.ended_at.map(time),
        }
    }
}

/// Users, by name.
#[utoipa::path(get, path = "/users", tag = "users", params(Page), responses((status = 200, body = List<UserShape>)))]
pub(crate) async fn list(
    State(house): State<Shared>,
    caller: Caller,
    wanted: Wanted,
) -> Result<Json<List<UserShape>>, Problem> {
    caller.may(Act::ManageUsers)?;
    let page: Page = wanted.read()?;
    let after: Option<UserId> = page.after()?;
    let read = house.ports.store.users().list(after.as_ref(), page.and_one()).await?;
    let (users, next) = page.cut(read, |user| user.name.clone());
    let shown = users.iter().filter(|user| house.is_managed(&caller, user));
    Ok(Json(List::page(shown.map(UserShape::from).collect(), next)))
}

/// Makes a user.
#[utoipa::path(post, path = "/users", tag = "users", request_body = NewUser, responses((status = 201, body = UserShape)))]
pub(crate) async fn add(
    State(house): State<Shared>,
    caller: Caller,
    key: Key,
    sent: Sent,
) -> Result<Response, Problem> {
    caller.may(Act::ManageUsers)?;
    let new: NewUser = sent.read()?;
    let user = house.user(&caller, &new)?;
    let request = Request { what: "add user", body: &sent };
    let work = async || {
        let hash = match new.password {
            Some(password) => Some(house.passwords.hash(password).await.map_err(refused)?),
            None => None,
        };
        let users = house.ports.store.users();
        if !users.add(&user, &caller.by()).await? {
            return Err(Problem::new(Code::WrongState, "the name is taken").of_field("name"));
        }
        if let Some(hash) = hash {
            users.set_password(&user.name, hash, &caller.by()).await?;
        }
        Ok((StatusCode::CREATED, UserShape::from(&user), UserShape::from(&user)))
    };
    house.once(&caller, key, request, work).await
}

/// One user.
#[utoipa::path(get, path = "/users/{name}", tag = "users", responses((status = 200, body = UserShape)))]
pub(crate) async fn show(
    State(house): State<Shared>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<UserShape>, Problem> {
    caller.may(Act::ManageUsers)?;
    let user = house.managed(&caller, &id(&name, "user")?).await?;
    Ok(Json(UserShape::from(&user)))
}

/// Ends a user: he signs in no more, his name stays in the records.
#[utoipa::path(delete, path = "/users/{name}", tag = "users", responses((status = 204)))]
pub(crate) async fn end(
    State(house): State<Shared>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    caller.may(Act::ManageUsers)?;
    let name: UserId = id(&name, "user")?;
    if name == caller.user {
        return Err(Problem::new(Code::WrongState, "nobody ends himself"));
    }
    house.managed(&caller, &name).await?;
    if house.ports.store.users().end(&name, house.clock().now(), &caller.by()).await? {
        tracing::info!(user = %name, by = %caller.user, "a user was ended");
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(Problem::absent("user"))
}

/// Gives a user another password and ends his sessions.
#[utoipa::path(put, path = "/users/{name}/password", tag = "users", request_body = PasswordBody, responses((status = 204)))]
pub(crate) async fn password(
    State(house): State<Shared>,
    caller: Caller,
    Path(name): Path<String>,
    sent: Sent,
) -> Result<StatusCode, Problem> {
    caller.may(Act::ManageUsers)?;
    let name: UserId = id(&name, "user")?;
    let body: PasswordBody = sent.read()?;
    house.managed(&caller, &name).await?;
    let hash = house.passwords.hash(body.password).await.map_err(refused)?;
    if house.ports.store.users().set_password(&name, hash, &caller.by()).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(Problem::absent("user"))
}

/// A user's tokens, oldest first, without the tokens themselves.
#[utoipa::path(get, path = "/users/{name}/tokens", tag = "users", responses((status = 200, body = List<TokenShape>)))]
pub(crate) async fn tokens(
    State(house): State<Shared>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<List<TokenShape>>, Problem> {
    caller.may(Act::ManageUsers)?;
    let user = house.managed(&caller, &id(&name, "user")?).await?;
    let tokens = house.ports.store.users().tokens(&user.name).await?;
    let shape =
        |token: store::users::Token| TokenShape { id: hex(&token.hash), made_at: time(token.made_at), token: None };
    Ok(Json(List::whole(tokens.into_iter().map(shape).collect())))
}

/// Makes a token, shown in this answer only.
#[utoipa::path(post, path = "/users/{name}/tokens", tag = "users", request_body = NoBody, responses((status = 201, body = TokenShape)))]
pub(crate) async fn token(
    State(house): State<Shared>,
    caller: Caller,
    Path(name): Path<String>,
    key: Key,
    sent: Sent,
) -> Result<Response, Problem> {
    caller.may(Act::ManageUsers)?;
    let NoBody {} = sent.read()?;
    let name: UserId = id(&name, "user")?;
    house.managed(&caller, &name).await?;
    let what = format!("add token of {name}");
    let request = Request { what: &what, body: &sent };
    let work = async || {
        let secret = Secret::fresh(&house.ports.chance, TOKEN_PREFIX);
        let now = house.clock().now();
        let users = house.ports.store.users();
        if !users.add_token(&name, secret.hash, now, &caller.by()).await? {
            let ended = users.get(&name).await?.ok_or_else(|| Problem::absent("user"))?.ended_at.is_some();
            let why = if ended { "the user has ended" } else { "the user has as many tokens as any may have" };
            return Err(Problem::new(Code::WrongState, why));
        }
        let kept = TokenShape { id: hex(&secret.hash), made_at: time(now), token: None };
        Ok((StatusCode::CREATED, TokenShape { token: Some(secret.text), ..kept.clone() }, kept))
    };
    house.once(&caller, key, request, work).await
}

/// Ends a token.
#[utoipa::path(delete, path = "/users/{name}/tokens/{id}", tag = "users", responses((status = 204)))]
pub(crate) async fn end_token(
    State(house): State<Shared>,
    caller: Caller,
    Path((name, token)): Path<(String, String)>,
) -> Result<Response, Problem> {
    caller.may(Act::ManageUsers)?;
    let (name, absent): (UserId, _) = (id(&name, "user")?, || Problem::absent("token"));
    house.managed(&caller, &name).await?;
    let users = house.ports.store.users();
    let hash = users.tokens(&name).await?.into_iter().map(|token| token.hash).find(|hash| hex(hash) == token);
    if users.end_token(&name, hash.ok_or_else(absent)?, &caller.by()).await? {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Err(absent())
}

impl House {
    /// Gives a user whom the caller may manage.
    async fn managed(&self, caller: &Caller, name: &UserId) -> Result<User, Problem> {
        let user = self.ports.store.users().get(name).await?.ok_or_else(|| Problem::absent("user"))?;
        let foreign = || Problem::new(Code::NotYours, "that user is not of this user's branch");
        if self.is_managed(caller, &user) { Ok(user) } else { Err(foreign()) }
    }

    /// Says whether a user works in no other branch than the caller manages.
    fn is_managed(&self, caller: &Caller, user: &User) -> bool {
        let firm = self.ports.firm.now();
        let branch = match &user.agent {
            Some(agent) => firm.agent(agent).map(|agent| &agent.branch),
            None => user.branch.as_ref(),
        };
        caller.branch.is_none() || branch.is_some_and(|branch| caller.reaches(branch))
    }

    /// Checks a user that is to be made against the firm.
    fn user(&self, caller: &Caller, new: &NewUser) -> Result<User, Problem> {
        let firm = self.ports.firm.now();
        let agent = match (&new.agent, new.role.0) {
            (Some(agent), Role::Agent) => {
                Some(firm.agent(agent).ok_or_else(|| Problem::field("agent", "the firm has no such agent"))?)
            }
            (None, Role::Agent) => return Err(Problem::field("agent", "missing field")),
            (Some(_), _) => return Err(Problem::field("agent", "only the role agent is an agent")),
            (None, _) => None,
        };
        if let Some(branch) = &new.branch {
            if !firm.book.firm.branches.iter().any(|known| known.id == *branch) {
                return Err(Problem::field("branch", "the firm has no such branch"));
            }
            if agent.is_some_and(|agent| agent.branch != *branch) {
                return Err(Problem::field("branch", "the agent works in another branch"));
            }
        }
        let branch = match agent {
            Some(agent) => caller.listed(Some(agent.branch.clone())).map(|_| new.branch.clone())?,
            None => caller.listed(new.branch.clone())?,
        };
        Ok(User {
            name: new.name.0.clone(),
            role: new.role.0,
            agent: new.agent.clone(),
            branch,
            made_at: self.clock().now(),
            ended_at: None,
        })
    }
}

fn refused(error: PasswordError) -> Problem {
    match error {
        PasswordError::TooShort | PasswordError::TooLong => Problem::field("password", error.to_string()),
        PasswordError::Hash => Problem::unavailable("the password cannot be hashed at the moment"),
    }
}

fn hex(hash: &SecretHash) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
