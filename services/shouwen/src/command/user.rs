//! `shouwen user`: people and programs that sign in.
//!
//! In: names, roles, a password from standard input. Out: users; a token, once.
//! Never here: a password on a command line.

use std::{io::BufRead, process::ExitCode};

use anyhow::{Context, Result, ensure};
use axum::http::Method;
use contract::{Role, UserId};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::{
    cli::{Common, Person, User},
    client::Client,
    out,
};

pub(super) async fn run(common: &Common, what: &User) -> Result<ExitCode> {
    let client = Client::connect(common, Role::Admin).await?;
    let done = match what {
        User::Add(person) => add(common, &client, person).await,
        User::Password { name } => password(common, &client, name).await,
        User::Token(person) => token(common, &client, person).await,
    };
    client.close().await;
    done.map(|()| ExitCode::SUCCESS)
}

async fn add(common: &Common, client: &Client, person: &Person) -> Result<()> {
    let password = typed()?;
    let mut body = shape(person);
    if let Some(fields) = body.as_object_mut() {
        fields.insert("password".to_owned(), Value::from(password.as_str()));
    }
    let made = client.post("users", &body).await?;
    if common.json {
        out::json(&made);
    } else {
        out::line(&format!("user {} was made", person.name));
    }
    Ok(())
}

async fn password(common: &Common, client: &Client, name: &UserId) -> Result<()> {
    let body = json!({ "password": typed()?.as_str() });
    client.call(Method::PUT, &format!("users/{name}/password"), Some(body.to_string())).await?;
    if common.json {
        out::json(&json!({ "name": name.as_str(), "ok": true }));
    } else {
        out::line(&format!("user {name} has another password"));
    }
    Ok(())
}

/// Makes the user if he is not there; one who is there must be the same.
async fn token(common: &Common, client: &Client, person: &Person) -> Result<()> {
    let name = &person.name;
    match client.find(&format!("users/{name}")).await? {
        None => drop(client.post("users", &shape(person)).await?),
        Some(known) => {
            let same = ["role", "agent", "branch"].iter().all(|key| agrees(&known, &shape(person), key));
            ensure!(same, "user {name} is there already, with another role, agent or branch");
        }
    }
    let made = client.post(&format!("users/{name}/tokens"), &json!({})).await?;
    if common.json {
        out::json(&made);
    } else {
        out::line(made.get("token").and_then(Value::as_str).context("the house gave no token")?);
    }
    Ok(())
}

fn shape(person: &Person) -> Value {
    let mut body = json!({ "name": person.name.as_str(), "role": person.role.as_str() });
    if let Some(fields) = body.as_object_mut() {
        fields.extend(person.agent.iter().map(|agent| ("agent".to_owned(), Value::from(agent.as_str()))));
        fields.extend(person.branch.iter().map(|branch| ("branch".to_owned(), Value::from(branch.as_str()))));
    }
    body
}

fn agrees(known: &Value, wanted: &Value, key: &str) -> bool {
    known.get(key).filter(|value| !value.is_null()) == wanted.get(key)
}

/// Reads a password, the first line of standard input.
fn typed() -> Result<Zeroizing<String>> {
    let mut line = Zeroizing::new(String::new());
    std::io::stdin().lock().read_line(&mut line).context("reading the password from standard input")?;
    let password = line.trim_end_matches(['\r', '\n']);
    ensure!(!password.is_empty(), "a password is read from standard input, and there is none");
    Ok(Zeroizing::new(password.to_owned()))
}
