//! Deliveries: every answer on its way to an address, from the wish to its end.
//!
//! In: what is to be delivered, tries and their outcomes, receipts. Out: where each stands.
//! The rooms: this one for wishes and looks, `claim` for the notifier, `submit` for senders,
//! `receipt` for what providers tell later, `moved` for screens. Never here: an address, a text, a decision when
//! to try again.

mod claim;
mod moved;
mod receipt;
mod submit;

use contract::{
    AccountId, CaseId, ChannelKind, ContactId, DeliveryId, Lane, Timestamp,
    delivery::{DeliveryView, Due},
};
use sea_orm::QueryResult;

pub(crate) use self::moved::Moves;
pub use self::{
    claim::{Claims, Patience, Road, Swept},
    moved::Moved,
    receipt::{PROVIDER_ID_CHARS_MAX, ReceiptState, Receipts},
    submit::{Begun, End, From, Settled, Submits},
};
use crate::{
    Store, StoreError,
    dialect::{Repeat, Table},
    row::Columns,
    rows::Rows,
    store::insert,
};

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

const DELIVERY: Table = Table {
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
    ],
    key: &["id"],
    repeat: Repeat::Dropped,
};

impl Deliveries {
    /// Writes wishes; those whose id is there already stay as they are.
    pub async fn put(&self, wishes: &[Wish], now: Timestamp) -> Result<(), StoreError> {
        let mut rows = Rows::default();
        for wish in wishes {
            put(wish, now, &mut rows);
        }
        let dialect = self.0.dialect();
        self.0.write(move |tx| Box::pin(async move { insert(tx, dialect, [(&DELIVERY, rows)]).await })).await?;
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

fn put(wish: &Wish, now: Timestamp, rows: &mut Rows) {
    use contract::DeliveryState::{Failed, Queued};
    let state = if wish.refused.is_some() { Failed } else { Queued };
    rows.add(|row| {
        row.bytes(&wish.id.to_bytes());
        row.id_or_null(wish.case.map(CaseId::to_bytes));
        row.id_or_null(wish.contact.map(ContactId::to_bytes));
        row.text(wish.channel.as_str());
        row.text(wish.account.as_str());
        row.text(wish.lane.as_str());
        row.text(state.as_str());
        row.int(0);
        row.int(0);
        row.int(wish.made_at.as_ms());
        row.int(wish.due_at.as_ms());
        row.int(wish.expires_at.as_ms());
        row.int(now.as_ms());
        row.text_or_null(wish.refused);
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
    })
}

/// Gives the id and the try of a message as statements want them.
fn named(due: Due) -> (Vec<u8>, i64) {
    (due.delivery.to_bytes().to_vec(), i64::from(due.attempt))
}

const BY_ID: &str = "SELECT * FROM delivery WHERE id = $1";
const OF_CASE: &str = "SELECT * FROM delivery WHERE \"case\" = $1 ORDER BY made_at, id";
