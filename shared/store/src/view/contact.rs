//! Contacts: what the client sent, sealed and unchanged, and what the branch made of it.
//!
//! In: inbound messages and contact views of a commit. Out: both. Never here: opening a seal.

use contract::{
    AccountId, CaseId, ChannelKind, ClientId, ContactId, InputId, Timestamp,
    inbound::{BlindAddress, CallWhat, Inbound, Matter},
    seal::Sealed,
    view::ContactView,
};
use sea_orm::QueryResult;

use super::Views;
use crate::{
    StoreError,
    dialect::{Repeat, Table},
    row::Columns,
    rows::Rows,
};

/// What a client sent, as it came from the door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The contact.
    pub id: ContactId,
    /// The channel.
    pub channel: ChannelKind,
    /// The channel's account.
    pub account: AccountId,
    /// When the provider says the client sent it.
    pub received_at: Timestamp,
    /// When the door took it.
    pub accepted_at: Timestamp,
    /// Blind index of the sender's address.
    pub sender: Option<BlindAddress>,
    /// HMAC of the decoded content.
    pub digest: Vec<u8>,
    /// The encoded and sealed `Body`.
    pub sealed: Sealed,
}

pub(super) const CONTACT: Table = Table {
    name: "contact",
    columns: &["id", "input", "branch", "case", "client", "kind", "seq"],
    key: &["id"],
    // A forwarded contact is taken by another branch with its own seq.
    repeat: Repeat::Replaces,
};

pub(super) const MESSAGE: Table = Table {
    name: "message",
    columns: &[
        "id",
        "channel",
        "account",
        "received_at",
        "accepted_at",
        "sender_kind",
        "sender_hash",
        "digest",
        "sealed",
        "rank",
    ],
    key: &["id"],
    // Several inputs of one contact (the legs of a call) bring it several times.
    repeat: Repeat::MoreWins("rank"),
};

pub(super) fn put(view: &ContactView, rows: &mut Rows) {
    rows.add(|row| {
        row.bytes(&view.id.to_bytes());
        row.bytes(&view.input.to_bytes());
        row.text(view.branch.as_str());
        row.id_or_null(view.case.map(CaseId::to_bytes));
        row.id_or_null(view.client.map(ClientId::to_bytes));
        row.text(view.kind.as_str());
        row.count(view.seq);
    });
}

pub(super) fn put_message(inbound: &Inbound, rows: &mut Rows) {
    rows.add(|row| {
        row.bytes(&inbound.contact.to_bytes());
        row.text(inbound.channel.as_str());
        row.text(inbound.account.as_str());
        row.int(inbound.received_at.as_ms());
        row.int(inbound.accepted_at.as_ms());
        row.text_or_null(inbound.sender.map(|sender| sender.kind.as_str()));
        row.id_or_null(inbound.sender.map(|sender| sender.hash));
        row.bytes(&inbound.digest);
        row.bytes(inbound.sealed.as_bytes());
        row.int(rank(&inbound.matter));
    });
}

/// Tells how much an input says about its contact, among several of one call.
const fn rank(matter: &Matter) -> i64 {
    match matter {
        Matter::Call(call) if matches!(call.what, CallWhat::Voicemail) => 2,
        Matter::Leg(leg) if !leg.inbound => 0,
        Matter::Message
        | Matter::Menu(_)
        | Matter::Automatic
        | Matter::Call(_)
        | Matter::Leg(_)
        | Matter::Counter(_) => 1,
    }
}

pub(crate) fn take(row: &QueryResult) -> Result<ContactView, StoreError> {
    Ok(ContactView {
        id: ContactId::new(row.id("id")?),
        input: InputId::new(row.id("input")?),
        branch: row.word("branch")?,
        case: row.id_or_none("case")?.map(CaseId::new),
        client: row.id_or_none("client")?.map(ClientId::new),
        kind: row.word("kind")?,
        seq: row.count("seq")?,
    })
}

pub(crate) fn take_message(row: &QueryResult) -> Result<Message, StoreError> {
    let sender = match row.word_or_none("sender_kind")? {
        Some(kind) => Some(BlindAddress { kind, hash: row.array("sender_hash")? }),
        None => None,
    };
    Ok(Message {
        id: ContactId::new(row.id("id")?),
        channel: row.word("channel")?,
        account: row.word("account")?,
        received_at: row.time("received_at")?,
        accepted_at: row.time("accepted_at")?,
        sender,
        digest: row.bytes("digest")?,
        sealed: Sealed::from_bytes(row.bytes("sealed")?),
    })
}

impl Views {
    /// Gives what a branch made of a contact.
    pub async fn contact(&self, id: ContactId) -> Result<Option<ContactView>, StoreError> {
        self.0.one(BY_ID, [id.to_bytes().to_vec().into()]).await?.map(|row| take(&row)).transpose()
    }

    /// Gives the contacts of a list that exist.
    pub async fn contacts(&self, ids: &[ContactId]) -> Result<Vec<ContactView>, StoreError> {
        let sql = format!("SELECT * FROM contact WHERE {} ORDER BY id", self.0.dialect().among("id"));
        self.0.all(&sql, [self.0.dialect().ids(ids.iter().map(|id| id.to_bytes()))]).await?.iter().map(take).collect()
    }

    /// Gives the contacts of a case, in the order they were taken.
    pub async fn contacts_of_case(&self, case: CaseId) -> Result<Vec<ContactView>, StoreError> {
        self.0.all(OF_CASE, [case.to_bytes().to_vec().into()]).await?.iter().map(take).collect()
    }

    /// Gives what a client sent.
    pub async fn message(&self, id: ContactId) -> Result<Option<Message>, StoreError> {
        self.0.one(MESSAGE_BY_ID, [id.to_bytes().to_vec().into()]).await?.map(|row| take_message(&row)).transpose()
    }

    /// Gives the messages of a list that exist, in the order they were received.
    pub async fn messages(&self, ids: &[ContactId]) -> Result<Vec<Message>, StoreError> {
        let among = self.0.dialect().among("id");
        let sql = format!("SELECT * FROM message WHERE {among} ORDER BY received_at, id");
        self.0
            .all(&sql, [self.0.dialect().ids(ids.iter().map(|id| id.to_bytes()))])
            .await?
            .iter()
            .map(take_message)
            .collect()
    }
}

const BY_ID: &str = "SELECT * FROM contact WHERE id = $1";
const OF_CASE: &str = "SELECT * FROM contact WHERE \"case\" = $1 ORDER BY seq, id";
const MESSAGE_BY_ID: &str = "SELECT * FROM message WHERE id = $1";
