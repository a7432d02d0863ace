//! Reading the configuration from all its sources.
//!
//! In: texts. Out: the tree, or all faults. Never here: the file system, but for secrets
//! that stand in files of their own.

use std::path::{Path, PathBuf};

use firm::{
    Faults,
    sheet::{Field, Sheet, Table},
};
use runtime::telemetry::{LogForm, is_filter};

use super::{
    Config, FirmFile, channel,
    servers::{self, Stands},
};
use crate::process;

/// What every variable of ours begins with.
const PREFIX: &str = "SHOUWEN__";
/// What a house without a configuration file has: doors to try, with secrets made for it.
const WITHOUT_FILE: &str = "[channels.phone.main]\n[channels.sms.main]\n[channels.webhook.app]\n";
/// The name under which faults of that are shown.
const WITHOUT_FILE_NAME: &str = "built-in configuration";

/// Where a configuration comes from.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    /// The file's path with its text; `None` = there is no file.
    pub(crate) file: Option<(PathBuf, String)>,
    /// The environment's variables.
    pub(crate) variables: Vec<(String, String)>,
    /// `--firm`.
    pub(crate) firm: Option<String>,
    /// `--data`.
    pub(crate) data: Option<PathBuf>,
    /// `--listen`.
    pub(crate) listen: Option<std::net::SocketAddr>,
}

/// Reads the configuration; the warnings come with it.
pub(crate) fn read(sources: &Sources) -> Result<(Config, Faults), Faults> {
    match look(sources) {
        (Some(config), faults) if faults.errors.is_empty() => Ok((config, faults)),
        (_, faults) => Err(faults),
    }
}

/// Reads the configuration as far as it can be read, for checks that go on; none of a text that
/// is no TOML.
pub(crate) fn look(sources: &Sources) -> (Option<Config>, Faults) {
    let (name, text) = match &sources.file {
        Some((path, text)) => (path.display().to_string(), text.as_str()),
        // Doors to try have secrets of their own, which no other process would know.
        None if names_server(&sources.variables) => (WITHOUT_FILE_NAME.to_owned(), ""),
        None => (WITHOUT_FILE_NAME.to_owned(), WITHOUT_FILE),
    };
    let mut sheet = Sheet::parse(&name, text);
    for (variable, value) in &sources.variables {
        if let Some(path) = variable.strip_prefix(PREFIX) {
            let path: Vec<_> = path.split("__").map(str::to_lowercase).collect();
            sheet.lay_over(&path, variable, value);
        }
    }
    let folder = sources.file.as_ref().and_then(|(path, _)| path.parent()).unwrap_or(Path::new(""));
    let mut config = tree(&sheet.root(), Place { file: &name, folder, shared: None });
    flags(sources, &mut config);
    (Some(config).filter(|_| sheet.is_whole()), sheet.into_faults())
}

/// Says whether the environment names a server.
fn names_server(variables: &[(String, String)]) -> bool {
    const URLS: [(&str, &str); 3] =
        [("SHOUWEN__BUS__URL", "embedded"), ("SHOUWEN__STORE__URL", "sqlite"), ("SHOUWEN__COORD__URL", "local")];
    variables.iter().any(|(name, value)| URLS.iter().any(|(url, inside)| name == url && value != inside))
}

/// From where relative paths count, and what kind of house is read.
pub(super) struct Place<'a> {
    file: &'a str,
    folder: &'a Path,
    /// Whether the house stands on servers, if that is clear.
    pub(super) shared: Option<bool>,
}

impl Place<'_> {
    /// The file's folder for what stands in the file, the working folder for the rest.
    pub(super) fn folder(&self, field: &Field<'_>) -> &Path {
        if field.file() == self.file { self.folder } else { Path::new("") }
    }
}

fn tree(root: &Table<'_>, mut place: Place<'_>) -> Config {
    let mut config = Config::default();
    place.shared = house(root, &place, &mut config);
    let path = |field: &Field<'_>| Some(place.folder(field).join(field.filled()?));
    if let Some(field) = root.get("firm")
        && let (Some(text), Some(path)) = (field.filled(), path(&field))
    {
        config.firm = FirmFile::named(text, path);
    }
    if let Some(data) = root.get("data").and_then(|field| path(&field)) {
        config.data = data;
    }
    section(root, "http", |table| {
        if let Some(listen) = table.get("listen").and_then(|field| address(&field)) {
            config.listen = listen;
        }
        config.public_url = table.get("public_url").and_then(|field| public_url(&field));
        config.trusted_proxies = table.list("trusted_proxies").iter().filter_map(Field::parse).collect();
        config.name = table.get("name").and_then(|field| name(&field, place.shared));
    });
    section(root, "keys", |table| {
        if let Some(field) = table.get("file") {
            config.keys = path(&field);
            if place.shared == Some(false) {
                field.error("is for a house on servers; the keys of this one lie in its data folder");
            }
        }
    });
    section(root, "log", |table| log(table, &mut config));
    section(root, "channels", |table| config.accounts = channel::read(table, &place));
    root.close();
    config
}

/// Reads where bus, records and coordination are; says whether the house stands on servers.
fn house(root: &Table<'_>, place: &Place<'_>, config: &mut Config) -> Option<bool> {
    let (mut bus, mut store, mut coord) = (Stands::Here, Stands::Here, Stands::Here);
    section(root, "bus", |table| {
        config.queue = servers::limit(table);
        bus = servers::bus(table, place);
    });
    section(root, "store", |table| store = servers::store(table, place));
    section(root, "coord", |table| coord = servers::coord(table, place));
    let (servers, shared) = servers::whole(root, (bus, store, coord));
    config.servers = servers;
    shared
}

/// Reads the name of a process, which stands in names of the journal's streams.
fn name(field: &Field<'_>, shared: Option<bool>) -> Option<String> {
    let text = field.filled()?;
    if shared == Some(false) {
        field.error("is for a house on servers; this one has one process");
    }
    if !process::is_name(text) {
        field.error(format!("“{text}” is no name of at most {} of a-z, 0-9, - and _", process::NAME_CHARS_MAX));
    }
    Some(text.to_owned())
}

/// The longest public address: a link under it goes into a short message.
const PUBLIC_URL_CHARS_MAX: usize = 100;

/// Reads the address under which clients reach the pages.
fn public_url(field: &Field<'_>) -> Option<String> {
    let text = field.filled()?.trim_end_matches('/');
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/[]".contains(c);
    if host.is_none_or(|host| host.is_empty() || !host.chars().all(is_plain)) || text.len() > PUBLIC_URL_CHARS_MAX {
        field.error(format!(
            "“{text}” is no address such as https://kf.example, of at most {PUBLIC_URL_CHARS_MAX} signs"
        ));
        return None;
    }
    Some(text.to_owned())
}

fn section<'a>(root: &Table<'a>, name: &'static str, read: impl FnOnce(&Table<'a>)) {
    if let Some(table) = root.get(name).and_then(|field| field.table()) {
        read(&table);
        table.close();
    }
}

/// Reads an address with its port.
pub(super) fn address(field: &Field<'_>) -> Option<std::net::SocketAddr> {
    let text = field.filled()?;
    let address = text.parse().ok();
    if address.is_none() {
        field.error(format!("“{text}” is no address with a port such as 127.0.0.1:8080"));
    }
    address
}

fn log(table: &Table<'_>, config: &mut Config) {
    if let Some(field) = table.get("filter")
        && let Some(filter) = field.filled()
    {
        if !is_filter(filter) {
            field.error(format!("“{filter}” is no filter such as info or warn,router=debug"));
        }
        filter.clone_into(&mut config.log_filter);
    }
    if let Some(form) = table.get("form").and_then(|field| field.word(&["text", "json"])) {
        config.log_form = if form == "json" { LogForm::Json } else { LogForm::Text };
    }
}

fn flags(sources: &Sources, config: &mut Config) {
    if let Some(firm) = &sources.firm {
        config.firm = FirmFile::named(firm, PathBuf::from(firm));
    }
    if let Some(data) = &sources.data {
        config.data.clone_from(data);
    }
    if let Some(listen) = sources.listen {
        config.listen = listen;
    }
}
