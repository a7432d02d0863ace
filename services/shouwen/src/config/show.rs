//! The configuration as TOML: the effective one with its secrets hidden, and the default
//! one with what each key means.
//!
//! In: a tree. Out: text that reads back. Never here: a secret.

use std::fmt::Write;

use runtime::telemetry::LogForm;

use super::{
    Account, Config, FirmFile, Secret, Way,
    channel::{Over, PhoneProfile, Verify},
};

/// What stands for a secret.
const HIDDEN: &str = "(hidden)";

/// One key: its table, its name, its value as TOML, and what it means.
struct Key {
    section: &'static str,
    name: &'static str,
    value: String,
    means: &'static str,
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
        put(&mut text, format_args!("{} = {}\n", key.name, key.value));
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
        put(&mut text, format_args!("# {}\n{} = {}\n", key.means, key.name, key.value));
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
    let key = |section, name, value: &str, means| Key { section, name, value: quoted(value), means };
    vec![
        key("", "firm", &firm, "The firm file: branches, queues, rules, targets, agents, topics; or \"sample\"."),
        key(
            "",
            "data",
            &config.data.display().to_string(),
            "The data folder: records, bus, keys, secrets made at the first start.",
        ),
        key("http", "listen", &config.listen.to_string(), "Where HTTP listens; put a proxy with TLS before it."),
        key("bus", "url", "embedded", "The bus: in the data folder."),
        key("store", "url", "sqlite", "The records: in the data folder."),
        key("coord", "url", "local", "What may be lost: in memory."),
        key(
            "log",
            "filter",
            &config.log_filter,
            "Which log lines are written to standard error, `info`, `warn,router=debug`.",
        ),
        key("log", "form", form, "How they look: \"text\", or \"json\" with one object a line."),
    ]
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
            list.extend(sms.send_url.iter().map(|url| ("send_url", address(url))));
        }
        Way::Email(email) => {
            let domains: Vec<_> = email.domains.iter().map(|domain| quoted(domain)).collect();
            list.push(("domains", format!("[{}]", domains.join(", "))));
            list.extend(email.from.iter().map(|from| ("from", quoted(from))));
            list.extend(email.smtp_listen.iter().map(|listen| ("smtp_listen", quoted(&listen.to_string()))));
            list.extend(email.lmtp_listen.iter().map(|listen| ("lmtp_listen", quoted(&listen.to_string()))));
            list.extend(email.smtp_send.iter().map(|url| ("smtp_send", address(url))));
            list.extend(email.smtp_user.iter().map(|user| ("smtp_user", quoted(user))));
            list.extend(email.smtp_password.iter().map(|password| ("smtp_password", hidden(password))));
        }
        Way::Webhook(webhook) => {
            list.push(("secret", hidden(&webhook.secret)));
            list.extend(webhook.send_url.iter().map(|url| ("send_url", address(url))));
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

/// Shows an address without the password or the query that may stand in it.
fn address(url: &str) -> String {
    let url = url.split('?').next().unwrap_or(url);
    let shown = match url.split_once("://") {
        Some((scheme, rest)) => match rest.rsplit_once('@') {
            Some((_, host)) => format!("{scheme}://{HIDDEN}@{host}"),
            None => url.to_owned(),
        },
        None => url.to_owned(),
    };
    quoted(&shown)
}

/// Writes a TOML text.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn put(text: &mut String, args: std::fmt::Arguments<'_>) {
    text.write_fmt(args).expect("a String takes everything");
}
