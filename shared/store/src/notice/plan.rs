//! Planning: an alert's recipients become deliveries, a portion at a time.
//!
//! In: the ways out of every branch, a time. Out: rows, and how far the alert is, in one
//! transaction: after a crash the next portion begins where the last committed one ended, and an
//! id that is derived from alert and recipient is written once. Memory holds one portion,
//! however many recipients there are. Never here: an address in the clear.

use std::collections::{BTreeMap, BTreeSet};

use contract::{
    AccountId, AddressId, AddressKind, BranchId, Category, ChannelKind, ClientId, DeliveryId, DeliveryState, Millis,
    NoticeId, Timestamp, TopicId, Withheld, id::derived,
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult, Value};

use super::{Draft, Hours, Notice, Notices, digest, gate, hold};
use crate::{
    StoreError,
    deliveries::{Addressed, DELIVERY, Start, Wish, put_at},
    dialect::Dialect,
    row::Columns,
    rows::Rows,
};

/// Recipients of one portion.
pub(super) const PORTION_MAX: usize = 500;
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

/// What one portion came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Portion {
    /// The alert.
    pub notice: NoticeId,
    /// Recipients that were planned.
    pub recipients: u64,
    /// Whether they were the last.
    pub last: bool,
}

/// Whom an alert would reach, as far as it was looked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Foreseen {
    /// Recipients.
    pub recipients: u64,
    /// How many of them were looked at.
    pub looked_at: u64,
    /// Who of those would be withheld as things stand, and why.
    pub withheld: BTreeMap<Withheld, u64>,
    /// By which channels the others would be reached.
    pub by_channel: BTreeMap<ChannelKind, u64>,
}

/// A client at an address, or without one.
#[derive(Debug, Clone)]
struct Recipient {
    /// By what he is told once: himself where he was named, the address he ordered a topic to.
    key: [u8; 16],
    client: ClientId,
    reach: Option<Reach>,
}

/// Where a client is reached.
#[derive(Debug, Clone)]
struct Reach {
    address: AddressId,
    hash: [u8; 16],
    channel: ChannelKind,
    account: AccountId,
}

/// What a portion of recipients is judged by before anything is posted.
struct Foreseeing<'a> {
    draft: &'a Draft,
    digest: Vec<u8>,
    now: Timestamp,
}

/// What a portion of recipients is planned by.
struct Planning<'a> {
    dialect: Dialect,
    notice: &'a Notice,
    ways: Ways<'a>,
    now: Timestamp,
}

/// The ways out as one branch takes them.
struct Ways<'a> {
    branch: &'a BranchId,
    all: &'a [Way],
}

impl Notices {
    /// Says whether an alert has recipients that are not planned yet.
    pub async fn has_unplanned(&self) -> Result<bool, StoreError> {
        Ok(self.0.one(ANY_OPEN, []).await?.is_some())
    }

    /// Plans the next portion of the alert of the best lane; none when all are planned, or
    /// somebody else is at it.
    pub async fn plan(&self, ways: &[Way], now: Timestamp) -> Result<Option<Portion>, StoreError> {
        let (dialect, ways) = (self.0.dialect(), ways.to_vec());
        self.0.write(move |tx| Box::pin(async move { portion(tx, dialect, &ways, now).await })).await
    }

    /// Looks whom a draft would reach and who would be withheld, of up to `max` recipients.
    pub async fn foresee(
        &self,
        draft: &Draft,
        ways: &[Way],
        max: usize,
        now: Timestamp,
    ) -> Result<Foreseen, StoreError> {
        let (dialect, read) = (self.0.dialect(), self.0.read());
        let ways = Ways { branch: &draft.branch, all: ways };
        let foreseeing = Foreseeing { draft, digest: digest(&self.0, draft), now };
        let mut foreseen = Foreseen::default();
        let mut seen = Seen::default();
        if let Some(clients) = &draft.clients {
            foreseen.recipients = clients.len() as u64;
            for portion in clients.get(..max.min(clients.len())).unwrap_or_default().chunks(PORTION_MAX) {
                let recipients = reached(read, dialect, &ways, portion).await?;
                self.judge(&foreseeing, recipients, &mut seen, &mut foreseen).await?;
            }
        } else if let Some(topic) = &draft.topic {
            let count = self.0.one(SUBSCRIBED, [topic.as_str().into()]).await?;
            foreseen.recipients = count.map_or(Ok(0), |row| row.count("found"))?;
            let mut after = None;
            for _ in 0..max.div_ceil(PORTION_MAX) {
                let recipients = subscribers(read, dialect, &ways, topic, after).await?;
                let Some(last) = recipients.last() else { break };
                after = Some(last.key);
                self.judge(&foreseeing, recipients, &mut seen, &mut foreseen).await?;
            }
        }
        Ok(foreseen)
    }

    /// Judges a portion as its planning and its submits would.
    async fn judge(
        &self,
        Foreseeing { draft, digest, now }: &Foreseeing<'_>,
        recipients: Vec<Recipient>,
        seen: &mut Seen,
        foreseen: &mut Foreseen,
    ) -> Result<(), StoreError> {
        let (dialect, read) = (self.0.dialect(), self.0.read());
        seen.told(read, dialect, digest, draft.personal, &recipients, *now).await?;
        let hours = draft.rules.hours();
        let ask = gate::Ask { category: draft.category, rules: &draft.rules, day: hours.day(*now) };
        let clients: Vec<ClientId> = recipients.iter().map(|recipient| recipient.client).collect();
        let standing = gate::standing(read, dialect, &ask, &clients).await?;
        let hashes: Vec<[u8; 16]> = recipients.iter().filter_map(|one| Some(one.reach.as_ref()?.hash)).collect();
        let permits = self.0.consents().permits(&hashes).await?;
        let opens = opens(&hours, draft.category, *now);
        for recipient in recipients {
            foreseen.looked_at += 1;
            let permitted = recipient.reach.as_ref().and_then(|reach| permits.get(&reach.hash));
            let allowed = !draft.category.is_promotion() || permitted.is_some_and(|known| known.allows(draft.category));
            let why = seen
                .judge(&recipient, draft.personal)
                .or_else(|| (!allowed).then_some(Withheld::NoConsent))
                .or_else(|| standing.get(&recipient.client).copied().unwrap_or(gate::unknown(&ask)))
                .or_else(|| opens.is_none_or(|at| at >= draft.expires_at).then_some(Withheld::QuietHours));
            match (why, &recipient.reach) {
                (Some(why), _) => *foreseen.withheld.entry(why).or_default() += 1,
                (None, Some(reach)) => *foreseen.by_channel.entry(reach.channel).or_default() += 1,
                (None, None) => {}
            }
        }
        Ok(())
    }
}

async fn portion(
    tx: &DatabaseTransaction,
    dialect: Dialect,
    ways: &[Way],
    now: Timestamp,
) -> Result<Option<Portion>, StoreError> {
    let Some(notice) = hold(tx, dialect, OPEN).await? else { return Ok(None) };
    // Two alerts that tell the same are planned one after the other, so that the second finds
    // whom the first tells.
    if let Some(alone) = dialect.alone(&format!("notice {}", hex::encode(&notice.digest))) {
        tx.execute_raw(alone).await?;
    }
    let planning = Planning { dialect, ways: Ways { branch: &notice.branch, all: ways }, notice: &notice, now };
    let recipients = match (notice.asked, &notice.topic) {
        (0, Some(topic)) => {
            let after = notice.reached.map(u128::to_be_bytes);
            subscribers(tx, dialect, &planning.ways, topic, after).await?
        }
        _ => named(tx, &planning).await?,
    };
    let reached = recipients.last().map(|last| last.key.to_vec());
    let count = recipients.len() as u64;
    let last = recipients.len() < PORTION_MAX;
    let written = planning.write(tx, recipients).await?;
    let values: [Value; 5] = [
        notice.id.to_bytes().to_vec().into(),
        i64::try_from(count).unwrap_or(i64::MAX).into(),
        i64::try_from(count.saturating_sub(written)).unwrap_or(i64::MAX).into(),
        i64::from(last).into(),
        reached.into(),
    ];
    tx.execute_raw(dialect.statement(ADVANCE, values)).await?;
    Ok(Some(Portion { notice: notice.id, recipients: count, last }))
}

/// Gives the next of the clients that an alert names.
async fn named(tx: &DatabaseTransaction, planning: &Planning<'_>) -> Result<Vec<Recipient>, StoreError> {
    let notice = planning.notice;
    let from = i64::try_from(notice.total).unwrap_or(i64::MAX).saturating_mul(16).saturating_add(1);
    let values: [Value; 3] =
        [notice.id.to_bytes().to_vec().into(), from.into(), (PORTION_MAX as i64).saturating_mul(16).into()];
    let row = tx.query_one_raw(planning.dialect.statement(NAMED, values)).await?;
    let bytes = row.map(|row| row.bytes("part")).transpose()?.unwrap_or_default();
    let ids: Vec<ClientId> = bytes.chunks_exact(16).filter_map(|id| ClientId::from_bytes(id).ok()).collect();
    reached(tx, planning.dialect, &planning.ways, &ids).await
}

/// Gives each client with the first of his addresses that a branch reaches.
async fn reached(
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
async fn subscribers(
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
    fn first(&self) -> Option<&'a Way> {
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

/// Whom the same words were told already.
#[derive(Debug, Default)]
struct Seen {
    /// Addresses, with the client where the words are his own.
    told: BTreeSet<([u8; 16], Option<ClientId>)>,
    keys: BTreeSet<[u8; 16]>,
}

impl Seen {
    /// Adds who of a portion was told by an earlier alert, or an earlier portion.
    async fn told(
        &mut self,
        database: &impl ConnectionTrait,
        dialect: Dialect,
        digest: &[u8],
        personal: bool,
        recipients: &[Recipient],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let hashes = dialect.ids(recipients.iter().filter_map(|recipient| Some(recipient.reach.as_ref()?.hash)));
        let sql = format!("{TOLD} AND {}", dialect.among("d.hash"));
        let values: [Value; 3] = [hashes, (now - SAME_WITHIN).as_ms().into(), digest.to_vec().into()];
        for row in database.query_all_raw(dialect.statement(&sql, values)).await? {
            let client = row.id_or_none("client")?.map(ClientId::new).filter(|_| personal);
            self.told.insert((row.array("hash")?, client));
        }
        Ok(())
    }

    /// Says why a recipient is not told, if that is plain by now, and notes that he is.
    fn judge(&mut self, recipient: &Recipient, personal: bool) -> Option<Withheld> {
        let is_new = self.keys.insert(recipient.key);
        let Some(reach) = &recipient.reach else {
            return Some(if is_new { Withheld::NoAddress } else { Withheld::Duplicate });
        };
        let is_untold = self.told.insert((reach.hash, personal.then_some(recipient.client)));
        (!is_new || !is_untold).then_some(Withheld::Duplicate)
    }
}

/// Gives from when on a notice of a category may leave.
fn opens(hours: &Hours, category: Category, now: Timestamp) -> Option<Timestamp> {
    if category.is_promotion() { hours.opens(now) } else { Some(now) }
}

impl Planning<'_> {
    /// Writes a portion and says how many rows are new; whoever was named before has one.
    async fn write(&self, tx: &DatabaseTransaction, recipients: Vec<Recipient>) -> Result<u64, StoreError> {
        let (notice, now) = (self.notice, self.now);
        let mut seen = Seen::default();
        seen.told(tx, self.dialect, &notice.digest, notice.personal, &recipients, now).await?;
        let due_at = opens(&notice.rules.hours(), notice.category, now).filter(|at| *at < notice.expires_at);
        let mut rows = Rows::default();
        let mut ids = BTreeSet::new();
        for (place, recipient) in (notice.total + 1..).zip(recipients) {
            let id = delivery_id(notice.id, recipient.key);
            // Named twice in one portion: the second has no row, like one of another portion.
            if !ids.insert(id) {
                continue;
            }
            let Some(way) = recipient.reach.as_ref().map(Reach::way).or_else(|| self.ways.first().map(Way::parts))
            else {
                continue;
            };
            let start = match seen.judge(&recipient, notice.personal) {
                _ if notice.expires_at <= now => Start { state: DeliveryState::Expired, reason: None },
                None if due_at.is_none() => Start::withheld(Withheld::QuietHours),
                None => Start { state: DeliveryState::Queued, reason: None },
                Some(why) => Start::withheld(why),
            };
            let wish = self.wish(id, &recipient, way, due_at.unwrap_or(now));
            put_at(&wish, start, Some(place), now, &mut rows);
        }
        let mut written = 0;
        for statement in self.dialect.insert([(&DELIVERY, rows)]) {
            written += tx.execute_raw(statement).await?.rows_affected();
        }
        Ok(written)
    }

    fn wish(
        &self,
        id: DeliveryId,
        recipient: &Recipient,
        (channel, account): (ChannelKind, &AccountId),
        due_at: Timestamp,
    ) -> Wish {
        let notice = self.notice;
        Wish {
            id,
            case: None,
            contact: None,
            channel,
            account: account.clone(),
            lane: notice.category.lane(),
            made_at: self.now,
            due_at,
            expires_at: notice.expires_at,
            refused: None,
            addressed: Addressed {
                notice: Some(notice.id),
                client: Some(recipient.client),
                address: recipient.reach.as_ref().map(|reach| reach.address),
                hash: recipient.reach.as_ref().map(|reach| reach.hash),
                category: Some(notice.category),
                // What names its clients needs no subscription.
                topic: notice.topic.clone().filter(|_| notice.asked == 0),
            },
            words: None,
        }
    }
}

impl Reach {
    fn way(&self) -> (ChannelKind, &AccountId) {
        (self.channel, &self.account)
    }
}

impl Way {
    const fn parts(&self) -> (ChannelKind, &AccountId) {
        (self.channel, &self.account)
    }
}

/// Gives the id of what an alert tells a recipient: the same whenever it is planned.
fn delivery_id(notice: NoticeId, key: [u8; 16]) -> DeliveryId {
    DeliveryId::new(derived(&[b"notice", &notice.to_bytes(), &key]))
}

const ANY_OPEN: &str = "SELECT 1 AS found FROM notice WHERE planned = 0 AND state = 'running' LIMIT 1";
const OPEN: &str = "SELECT * FROM notice WHERE planned = 0 AND state = 'running' ORDER BY rank, made_at, id LIMIT 1";
const NAMED: &str = "SELECT substr(clients, CAST($2 AS INTEGER), CAST($3 AS INTEGER)) AS part \
    FROM notice_list WHERE notice = $1";
const SUBSCRIBERS: &str = "SELECT a.id, a.client, a.kind, a.hash FROM subscription s \
    JOIN address a ON a.id = s.address WHERE s.topic = $1 AND s.live = 1 AND s.address > $2 ORDER BY s.address LIMIT $3";
const SUBSCRIBED: &str = "SELECT COUNT(*) AS found FROM subscription WHERE topic = $1 AND live = 1";
const ADVANCE: &str = "UPDATE notice SET places = places + $2, repeats = repeats + $3, planned = $4, \
    reached = COALESCE($5, reached) WHERE id = $1";
const TOLD: &str = "SELECT d.hash, d.client FROM delivery d JOIN notice n ON n.id = d.notice \
    WHERE d.made_at > $2 AND n.digest = $3 AND d.state NOT IN ('withheld', 'failed', 'expired')";

#[cfg(test)]
mod tests;
