//! The configuration: one typed tree, read once.
//!
//! In: a file, the environment, flags. Out: the tree, or every fault at once with file, line
//! and key. Flag goes over environment over file over default. Never here: a default that
//! `deploy/config.default.toml` does not show.

mod address;
pub(crate) mod channel;
mod prefix;
mod read;
mod secret;
pub(crate) mod servers;
mod show;
mod size;

use std::{net::SocketAddr, path::PathBuf};

use bus::Limit;
use contract::{BranchId, firm::Firm};
use firm::Fault;
use runtime::telemetry::LogForm;

pub(crate) use address::Address;
pub(crate) use channel::{Account, Way};
pub(crate) use prefix::Prefix;
pub(crate) use read::{Sources, look, read};
pub(crate) use secret::Secret;
pub(crate) use servers::Servers;
pub(crate) use show::{default_file, show};

/// Everything an operator sets about a process; what the firm is stands in the firm file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Config {
    /// Where the firm stands.
    pub(crate) firm: FirmFile,
    /// The data folder.
    pub(crate) data: PathBuf,
    /// Where HTTP listens.
    pub(crate) listen: SocketAddr,
    /// Under which address browsers reach the pages; `None` = clients are sent no link.
    pub(crate) public_url: Option<String>,
    /// Who may say by `X-Forwarded-For` from whom a call comes.
    pub(crate) trusted_proxies: Vec<Prefix>,
    /// What this process is called in the journal; `None` = as its data folder says.
    pub(crate) name: Option<String>,
    /// How much one queue holds.
    pub(crate) queue: Limit,
    /// On which servers the house stands; `None` = all of it is in this process.
    pub(crate) servers: Option<Servers>,
    /// Where the keys lie; `None` = in the data folder.
    pub(crate) keys: Option<PathBuf>,
    /// Which log lines are written.
    pub(crate) log_filter: String,
    /// How log lines look.
    pub(crate) log_form: LogForm,
    /// Accounts of channels, by channel and id.
    pub(crate) accounts: Vec<Account>,
}

/// Where the firm stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FirmFile {
    /// The one in the binary.
    Sample,
    /// A file.
    File(PathBuf),
}

impl Default for Config {
    fn default() -> Self {
        Self {
            firm: FirmFile::File(PathBuf::from("firm.toml")),
            data: PathBuf::from("./data"),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: None,
            trusted_proxies: Vec::new(),
            name: None,
            queue: Limit::default(),
            servers: None,
            keys: None,
            log_filter: "info,sqlx=warn,lapin=off".to_owned(),
            log_form: LogForm::Text,
            accounts: Vec::new(),
        }
    }
}

impl FirmFile {
    /// Tells `sample` from a path.
    pub(crate) fn named(text: &str, path: PathBuf) -> Self {
        if text == "sample" { Self::Sample } else { Self::File(path) }
    }

    /// Says whether the file is not there; a house on servers may have its firm already.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::File(path) if !path.exists())
    }
}

/// Names the accounts whose branch the firm does not have.
pub(crate) fn strays(config: &Config, firm: &Firm) -> Vec<Fault> {
    let known = |branch: &BranchId| firm.branches.iter().any(|known| known.id == *branch);
    let strays = config.accounts.iter().filter(|account| account.branch.as_ref().is_some_and(|branch| !known(branch)));
    strays.filter_map(|account| account.stray.clone()).collect()
}

#[cfg(test)]
mod tests;
