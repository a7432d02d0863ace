//! Why a contact is not taken in, cut by what the provider is to do.
//!
//! In: errors of bus and store, quotas. Out: `NotAccepted`. Never here: content.

use bus::BusError;
use contract::Millis;
use store::StoreError;

use crate::account::Account;

/// After how long a provider may try again when the house cannot say.
const RETRY_AFTER: Millis = Millis::from_secs(2);

/// Why a contact is not taken in; nothing was acknowledged, the provider may send it again.
#[derive(Debug, Clone, thiserror::Error)]
pub enum NotAccepted {
    /// The sender has sent too much: not before this span.
    #[error("the sender's quota is used up")]
    RateLimited(Millis),
    /// It is larger than a contact may be, however it is divided: never.
    #[error("the contact is too large")]
    TooLarge,
    /// The bus does not take it at the moment.
    #[error("the bus does not take the contact")]
    Bus(#[source] BusError),
    /// The store does not take it, or a part of it, at the moment.
    #[error("the store does not take the contact")]
    Store(#[source] StoreError),
    /// Bus or store did not answer in time; it may have been taken, a repeat will tell.
    #[error("the contact was not on disk in time")]
    Late,
}

impl NotAccepted {
    /// Gives the span after which a repeat makes sense; `None` = never.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Millis> {
        match self {
            Self::RateLimited(wait) => Some(*wait),
            Self::TooLarge => None,
            Self::Bus(_) | Self::Store(_) | Self::Late => Some(RETRY_AFTER),
        }
    }

    /// Says whether another bus may take what this one did not.
    pub(super) const fn is_of_bus(&self) -> bool {
        matches!(self, Self::Bus(_) | Self::Late)
    }

    /// Gives the word by which figures count it.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::RateLimited(_) => "rate_limited",
            Self::TooLarge => "too_large",
            Self::Bus(BusError::Full(_)) => "bus_full",
            Self::Bus(_) => "bus",
            Self::Store(error) if error.is_full() => "disk_full",
            Self::Store(_) => "store",
            Self::Late => "late",
        }
    }

    pub(super) fn count(&self, account: &Account) {
        count_refused(account.channel.as_str(), account.id.to_string(), self.word());
    }
}

/// Every word by which a refusal is counted, at a door of any channel.
const REASONS: &[&str] = &[
    "bus",
    "bus_full",
    "disk_full",
    "late",
    "line_end",
    "malformed",
    "media_type",
    "method",
    "no_room",
    "not_found",
    "panic",
    "rate_limited",
    "signature",
    "store",
    "too_large",
    "too_slow",
    "unavailable",
];

/// Begins the counters of refusals at zero: an alarm sees the first one only where it was there
/// before.
pub(super) fn begin(channel: &'static str, account: &str) {
    for reason in REASONS {
        let labels =
            [("channel", channel.to_owned()), ("account", account.to_owned()), ("reason", (*reason).to_owned())];
        metrics::counter!("shouwen_contacts_refused_total", &labels).increment(0);
    }
}

/// Counts a refusal; the labels come from closed lists and the configuration.
pub(crate) fn count_refused(channel: &'static str, account: String, reason: &'static str) {
    let labels = [("channel", channel.to_owned()), ("account", account), ("reason", reason.to_owned())];
    metrics::counter!("shouwen_contacts_refused_total", &labels).increment(1);
}

impl From<BusError> for NotAccepted {
    fn from(error: BusError) -> Self {
        if matches!(error, BusError::TooLarge(_)) { Self::TooLarge } else { Self::Bus(error) }
    }
}

impl From<StoreError> for NotAccepted {
    fn from(error: StoreError) -> Self {
        if matches!(error, StoreError::Refuse { .. }) { Self::TooLarge } else { Self::Store(error) }
    }
}
