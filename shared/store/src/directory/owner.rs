//! Owners of addresses: whose a sender is, and a first entry for one nobody knows.
//!
//! In: blind addresses, many at once. Out: the clients behind each, the one to take first.
//! Never here: a guess; an address that several clients share names them all.

use std::collections::BTreeMap;

use contract::{
    Address, AddressId, AddressKind, AgentId, BranchId, ClientClass, ClientId, about, id::derived,
    inbound::BlindAddress,
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult, Value};

use super::{
    Directory,
    client::{ADDRESS, CLIENT},
};
use crate::{
    Store, StoreError,
    dialect::{Dialect, Table},
    error::Hindrance,
    row::Columns,
    rows::Rows,
};

/// A client behind an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The client.
    pub client: ClientId,
    /// The address in his entry.
    pub address: AddressId,
    /// His class.
    pub class: ClientClass,
    /// His account manager.
    pub manager: Option<AgentId>,
    /// The branch that serves him.
    pub branch: Option<BranchId>,
}

/// A sender who may be unknown yet.
#[derive(Debug, Clone)]
pub struct Newcomer {
    /// Where he wrote from.
    pub address: Address,
    /// The branch he turned to.
    pub branch: BranchId,
}

/// The clients behind each address. The first of a list is the one to take: important
/// before ordinary before prospect, then whoever is known longest, then by id.
pub type Owners = BTreeMap<BlindAddress, Vec<Owner>>;

impl Directory {
    /// Gives the clients behind addresses, in one look-up; unknown addresses are absent.
    pub async fn owners_of(&self, addresses: &[BlindAddress]) -> Result<Owners, StoreError> {
        let sql = owners_sql(self.0.dialect());
        owners(&self.0.all(&sql, [blind_list(self.0.dialect(), addresses)]).await?)
    }

    /// Gives the clients behind senders' addresses; behind one that nobody owns the prospect that
    /// a commit makes of it, and who these newcomers are.
    pub async fn behind(&self, senders: &[Newcomer]) -> Result<(Owners, Vec<Newcomer>), StoreError> {
        let blind: Vec<BlindAddress> = senders.iter().map(|sender| self.0.keys().blind(&sender.address)).collect();
        let mut owners = self.owners_of(&blind).await?;
        let mut newcomers = Vec::new();
        for (blind, sender) in blind.into_iter().zip(senders) {
            owners.entry(blind).or_insert_with(|| {
                newcomers.push(sender.clone());
                vec![prospect(blind, sender)]
            });
        }
        Ok((owners, newcomers))
    }
}

fn prospect(blind: BlindAddress, newcomer: &Newcomer) -> Owner {
    let client = prospect_id(blind);
    Owner {
        client,
        address: address_id(client, blind),
        class: ClientClass::Prospect,
        manager: None,
        branch: Some(newcomer.branch.clone()),
    }
}

/// Gives the id of the prospect behind an address: the same wherever it is made.
fn prospect_id(blind: BlindAddress) -> ClientId {
    ClientId::new(derived(&[b"prospect", blind.kind.as_str().as_bytes(), &blind.hash]))
}

/// Gives the id of an address in a client's entry.
pub(super) fn address_id(client: ClientId, blind: BlindAddress) -> AddressId {
    AddressId::new(derived(&[b"address", &client.to_bytes(), blind.kind.as_str().as_bytes(), &blind.hash]))
}

/// Gives the entries that make prospects of newcomers, each once. Whoever decided by a prospect
/// while the client book came to name another owner decides again.
pub(crate) async fn entries(
    tx: &DatabaseTransaction,
    store: &Store,
    newcomers: &[Newcomer],
) -> Result<[(&'static Table, Rows); 2], StoreError> {
    if newcomers.is_empty() {
        return Ok([(&CLIENT, Rows::default()), (&ADDRESS, Rows::default())]);
    }
    let dialect = store.dialect();
    let mut unknown: BTreeMap<BlindAddress, &Newcomer> =
        newcomers.iter().map(|newcomer| (store.keys().blind(&newcomer.address), newcomer)).collect();
    let asked: Vec<BlindAddress> = unknown.keys().copied().collect();
    let rows = tx.query_all_raw(dialect.statement(&owners_sql(dialect), [blind_list(dialect, &asked)])).await?;
    for (blind, owners) in owners(&rows)? {
        unknown.remove(&blind);
        if owners.iter().all(|owner| owner.client != prospect_id(blind)) {
            return Err(StoreError::retry(Hindrance::Overtaken));
        }
    }
    let (mut clients, mut addresses) = (Rows::default(), Rows::default());
    for (blind, newcomer) in &unknown {
        let client = prospect_id(*blind);
        let id = address_id(client, *blind);
        let value = newcomer.address.value().as_bytes();
        let sealed = store.keys().seal(store.chance().nonce(), &about::address(id), value);
        clients.add(|row| {
            row.bytes(&client.to_bytes());
            row.text_or_null(None);
            row.bytes_or_null(None);
            row.text(ClientClass::Prospect.as_str());
            row.text_or_null(None);
            row.text_or_null(None);
            row.text_or_null(None);
            row.text(newcomer.branch.as_str());
            row.int(store.clock().now().as_ms());
        });
        addresses.add(|row| {
            row.bytes(&id.to_bytes());
            row.bytes(&client.to_bytes());
            row.text(blind.kind.as_str());
            row.bytes(&blind.hash);
            row.bytes(sealed.as_bytes());
            row.int(0);
        });
    }
    Ok([(&CLIENT, clients), (&ADDRESS, addresses)])
}

fn owners_sql(dialect: Dialect) -> String {
    format!(
        "SELECT a.kind, a.hash, a.id AS address, c.id AS client, c.class, c.manager, c.branch \
         FROM address a JOIN client c ON c.id = a.client WHERE {} \
         ORDER BY a.kind, a.hash, \
         CASE c.class WHEN 'important' THEN 0 WHEN 'ordinary' THEN 1 ELSE 2 END, c.known_since, c.id",
        dialect.among("a.hash")
    )
}

/// The hashes alone: each covers its address's kind.
fn blind_list(dialect: Dialect, addresses: &[BlindAddress]) -> Value {
    dialect.ids(addresses.iter().map(|blind| blind.hash))
}

fn owners(rows: &[QueryResult]) -> Result<Owners, StoreError> {
    let mut owners = Owners::new();
    for row in rows {
        let blind = BlindAddress { kind: row.word::<AddressKind>("kind")?, hash: row.array("hash")? };
        owners.entry(blind).or_default().push(Owner {
            client: ClientId::new(row.id("client")?),
            address: AddressId::new(row.id("address")?),
            class: row.word("class")?,
            manager: row.word_or_none("manager")?,
            branch: row.word_or_none("branch")?,
        });
    }
    Ok(owners)
}

#[cfg(test)]
mod tests;
