//! The full house of a benchmark: a console, a front of doors, a notifier, routers, each in a
//! process of its own.
//!
//! In: branches, places on servers. Out: the house, agents who watch for offers. Never here: a
//! figure.

use std::{
    path::Path,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use futures_util::{StreamExt, TryStreamExt, stream};
use it::{
    house::{House, Servers as Places},
    http,
    load::{Doors, Offers},
    rest::Rest,
};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::Servers;

/// The secret of every account of a benchmark.
const SECRET: &str = "a-secret-of-the-bench";
/// Units of an agent: for every contact of a run, since nobody accepts.
const UNITS: u32 = 1_000;
/// Agents that are made at the same time.
const AT_ONCE: usize = 32;
/// How long a process may take to say how it is.
const ANSWER: Duration = Duration::from_secs(10);
/// The processes; of the routers as many as are asked for.
const PROCESSES: [(&str, &[&str]); 7] = [
    ("console", &["console"]),
    ("front", &["sms"]),
    ("notifier", &["notifier"]),
    ("router-1", &["router"]),
    ("router-2", &["router"]),
    ("router-3", &["router"]),
    ("router-4", &["router"]),
];
/// Processes beside the routers.
const OTHERS: usize = 3;

/// The processes of a house in which every role has one of its own.
const EVERY_ROLE: [(&str, &[&str]); 9] = [
    ("console", &["console"]),
    ("sms", &["sms"]),
    ("webhook", &["webhook"]),
    ("phone", &["phone"]),
    ("email", &["email"]),
    ("wechat", &["wechat"]),
    ("notifier", &["notifier"]),
    ("router-1", &["router"]),
    ("router-2", &["router"]),
];
/// Units of an agent who accepts and closes.
pub(crate) const WORKING_UNITS: u32 = 3;

/// Numbers the houses of one run.
static HOUSES: AtomicU32 = AtomicU32::new(0);

/// Starts a house with so many routers and agents of each branch, on nodes of RabbitMQ that are
/// its own, or on a virtual host of the common one.
pub(crate) async fn start(
    binary: &Path,
    servers: &Servers,
    nodes: Option<Vec<String>>,
    routers: usize,
    branches: &[String],
    agents: usize,
) -> Result<House> {
    let places = places(servers, nodes)?;
    let processes = PROCESSES.get(..OTHERS + routers).context("so many routers are not named")?;
    let accounts = branches.iter().map(|branch| {
        format!("[channels.sms.{branch}]\nbranch = \"{branch}\"\nprofile = \"generic\"\nsecret = \"{SECRET}\"\n")
    });
    let accounts: String = accounts.collect();
    House::start_processes(binary.to_owned(), processes, &places, &firm(branches, agents, UNITS), &accounts).await
}

/// Starts a house with every role in a process of its own, whose agents work and whose answers
/// go to a provider.
pub(crate) async fn start_working(
    binary: &Path,
    servers: &Servers,
    branches: &[String],
    agents: usize,
    provider: &str,
) -> Result<House> {
    let accounts = branches.iter().flat_map(|branch| {
        ["sms", "webhook"].map(|channel| {
            format!(
                "[channels.{channel}.{branch}]\nbranch = \"{branch}\"\nsecret = \"{SECRET}\"\n\
                 send_url = \"{provider}/{channel}\"\n"
            )
        })
    });
    let (firm, accounts) = (firm(branches, agents, WORKING_UNITS), accounts.collect::<String>());
    House::start_processes(binary.to_owned(), &EVERY_ROLE, &places(servers, None)?, &firm, &accounts).await
}

/// Gives a house places of its own: on nodes of RabbitMQ that are its own, or on the common one.
fn places(servers: &Servers, nodes: Option<Vec<String>>) -> Result<Places> {
    let number = HOUSES.fetch_add(1, Ordering::Relaxed);
    let name = format!("bench{number}");
    servers.postgres.ask("postgres", &format!("CREATE DATABASE {name}"))?;
    let bus = match nodes {
        Some(nodes) => nodes,
        None => {
            servers.rabbitmq.ctl(&["add_vhost", &name])?;
            servers.rabbitmq.ctl(&["set_permissions", "-p", &name, "guest", ".*", ".*", ".*"])?;
            vec![format!("{}/{name}", servers.rabbitmq.url())]
        }
    };
    let store = format!("{}/{name}", servers.postgres.url());
    Ok(Places { bus, store, coord: format!("{}/{number}", servers.redis.url()) })
}

/// Gives the doors of these branches.
pub(crate) fn doors(house: &House, branches: &[String], run: u32) -> Result<Doors> {
    let front = house.url_of("front")?;
    let urls = branches.iter().map(|branch| format!("{front}/channels/sms/{branch}")).collect();
    Ok(Doors { urls, secret: SECRET, run })
}

/// Gives the doors of every channel that works in these branches.
pub(crate) fn working_doors(house: &House, branches: &[String], run: u32) -> Result<Doors> {
    let mut urls = Vec::new();
    for channel in ["sms", "webhook"] {
        let door = house.url_of(channel)?;
        urls.extend(branches.iter().map(|branch| format!("{door}/channels/{channel}/{branch}")));
    }
    Ok(Doors { urls, secret: SECRET, run })
}

/// Makes users for these agents and signs in as each.
pub(crate) async fn agents(house: &House, branches: &[String], agents: usize) -> Result<Vec<Rest>> {
    let admin = house.admin()?;
    let names = branches.iter().flat_map(|branch| (0..agents).map(move |agent| (branch, format!("{branch}a{agent}"))));
    let signed_in = stream::iter(names).map(|(branch, agent)| {
        let admin = &admin;
        async move {
            let user = json!({ "name": agent, "role": "agent", "agent": agent, "branch": branch });
            made(admin.post("users", &user).await?)?;
            let token = made(admin.post(&format!("users/{agent}/tokens"), &json!({})).await?)?;
            let token = token.get("token").and_then(Value::as_str).context("no token")?.to_owned();
            anyhow::Ok(Rest::new(house.url(), token))
        }
    });
    signed_in.buffer_unordered(AT_ONCE).try_collect().await
}

/// Opens a desk of every agent of these branches, which notes the offers.
pub(crate) async fn watch(
    house: &House,
    branches: &[String],
    count: usize,
    offers: &Offers,
) -> Result<Vec<JoinHandle<()>>> {
    let mut desks = Vec::new();
    for agent in agents(house, branches, count).await? {
        desks.push(offers.watch(&agent).await?);
    }
    Ok(desks)
}

/// Tells which parts a process says it has.
pub(crate) async fn parts(house: &House, name: &str) -> Result<Vec<String>> {
    let said = http(ANSWER).get(format!("{}/readyz", house.url_of(name)?)).send().await?.text().await?;
    let said: Value = serde_json::from_str(&said)?;
    let parts = said.get("parts").and_then(Value::as_array).cloned().unwrap_or_default();
    Ok(parts.iter().filter_map(|part| part.get("name")?.as_str().map(str::to_owned)).collect())
}

/// Names so many branches.
pub(crate) fn branches(count: usize) -> Vec<String> {
    (0..count).map(|branch| format!("b{branch}")).collect()
}

fn made((status, body): (u16, Value)) -> Result<Value> {
    ensure!((200..300).contains(&status), "{status} {body}");
    Ok(body)
}

/// Writes a firm whose branches have a queue and so many agents each.
fn firm(branches: &[String], agents: usize, units: u32) -> String {
    let mut firm = String::from("[offer]\naccept_within = \"3600s\"\n\n");
    for branch in branches {
        firm += &format!(
            "[[branch]]\nid = \"{branch}\"\nname = \"{branch}\"\ntime_zone = \"Asia/Shanghai\"\n\n\
             [[queue]]\nid = \"{branch}q\"\nbranch = \"{branch}\"\nname = \"咨询\"\nkinds = [\"enquiry\"]\n\
             within = \"1h\"\nwrap_up = \"0s\"\nlead = \"{branch}a0\"\ndeputy = \"{branch}a1\"\n\n"
        );
        for agent in 0..agents {
            firm += &format!(
                "[[agent]]\nid = \"{branch}a{agent}\"\nname = \"坐席{agent}\"\nbranch = \"{branch}\"\n\
                 queues = [\"{branch}q\"]\nskills = {{ mandarin = 3 }}\nunits = {units}\n\n"
            );
        }
    }
    firm
}
