//! The gate: whether consent lets a submit through, asked in the very transaction that begins it.
//!
//! In: an address, what is to go there. Out: yes, or no consent. `deliveries::submit` calls it
//! before it sets `submitting`, and leaves a delivery that is refused as `withheld(no_consent)`.
//! The row it locks is the one that a cancel locks, so that neither misses the other (I-5).
//! Never here: quiet hours, caps, suitability.

use contract::{AddressId, Category, Granted, TopicId, consent::Permits};
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use crate::{StoreError, dialect::Dialect, row::Columns};

/// What is to be submitted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ask<'a> {
    /// The blind index of the address.
    pub(crate) hash: [u8; 16],
    /// The address in the client's entry.
    pub(crate) address: AddressId,
    /// What it is.
    pub(crate) category: Category,
    /// The topic it was ordered under; `None` for what was addressed to clients.
    pub(crate) topic: Option<&'a TopicId>,
}

/// What the gate says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It may go.
    Pass,
    /// The client does not want it, or no longer.
    NoConsent,
}

/// Locks the address's row, and says whether consent lets a submit through. What needs no
/// consent (risk, service, call-back to clients) locks nothing.
pub(crate) async fn gate(tx: &DatabaseTransaction, dialect: Dialect, ask: Ask<'_>) -> Result<Verdict, StoreError> {
    if ask.topic.is_none() && !ask.category.is_promotion() {
        return Ok(Verdict::Pass);
    }
    let sql = format!("{CONSENT}{}", dialect.locked());
    let row = tx.query_one_raw(dialect.statement(&sql, [ask.hash.to_vec().into()])).await?;
    let Some(row) = row else { return Ok(Verdict::NoConsent) };
    let permits = Permits {
        topics: Vec::new(),
        commercial: row.word::<Granted>("commercial")?,
        advice: row.word::<Granted>("advice")?,
        held: row.int("held")? != 0,
    };
    if !permits.allows(ask.category) {
        return Ok(Verdict::NoConsent);
    }
    let Some(topic) = ask.topic else { return Ok(Verdict::Pass) };
    let values = [ask.address.to_bytes().to_vec().into(), topic.as_str().into()];
    let live = tx.query_one_raw(dialect.statement(LIVE, values)).await?.is_some();
    Ok(if live { Verdict::Pass } else { Verdict::NoConsent })
}

const CONSENT: &str = "SELECT commercial, advice, held FROM consent WHERE hash = $1";
const LIVE: &str = "SELECT 1 AS found FROM subscription WHERE address = $1 AND topic = $2 AND live = 1";
