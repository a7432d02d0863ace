//! Users: who signs in, by password or token, and which browsers are signed in.
//!
//! In: names, roles, hashes. Out: the user behind a token, a cookie, a ticket; nobody once he
//! is ended. Who changes what of them is journalled with the change. Never here: a password or a token itself; what a role may do.

use contract::{
    AgentId, BranchId, Role, Timestamp, UserId,
    audit::{By, TokenOf, UserMade, What},
};
use sea_orm::{ConnectionTrait, QueryResult, Value};

use crate::{Store, StoreError, journal::audit, row::Columns};

/// Bytes of the hash of a token, a cookie, a ticket.
pub const SECRET_HASH_BYTES: usize = 32;
/// Bytes of a token's hash by which the journal names it.
const TOKEN_NAME_BYTES: usize = 8;
/// Tokens that one user has at most.
pub const TOKENS_PER_USER_MAX: i64 = 100;

/// The hash of a secret.
pub type SecretHash = [u8; SECRET_HASH_BYTES];

/// Somebody, or a program, who may sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// His name.
    pub name: UserId,
    /// What he may do.
    pub role: Role,
    /// The agent he is.
    pub agent: Option<AgentId>,
    /// The one branch he works in; `None` = all.
    pub branch: Option<BranchId>,
    /// Since when he is known.
    pub made_at: Timestamp,
    /// Since when he may not sign in any more.
    pub ended_at: Option<Timestamp>,
}

/// A token as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The hash of it.
    pub hash: SecretHash,
    /// When it was made.
    pub made_at: Timestamp,
}

/// The room of users.
#[derive(Debug, Clone)]
pub struct Users(Store);

impl Store {
    /// Gives the room of users.
    #[must_use]
    pub fn users(&self) -> Users {
        Users(self.clone())
    }
}

impl Users {
    /// Makes a user; false when the name is taken, and then nothing changes.
    pub async fn add(&self, user: &User, by: &By) -> Result<bool, StoreError> {
        let values: [Value; 5] = [
            user.name.as_str().into(),
            user.role.as_str().into(),
            user.agent.as_ref().map(AgentId::as_str).into(),
            user.branch.as_ref().map(BranchId::as_str).into(),
            user.made_at.as_ms().into(),
        ];
        let made = UserMade {
            user: user.name.clone(),
            role: user.role,
            agent: user.agent.clone(),
            branch: user.branch.clone(),
        };
        self.change(ADD, values, by, What::UserMade(made)).await
    }

    /// Gives a user.
    pub async fn get(&self, name: &UserId) -> Result<Option<User>, StoreError> {
        self.0.one(BY_NAME, [name.as_str().into()]).await?.map(|row| take(&row)).transpose()
    }

    /// Gives up to `limit` users after a name, by name.
    pub async fn list(&self, after: Option<&UserId>, limit: u32) -> Result<Vec<User>, StoreError> {
        let values = [after.map_or("", UserId::as_str).into(), i64::from(limit).into()];
        self.0.all(LIST, values).await?.iter().map(take).collect()
    }

    /// Says whether anybody may sign in at all.
    pub async fn any(&self) -> Result<bool, StoreError> {
        self.list(None, 1).await.map(|users| !users.is_empty())
    }

    /// Says whether anybody may sign in by a password.
    pub async fn any_password(&self) -> Result<bool, StoreError> {
        Ok(self.0.one(ANY_PASSWORD, []).await?.is_some())
    }

    /// Ends a user, his tokens and his sessions; false when there is none.
    pub async fn end(&self, name: &UserId, at: Timestamp, by: &By) -> Result<bool, StoreError> {
        let (store, dialect, by, user) = (self.0.clone(), self.0.dialect(), by.clone(), name.clone());
        let name = name.as_str().to_owned();
        self.0
            .write(move |tx| {
                Box::pin(async move {
                    let ended =
                        tx.execute_raw(dialect.statement(END, [at.as_ms().into(), name.clone().into()])).await?;
                    for sql in [END_TOKENS, END_SESSIONS, END_TICKETS] {
                        tx.execute_raw(dialect.statement(sql, [name.clone().into()])).await?;
                    }
                    let ended = ended.rows_affected() == 1;
                    if ended {
                        audit::append(tx, &store, &by, What::UserEnded(user)).await?;
                    }
                    Ok(ended)
                })
            })
            .await
    }

    /// Gives a user his password's hash in place of an earlier one, and ends his sessions;
    /// false when there is no such user.
    pub async fn set_password(&self, name: &UserId, hash: String, by: &By) -> Result<bool, StoreError> {
        let (store, dialect, by, user) = (self.0.clone(), self.0.dialect(), by.clone(), name.clone());
        let name = name.as_str().to_owned();
        self.0
            .write(move |tx| {
                Box::pin(async move {
                    let set = tx.execute_raw(dialect.statement(PASSWORD, [hash.into(), name.clone().into()])).await?;
                    for sql in [END_SESSIONS, END_TICKETS] {
                        tx.execute_raw(dialect.statement(sql, [name.clone().into()])).await?;
                    }
                    let set = set.rows_affected() == 1;
                    if set {
                        audit::append(tx, &store, &by, What::PasswordSet(user)).await?;
                    }
                    Ok(set)
                })
            })
            .await
    }

    /// Gives a user who may sign in and the hash of his password, if he has one.
    pub async fn with_password(&self, name: &UserId) -> Result<Option<(User, Option<String>)>, StoreError> {
        let row = self.0.one(BY_NAME, [name.as_str().into()]).await?;
        let user = row.map(|row| Ok::<_, StoreError>((take(&row)?, row.text_or_none("password")?))).transpose()?;
        Ok(user.filter(|(user, _)| user.ended_at.is_none()))
    }

    /// Keeps the hash of a new token; false when the user is not there, has ended, or has
    /// `TOKENS_PER_USER_MAX` already.
    pub async fn add_token(&self, name: &UserId, hash: SecretHash, at: Timestamp, by: &By) -> Result<bool, StoreError> {
        let values: [Value; 4] =
            [hash.to_vec().into(), name.as_str().into(), at.as_ms().into(), TOKENS_PER_USER_MAX.into()];
        self.change(ADD_TOKEN, values, by, What::TokenMade(token_of(name, &hash))).await
    }

    /// Gives a user's tokens, oldest first.
    pub async fn tokens(&self, name: &UserId) -> Result<Vec<Token>, StoreError> {
        let rows = self.0.all(TOKENS, [name.as_str().into()]).await?;
        rows.iter().map(|row| Ok(Token { hash: row.array("hash")?, made_at: row.time("made_at")? })).collect()
    }

    /// Ends a token of a user; false when there is none.
    pub async fn end_token(&self, name: &UserId, hash: SecretHash, by: &By) -> Result<bool, StoreError> {
        let values: [Value; 2] = [hash.to_vec().into(), name.as_str().into()];
        self.change(END_TOKEN, values, by, What::TokenEnded(token_of(name, &hash))).await
    }

    /// Gives the user behind a token.
    pub async fn of_token(&self, hash: SecretHash) -> Result<Option<User>, StoreError> {
        self.0.one(OF_TOKEN, [hash.to_vec().into()]).await?.map(|row| take(&row)).transpose()
    }

    /// Keeps the hash of a session's cookie, and how its user came in; false when he is not there or has ended.
    pub async fn add_session(
        &self,
        by: &By,
        hash: SecretHash,
        ends_at: Timestamp,
        what: What,
    ) -> Result<bool, StoreError> {
        let values: [Value; 3] = [hash.to_vec().into(), by.user.as_str().into(), ends_at.as_ms().into()];
        self.change(ADD_SESSION, values, by, what).await
    }

    /// Gives the user behind a cookie whose session has not ended.
    pub async fn of_session(&self, hash: SecretHash, now: Timestamp) -> Result<Option<User>, StoreError> {
        self.0.one(OF_SESSION, [hash.to_vec().into(), now.as_ms().into()]).await?.map(|row| take(&row)).transpose()
    }

    /// Ends a session of a user; false when there is none.
    pub async fn end_session(&self, by: &By, hash: SecretHash, what: What) -> Result<bool, StoreError> {
        self.change(END_SESSION, [hash.to_vec().into(), by.user.as_str().into()], by, what).await
    }

    /// Keeps the hash of a ticket.
    pub async fn add_ticket(&self, name: &UserId, hash: SecretHash, ends_at: Timestamp) -> Result<(), StoreError> {
        let values: [Value; 3] = [hash.to_vec().into(), name.as_str().into(), ends_at.as_ms().into()];
        self.run(ADD_TICKET, values).await.map(drop)
    }

    /// Keeps the hash of a ticket by which a user signs in once; false when he is not there or has ended.
    pub async fn add_link(
        &self,
        name: &UserId,
        hash: SecretHash,
        ends_at: Timestamp,
        by: &By,
    ) -> Result<bool, StoreError> {
        let values: [Value; 3] = [hash.to_vec().into(), name.as_str().into(), ends_at.as_ms().into()];
        self.change(ADD_LINK, values, by, What::LinkMade(name.clone())).await
    }

    /// Uses a ticket up and gives the user behind it; nobody the second time.
    pub async fn take_ticket(&self, hash: SecretHash, now: Timestamp) -> Result<Option<User>, StoreError> {
        let dialect = self.0.dialect();
        let name = self
            .0
            .write(move |tx| {
                Box::pin(async move {
                    let values: [Value; 2] = [hash.to_vec().into(), now.as_ms().into()];
                    let row = tx.query_one_raw(dialect.statement(TAKE_TICKET, values)).await?;
                    row.map(|row| row.word::<UserId>("user")).transpose()
                })
            })
            .await?;
        match name {
            Some(name) => Ok(self.get(&name).await?.filter(|user| user.ended_at.is_none())),
            None => Ok(None),
        }
    }

    /// Forgets sessions and tickets that ended before `now`.
    pub async fn prune(&self, now: Timestamp) -> Result<(), StoreError> {
        let dialect = self.0.dialect();
        self.0
            .write_unhurried(move |tx| {
                Box::pin(async move {
                    for sql in [PRUNE_SESSIONS, PRUNE_TICKETS] {
                        tx.execute_raw(dialect.statement(sql, [now.as_ms().into()])).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Changes one row and journals it in the same transaction; false when there is none.
    async fn change<const N: usize>(
        &self,
        sql: &'static str,
        values: [Value; N],
        by: &By,
        what: What,
    ) -> Result<bool, StoreError> {
        let (store, dialect, by) = (self.0.clone(), self.0.dialect(), by.clone());
        self.0
            .write(move |tx| {
                Box::pin(async move {
                    let changed = tx.execute_raw(dialect.statement(sql, values)).await?.rows_affected() == 1;
                    if changed {
                        audit::append(tx, &store, &by, what).await?;
                    }
                    Ok(changed)
                })
            })
            .await
    }

    async fn run<const N: usize>(&self, sql: &'static str, values: [Value; N]) -> Result<u64, StoreError> {
        let dialect = self.0.dialect();
        self.0
            .write(move |tx| {
                Box::pin(async move { Ok(tx.execute_raw(dialect.statement(sql, values)).await?.rows_affected()) })
            })
            .await
    }
}

fn token_of(user: &UserId, hash: &SecretHash) -> TokenOf {
    TokenOf { user: user.clone(), token: hash.iter().copied().take(TOKEN_NAME_BYTES).collect() }
}

fn take(row: &QueryResult) -> Result<User, StoreError> {
    Ok(User {
        name: row.word("name")?,
        role: row.word("role")?,
        agent: row.word_or_none("agent")?,
        branch: row.word_or_none("branch")?,
        made_at: row.time("made_at")?,
        ended_at: row.time_or_none("ended_at")?,
    })
}

const ADD: &str = "INSERT INTO \"user\" (name, role, agent, branch, made_at) VALUES ($1, $2, $3, $4, $5) \
                   ON CONFLICT (name) DO NOTHING";
const BY_NAME: &str = "SELECT * FROM \"user\" WHERE name = $1";
const LIST: &str = "SELECT * FROM \"user\" WHERE name > $1 ORDER BY name LIMIT $2";
const END: &str = "UPDATE \"user\" SET ended_at = $1, password = NULL WHERE name = $2 AND ended_at IS NULL";
const END_TOKENS: &str = "DELETE FROM token WHERE \"user\" = $1";
const END_SESSIONS: &str = "DELETE FROM session WHERE \"user\" = $1";
const END_TICKETS: &str = "DELETE FROM ticket WHERE \"user\" = $1";
const PASSWORD: &str = "UPDATE \"user\" SET password = $1 WHERE name = $2 AND ended_at IS NULL";
const ADD_TOKEN: &str = "INSERT INTO token (hash, \"user\", made_at) SELECT $1, name, $3 FROM \"user\" \
                         WHERE name = $2 AND ended_at IS NULL \
                         AND (SELECT COUNT(*) FROM token WHERE \"user\" = $2) < $4";
const END_TOKEN: &str = "DELETE FROM token WHERE hash = $1 AND \"user\" = $2";
const TOKENS: &str = "SELECT hash, made_at FROM token WHERE \"user\" = $1 ORDER BY made_at, hash";
const OF_TOKEN: &str = "SELECT u.* FROM token t JOIN \"user\" u ON u.name = t.\"user\" \
                        WHERE t.hash = $1 AND u.ended_at IS NULL";
const ADD_SESSION: &str = "INSERT INTO session (hash, \"user\", ends_at) SELECT $1, name, $3 FROM \"user\" \
                           WHERE name = $2 AND ended_at IS NULL";
const END_SESSION: &str = "DELETE FROM session WHERE hash = $1 AND \"user\" = $2";
const OF_SESSION: &str = "SELECT u.* FROM session s JOIN \"user\" u ON u.name = s.\"user\" \
                          WHERE s.hash = $1 AND s.ends_at > $2 AND u.ended_at IS NULL";
const ADD_TICKET: &str = "INSERT INTO ticket (hash, \"user\", ends_at) VALUES ($1, $2, $3)";
const ADD_LINK: &str = "INSERT INTO ticket (hash, \"user\", ends_at) SELECT $1, name, $3 FROM \"user\" \
                        WHERE name = $2 AND ended_at IS NULL";
const ANY_PASSWORD: &str = "SELECT name FROM \"user\" WHERE password IS NOT NULL LIMIT 1";
const TAKE_TICKET: &str = "DELETE FROM ticket WHERE hash = $1 AND ends_at > $2 RETURNING \"user\"";
const PRUNE_SESSIONS: &str = "DELETE FROM session WHERE ends_at <= $1";
const PRUNE_TICKETS: &str = "DELETE FROM ticket WHERE ends_at <= $1";
