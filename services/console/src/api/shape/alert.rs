//! Alerts in answers: what was posted, how far it is, recipient by recipient.
//!
//! In: views of the store. Out: shapes. Never here: a client's name, or his address but with its
//! middle hidden.

use channel::parts::Parts;
use contract::{Withheld, delivery::DeliveryView, notice::Words};
use serde::Serialize;
use store::notice::{Foreseen, Notice, Progress};
use utoipa::ToSchema;

use super::time;

/// An alert that was posted.
#[derive(Debug, Serialize, ToSchema)]
pub struct Posted {
    /// Its id; the same for every repeat under one `Idempotency-Key`.
    pub id: String,
}

/// An alert as it stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Alert)]
pub struct AlertShape {
    /// Its id.
    pub id: String,
    /// The branch that sends it.
    pub branch: String,
    /// `risk`, `service`, `callback`, `commercial` or `advice`.
    pub category: &'static str,
    /// The topic whose subscribers get it, or whose rules it keeps.
    pub topic: Option<String>,
    /// `running`, `paused`, `stopped` or `done`.
    pub state: &'static str,
    /// Whether all its recipients are known.
    pub planned: bool,
    /// Its title; `null` for whoever may not read it.
    pub title: Option<String>,
    /// Its text as it was posted, for whoever reads Chinese; `null` for whoever may not read it.
    pub text: Option<String>,
    /// When it was posted.
    #[schema(format = DateTime)]
    pub made_at: String,
    /// By whom.
    pub made_by: String,
    /// From when on none of it is submitted.
    #[schema(format = DateTime)]
    pub expires_at: String,
    /// Since when nothing of it waits.
    #[schema(format = DateTime)]
    pub ended_at: Option<String>,
    /// The version of the firm by whose rules it goes.
    pub firm_version: u64,
    /// Recipients so far: the sum of all that follow.
    pub total: u64,
    /// Wait for their turn, or are being submitted.
    pub queued: u64,
    /// Taken by the provider.
    pub sent: u64,
    /// Arrived.
    pub delivered: u64,
    /// Not taken, for good.
    pub failed: u64,
    /// Out of time.
    pub expired: u64,
    /// Nobody knows.
    pub unknown: u64,
    /// Withheld, by reason.
    pub withheld: WithheldShape,
}

/// An alert in a list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AlertHead)]
pub struct AlertHeadShape {
    /// Its id.
    pub id: String,
    /// The branch that sends it.
    pub branch: String,
    /// As in the alert.
    pub category: &'static str,
    /// As in the alert.
    pub topic: Option<String>,
    /// As in the alert.
    pub state: &'static str,
    /// Whether all its recipients are known.
    pub planned: bool,
    /// Recipients so far.
    pub total: u64,
    /// When it was posted.
    #[schema(format = DateTime)]
    pub made_at: String,
    /// By whom.
    pub made_by: String,
    /// From when on none of it is submitted.
    #[schema(format = DateTime)]
    pub expires_at: String,
}

/// Recipients that are not told, by reason.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = Withheld)]
pub struct WithheldShape {
    /// No consent, or no longer.
    pub no_consent: u64,
    /// His risk class does not cover the product, or is missing, or over.
    pub suitability: u64,
    /// Outside of the hours in which it may be sent, until it expires.
    pub quiet_hours: u64,
    /// He had as many today as a day allows.
    pub cap: u64,
    /// Told the same a moment ago, or named twice.
    pub duplicate: u64,
    /// No address that the branch reaches.
    pub no_address: u64,
    /// The alert was stopped.
    pub stopped: u64,
}

/// What an alert would come to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AlertPreview)]
pub struct PreviewShape {
    /// The text as a client would get it by SMS, with signature and the way to cancel.
    pub text: String,
    /// Its alphabet, `gsm7` or `ucs2`.
    pub encoding: &'static str,
    /// Its length in units of that alphabet.
    pub units: u64,
    /// Short messages that it takes.
    pub parts: u64,
    /// From when on none of it would be submitted.
    #[schema(format = DateTime)]
    pub expires_at: String,
    /// Recipients.
    pub recipients: u64,
    /// How many of them were looked at for what follows.
    pub looked_at: u64,
    /// Who of these would be withheld as things stand, by reason.
    pub withheld: WithheldShape,
    /// By which channels the others would be reached.
    pub by_channel: std::collections::BTreeMap<&'static str, u64>,
    /// What should be thought of before it is posted.
    pub warnings: Vec<String>,
}

/// One recipient of an alert.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Recipient)]
pub struct RecipientShape {
    /// The delivery's id.
    pub id: String,
    /// His place among the recipients.
    pub place: u64,
    /// The client.
    pub client_id: Option<String>,
    /// His number in the client book.
    pub number: Option<String>,
    /// The address, its middle hidden; `null` where there is none, or it is no longer there.
    pub address: Option<String>,
    /// The channel.
    pub channel: &'static str,
    /// The channel's account.
    pub account: String,
    /// `queued`, `submitting`, `sent`, `delivered`, `failed`, `expired`, `unknown` or `withheld`.
    pub state: &'static str,
    /// Why it is in that state, in a word.
    pub reason: Option<String>,
    /// Tries so far.
    pub attempt: u32,
    /// Whether it went out once more because nobody knew what became of it.
    pub repeat: bool,
    /// Since when it is in that state.
    #[schema(format = DateTime)]
    pub changed_at: String,
}

impl AlertShape {
    /// Writes an alert, with its words where the caller may read them.
    #[must_use]
    pub fn new(notice: &Notice, progress: &Progress, words: Option<&Words>) -> Self {
        Self {
            id: notice.id.to_string(),
            branch: notice.branch.to_string(),
            category: notice.category.as_str(),
            topic: notice.topic.as_ref().map(ToString::to_string),
            state: notice.state.as_str(),
            planned: notice.planned,
            title: words.map(|words| words.title.clone()),
            text: words.map(|words| words.text(None).to_owned()),
            made_at: time(notice.made_at),
            made_by: notice.made_by.clone(),
            expires_at: time(notice.expires_at),
            ended_at: notice.ended_at.map(time),
            firm_version: notice.rules.firm,
            total: progress.total(),
            queued: progress.queued,
            sent: progress.sent,
            delivered: progress.delivered,
            failed: progress.failed,
            expired: progress.expired,
            unknown: progress.unknown,
            withheld: WithheldShape::new(Withheld::ALL.iter().copied().zip(progress.withheld)),
        }
    }
}

impl AlertHeadShape {
    /// Writes an alert for a list.
    #[must_use]
    pub fn new(notice: &Notice) -> Self {
        Self {
            id: notice.id.to_string(),
            branch: notice.branch.to_string(),
            category: notice.category.as_str(),
            topic: notice.topic.as_ref().map(ToString::to_string),
            state: notice.state.as_str(),
            planned: notice.planned,
            total: notice.total,
            made_at: time(notice.made_at),
            made_by: notice.made_by.clone(),
            expires_at: time(notice.expires_at),
        }
    }
}

impl WithheldShape {
    fn new(counts: impl IntoIterator<Item = (Withheld, u64)>) -> Self {
        let mut shape = Self::default();
        for (why, count) in counts {
            *match why {
                Withheld::NoConsent => &mut shape.no_consent,
                Withheld::Suitability => &mut shape.suitability,
                Withheld::QuietHours => &mut shape.quiet_hours,
                Withheld::Cap => &mut shape.cap,
                Withheld::Duplicate => &mut shape.duplicate,
                Withheld::NoAddress => &mut shape.no_address,
                Withheld::Stopped => &mut shape.stopped,
            } += count;
        }
        shape
    }
}

impl PreviewShape {
    /// Writes what a draft would come to.
    #[must_use]
    pub fn new(text: String, parts: Parts, expires_at: String, foreseen: &Foreseen, warnings: Vec<String>) -> Self {
        Self {
            text,
            encoding: parts.encoding.as_str(),
            units: parts.units as u64,
            parts: parts.parts as u64,
            expires_at,
            recipients: foreseen.recipients,
            looked_at: foreseen.looked_at,
            withheld: WithheldShape::new(foreseen.withheld.iter().map(|(why, count)| (*why, *count))),
            by_channel: foreseen.by_channel.iter().map(|(channel, count)| (channel.as_str(), *count)).collect(),
            warnings,
        }
    }
}

impl RecipientShape {
    /// Writes one recipient, by what he is known.
    #[must_use]
    pub fn new(place: u64, view: &DeliveryView, number: Option<String>, address: Option<String>) -> Self {
        Self {
            id: view.id.to_string(),
            place,
            client_id: view.client.map(|client| client.to_string()),
            number,
            address,
            channel: view.channel.as_str(),
            account: view.account.to_string(),
            state: view.state.as_str(),
            reason: view.reason.clone(),
            attempt: view.attempt,
            repeat: view.repeat,
            changed_at: time(view.changed_at),
        }
    }
}
