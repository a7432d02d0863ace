//! An act in one transaction: lock, change, prove, and leave what is to be confirmed.
//!
//! In: an act and the topics' terms. Out: what it did; a repeat changes nothing. Rows of
//! addresses are locked in the order of their hashes, then the journal's stream, by whoever
//! comes. Never here: what an act means (`rules`).

use std::collections::BTreeMap;

use contract::{
    AddressId, Category, ClientId, Effect, EvidenceId, Granted, TopicId,
    consent::{Asked, Asks, Evidence, Permits, Proof, Terms},
};
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use super::{
    Act, Consents, confirm, proof,
    rules::{Consent, Place, Said, Stamp, Subscribed},
};
use crate::{
    Store, StoreError,
    dialect::{Dialect, Repeat, Table},
    row::Columns,
    rows::Rows,
    store::insert,
};

/// What an act did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// It is on record, and did this.
    Now(Effect),
    /// It was on record before.
    Before(Effect),
}

impl Done {
    /// Gives what the act did, whenever it did it.
    #[must_use]
    pub const fn effect(self) -> Effect {
        match self {
            Self::Now(effect) | Self::Before(effect) => effect,
        }
    }
}

/// An address that an act concerns, and as whose.
#[derive(Debug, Clone, Copy)]
struct Touched {
    client: ClientId,
    address: AddressId,
}

impl Consents {
    /// Does what an act asks, once.
    pub async fn act(&self, act: Act, terms: Vec<Terms>) -> Result<Done, StoreError> {
        let store = self.0.clone();
        self.0.write(move |tx| Box::pin(async move { write(tx, &store, &act, &terms).await })).await
    }
}

async fn write(tx: &DatabaseTransaction, store: &Store, act: &Act, terms: &[Terms]) -> Result<Done, StoreError> {
    let dialect = store.dialect();
    let touched = touched(tx, dialect, act).await?;
    let mut places = locked(tx, dialect, &touched).await?;
    if let Some(effect) = proof::known(tx, dialect, act.evidence).await? {
        return Ok(Done::Before(effect));
    }
    let said = Said { client: act.client, address: act.address, stamp: act.stamp, at: act.at };
    let (mut records, mut own) = (Vec::new(), Effect::Nothing);
    for (hash, place) in &mut places {
        let (before, old) = (place.permits(), place.clone());
        let is_own = *hash == act.hash;
        let effect = if is_own { place.ask(&act.asks, said, terms) } else { place.ask_beside(&act.asks, act.stamp) };
        if *place != old {
            save(tx, dialect, *hash, &old, place).await?;
        }
        let who = touched.get(hash).copied().unwrap_or(Touched { client: act.client, address: act.address });
        if is_own {
            own = effect;
            // First: what was noted belongs to it.
            records.insert(0, (*hash, evidence(act, act.evidence, who, effect, before, place.permits())));
        } else if effect == Effect::Done {
            let id = act.evidence.beside(hash);
            records.push((*hash, evidence(act, id, who, effect, before, place.permits())));
        }
    }
    let is_said = own == Effect::Refused && proof::refused_before(tx, dialect, act.hash, &act.asks).await?;
    proof::add(tx, store, &records, act.noted.as_ref().map(|noted| &noted.sealed)).await?;
    let holds = places.get(&act.hash).is_some_and(|place| holds(&act.asks, &place.permits(), terms));
    if is_to_confirm(act, own, terms) && holds && !is_said {
        confirm::leave(tx, dialect, act).await?;
    }
    Ok(Done::Now(own))
}

/// Says whether the client is told: once of what changed, and of what cannot be where no caller
/// hears of that.
fn is_to_confirm(act: &Act, effect: Effect, terms: &[Terms]) -> bool {
    let is_known = |topic: &TopicId| terms.iter().any(|terms| terms.topic == *topic);
    match (&act.asks, effect) {
        (Asks::Order(_) | Asks::Cancel(_) | Asks::CancelAll, Effect::Done) => true,
        (Asks::Cancel(topic), Effect::Refused) => act.answers.is_some() && is_known(topic),
        _ => false,
    }
}

/// Says whether an address stands as an act wants it; a later one by another clock may have been
/// there first, and has the last word.
fn holds(asks: &Asks, after: &Permits, terms: &[Terms]) -> bool {
    let is_kept = |topic: &TopicId| terms.iter().any(|terms| terms.topic == *topic && !terms.cancel);
    match asks {
        Asks::Cancel(topic) => is_kept(topic) || !after.topics.contains(topic),
        Asks::CancelAll => {
            let promotes = [Category::Commercial, Category::Advice].iter().any(|category| after.allows(*category));
            !promotes && after.topics.iter().all(is_kept)
        }
        Asks::Order(_) | Asks::Hold | Asks::Release | Asks::Show => true,
    }
}

fn evidence(act: &Act, id: EvidenceId, who: Touched, effect: Effect, before: Permits, after: Permits) -> Evidence {
    let wording = act.noted.as_ref().map(|noted| noted.version.clone());
    let asked = Asked { asks: act.asks.clone(), by: act.by.clone(), before, after, effect, wording };
    Evidence { id, at: act.at, client: who.client, address: who.address, what: Proof::Asked(Box::new(asked)) }
}

/// Finds the addresses that an act concerns: what refuses promotion holds for every address of
/// the kind that anybody behind this one has.
async fn touched(
    tx: &DatabaseTransaction,
    dialect: Dialect,
    act: &Act,
) -> Result<BTreeMap<[u8; 16], Touched>, StoreError> {
    let mut found = BTreeMap::new();
    if matches!(act.asks, Asks::CancelAll | Asks::Hold | Asks::Release) {
        for row in tx.query_all_raw(dialect.statement(BESIDE, [act.hash.to_vec().into()])).await? {
            let one = Touched { client: ClientId::new(row.id("client")?), address: AddressId::new(row.id("id")?) };
            found.entry(row.array("hash")?).or_insert(one);
        }
    }
    found.insert(act.hash, Touched { client: act.client, address: act.address });
    Ok(found)
}

/// Locks the rows of addresses, making those that are not there, and reads how they stand.
async fn locked(
    tx: &DatabaseTransaction,
    dialect: Dialect,
    touched: &BTreeMap<[u8; 16], Touched>,
) -> Result<BTreeMap<[u8; 16], Place>, StoreError> {
    let mut rows = Rows::default();
    touched.keys().for_each(|hash| put(*hash, &Place::default(), &mut rows));
    insert(tx, dialect, [(&NEW_CONSENT, rows)]).await?;
    let among = || dialect.ids(touched.keys().copied());
    let sql = format!("SELECT * FROM consent WHERE {} ORDER BY hash{}", dialect.among("hash"), dialect.locked());
    let mut places = BTreeMap::new();
    for row in tx.query_all_raw(dialect.statement(&sql, [among()])).await? {
        let consent = |granted: &str, as_of: &str| -> Result<Consent, StoreError> {
            Ok(Consent { granted: row.word::<Granted>(granted)?, as_of: Stamp::from_bits(row.int(as_of)?) })
        };
        let place = Place {
            commercial: consent("commercial", "commercial_as_of")?,
            advice: consent("advice", "advice_as_of")?,
            held: row.int("held")? != 0,
            held_as_of: Stamp::from_bits(row.int("held_as_of")?),
            ended_as_of: Stamp::from_bits(row.int("ended_as_of")?),
            topics: BTreeMap::new(),
        };
        places.insert(row.array("hash")?, place);
    }
    let sql = format!("SELECT * FROM subscription WHERE {}", dialect.among("hash"));
    for row in tx.query_all_raw(dialect.statement(&sql, [among()])).await? {
        let one = Subscribed {
            client: ClientId::new(row.id("client")?),
            live: row.int("live")? != 0,
            as_of: Stamp::from_bits(row.int("as_of")?),
            at: row.time("at")?,
        };
        if let Some(place) = places.get_mut(&row.array("hash")?) {
            place.topics.insert((AddressId::new(row.id("address")?), row.word("topic")?), one);
        }
    }
    Ok(places)
}

async fn save(
    tx: &DatabaseTransaction,
    dialect: Dialect,
    hash: [u8; 16],
    old: &Place,
    new: &Place,
) -> Result<(), StoreError> {
    let (mut consents, mut topics) = (Rows::default(), Rows::default());
    put(hash, new, &mut consents);
    for ((address, topic), one) in &new.topics {
        if old.topics.get(&(*address, topic.clone())) == Some(one) {
            continue;
        }
        topics.add(|row| {
            row.bytes(&address.to_bytes());
            row.text(topic.as_str());
            row.bytes(&one.client.to_bytes());
            row.bytes(&hash);
            row.int(i64::from(one.live));
            row.int(one.as_of.bits());
            row.int(one.at.as_ms());
        });
    }
    insert(tx, dialect, [(&CONSENT, consents), (&SUBSCRIPTION, topics)]).await
}

fn put(hash: [u8; 16], place: &Place, rows: &mut Rows) {
    rows.add(|row| {
        row.bytes(&hash);
        for consent in [place.commercial, place.advice] {
            row.text(consent.granted.as_str());
            row.int(consent.as_of.bits());
        }
        row.int(i64::from(place.held));
        row.int(place.held_as_of.bits());
        row.int(place.ended_as_of.bits());
    });
}

const CONSENT: Table = Table {
    name: "consent",
    columns: &["hash", "commercial", "commercial_as_of", "advice", "advice_as_of", "held", "held_as_of", "ended_as_of"],
    key: &["hash"],
    repeat: Repeat::Replaces,
};
const NEW_CONSENT: Table = Table { repeat: Repeat::Dropped, ..CONSENT };
const SUBSCRIPTION: Table = Table {
    name: "subscription",
    columns: &["address", "topic", "client", "hash", "live", "as_of", "at"],
    key: &["address", "topic"],
    repeat: Repeat::Replaces,
};
const BESIDE: &str = "SELECT b.id, b.client, b.hash FROM address a \
    JOIN address b ON b.client = a.client AND b.kind = a.kind WHERE a.hash = $1 ORDER BY b.hash, b.id";
