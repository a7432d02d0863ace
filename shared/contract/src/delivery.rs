//! Deliveries: what the notifier hands to the sender of an account, and where each stands.
//!
//! In: ids and states. Out: the message of `send.<channel>.<account>.<lane>`, and the view
//! that screens and lists show. Never here: addresses and texts; those stay sealed.

use crate::{
    id::{AccountId, AddressId, CaseId, ClientId, ContactId, DeliveryId, NoticeId, TopicId},
    time::Timestamp,
    word::{Category, ChannelKind, DeliveryState, Lane},
};

/// Asks for one submit of one delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Which delivery.
    pub delivery: DeliveryId,
    /// Which try, counted from 1; an older one is void.
    pub attempt: u32,
}

/// A delivery as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryView {
    /// Its id.
    pub id: DeliveryId,
    /// The matter it belongs to; `None` for a notice.
    pub case: Option<CaseId>,
    /// The contact that it answers, whose sender gets it.
    pub contact: Option<ContactId>,
    /// The channel.
    pub channel: ChannelKind,
    /// The channel's account.
    pub account: AccountId,
    /// The reserved capacity it uses.
    pub lane: Lane,
    /// Where it stands.
    pub state: DeliveryState,
    /// Tries begun so far.
    pub attempt: u32,
    /// When it was asked for.
    pub made_at: Timestamp,
    /// When it is due, or was.
    pub due_at: Timestamp,
    /// From when on it is not submitted any more.
    pub expires_at: Timestamp,
    /// Since when it stands there.
    pub changed_at: Timestamp,
    /// What the provider calls it.
    pub provider_id: Option<String>,
    /// Why it stands there, without personal data.
    pub reason: Option<String>,
    /// The alert it belongs to.
    pub notice: Option<NoticeId>,
    /// Whom it is for, where it answers no contact.
    pub client: Option<ClientId>,
    /// The address in his entry that it goes to, where it answers no contact.
    pub address: Option<AddressId>,
    /// What it is, for consent, caps and lanes; `None` for an agent's answer.
    pub category: Option<Category>,
    /// The topic it was ordered under.
    pub topic: Option<TopicId>,
    /// Whether it goes out once more because nobody knows what became of it.
    pub repeat: bool,
}
