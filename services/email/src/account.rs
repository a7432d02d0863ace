//! One mail account of the house, as the configuration gives it.
//!
//! In: checked configuration. Out: who we are in mail. Never here: secrets, sockets.

use contract::{AccountId, Address, BranchId};

/// An account of the mail channel.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its name in the configuration, `main`.
    pub id: AccountId,
    /// The branch whose router gets its mail.
    pub branch: BranchId,
    /// The domains whose mail is taken, in lower case.
    pub domains: Vec<String>,
    /// The mailbox that answers come from.
    pub from: Address,
    /// The name beside it.
    pub from_name: Option<String>,
}

impl Account {
    /// Says whether mail for this address is taken here.
    #[must_use]
    pub fn takes(&self, address: &Address) -> bool {
        let domain = domain_of(address);
        self.domains.iter().any(|ours| ours.eq_ignore_ascii_case(domain))
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
