//! Deeds of those who run the house: each in the journal, with what it changes.
//!
//! In: who does what, in the transaction that does it. Out: the next record of the stream
//! `audit/<process>`; neither is there without the other. Never here: a password, a token.

use contract::{
    audit::{By, Deed, What},
    wire,
};
use sea_orm::DatabaseTransaction;

use super::{Stream, shared};
use crate::{Store, StoreError};

/// The name under which the house as a whole writes its deeds, and in which the one process of
/// an embedded house writes.
pub const PROCESS: &str = "house";

/// The room of deeds whose change lies elsewhere than in the store.
#[derive(Debug, Clone)]
pub struct Audit(Store);

impl Store {
    /// Gives the room of deeds.
    #[must_use]
    pub fn audit(&self) -> Audit {
        Audit(self.clone())
    }
}

impl Audit {
    /// Returns once a deed is on disk; the caller does it then.
    pub async fn note(&self, by: &By, what: What) -> Result<(), StoreError> {
        let (store, by) = (self.0.clone(), by.clone());
        self.0.write(move |tx| Box::pin(async move { append(tx, &store, &by, what).await })).await
    }
}

/// Adds a deed to the journal in the transaction of its change.
pub(crate) async fn append(tx: &DatabaseTransaction, store: &Store, by: &By, what: What) -> Result<(), StoreError> {
    let deed = Deed { at: store.clock().now(), by: by.user.clone(), role: by.role, what };
    shared::append(tx, store, &Stream::audit(PROCESS), vec![wire::encode(&deed)]).await.map(drop)
}

/// Keeps the stream of deeds from everybody else until the transaction ends.
pub(crate) async fn alone(tx: &DatabaseTransaction, store: &Store) -> Result<(), StoreError> {
    shared::hold(tx, store, &Stream::audit(PROCESS)).await.map(drop)
}
