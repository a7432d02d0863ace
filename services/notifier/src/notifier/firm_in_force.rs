//! The firm in force, as the notifier's rooms read it.
//!
//! In: the versions in the store. Out: the book of the newest. Read again only when its version
//! moved. Never here: what a room does with it.

use firm::Book;
use store::{Store, StoreError};

/// The firm that is in force, once it was followed.
#[derive(Debug)]
pub(super) struct FirmInForce {
    store: Store,
    pub(super) book: Book,
    version: u64,
}

impl FirmInForce {
    pub(super) fn new(store: Store) -> Self {
        Self { store, book: Book::default(), version: 0 }
    }

    /// Takes the firm in force, where it is another one than before.
    pub(super) async fn follow(&mut self) -> Result<(), StoreError> {
        let Some(newer) = self.store.firms().newer(self.version).await? else { return Ok(()) };
        self.version = newer.version;
        match firm::read("the firm in force", &newer.text) {
            Ok((book, _)) => self.book = book,
            Err(_) => tracing::error!(version = newer.version, "the firm was written for another version of Shouwen"),
        }
        Ok(())
    }
}
