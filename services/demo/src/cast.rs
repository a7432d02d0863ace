//! The cast: users of the house for everybody who is played, and for the guests who look on.
//!
//! In: the administrator's token, tokens of an earlier run. Out: everybody signed in. Never here:
//! a role that its player does not need.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{agent::Player, morning::CLIENTS, rest::Rest, trouble::Trouble};

/// Agents whom nobody plays: their desks are left to whoever signs in.
pub const FREE: &[&str] = &["lin"];
/// The user who sends alerts, as a risk system does.
const RISK: &str = "demo-risk";
/// The user who reads figures for the tale.
const READER: &str = "demo-figures";

/// Tokens by user, as the data folder keeps them.
pub type Tokens = BTreeMap<String, String>;

/// Everybody who is played.
#[derive(Debug)]
pub struct Cast {
    /// The agents.
    pub agents: Vec<Player>,
    /// The risk system.
    pub risk: Rest,
    /// Whoever reads figures.
    pub reader: Rest,
}

/// Somebody of the firm whom a guest may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// His name as a user.
    pub user: &'static str,
    /// What he may do.
    pub role: &'static str,
    /// The agent he is.
    pub agent: Option<&'static str>,
    /// The branch he works in.
    pub branch: Option<&'static str>,
}

/// Whom guests may be.
pub const GUESTS: &[Part] = &[
    Part { user: "lin", role: "agent", agent: Some("lin"), branch: Some("hq") },
    Part { user: "xie", role: "supervisor", agent: None, branch: Some("hq") },
    Part { user: "ops1", role: "ops", agent: None, branch: None },
];

/// Makes the users who are missing, and the client book; `tokens` keeps what it is given.
pub async fn gather(admin: &Rest, tokens: &mut Tokens) -> Result<Cast, Trouble> {
    let (status, listed) = admin.get("agents").await?;
    let listed = listed.get("items").and_then(Value::as_array).cloned();
    let listed = listed.ok_or_else(|| Trouble::refused("the list of agents", status))?;
    let mut agents = Vec::new();
    for agent in &listed {
        let text = |key: &str| agent.get(key).and_then(Value::as_str).unwrap_or_default();
        let (id, branch) = (text("id"), text("branch"));
        let body = json!({ "name": id, "role": "agent", "agent": id, "branch": branch });
        user(admin, id, &body).await?;
        if !FREE.contains(&id) {
            let rest = signed_in(admin, id, tokens).await?;
            agents.push(Player { id: id.to_owned(), name: text("name").to_owned(), rest });
        }
    }
    for part in GUESTS.iter().filter(|part| part.agent.is_none()) {
        user(admin, part.user, &json!({ "name": part.user, "role": part.role, "branch": part.branch })).await?;
    }
    user(admin, RISK, &json!({ "name": RISK, "role": "integration" })).await?;
    user(admin, READER, &json!({ "name": READER, "role": "ops" })).await?;
    let risk = signed_in(admin, RISK, tokens).await?;
    let reader = signed_in(admin, READER, tokens).await?;
    admin.must("clients/import", &json!({ "csv": book() })).await?;
    Ok(Cast { agents, risk, reader })
}

/// Makes a user where he is not there.
async fn user(admin: &Rest, name: &str, body: &Value) -> Result<(), Trouble> {
    match admin.get(&format!("users/{name}")).await? {
        (200, _) => Ok(()),
        _ => admin.must("users", body).await.map(drop),
    }
}

/// Signs somebody in with the token of an earlier run, or another one.
async fn signed_in(admin: &Rest, name: &str, tokens: &mut Tokens) -> Result<Rest, Trouble> {
    if let Some(known) = tokens.get(name) {
        let rest = Rest::new(admin.url(), known)?;
        if rest.get("session").await?.0 == 200 {
            return Ok(rest);
        }
    }
    let made = admin.must(&format!("users/{name}/tokens"), &json!({})).await?;
    let token = made.get("token").and_then(Value::as_str).ok_or_else(|| Trouble::refused(name, "no token"))?;
    tokens.insert(name.to_owned(), token.to_owned());
    Rest::new(admin.url(), token)
}

/// Gives a client's telephone number.
#[must_use]
pub fn phone(client: u64) -> String {
    format!("1300000{client:04}")
}

/// Gives a client's id with the official account.
#[must_use]
pub fn follower(client: u64) -> String {
    format!("oDemoFollowerOfKf{client:011}")
}

/// Gives a client's mailbox.
#[must_use]
pub fn mailbox(client: u64) -> String {
    format!("client{client:04}@client.example")
}

/// Gives a client's number in the book.
#[must_use]
pub fn number(client: u64) -> String {
    format!("demo-{client:04}")
}

/// Gives a client's name.
#[must_use]
pub fn name(client: u64) -> String {
    const FAMILY: &[&str] = &["赵", "钱", "孙", "李", "周", "吴", "郑", "王", "冯", "陈", "褚", "卫"];
    const TITLE: &[&str] = &["先生", "女士"];
    let pick = |list: &[&'static str], place: u64| {
        let place = usize::try_from(place).unwrap_or_default() % list.len().max(1);
        list.get(place).copied().unwrap_or_default()
    };
    format!("{}{}", pick(FAMILY, client), pick(TITLE, client / 12))
}

/// Makes the link to a client's own page, as a program of the firm does for its messages; `None`
/// in a house that makes none.
pub async fn client_link(program: &Rest, client: u64) -> Result<Option<String>, Trouble> {
    let (status, found) = program.get(&format!("clients?number={}", number(client))).await?;
    let id = found.pointer("/items/0/id").and_then(Value::as_str);
    let id = id.ok_or_else(|| Trouble::refused("the look for a client", status))?;
    match program.post(&format!("clients/{id}/link"), &json!({})).await? {
        (404, _) => Ok(None),
        (status, made) => {
            let path = made.get("path").and_then(Value::as_str);
            let path = path.ok_or_else(|| Trouble::refused("a client's link", status))?;
            Ok(Some(format!("{}{path}", program.url())))
        }
    }
}

/// Gives the client book: made-up people, whom all channels know as the same ones.
fn book() -> String {
    let mut csv = "id,name,class,risk_class,risk_valid_until,branch,phone,email,wechat\n".to_owned();
    for client in 0..CLIENTS {
        let (number, name) = (number(client), name(client));
        let class = if client % 15 == 14 { "important" } else { "ordinary" };
        let risk = client % 5 + 1;
        let (phone, mailbox, follower) = (phone(client), mailbox(client), follower(client));
        csv.push_str(&format!("{number},{name},{class},C{risk},2030-12-31,hq,{phone},{mailbox},{follower}\n"));
    }
    csv
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_book_has_a_line_for_every_client_and_each_number_once() {
        let book = book();
        let numbers: std::collections::BTreeSet<_> =
            book.lines().skip(1).filter_map(|line| line.split(',').nth(6)).collect();
        assert_eq!(numbers.len() as u64, CLIENTS);
        assert!(numbers.iter().all(|number| number.len() == 11));
    }
}
