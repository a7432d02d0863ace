//! The directory: who the clients are, where they are reached, and what the firm was when.
//!
//! In: the client book, unknown senders, firm files. Out: clients by id and by blind address.
//! Never here: an address or a name outside of a seal.

use crate::Store;

mod client;
mod firm;
pub mod import;
pub(crate) mod owner;

pub(crate) use client::take_address;
pub use client::{Client, ClientAddress, Entry};
pub use firm::{FirmVersion, Firms, NameKind};
pub use owner::{Newcomer, Owner, Owners};

/// The room of clients and their addresses.
#[derive(Debug, Clone)]
pub struct Directory(Store);

impl Store {
    /// Gives the room of clients and their addresses.
    #[must_use]
    pub fn directory(&self) -> Directory {
        Directory(self.clone())
    }
    /// Gives the room of the firm's versions.
    #[must_use]
    pub fn firms(&self) -> Firms {
        Firms::new(self.clone())
    }
}
