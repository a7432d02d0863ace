//! The configuration as TOML: the effective one with its secrets hidden, and the default
//! one with what each key means.
//!
//! In: a tree. Out: text that reads back. Never here: a secret.

use std::{fmt::Write, path::Path};

use coord::Kind;
use runtime::telemetry::LogForm;

use super::{
    Account, Address, Config, FirmFile, Secret, Servers, Way,
    channel::{Over, PhoneProfile, Verify},
    size,
};

/// What stands for a secret.
pub(super) const HIDDEN: &str = "(hidden)";

/// One key: its table, its name, its value as TOML, and what it means.
struct Key {
    section: &'static str,
    name: &'static str,
    value: Value,
    means: &'static str,
}

/// A value as TOML.
enum Value {
    /// It is set, or the default.
    Set(String),
    /// It is not set and has no default; an example.
    Unset(&'static str),
}

/// Shows the effective configuration.
pub(crate) fn show(config: &Config) -> String {
    let mut text = String::new();
    let mut section = "";
    for key in keys(config) {
        if key.section != section {
            section = key.section;
            put(&mut text, format_args!("\n[{section}]\n"));
        }
        if let Value::Set(value) = key.value {
            put(&mut text, format_args!("{} = {value}\n", key.name));
        }
    }
    for account in &config.accounts {
        put(&mut text, format_args!("\n[channels.{}.{}]\n", account.kind(), account.id));
        for (name, value) in settings(account) {
            put(&mut text, format_args!("{name} = {value}\n"));
        }
    }
    text
}

/// Gives the content of `deploy/config.default.toml`.
pub(crate) fn default_file() -> String {
    let mut text = include_str!("default_head.txt").to_owned();
    let mut section = "";
    for key in keys(&Config::default()) {
        if key.section != section {
            section = key.section;
            put(&mut text, format_args!("\n[{section}]\n"));
        }
        match key.value {
            Value::Set(value) => put(&mut text, format_args!("# {}\n{} = {value}\n", key.means, key.name)),
            Value::Unset(example) => put(&mut text, format_args!("# {}\n# {} = {example}\n", key.means, key.name)),
        }
    }
    text + include_str!("default_channels.txt")
}

fn keys(config: &Config) -> Vec<Key> {
    let firm = match &config.firm {
        FirmFile::Sample => "sample".to_owned(),
        FirmFile::File(path) => path.display().to_string(),
    };
    let form = match config.log_form {
        LogForm::Text => "text",
        LogForm::Json => "json",
    };
    let firm_means = "The firm file: branches, queues, rules, targets, agents, topics; or \"sample\".";
    let data_means = "The data folder: records, bus, keys, secrets made at the first start.";
    let listen_means = "Where HTTP listens; put a proxy with TLS before it.";
    let filter_means = "Which log lines are written to standard error, `info`, `warn,router=debug`.";
    let form_means = "How they look: \"text\", or \"json\" with one object a line.";
    let mut keys = vec![
        set("", "firm", quoted(&firm), firm_means),
        set("", "data", quoted(&config.data.display().to_string()), data_means),
        set("http", "listen", quoted(&config.listen.to_string()), listen_means),
        key("http", "public_url", config.public_url.as_deref().map(quoted), "\"https://kf.example\"", PUBLIC),
        key("http", "trusted_proxies", proxies(config), "[\"10.0.0.5\", \"fd00::/8\"]", PROXIES),
        key("http", "name", config.name.as_deref().map(quoted), "\"desk1\"", NAME),
    ];
    keys.extend(bus(config));
    keys.extend(records(config.servers.as_ref()));
    keys.extend(coord(config.servers.as_ref()));
    let file = config.keys.as_ref().map(|path| quoted(&path.display().to_string()));
    keys.push(key("keys", "file", file, "\"/etc/shouwen/keys\"", KEYS));
    keys.push(set("log", "filter", quoted(&config.log_filter), filter_means));
    keys.push(set("log", "form", quoted(form), form_means));
    keys
}

const PUBLIC: &str = "Under which address browsers reach the pages; links begin with it, and with https people sign in by \
                      HTTPS alone. Without it clients are sent no link to `/s/…`, their own page.";
const PROXIES: &str =
    "Proxies, by address or network, that are believed when `X-Forwarded-For` says who calls [default: none].";
const NAME: &str = "The name of this process in the journal, unlike any other's [default: made in the data folder].";
const KEYS: &str = "The key file that all processes of a house on servers share [default: keys, in the data folder].";
const PASSWORD: &str = "The password, where the address does not hold it.";
const CA: &str = "Certificates that the server's is checked by, PEM [default: the system's].";

fn bus(config: &Config) -> Vec<Key> {
    let server = config.servers.as_ref().map(|servers| &servers.bus);
    let url = server.map_or_else(|| quoted("embedded"), |server| urls(&server.urls));
    vec![
        set(
            "bus",
            "url",
            url,
            "The bus: \"embedded\", in the data folder; or RabbitMQ, amqp(s)://…, or a list of its nodes.",
        ),
        key(
            "bus",
            "user",
            server.and_then(|server| server.user.as_deref()).map(quoted),
            "\"shouwen\"",
            "Who signs in, where the address does not say it.",
        ),
        key(
            "bus",
            "password",
            server.and_then(|server| server.password.as_ref()).map(hidden),
            "{ file = \"bus.password\" }",
            PASSWORD,
        ),
        key("bus", "ca", server.and_then(|server| server.ca.as_ref()).map(|ca| path(ca)), "\"ca.pem\"", CA),
        set(
            "bus",
            "max_messages",
            config.queue.messages.to_string(),
            "Messages that one queue holds; beyond that the doors refuse.",
        ),
        set("bus", "max_bytes", quoted(&size::shown(config.queue.bytes)), "Bytes that one queue holds."),
    ]
}

fn records(servers: Option<&Servers>) -> Vec<Key> {
    let server = servers.map(|servers| &servers.store);
    let url = server.map_or_else(|| quoted("sqlite"), |server| quoted(&server.url.shown()));
    let connections = server.map(|server| server.connections.to_string());
    vec![
        set("store", "url", url, "The records: \"sqlite\", in the data folder; or PostgreSQL, postgres://…"),
        key(
            "store",
            "password",
            server.and_then(|server| server.password.as_ref()).map(hidden),
            "{ file = \"store.password\" }",
            PASSWORD,
        ),
        key("store", "connections", connections, "8", "Connections of this process to PostgreSQL."),
    ]
}

fn coord(servers: Option<&Servers>) -> Vec<Key> {
    let server = servers.map(|servers| &servers.coord);
    let url = server.map_or_else(|| quoted("local"), |server| urls(&server.urls));
    let kind = server.map(|server| &server.kind);
    let cluster = kind.filter(|kind| **kind == Kind::Cluster).map(|_| true.to_string());
    let sentinel = kind.and_then(|kind| if let Kind::Sentinel(master) = kind { Some(quoted(master)) } else { None });
    vec![
        set(
            "coord",
            "url",
            url,
            "What may be lost: \"local\", in memory; or Redis, redis(s)://…, or a list of addresses.",
        ),
        key("coord", "cluster", cluster, "true", "The addresses are nodes of a cluster."),
        key(
            "coord",
            "sentinel",
            sentinel,
            "\"shouwen\"",
            "The addresses are sentinels who know the master of this name.",
        ),
        key(
            "coord",
            "sentinel_user",
            server.and_then(|server| server.sentinel_user.as_deref()).map(quoted),
            "\"shouwen\"",
            "Who asks the sentinels, where they want to know.",
        ),
        key(
            "coord",
            "sentinel_password",
            server.and_then(|server| server.sentinel_password.as_ref()).map(hidden),
            "{ file = \"sentinel.password\" }",
            "With which password.",
        ),
        key(
            "coord",
            "password",
            server.and_then(|server| server.password.as_ref()).map(hidden),
            "{ file = \"coord.password\" }",
            PASSWORD,
        ),
        key("coord", "ca", server.and_then(|server| server.ca.as_ref()).map(|ca| path(ca)), "\"ca.pem\"", CA),
    ]
}

const fn set(section: &'static str, name: &'static str, value: String, means: &'static str) -> Key {
    Key { section, name, value: Value::Set(value), means }
}

fn key(
    section: &'static str,
    name: &'static str,
    value: Option<String>,
    example: &'static str,
    means: &'static str,
) -> Key {
    Key { section, name, value: value.map_or(Value::Unset(example), Value::Set), means }
}

/// Shows one address as a text, several as a list.
fn urls(urls: &[Address]) -> String {
    match urls {
        [only] => quoted(&only.shown()),
        several => {
            let shown: Vec<_> = several.iter().map(|url| quoted(&url.shown())).collect();
            format!("[{}]", shown.join(", "))
        }
    }
}

fn proxies(config: &Config) -> Option<String> {
    let shown: Vec<_> = config.trusted_proxies.iter().map(|proxy| quoted(&proxy.to_string())).collect();
    (!shown.is_empty()).then(|| format!("[{}]", shown.join(", ")))
}

fn path(path: &Path) -> String {
    quoted(&path.display().to_string())
}

fn settings(account: &Account) -> Vec<(&'static str, String)> {
    let mut list = Vec::new();
    if let Some(branch) = &account.branch {
        list.push(("branch", quoted(branch.as_str())));
    }
    match &account.way {
        Way::Phone(phone) => {
            let profile = match phone.profile {
                PhoneProfile::Generic => "generic",
                PhoneProfile::Freeswitch => "freeswitch",
            };
            list.push(("profile", quoted(profile)));
            list.push(("secret", hidden(&phone.secret)));
        }
        Way::Wechat(wechat) => {
            list.push(("app_id", quoted(&wechat.app_id)));
            list.push(("app_secret", hidden(&wechat.app_secret)));
            list.push(("token", hidden(&wechat.token)));
            list.push(("aes_key", format!("[{}]", wechat.aes_keys.iter().map(hidden).collect::<Vec<_>>().join(", "))));
            list.extend(wechat.api_url.iter().map(|url| ("api_url", quoted(url))));
        }
        Way::Sms(sms) => {
            list.push(("profile", quoted("generic")));
            list.push(("secret", hidden(&sms.secret)));
            list.extend(sms.send_url.iter().map(|url| ("send_url", quoted(&url.place()))));
        }
        Way::Email(email) => {
            let domains: Vec<_> = email.domains.iter().map(|domain| quoted(domain)).collect();
            list.push(("domains", format!("[{}]", domains.join(", "))));
            list.extend(email.from.iter().map(|from| ("from", quoted(from))));
            list.extend(email.smtp_listen.iter().map(|listen| ("smtp_listen", quoted(&listen.to_string()))));
            list.extend(email.lmtp_listen.iter().map(|listen| ("lmtp_listen", quoted(&listen.to_string()))));
            list.extend(email.smtp_send.iter().map(|url| ("smtp_send", quoted(&url.place()))));
            list.extend(email.smtp_user.iter().map(|user| ("smtp_user", quoted(user))));
            list.extend(email.smtp_password.iter().map(|password| ("smtp_password", hidden(password))));
        }
        Way::Webhook(webhook) => {
            list.push(("secret", hidden(&webhook.secret)));
            list.extend(webhook.send_url.iter().map(|url| ("send_url", quoted(&url.place()))));
            list.extend(webhook.namespace.iter().map(|namespace| ("namespace", quoted(namespace.as_str()))));
            list.extend(webhook.map.iter().map(|map| ("map", inline(map))));
            list.extend(webhook.verify.iter().map(|verify| ("verify", scheme(verify))));
        }
    }
    list
}

fn inline(map: &[(&'static str, String)]) -> String {
    let pairs: Vec<_> = map.iter().map(|(name, pointer)| format!("{name} = {}", quoted(pointer))).collect();
    format!("{{ {} }}", pairs.join(", "))
}

fn scheme(verify: &Verify) -> String {
    let encoding = if verify.base64 { "base64" } else { "hex" };
    let (over, stamp) = match &verify.over {
        Over::Body => ("body", None),
        Over::StampedBody(stamp) => ("stamped_body", Some(stamp)),
        Over::Token => ("token", None),
    };
    let stamp = stamp.map_or_else(String::new, |stamp| format!(", stamp_header = {}", quoted(stamp)));
    format!(
        "{{ header = {}, prefix = {}, over = {}, encoding = {}{stamp} }}",
        quoted(&verify.header),
        quoted(&verify.prefix),
        quoted(over),
        quoted(encoding)
    )
}

fn hidden(secret: &Secret) -> String {
    match secret {
        Secret::Given(_) => quoted(HIDDEN),
        Secret::Made => quoted("(made at the first start, in the data folder)"),
    }
}

/// Writes a TOML text.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn put(text: &mut String, args: std::fmt::Arguments<'_>) {
    text.write_fmt(args).expect("a String takes everything");
}
