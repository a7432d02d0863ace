//! `[bus]`, `[store]`, `[coord]`, `[keys]`: in the data folder, or on servers that many
//! processes share.
//!
//! In: their tables. Out: the servers, or none for a house of one process. Never here: a
//! connection.

mod scheme;
mod settings;

use std::path::PathBuf;

use bus::Limit;
use coord::Kind;
use firm::sheet::{Field, Table};
use store::Postgres;

use super::{Address, Secret, read::Place, size};
use scheme::{Login, Scheme};

/// The fewest and the most messages that a queue may be allowed.
const MESSAGES: (i64, i64) = (1_000, 100_000_000);
/// The fewest bytes that a queue may be allowed: 16 MiB.
const BYTES_MIN: u64 = 16 << 20;
/// The most connections to the records.
const CONNECTIONS_MAX: i64 = 1_000;

/// Servers that the processes of a house share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Servers {
    /// The bus.
    pub(crate) bus: BusServer,
    /// The records.
    pub(crate) store: StoreServer,
    /// What may be lost.
    pub(crate) coord: CoordServer,
}

/// The nodes of a RabbitMQ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BusServer {
    /// Their addresses, without user and password; any of them will do.
    pub(crate) urls: Vec<Address>,
    /// Who signs in.
    pub(crate) user: Option<String>,
    /// With which password.
    pub(crate) password: Option<Secret>,
    /// The certificates that theirs are checked by, in place of the system's.
    pub(crate) ca: Option<PathBuf>,
}

/// A PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoreServer {
    /// Its address, with user and database.
    pub(crate) url: Address,
    /// With which password.
    pub(crate) password: Option<Secret>,
    /// Connections of each process.
    pub(crate) connections: u32,
}

/// A Redis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CoordServer {
    /// Addresses: of the one, of nodes of a cluster, of sentinels.
    pub(crate) urls: Vec<Address>,
    /// What the addresses are.
    pub(crate) kind: Kind,
    /// With which password.
    pub(crate) password: Option<Secret>,
    /// Who asks the sentinels.
    pub(crate) sentinel_user: Option<String>,
    /// With which password.
    pub(crate) sentinel_password: Option<Secret>,
    /// The certificates that theirs are checked by, in place of the system's.
    pub(crate) ca: Option<PathBuf>,
}

/// Reads how much a queue holds, in either house.
pub(super) fn limit(table: &Table<'_>) -> Limit {
    let mut limit = Limit::default();
    if let Some(messages) = table.get("max_messages").and_then(|field| field.whole(MESSAGES.0, MESSAGES.1)) {
        limit.messages = u64::try_from(messages).unwrap_or(limit.messages);
    }
    if let Some(field) = table.get("max_bytes")
        && let Some(bytes) = size::read(&field)
    {
        if bytes < BYTES_MIN {
            field.error(format!("is less than {}", size::shown(BYTES_MIN)));
        }
        limit.bytes = bytes;
    }
    limit
}

/// Reads `[bus]`.
pub(super) fn bus(table: &Table<'_>, place: &Place<'_>) -> Stands<BusServer> {
    outside(table, &["user", "password", "ca"], &Scheme::AMQP).map(|urls| {
        let (urls, logins): (Vec<_>, Vec<_>) = urls.iter().map(scheme::login).unzip();
        let (named, known) = one_login(table, logins);
        let user = text(table, "user").or(named);
        let password = secret(table, "password", place).or(known.map(Secret::Given));
        BusServer { urls, user, password, ca: path(table, "ca", place) }
    })
}

/// Gives the login of addresses that may each hold one: the nodes of a broker know the same users.
fn one_login(table: &Table<'_>, logins: Vec<Login>) -> Login {
    let mut held = logins.into_iter().filter(|login| *login != Login::default());
    let first = held.next().unwrap_or_default();
    if held.any(|other| other != first)
        && let Some(field) = table.get("url")
    {
        field.error("signs in differently at its nodes, which know the same users: name one by `user` and `password`");
    }
    first
}

/// Reads `[store]`.
pub(super) fn store(table: &Table<'_>, place: &Place<'_>) -> Stands<StoreServer> {
    outside(table, &["password", "connections"], &Scheme::POSTGRES).map(|urls| {
        if urls.len() > 1
            && let Some(field) = table.get("url")
        {
            field.error("is a list: the records are on one server; name its stand-ins by one address that moves");
        }
        let password = secret(table, "password", place);
        let connections = table.get("connections").and_then(|field| field.whole(2, CONNECTIONS_MAX));
        let connections = connections.and_then(|count| u32::try_from(count).ok()).unwrap_or(Postgres::CONNECTIONS);
        StoreServer { url: urls.into_iter().next().unwrap_or_default(), password, connections }
    })
}

/// Reads `[coord]`.
pub(super) fn coord(table: &Table<'_>, place: &Place<'_>) -> Stands<CoordServer> {
    let keys = ["cluster", "sentinel", "sentinel_user", "sentinel_password", "password", "ca"];
    outside(table, &keys, &Scheme::REDIS).map(|urls| {
        let kind = kind(table);
        if kind == Kind::Single
            && urls.len() > 1
            && let Some(field) = table.get("url")
        {
            field.error("is a list: set `cluster = true`, or `sentinel` to the master's name");
        }
        if !matches!(kind, Kind::Sentinel(_)) {
            for field in ["sentinel_user", "sentinel_password"].into_iter().filter_map(|key| table.get(key)) {
                field.error("belongs to sentinels: set `sentinel` to the master's name");
            }
        }
        CoordServer {
            urls,
            kind,
            password: secret(table, "password", place),
            sentinel_user: text(table, "sentinel_user"),
            sentinel_password: secret(table, "sentinel_password", place),
            ca: path(table, "ca", place),
        }
    })
}

fn kind(table: &Table<'_>) -> Kind {
    let cluster = table.get("cluster").and_then(|field| field.flag()).unwrap_or(false);
    let sentinel = text(table, "sentinel");
    if cluster && sentinel.is_some() {
        table.error("is either a cluster or behind sentinels, not both");
    }
    match sentinel {
        Some(master) => Kind::Sentinel(master),
        None if cluster => Kind::Cluster,
        None => Kind::Single,
    }
}

/// Where one of the three is.
pub(super) enum Stands<T> {
    /// In this process.
    Here,
    /// On a server.
    There(T),
    /// That could not be read, and was named.
    Unclear,
}

/// Puts the three together. A house is all in one process or all on servers: between the two,
/// what one process knows alone the others would miss. Says, too, whether it is on servers, if
/// that is clear.
pub(super) fn whole(
    root: &Table<'_>,
    three: (Stands<BusServer>, Stands<StoreServer>, Stands<CoordServer>),
) -> (Option<Servers>, Option<bool>) {
    let outside = [("bus", three.0.is_there()), ("store", three.1.is_there()), ("coord", three.2.is_there())];
    match three {
        (Stands::There(bus), Stands::There(store), Stands::There(coord)) => {
            return (Some(Servers { bus, store, coord }), Some(true));
        }
        (Stands::Here, Stands::Here, Stands::Here) => return (None, Some(false)),
        _ => {}
    }
    if let [(_, Some(_)), (_, Some(_)), (_, Some(_))] = outside {
        mixed(root, &outside);
    }
    (None, None)
}

/// Says at the first server that the others are missing.
fn mixed(root: &Table<'_>, outside: &[(&'static str, Option<bool>)]) {
    let names = |wanted: bool| -> String {
        let names = outside.iter().filter(|(_, is)| *is == Some(wanted)).map(|(name, _)| format!("[{name}]"));
        names.collect::<Vec<_>>().join(" and ")
    };
    let first = outside.iter().find(|(_, is)| *is == Some(true));
    if let Some(field) = first.and_then(|(name, _)| root.get(name)?.table()?.get("url")) {
        field.error(format!(
            "a house stands on servers with all of [bus], [store] and [coord], or with none: \
             {} on a server and {} in this process do not go together",
            names(true),
            names(false)
        ));
    }
}

impl<T> Stands<T> {
    const fn is_there(&self) -> Option<bool> {
        match self {
            Self::Here => Some(false),
            Self::There(_) => Some(true),
            Self::Unclear => None,
        }
    }

    fn map<U>(self, make: impl FnOnce(T) -> U) -> Stands<U> {
        match self {
            Self::Here => Stands::Here,
            Self::There(value) => Stands::There(make(value)),
            Self::Unclear => Stands::Unclear,
        }
    }
}

/// Gives the addresses of servers; where the url says that there is none, no other key of a
/// server may stand there.
fn outside(table: &Table<'_>, keys: &[&'static str], scheme: &Scheme) -> Stands<Vec<Address>> {
    let urls = match table.get("url") {
        Some(field) => scheme.read(&field),
        None => Some(Vec::new()),
    };
    match urls {
        None => {
            // What the others mean cannot be told.
            table.spare();
            Stands::Unclear
        }
        Some(urls) if urls.is_empty() => {
            for field in keys.iter().filter_map(|key| table.get(key)) {
                field.error(format!("belongs to a server, and url is “{}”", scheme.inside));
            }
            Stands::Here
        }
        Some(urls) => Stands::There(urls),
    }
}

fn text(table: &Table<'_>, key: &'static str) -> Option<String> {
    table.get(key).and_then(|field| field.filled()).map(str::to_owned)
}

fn secret(table: &Table<'_>, key: &'static str, place: &Place<'_>) -> Option<Secret> {
    table.get(key).and_then(|field: Field<'_>| Secret::read(&field, place.folder(&field)))
}

/// Reads the path of a file that must be there.
pub(super) fn path(table: &Table<'_>, key: &'static str, place: &Place<'_>) -> Option<PathBuf> {
    let field = table.get(key)?;
    let path = place.folder(&field).join(field.filled()?);
    if !path.is_file() {
        field.error(format!("there is no file {}", path.display()));
    }
    Some(path)
}
