//! Clients: their marks in the clear, their names and addresses sealed.
//!
//! In: entries of the client book. Out: clients by id and number, their addresses. Never
//! here: whether a reader may open a seal.

use contract::{
    Address, AddressId, AddressKind, AgentId, BranchId, ClientClass, ClientId, Timestamp, about, id::derived,
    inbound::BlindAddress, seal::Sealed,
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};

use super::{Directory, owner::address_id};
use crate::{
    Store, StoreError,
    dialect::{Repeat, Table},
    row::Columns,
    rows::Rows,
    store::insert,
};

/// A client or a prospect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// His id.
    pub id: ClientId,
    /// His number in the firm's book; `None` for a prospect.
    pub number: Option<String>,
    /// His name, sealed for `about::client`.
    pub name: Option<Sealed>,
    /// His class.
    pub class: ClientClass,
    /// His risk class, `C1` to `C5`.
    pub risk_class: Option<String>,
    /// The day until which it holds, `2027-05-31`.
    pub risk_valid_until: Option<String>,
    /// His account manager.
    pub manager: Option<AgentId>,
    /// The branch that serves him.
    pub branch: Option<BranchId>,
    /// Since when the house knows him.
    pub known_since: Timestamp,
}

/// Where a client is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientAddress {
    /// Its id.
    pub id: AddressId,
    /// Whose it is.
    pub client: ClientId,
    /// Its look-up key.
    pub blind: BlindAddress,
    /// Its value, sealed for `about::address`.
    pub sealed: Sealed,
}

/// A client as the firm's book tells of him, in the clear; it is sealed on its way in.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// His number in the book.
    pub number: String,
    /// His name.
    pub name: Option<String>,
    /// His class.
    pub class: ClientClass,
    /// His risk class.
    pub risk_class: Option<String>,
    /// The day until which it holds.
    pub risk_valid_until: Option<String>,
    /// His account manager.
    pub manager: Option<AgentId>,
    /// The branch that serves him.
    pub branch: Option<BranchId>,
    /// His addresses in order; of a kind that is named none of the old ones stay, those of
    /// other kinds do.
    pub addresses: Vec<Address>,
}

pub(super) const CLIENT: Table = Table {
    name: "client",
    columns: &["id", "number", "name", "class", "risk_class", "risk_valid_until", "manager", "branch", "known_since"],
    key: &["id"],
    repeat: Repeat::Dropped,
};

pub(super) const ADDRESS: Table = Table {
    name: "address",
    columns: &["id", "client", "kind", "hash", "sealed", "place"],
    key: &["id"],
    repeat: Repeat::Dropped,
};

impl Entry {
    /// Gives the id of the client with this number, the same at every import.
    #[must_use]
    pub fn id(&self) -> ClientId {
        client_id(&self.number)
    }
}

/// Gives the id of the client with a number of the firm's book.
fn client_id(number: &str) -> ClientId {
    ClientId::new(derived(&[b"client", number.as_bytes()]))
}

impl Directory {
    /// Writes entries of the book, all or none; a number that is known is brought up to date.
    pub async fn enter(&self, entries: Vec<Entry>) -> Result<(), StoreError> {
        let store = self.0.clone();
        self.0.write(move |tx| Box::pin(async move { enter(tx, &store, &entries).await })).await
    }

    /// Gives a client.
    pub async fn client(&self, id: ClientId) -> Result<Option<Client>, StoreError> {
        self.0.one(BY_ID, [id.to_bytes().to_vec().into()]).await?.map(|row| take(&row)).transpose()
    }

    /// Gives the client with a number of the firm's book.
    pub async fn client_numbered(&self, number: &str) -> Result<Option<Client>, StoreError> {
        self.client(client_id(number)).await
    }

    /// Gives the clients of a list that exist, by id.
    pub async fn clients(&self, ids: &[ClientId]) -> Result<Vec<Client>, StoreError> {
        let sql = format!("SELECT * FROM client WHERE {} ORDER BY id", self.0.dialect().among("id"));
        self.0.all(&sql, [self.0.dialect().ids(ids.iter().map(|id| id.to_bytes()))]).await?.iter().map(take).collect()
    }

    /// Gives a client's addresses, the one to use first at the front.
    pub async fn addresses(&self, client: ClientId) -> Result<Vec<ClientAddress>, StoreError> {
        self.0.all(ADDRESSES, [client.to_bytes().to_vec().into()]).await?.iter().map(take_address).collect()
    }

    /// Gives those addresses of a list that exist.
    pub async fn addresses_among(&self, ids: &[AddressId]) -> Result<Vec<ClientAddress>, StoreError> {
        let sql = format!("SELECT * FROM address WHERE {}", self.0.dialect().among("id"));
        let ids = self.0.dialect().ids(ids.iter().map(|id| id.to_bytes()));
        self.0.all(&sql, [ids]).await?.iter().map(take_address).collect()
    }

    /// Gives an address by its id.
    pub async fn address(&self, id: AddressId) -> Result<Option<ClientAddress>, StoreError> {
        self.0.one(ADDRESS_BY_ID, [id.to_bytes().to_vec().into()]).await?.map(|row| take_address(&row)).transpose()
    }
}

/// The table of clients as the book writes it: what it says replaces what was there.
const BOOK: Table = Table { repeat: Repeat::ReplacesBut("known_since"), ..CLIENT };
/// The table of addresses as the book writes it.
const BOOK_ADDRESS: Table = Table { repeat: Repeat::Replaces, ..ADDRESS };

async fn enter(tx: &DatabaseTransaction, store: &Store, entries: &[Entry]) -> Result<(), StoreError> {
    let (dialect, keys) = (store.dialect(), store.keys());
    let (mut clients, mut addresses) = (Rows::default(), Rows::default());
    for entry in entries {
        let client = entry.id();
        let seal = |about: &[u8], plain: &str| keys.seal(store.chance().nonce(), about, plain.as_bytes());
        let name = entry.name.as_ref().map(|name| seal(&about::client(client), name));
        clients.add(|row| {
            row.bytes(&client.to_bytes());
            row.text(&entry.number);
            row.bytes_or_null(name.as_ref().map(Sealed::as_bytes));
            row.text(entry.class.as_str());
            row.text_or_null(entry.risk_class.as_deref());
            row.text_or_null(entry.risk_valid_until.as_deref());
            row.text_or_null(entry.manager.as_ref().map(AgentId::as_str));
            row.text_or_null(entry.branch.as_ref().map(BranchId::as_str));
            row.int(store.clock().now().as_ms());
        });
        for (place, address) in (0_i64..).zip(&entry.addresses) {
            let blind = keys.blind(address);
            let id = address_id(client, blind);
            let sealed = seal(&about::address(id), address.value());
            addresses.add(|row| {
                row.bytes(&id.to_bytes());
                row.bytes(&client.to_bytes());
                row.text(blind.kind.as_str());
                row.bytes(&blind.hash);
                row.bytes(sealed.as_bytes());
                row.int(place);
            });
        }
    }
    for kind in AddressKind::ALL {
        let told = entries.iter().filter(|entry| entry.addresses.iter().any(|address| address.kind() == *kind));
        let clients = dialect.ids(told.map(|entry| entry.id().to_bytes()));
        let sql = format!("DELETE FROM address WHERE {} AND kind = $2", dialect.among("client"));
        tx.execute_raw(dialect.statement(&sql, [clients, kind.as_str().into()])).await?;
    }
    insert(tx, dialect, [(&BOOK, clients), (&BOOK_ADDRESS, addresses)]).await
}

fn take(row: &QueryResult) -> Result<Client, StoreError> {
    Ok(Client {
        id: ClientId::new(row.id("id")?),
        number: row.text_or_none("number")?,
        name: row.bytes_or_none("name")?.map(Sealed::from_bytes),
        class: row.word("class")?,
        risk_class: row.text_or_none("risk_class")?,
        risk_valid_until: row.text_or_none("risk_valid_until")?,
        manager: row.word_or_none("manager")?,
        branch: row.word_or_none("branch")?,
        known_since: row.time("known_since")?,
    })
}

pub(crate) fn take_address(row: &QueryResult) -> Result<ClientAddress, StoreError> {
    Ok(ClientAddress {
        id: AddressId::new(row.id("id")?),
        client: ClientId::new(row.id("client")?),
        blind: BlindAddress { kind: row.word("kind")?, hash: row.array("hash")? },
        sealed: Sealed::from_bytes(row.bytes("sealed")?),
    })
}

const BY_ID: &str = "SELECT * FROM client WHERE id = $1";
const ADDRESSES: &str = "SELECT * FROM address WHERE client = $1 ORDER BY place, id";
const ADDRESS_BY_ID: &str = "SELECT * FROM address WHERE id = $1";
