//! Who we are in mail: the domains we take mail for, and the mailbox our answers come from.
//!
//! In: checked configuration of one account. Out: answers to "is that ours?".
//! Never here: secrets, sockets.

use channel::Account;
use contract::Address;

/// The mail side of an account.
#[derive(Debug, Clone)]
pub struct Mailbox {
    /// The account.
    pub account: Account,
    /// The domains whose mail is taken.
    pub domains: Vec<String>,
    /// The address that answers come from.
    pub from: Address,
    /// The name beside it, such as the firm's.
    pub from_name: Option<String>,
}

impl Mailbox {
    /// Says whether mail for this address is taken here.
    #[must_use]
    pub fn takes(&self, address: &Address) -> bool {
        self.domains.iter().any(|ours| ours.eq_ignore_ascii_case(domain_of(address)))
    }

    /// Gives the domain that our message ids end in.
    #[must_use]
    pub fn domain(&self) -> &str {
        domain_of(&self.from)
    }
}

fn domain_of(address: &Address) -> &str {
    address.value().rsplit_once('@').map_or("", |(_, domain)| domain)
}
