//! Who we are in mail: the domains we take mail for, and the mailbox our answers come from.
//!
//! In: checked configuration of one account. Out: answers to "is that ours?".
//! Never here: secrets, sockets.

use channel::Account;
use contract::{Address, AddressKind};

/// The mail side of an account.
#[derive(Debug, Clone)]
pub struct Mailbox {
    /// The account.
    pub account: Account,
    /// The domains whose mail is taken.
    pub domains: Vec<String>,
    /// The address that answers come from; `None` = the one that was written to.
    pub from: Option<Address>,
    /// The name beside it, such as the firm's.
    pub from_name: Option<String>,
}

impl Mailbox {
    /// Says whether mail for this address is taken here.
    #[must_use]
    pub fn takes(&self, address: &Address) -> bool {
        self.domains.iter().any(|ours| ours.eq_ignore_ascii_case(domain_of(address)))
    }

    /// Gives the address to answer from when `written_to` was written to; `None` when neither
    /// that nor the configuration names one of ours.
    #[must_use]
    pub fn answers_from(&self, written_to: Option<&str>) -> Option<Address> {
        let written_to = written_to.and_then(|text| Address::parse(AddressKind::Email, text).ok());
        self.from.clone().or(written_to.filter(|address| self.takes(address)))
    }

    /// Gives the domain by which we greet and that our message ids end in.
    #[must_use]
    pub fn domain(&self) -> &str {
        match &self.from {
            Some(from) => domain_of(from),
            None => self.domains.first().map_or("localhost", String::as_str),
        }
    }
}

fn domain_of(address: &Address) -> &str {
    address.value().rsplit_once('@').map_or("", |(_, domain)| domain)
}
