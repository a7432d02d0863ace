//! The tokens by which commands on this machine enter the running house.
//!
//! In: users of the house's own. Out: files of mode 0600 in the data folder, one for each
//! role that commands need. Never here: a token of a person.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use console::secret::{Secret, TOKEN_PREFIX, hash_of};
use contract::{Role, UserId, audit::By};
use runtime::Chance;
use store::{Store, users::User};

use crate::private;

/// Roles that commands need: users and firm; dead letters; cases.
const ROLES: [Role; 3] = [Role::Admin, Role::Ops, Role::Supervisor];

/// Gives the file that holds the token of a role; the administrator's is `token`.
pub(crate) fn path(data: &Path, role: Role) -> PathBuf {
    match role {
        Role::Admin => data.join("token"),
        Role::Agent | Role::Supervisor | Role::Ops | Role::Compliance | Role::Integration => {
            data.join("tokens").join(role.as_str())
        }
    }
}

/// Tokens of one role that the data folders of a house on servers may hold; beyond that the
/// oldest ends.
const FOLDERS_MAX: usize = 64;

/// Who else has tokens of the house's own users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Others {
    /// Nobody: the house has one data folder.
    None,
    /// Other processes, in data folders of theirs.
    May,
}

/// Makes sure that every role's token is there and good.
pub(super) async fn make(data: &Path, store: &Store, chance: &Chance, others: Others) -> Result<()> {
    for role in ROLES {
        let path = path(data, role);
        if !is_good(&path, store).await? {
            let token = fresh(store, role, chance, others).await?;
            private::write(&path, &format!("{token}\n")).with_context(|| format!("writing {}", path.display()))?;
        }
    }
    Ok(())
}

/// Says whether a file's token still belongs to the house's own user.
async fn is_good(path: &Path, store: &Store) -> Result<bool> {
    let Ok(token) = private::read(path) else { return Ok(false) };
    let Some(hash) = hash_of(&token) else { return Ok(false) };
    Ok(store.users().of_token(hash).await?.is_some())
}

async fn fresh(store: &Store, role: Role, chance: &Chance, others: Others) -> Result<String> {
    let name: UserId = format!("local-{role}").parse()?;
    let now = store.clock().now();
    let users = store.users();
    let user = User { name: name.clone(), role, agent: None, branch: None, made_at: now, ended_at: None };
    if !users.add(&user, &By::house()).await? {
        let known = users.get(&name).await?.context("a user was added and is not there")?;
        ensure!(known.role == role && known.ended_at.is_none(), "the user {name} is the house's own and must stay");
    }
    // What an earlier data folder or a lost file left behind is of no use to anybody.
    let tokens = users.tokens(&name).await?;
    let kept = if others == Others::May { FOLDERS_MAX - 1 } else { 0 };
    let left = tokens.len().saturating_sub(kept);
    for token in tokens.into_iter().take(left) {
        users.end_token(&name, token.hash, &By::house()).await?;
    }
    let secret = Secret::fresh(chance, TOKEN_PREFIX);
    ensure!(users.add_token(&name, secret.hash, now, &By::house()).await?, "no token could be made for {name}");
    Ok(secret.text)
}
