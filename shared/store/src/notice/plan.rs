//! Planning: an alert's recipients become deliveries, a portion at a time.
//!
//! In: the ways out of every branch, a time. Out: rows, and how far the alert is, in one
//! transaction: after a crash the next portion begins where the last committed one ended, and an
//! id that is derived from alert and recipient is written once. Memory holds one portion,
//! however many recipients there are. Never here: an address in the clear.

use std::collections::{BTreeMap, BTreeSet};

use contract::{
    AccountId, Category, ChannelKind, ClientId, DeliveryId, DeliveryState, NoticeId, Timestamp, Withheld, id::derived,
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Value};

use super::{
    Draft, Hours, Notice, Notices, digest, gate, hold,
    recipient::{Reach, Recipient, Same, Seen, Way, Ways, reached, subscribers},
};
use crate::{
    StoreError,
    deliveries::{Addressed, DELIVERY, Start, Wish, put_at},
    dialect::Dialect,
    row::Columns,
    rows::Rows,
};

/// Recipients of one portion.
pub(super) const PORTION_MAX: usize = 500;
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
        let hours = draft.rules.hours();
        let ask = gate::Ask { category: draft.category, rules: &draft.rules, day: hours.day(*now) };
        let same = Same { digest, personal: draft.personal };
        seen.told(read, dialect, (same, &ask), &recipients, *now).await?;
        let clients: Vec<ClientId> = recipients.iter().map(|recipient| recipient.client).collect();
        let standing = gate::standing(read, dialect, &ask, &clients).await?;
        let hashes: Vec<[u8; 16]> = recipients.iter().filter_map(|one| Some(one.reach.as_ref()?.hash)).collect();
        let permits = self.0.consents().permits(&hashes).await?;
        let opens = opens(&hours, draft.category, *now);
        for recipient in recipients {
            foreseen.looked_at += 1;
            let permitted = recipient.reach.as_ref().and_then(|reach| permits.get(&reach.hash));
            let allowed = !draft.category.is_promotion() || permitted.is_some_and(|known| known.allows(draft.category));
            let stands = standing.of(recipient.client);
            let why = seen
                .judge(&recipient, draft.personal, stands.is_none())
                .or_else(|| (!allowed).then_some(Withheld::NoConsent))
                .or(stands)
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

/// Gives from when on a notice of a category may leave.
pub(super) fn opens(hours: &Hours, category: Category, now: Timestamp) -> Option<Timestamp> {
    if category.is_promotion() { hours.opens(now) } else { Some(now) }
}

impl Planning<'_> {
    /// Writes a portion and says how many rows are new; whoever was named before has one.
    async fn write(&self, tx: &DatabaseTransaction, recipients: Vec<Recipient>) -> Result<u64, StoreError> {
        let (notice, now) = (self.notice, self.now);
        let mut seen = Seen::default();
        let hours = notice.rules.hours();
        let ask = gate::Ask { category: notice.category, rules: &notice.rules, day: hours.day(now) };
        let same = Same { digest: &notice.digest, personal: notice.personal };
        seen.told(tx, self.dialect, (same, &ask), &recipients, now).await?;
        let clients: Vec<ClientId> = recipients.iter().map(|recipient| recipient.client).collect();
        let standing = gate::standing(tx, self.dialect, &ask, &clients).await?;
        let due_at = opens(&hours, notice.category, now).filter(|at| *at < notice.expires_at);
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
            let start = match seen.judge(&recipient, notice.personal, standing.of(recipient.client).is_none()) {
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

/// Gives the id of what an alert tells a recipient: the same whenever it is planned.
fn delivery_id(notice: NoticeId, key: [u8; 16]) -> DeliveryId {
    DeliveryId::new(derived(&[b"notice", &notice.to_bytes(), &key]))
}

const ANY_OPEN: &str = "SELECT 1 AS found FROM notice WHERE planned = 0 AND state = 'running' LIMIT 1";
const OPEN: &str = "SELECT * FROM notice WHERE planned = 0 AND state = 'running' ORDER BY rank, made_at, id LIMIT 1";
const NAMED: &str = "SELECT substr(clients, CAST($2 AS INTEGER), CAST($3 AS INTEGER)) AS part \
    FROM notice_list WHERE notice = $1";
const SUBSCRIBED: &str = "SELECT COUNT(*) AS found FROM subscription WHERE topic = $1 AND live = 1";
const ADVANCE: &str = "UPDATE notice SET places = places + $2, repeats = repeats + $3, planned = $4, \
    reached = COALESCE($5, reached) WHERE id = $1";
