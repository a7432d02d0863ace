//! Looks at consent: what an address or a client has, and what proves it.
//!
//! In: hashes, clients, topics. Out: subscriptions, permits, evidence, those who hear of a
//! topic. Never here: whether something may be submitted now (`gate`).

use std::collections::{BTreeMap, BTreeSet};

use contract::{
    AddressId, ClientId, Granted, Timestamp, TopicId,
    consent::{Evidence, Permits},
    inbound::BlindAddress,
    seal::Sealed,
    wire,
};
use sea_orm::QueryResult;

use super::Consents;
use crate::{StoreError, directory::ClientAddress, row::Columns};

/// A topic that was ordered to an address of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// The topic.
    pub topic: TopicId,
    /// The address.
    pub address: AddressId,
    /// Whether it still holds.
    pub live: bool,
    /// Since when it stands so.
    pub at: Timestamp,
}

/// Evidence as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// What it tells.
    pub evidence: Evidence,
    /// Its place in the journal stream.
    pub seq: u64,
    /// What was noted of the client's words, sealed for `about::text` of its id.
    pub sealed: Option<Sealed>,
}

impl Consents {
    /// Gives what a client ordered, live or ended, by topic.
    pub async fn subscriptions(&self, client: ClientId) -> Result<Vec<Subscription>, StoreError> {
        self.0.all(OF_CLIENT, [client.to_bytes().to_vec().into()]).await?.iter().map(subscription).collect()
    }

    /// Gives what may be sent to addresses; of whom nobody knows anything, nothing that needs
    /// consent.
    pub async fn permits(&self, hashes: &[[u8; 16]]) -> Result<BTreeMap<[u8; 16], Permits>, StoreError> {
        let dialect = self.0.dialect();
        let among = || [dialect.ids(hashes.iter().copied())];
        let sql = format!("SELECT hash, commercial, advice, held FROM consent WHERE {}", dialect.among("hash"));
        let mut found: BTreeMap<[u8; 16], Permits> = BTreeMap::new();
        for row in self.0.all(&sql, among()).await? {
            let (commercial, advice) = (row.word::<Granted>("commercial")?, row.word::<Granted>("advice")?);
            let permits = Permits { topics: Vec::new(), commercial, advice, held: row.int("held")? != 0 };
            found.insert(row.array("hash")?, permits);
        }
        let sql = format!(
            "SELECT DISTINCT hash, topic FROM subscription WHERE {} AND live = 1 ORDER BY hash, topic",
            dialect.among("hash")
        );
        for row in self.0.all(&sql, among()).await? {
            found.entry(row.array("hash")?).or_default().topics.push(row.word("topic")?);
        }
        Ok(found)
    }

    /// Gives the evidence about a client and about every address of his, the newest first, from
    /// before a place in the journal on.
    pub async fn evidence(&self, client: ClientId, before: u64, limit: u32) -> Result<Vec<Kept>, StoreError> {
        let before = i64::try_from(before).unwrap_or(i64::MAX);
        let values = [client.to_bytes().to_vec().into(), before.into(), i64::from(limit).into()];
        self.0.all(EVIDENCE, values).await?.iter().map(kept).collect()
    }

    /// Gives those of some addresses that one letter may cancel something for: they subscribe to
    /// something, or something commercial went there, or is known to have arrived, since a time.
    pub async fn hear(&self, addresses: &[BlindAddress], since: Timestamp) -> Result<BTreeSet<[u8; 16]>, StoreError> {
        if addresses.is_empty() {
            return Ok(BTreeSet::new());
        }
        let dialect = self.0.dialect();
        let among = dialect.among("hash");
        let sql = format!(
            "SELECT hash FROM subscription WHERE {among} AND live = 1 UNION SELECT hash FROM delivery \
             WHERE {among} AND category IN ('commercial', 'advice') AND changed_at >= $2 \
             AND state IN ('submitting', 'sent', 'delivered', 'unknown')"
        );
        let values = [dialect.ids(addresses.iter().map(|address| address.hash)), since.as_ms().into()];
        self.0.all(&sql, values).await?.iter().map(|row| row.array("hash")).collect()
    }

    /// Gives addresses that a topic was ordered to and goes to, in the order of their ids, from
    /// after one on.
    pub async fn subscribers(
        &self,
        topic: &TopicId,
        after: Option<AddressId>,
        limit: u32,
    ) -> Result<Vec<ClientAddress>, StoreError> {
        let after = after.map(|after| after.to_bytes().to_vec()).unwrap_or_default();
        let values = [topic.as_str().into(), after.into(), i64::from(limit).into()];
        self.0.all(SUBSCRIBERS, values).await?.iter().map(crate::directory::take_address).collect()
    }
}

fn subscription(row: &QueryResult) -> Result<Subscription, StoreError> {
    Ok(Subscription {
        topic: row.word("topic")?,
        address: AddressId::new(row.id("address")?),
        live: row.int("live")? != 0,
        at: row.time("at")?,
    })
}

fn kept(row: &QueryResult) -> Result<Kept, StoreError> {
    Ok(Kept {
        evidence: wire::decode(&row.bytes("body")?).map_err(|_| StoreError::bug("stored evidence does not decode"))?,
        seq: row.count("seq")?,
        sealed: row.bytes_or_none("sealed")?.map(Sealed::from_bytes),
    })
}

const OF_CLIENT: &str = "SELECT topic, address, live, at FROM subscription WHERE client = $1 ORDER BY topic, address";
const EVIDENCE: &str = "SELECT body, seq, sealed FROM evidence WHERE seq < $2 \
    AND (client = $1 OR hash IN (SELECT hash FROM address WHERE client = $1)) ORDER BY seq DESC LIMIT $3";
const SUBSCRIBERS: &str = "SELECT a.id, a.client, a.kind, a.hash, a.sealed FROM subscription s \
    JOIN address a ON a.id = s.address WHERE s.topic = $1 AND s.live = 1 AND s.address > $2 ORDER BY s.address LIMIT $3";
