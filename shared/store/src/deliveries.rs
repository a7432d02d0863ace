//! Deliveries: every answer on its way to an address, from the wish to its end.
//!
//! In: what is to be delivered, tries and their outcomes, receipts. Out: where each stands.
//! The rooms: this one for wishes and looks, `backlog` for counts, `claim` for the notifier, `submit` for senders,
//! `receipt` for what providers tell later, `moved` for screens. Never here: an address, a text, a decision when
//! to try again.

mod backlog;
mod claim;
mod moved;
mod receipt;
mod submit;

use contract::{
    AccountId, AddressId, CaseId, Category, ChannelKind, ClientId, ContactId, DeliveryId, DeliveryState, Lane,
    NoticeId, Timestamp, TopicId, Withheld,
    delivery::{DeliveryView, Due},
    seal::Sealed,
};
use sea_orm::{DatabaseTransaction, QueryResult};

pub(crate) use self::moved::Moves;
pub use self::{
    backlog::OnWay,
    claim::{Claims, EXPIRED_MAX, Ended, Patience, Road, Swept},
    moved::Moved,
    receipt::{Joined, PROVIDER_ID_CHARS_MAX, ReceiptState, Receipts},
    submit::{Begun, End, From, Settled, Submits},
};
use crate::{
    Store, StoreError,
    dialect::{Dialect, Repeat, Table},
    directory::ClientAddress,
    journal::Text,
    row::Columns,
    rows::Rows,
    store::insert,
    view::{NEW_TEXT, put_text},
};

/// Who writes what no person wrote.
const AUTHOR: &str = "house";

/// What is to be delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Its id; what has it already is the same wish.
    pub id: DeliveryId,
    /// The matter it belongs to.
    pub case: Option<CaseId>,
    /// The contact that it answers.
    pub contact: Option<ContactId>,
    /// The channel.
    pub channel: ChannelKind,
    /// The channel's account.
    pub account: AccountId,
    /// The reserved capacity it uses.
    pub lane: Lane,
    /// When it was asked for.
    pub made_at: Timestamp,
    /// When it is due.
    pub due_at: Timestamp,
    /// From when on it is not submitted any more.
    pub expires_at: Timestamp,
    /// Why it fails at once, if it cannot be delivered at all.
    pub refused: Option<&'static str>,
    /// Whom it reaches, and as what, where it is no answer of an agent.
    pub addressed: Addressed,
    /// Its words, sealed for `about::text` of its id, where they are not there yet.
    pub words: Option<Sealed>,
}

/// Whom a delivery on our own motion reaches, and as what.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Addressed {
    /// The alert it belongs to, whose words it has.
    pub notice: Option<NoticeId>,
    /// The client.
    pub client: Option<ClientId>,
    /// The address in his entry; `None` = where the answered contact came from.
    pub address: Option<AddressId>,
    /// The blind index of that address: what a cancel and a submit both go by.
    pub hash: Option<[u8; 16]>,
    /// What it is.
    pub category: Option<Category>,
    /// The topic it was ordered under.
    pub topic: Option<TopicId>,
}

/// The room of wishes and looks.
#[derive(Debug, Clone)]
pub struct Deliveries(Store);

impl Store {
    /// Gives the room of deliveries.
    #[must_use]
    pub fn deliveries(&self) -> Deliveries {
        Deliveries(self.clone())
    }
}

pub(crate) const DELIVERY: Table = Table {
    name: "delivery",
    columns: &[
        "id",
        "case",
        "contact",
        "channel",
        "account",
        "lane",
        "state",
        "claimed",
        "attempt",
        "made_at",
        "due_at",
        "expires_at",
        "changed_at",
        "reason",
        "notice",
        "client",
        "address",
        "hash",
        "category",
        "topic",
        "place",
    ],
    key: &["id"],
    repeat: Repeat::Dropped,
};

impl Deliveries {
    /// Writes wishes; those whose id is there already stay as they are.
    pub async fn put(&self, wishes: &[Wish], now: Timestamp) -> Result<(), StoreError> {
        let (dialect, owned) = (self.0.dialect(), wishes.to_vec());
        self.0.write(move |tx| Box::pin(async move { put_in(tx, dialect, &owned, now).await })).await?;
        self.0.moves().tell(wishes.iter().filter(|wish| wish.refused.is_some()).map(|wish| wish.id));
        Ok(())
    }

    /// Gives those deliveries of a list that exist.
    pub async fn among(&self, ids: &[DeliveryId]) -> Result<Vec<DeliveryView>, StoreError> {
        let sql = format!("SELECT * FROM delivery WHERE {} ORDER BY id", self.0.dialect().among("id"));
        self.0.all(&sql, [self.0.dialect().ids(ids.iter().map(|id| id.to_bytes()))]).await?.iter().map(take).collect()
    }

    /// Gives a delivery.
    pub async fn get(&self, id: DeliveryId) -> Result<Option<DeliveryView>, StoreError> {
        self.0.one(BY_ID, [id.to_bytes().to_vec().into()]).await?.map(|row| take(&row)).transpose()
    }

    /// Gives the deliveries of a case in order.
    pub async fn of_case(&self, case: CaseId) -> Result<Vec<DeliveryView>, StoreError> {
        self.0.all(OF_CASE, [case.to_bytes().to_vec().into()]).await?.iter().map(take).collect()
    }
}

/// Writes wishes in the transaction of whatever they follow from.
pub(crate) async fn put_in(
    tx: &DatabaseTransaction,
    dialect: Dialect,
    wishes: &[Wish],
    now: Timestamp,
) -> Result<(), StoreError> {
    let (mut rows, mut texts) = (Rows::default(), Rows::default());
    for wish in wishes {
        put(wish, now, &mut rows);
        if let Some(sealed) = &wish.words {
            let (id, sealed) = (wish.id.bits(), sealed.clone());
            put_text(&Text { id, case: wish.case, author: AUTHOR.to_owned(), at: wish.made_at, sealed }, &mut texts);
        }
    }
    insert(tx, dialect, [(&DELIVERY, rows), (&NEW_TEXT, texts)]).await
}

impl Addressed {
    /// Addresses a client at one of his addresses.
    #[must_use]
    pub fn to(address: &ClientAddress, category: Category) -> Self {
        Self {
            client: Some(address.client),
            address: Some(address.id),
            hash: Some(address.blind.hash),
            category: Some(category),
            ..Self::default()
        }
    }
}

/// Where a delivery stands from its beginning.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Start {
    pub(crate) state: DeliveryState,
    pub(crate) reason: Option<&'static str>,
}

impl Start {
    /// Has it withheld.
    pub(crate) const fn withheld(why: Withheld) -> Self {
        Self { state: DeliveryState::Withheld, reason: Some(why.as_str()) }
    }
}

fn put(wish: &Wish, now: Timestamp, rows: &mut Rows) {
    let state = if wish.refused.is_some() { DeliveryState::Failed } else { DeliveryState::Queued };
    put_at(wish, Start { state, reason: wish.refused }, None, now, rows);
}

/// Writes a wish that stands somewhere already, with its place among the recipients of an alert.
pub(crate) fn put_at(wish: &Wish, start: Start, place: Option<u64>, now: Timestamp, rows: &mut Rows) {
    rows.add(|row| {
        row.bytes(&wish.id.to_bytes());
        row.id_or_null(wish.case.map(CaseId::to_bytes));
        row.id_or_null(wish.contact.map(ContactId::to_bytes));
        row.text(wish.channel.as_str());
        row.text(wish.account.as_str());
        row.text(wish.lane.as_str());
        row.text(start.state.as_str());
        row.int(0);
        row.int(0);
        row.int(wish.made_at.as_ms());
        row.int(wish.due_at.as_ms());
        row.int(wish.expires_at.as_ms());
        row.int(now.as_ms());
        row.text_or_null(start.reason);
        let Addressed { notice, client, address, hash, category, topic } = &wish.addressed;
        row.id_or_null(notice.map(NoticeId::to_bytes));
        row.id_or_null(client.map(ClientId::to_bytes));
        row.id_or_null(address.map(AddressId::to_bytes));
        row.id_or_null(*hash);
        row.text_or_null(category.map(Category::as_str));
        row.text_or_null(topic.as_ref().map(TopicId::as_str));
        row.int_or_null(place.and_then(|place| i64::try_from(place).ok()));
    });
}

pub(crate) fn take(row: &QueryResult) -> Result<DeliveryView, StoreError> {
    Ok(DeliveryView {
        id: DeliveryId::new(row.id("id")?),
        case: row.id_or_none("case")?.map(CaseId::new),
        contact: row.id_or_none("contact")?.map(ContactId::new),
        channel: row.word("channel")?,
        account: row.word("account")?,
        lane: row.word("lane")?,
        state: row.word("state")?,
        attempt: row.small("attempt")?,
        made_at: row.time("made_at")?,
        due_at: row.time("due_at")?,
        expires_at: row.time("expires_at")?,
        changed_at: row.time("changed_at")?,
        provider_id: row.text_or_none("provider_id")?,
        reason: row.text_or_none("reason")?,
        notice: row.id_or_none("notice")?.map(NoticeId::new),
        client: row.id_or_none("client")?.map(ClientId::new),
        address: row.id_or_none("address")?.map(AddressId::new),
        category: row.word_or_none("category")?,
        topic: row.word_or_none("topic")?,
        repeat: row.int("repeated")? != 0,
    })
}

/// Gives the id and the try of a message as statements want them.
fn named(due: Due) -> (Vec<u8>, i64) {
    (due.delivery.to_bytes().to_vec(), i64::from(due.attempt))
}

const BY_ID: &str = "SELECT * FROM delivery WHERE id = $1";
const OF_CASE: &str = "SELECT * FROM delivery WHERE \"case\" = $1 ORDER BY made_at, id";
