//! The gate: what an alert's delivery must pass in the very transaction that begins its submit.
//!
//! In: a delivery, its alert's rules, the client's marks, the time. Out: it goes, it is withheld
//! and why, or it is put off. The address's consent is locked first, as a cancel does; then the
//! alert, as a stop does; the cap is one row that counts up or does not, once for a delivery,
//! however often it is tried. Never here: a provider; a rule of the firm file, which the alert
//! brings.

use std::collections::BTreeMap;

use contract::{
    AddressId, Category, ClientId, NoticeId, NoticeState, ProductRisk, Timestamp, TopicId, Withheld, delivery::Due,
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Value};

use super::{FAR, Rules, take_rules};
use crate::{StoreError, consent, dialect::Dialect, row::Columns};

/// A delivery before the gate.
#[derive(Debug, Clone)]
pub(crate) struct Gated {
    pub(crate) due: Due,
    pub(crate) notice: NoticeId,
    pub(crate) client: Option<ClientId>,
    pub(crate) address: Option<AddressId>,
    pub(crate) hash: Option<[u8; 16]>,
    pub(crate) category: Category,
    pub(crate) topic: Option<TopicId>,
    pub(crate) expires_at: Timestamp,
    /// The day of its client that it is counted on, if it is.
    pub(crate) counted: Option<String>,
}

/// What the gate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It may go; counted from here on on this day.
    Pass(Option<String>),
    /// It never goes.
    Withheld(Withheld),
    /// It does not go before this time.
    Later(Timestamp),
}

/// How clients stand at the moment.
#[derive(Debug, Default)]
pub(super) struct Standing {
    known: BTreeMap<ClientId, Option<Withheld>>,
    /// How somebody stands whom the book does not know.
    unknown: Option<Withheld>,
}

/// What is asked about clients.
pub(super) struct Ask<'a> {
    pub(super) category: Category,
    pub(super) rules: &'a Rules,
    pub(super) day: String,
}

impl Gated {
    /// Judges it, and counts it where a cap holds.
    pub(crate) async fn judge(
        &self,
        tx: &DatabaseTransaction,
        dialect: Dialect,
        now: Timestamp,
    ) -> Result<Verdict, StoreError> {
        let (Some(client), Some(address), Some(hash)) = (self.client, self.address, self.hash) else {
            return Ok(Verdict::Withheld(Withheld::NoAddress));
        };
        let ask = consent::Ask { hash, address, category: self.category, topic: self.topic.as_ref() };
        let consented = consent::gate(tx, dialect, ask).await? == consent::Verdict::Pass;
        let values: [Value; 2] = [self.notice.to_bytes().to_vec().into(), client.to_bytes().to_vec().into()];
        let row = tx.query_one_raw(dialect.statement(&format!("{RULES}{}", dialect.kept()), values)).await?;
        let row = row.ok_or(StoreError::bug("a delivery's alert is not there"))?;
        match row.word::<NoticeState>("state")? {
            NoticeState::Stopped => return Ok(Verdict::Withheld(Withheld::Stopped)),
            NoticeState::Paused => return Ok(Verdict::Later(FAR)),
            NoticeState::Running | NoticeState::Done => {}
        }
        if !self.category.is_promotion() {
            return Ok(if consented { Verdict::Pass(None) } else { Verdict::Withheld(Withheld::NoConsent) });
        }
        if !consented {
            return Ok(Verdict::Withheld(Withheld::NoConsent));
        }
        let rules = take_rules(&row)?;
        let hours = rules.hours();
        let ask = Ask { category: self.category, rules: &rules, day: hours.day(now) };
        let [class, until] = [row.text_or_none("risk_class")?, row.text_or_none("risk_valid_until")?];
        if !ask.suits(class.as_deref(), until.as_deref()) {
            return Ok(Verdict::Withheld(Withheld::Suitability));
        }
        match hours.opens(now) {
            Some(at) if at <= now => {}
            Some(at) if at < self.expires_at => return Ok(Verdict::Later(at)),
            _ => return Ok(Verdict::Withheld(Withheld::QuietHours)),
        }
        let Some(per_day) = rules.per_day else { return Ok(Verdict::Pass(None)) };
        if self.counted.as_ref() == Some(&ask.day) {
            return Ok(Verdict::Pass(None));
        }
        if !self.count(tx, dialect, (client, &ask.day), per_day).await? {
            return Ok(Verdict::Withheld(Withheld::Cap));
        }
        Ok(Verdict::Pass(Some(ask.day)))
    }

    /// Counts it for a client on a day, and no longer on the day of an earlier try; not where that
    /// is too many, or somebody else began this try meanwhile.
    async fn count(
        &self,
        tx: &DatabaseTransaction,
        dialect: Dialect,
        (client, day): (ClientId, &str),
        per_day: u32,
    ) -> Result<bool, StoreError> {
        if per_day == 0 {
            return Ok(false);
        }
        let id: Value = self.due.delivery.to_bytes().to_vec().into();
        let values = [id, day.into(), i64::from(per_day).into(), i64::from(self.due.attempt).into()];
        if tx.execute_raw(dialect.statement(COUNT, values)).await?.rows_affected() == 0 {
            return Ok(false);
        }
        if let Some(before) = &self.counted {
            let values = [client.to_bytes().to_vec().into(), before.as_str().into()];
            tx.execute_raw(dialect.statement(UNCOUNT, values)).await?;
        }
        Ok(true)
    }
}

impl Ask<'_> {
    /// Says whether a client may be told of the product, if it is of one.
    fn suits(&self, class: Option<&str>, valid_until: Option<&str>) -> bool {
        self.rules.risk.is_none_or(|risk| covers(class, valid_until, risk, &self.day))
    }
}

impl Standing {
    /// Says why a client would be withheld as he stands, if he would.
    pub(super) fn of(&self, client: ClientId) -> Option<Withheld> {
        self.known.get(&client).copied().unwrap_or(self.unknown)
    }
}

/// Looks how clients stand.
pub(super) async fn standing(
    database: &impl ConnectionTrait,
    dialect: Dialect,
    ask: &Ask<'_>,
    clients: &[ClientId],
) -> Result<Standing, StoreError> {
    if !ask.category.is_promotion() || clients.is_empty() {
        return Ok(Standing::default());
    }
    let sql = format!("{STANDING} WHERE {}", dialect.among("c.id"));
    let ids = dialect.ids(clients.iter().map(|client| client.to_bytes()));
    let mut known = BTreeMap::new();
    for row in database.query_all_raw(dialect.statement(&sql, [ids, ask.day.as_str().into()])).await? {
        let [class, until] = [row.text_or_none("risk_class")?, row.text_or_none("risk_valid_until")?];
        let used = row.int_or_none("used")?.unwrap_or(0);
        let why = if !ask.suits(class.as_deref(), until.as_deref()) {
            Some(Withheld::Suitability)
        } else if ask.rules.per_day.is_some_and(|per_day| used >= i64::from(per_day)) {
            Some(Withheld::Cap)
        } else {
            None
        };
        known.insert(ClientId::new(row.id("id")?), why);
    }
    Ok(Standing { known, unknown: (!ask.suits(None, None)).then_some(Withheld::Suitability) })
}

/// Says whether a risk class covers a product: both are levels, and an assessment that is missing
/// or over covers nothing.
fn covers(class: Option<&str>, valid_until: Option<&str>, risk: ProductRisk, day: &str) -> bool {
    let level = class.and_then(|class| class.strip_prefix('C')).and_then(|level| level.parse::<u8>().ok());
    let needed = ProductRisk::ALL.iter().zip(1_u8..).find(|(known, _)| **known == risk).map_or(u8::MAX, |(_, at)| at);
    // Days are written so that they compare as texts.
    level.is_some_and(|level| level >= needed) && valid_until.is_some_and(|until| until >= day)
}

const RULES: &str = "SELECT n.state, n.firm, n.risk, n.zone, n.quiet_from, n.quiet_to, n.window_from, n.window_to, \
    n.per_day, c.risk_class, c.risk_valid_until FROM notice n LEFT JOIN client c ON c.id = $2 WHERE n.id = $1";
const COUNT: &str = "INSERT INTO capped (client, day, used) SELECT client, $2, 1 FROM delivery \
    WHERE id = $1 AND state = 'queued' AND attempt = $4 - 1 \
    ON CONFLICT (client, day) DO UPDATE SET used = capped.used + 1 WHERE capped.used < $3";
const UNCOUNT: &str = "UPDATE capped SET used = used - 1 WHERE client = $1 AND day = $2 AND used > 0";
const STANDING: &str = "SELECT c.id, c.risk_class, c.risk_valid_until, t.used FROM client c \
    LEFT JOIN capped t ON t.client = c.id AND t.day = $2";

#[cfg(test)]
mod tests;
