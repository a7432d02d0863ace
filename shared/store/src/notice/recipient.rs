//! Recipients: whom an alert reaches, where, and who was told the same a moment ago.
//!
//! In: clients or a topic, the ways out of a branch, how clients stand. Out: each recipient with
//! the address that is best, or why he is not told. Of several behind one address only those who
//! may have it as they stand are one; nobody is silent for another who is withheld. Never here: a
//! delivery; an address in the clear.

use std::collections::{BTreeMap, BTreeSet};

use contract::{
    AccountId, AddressId, AddressKind, BranchId, ChannelKind, ClientId, Millis, Timestamp, TopicId, Withheld,
};
use sea_orm::{ConnectionTrait, QueryResult, Value};

use super::{gate, plan::PORTION_MAX};
use crate::{StoreError, dialect::Dialect, row::Columns};

/// For so long the same words to the same address are the same alert.
pub const SAME_WITHIN: Millis = Millis::from_secs(10 * 60);
/// The channels by which a client is reached who was named himself, best first.
const PREFERRED: [ChannelKind; 3] = [ChannelKind::Sms, ChannelKind::Wechat, ChannelKind::Email];

/// A way out of a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// The branch.
    pub branch: BranchId,
    /// The channel.
    pub channel: ChannelKind,
    /// The channel's account.
    pub account: AccountId,
}

/// A client at an address, or without one.
#[derive(Debug, Clone)]
pub(super) struct Recipient {
    /// By what he is told once: himself where he was named, the address he ordered a topic to.
    pub(super) key: [u8; 16],
    pub(super) client: ClientId,
    pub(super) reach: Option<Reach>,
}

/// Where a client is reached.
#[derive(Debug, Clone)]
pub(super) struct Reach {
    pub(super) address: AddressId,
    pub(super) hash: [u8; 16],
    pub(super) channel: ChannelKind,
    pub(super) account: AccountId,
}

/// The ways out as one branch takes them.
pub(super) struct Ways<'a> {
    pub(super) branch: &'a BranchId,
    pub(super) all: &'a [Way],
}

/// Gives each client with the first of his addresses that a branch reaches.
pub(super) async fn reached(
    database: &impl ConnectionTrait,
    dialect: Dialect,
    ways: &Ways<'_>,
    clients: &[ClientId],
) -> Result<Vec<Recipient>, StoreError> {
    let sql = format!("SELECT * FROM address WHERE {} ORDER BY client, place, id", dialect.among("client"));
    let ids = dialect.ids(clients.iter().map(|client| client.to_bytes()));
    let mut best: BTreeMap<ClientId, (usize, Reach)> = BTreeMap::new();
    for row in database.query_all_raw(dialect.statement(&sql, [ids])).await? {
        let client = ClientId::new(row.id("client")?);
        let Some((rank, way)) = ways.preferred(row.word("kind")?) else { continue };
        if best.get(&client).is_some_and(|(known, _)| *known <= rank) {
            continue;
        }
        let reach = Reach {
            address: AddressId::new(row.id("id")?),
            hash: row.array("hash")?,
            channel: way.channel,
            account: way.account.clone(),
        };
        best.insert(client, (rank, reach));
    }
    let of = |client: &ClientId| best.get(client).map(|(_, reach)| reach.clone());
    let recipient = |client: &ClientId| Recipient { key: client.to_bytes(), client: *client, reach: of(client) };
    Ok(clients.iter().map(recipient).collect())
}

/// Gives the next of those who ordered a topic, at the address they ordered it to.
pub(super) async fn subscribers(
    database: &impl ConnectionTrait,
    dialect: Dialect,
    ways: &Ways<'_>,
    topic: &TopicId,
    after: Option<[u8; 16]>,
) -> Result<Vec<Recipient>, StoreError> {
    let after = after.map(|after| after.to_vec()).unwrap_or_default();
    let values: [Value; 3] = [topic.as_str().into(), after.into(), (PORTION_MAX as i64).into()];
    let rows = database.query_all_raw(dialect.statement(SUBSCRIBERS, values)).await?;
    let recipient = |row: &QueryResult| {
        let way = ways.of(row.word("kind")?);
        let (address, hash) = (AddressId::new(row.id("id")?), row.array("hash")?);
        let reach = way.map(|way| Reach { address, hash, channel: way.channel, account: way.account.clone() });
        Ok(Recipient { key: address.to_bytes(), client: ClientId::new(row.id("client")?), reach })
    };
    rows.iter().map(recipient).collect()
}

impl<'a> Ways<'a> {
    /// Gives how good a kind of address is, and the account that reaches it.
    fn preferred(&self, kind: AddressKind) -> Option<(usize, &'a Way)> {
        let channel = channel_of(kind);
        let rank = PREFERRED.iter().position(|known| *known == channel)?;
        let way = self.all.iter().find(|way| way.branch == *self.branch && way.channel == channel)?;
        Some((rank, way))
    }

    /// Gives the account that reaches a kind of address, the branch's own before others'.
    fn of(&self, kind: AddressKind) -> Option<&'a Way> {
        let channel = channel_of(kind);
        let mut reaching = self.all.iter().filter(|way| way.channel == channel);
        let own = reaching.clone().find(|way| way.branch == *self.branch);
        own.or_else(|| reaching.next())
    }

    /// Gives where somebody who cannot be reached would have been looked for.
    pub(super) fn first(&self) -> Option<&'a Way> {
        let of_branch =
            |channel: &ChannelKind| self.all.iter().find(|way| way.branch == *self.branch && way.channel == *channel);
        PREFERRED.iter().find_map(of_branch).or_else(|| self.all.first())
    }
}

/// Gives the channel by which a kind of address is written to.
pub(crate) const fn channel_of(kind: AddressKind) -> ChannelKind {
    match kind {
        AddressKind::Phone => ChannelKind::Sms,
        AddressKind::Email => ChannelKind::Email,
        AddressKind::Wechat => ChannelKind::Wechat,
        AddressKind::Webhook => ChannelKind::Webhook,
    }
}

/// The words by which recipients are one.
#[derive(Clone, Copy)]
pub(super) struct Same<'a> {
    pub(super) digest: &'a [u8],
    /// Whether they differ from client to client.
    pub(super) personal: bool,
}

/// Whom the same words were told already.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Addresses, with the client where the words are his own.
    told: BTreeSet<([u8; 16], Option<ClientId>)>,
    keys: BTreeSet<[u8; 16]>,
}

impl Seen {
    /// Adds who of a portion was told by an earlier alert, or an earlier portion.
    pub(super) async fn told(
        &mut self,
        database: &impl ConnectionTrait,
        dialect: Dialect,
        (same, ask): (Same<'_>, &gate::Ask<'_>),
        recipients: &[Recipient],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let hashes = dialect.ids(recipients.iter().filter_map(|recipient| Some(recipient.reach.as_ref()?.hash)));
        let sql = format!("{TOLD} AND {}", dialect.among("d.hash"));
        let values: [Value; 4] =
            [hashes, (now - SAME_WITHIN).as_ms().into(), same.digest.to_vec().into(), now.as_ms().into()];
        let mut waiting: Vec<(ClientId, [u8; 16])> = Vec::new();
        for row in database.query_all_raw(dialect.statement(&sql, values)).await? {
            let client = row.id_or_none("client")?.map(ClientId::new);
            let is_untried = row.int("untried")? != 0;
            match client.filter(|_| is_untried) {
                Some(client) => waiting.push((client, row.array("hash")?)),
                None => _ = self.told.insert((row.array("hash")?, client.filter(|_| same.personal))),
            }
        }
        let clients: Vec<ClientId> = waiting.iter().map(|(client, _)| *client).collect();
        let standing = gate::standing(database, dialect, ask, &clients).await?;
        let may_have = waiting.into_iter().filter(|(client, _)| standing.of(*client).is_none());
        self.told.extend(may_have.map(|(client, hash)| (hash, same.personal.then_some(client))));
        Ok(())
    }

    /// Says why a recipient is not told, if that is plain by now, and notes that he is, where he may
    /// have it.
    pub(super) fn judge(&mut self, recipient: &Recipient, personal: bool, may_have: bool) -> Option<Withheld> {
        let is_new = self.keys.insert(recipient.key);
        let Some(reach) = &recipient.reach else {
            return Some(if is_new { Withheld::NoAddress } else { Withheld::Duplicate });
        };
        let is_untold = !may_have || self.told.insert((reach.hash, personal.then_some(recipient.client)));
        (!is_new || !is_untold).then_some(Withheld::Duplicate)
    }
}

impl Reach {
    pub(super) fn way(&self) -> (ChannelKind, &AccountId) {
        (self.channel, &self.account)
    }
}

impl Way {
    pub(super) const fn parts(&self) -> (ChannelKind, &AccountId) {
        (self.channel, &self.account)
    }
}

const SUBSCRIBERS: &str = "SELECT a.id, a.client, a.kind, a.hash FROM subscription s \
    JOIN address a ON a.id = s.address WHERE s.topic = $1 AND s.live = 1 AND s.address > $2 ORDER BY s.address LIMIT $3";
const TOLD: &str = "SELECT d.hash, d.client, CAST(CASE WHEN d.state = 'queued' AND d.attempt = 0 THEN 1 ELSE 0 END AS BIGINT) AS untried \
    FROM delivery d JOIN notice n ON n.id = d.notice \
    WHERE d.made_at > $2 AND n.digest = $3 AND d.state NOT IN ('withheld', 'failed', 'expired') \
    AND NOT (d.state = 'queued' AND d.repeated = 0 AND (n.state = 'stopped' OR d.expires_at <= $4))";
