//! Consent: what clients ask of what they subscribe to, what is allowed since, what proves it.
//!
//! In: acts of clients and of those who act at their word. Out: what the classifier found, what
//! the notifier is told, and the records of the stream `notices/house`. Never here:
//! an address, a text; ids and words of closed lists only.

use crate::{
    id::{AccountId, AddressId, BranchId, ClientId, ContactId, DeliveryId, EvidenceId, TopicId, UserId},
    time::Timestamp,
    word::{Category, ChannelKind, Effect, Granted, Role},
};

/// What is asked of subscriptions and consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asks {
    /// A topic is ordered, and its category allowed.
    Order(TopicId),
    /// A topic is cancelled.
    Cancel(TopicId),
    /// Everything is cancelled that can be, and promotion refused.
    CancelAll,
    /// The way to one's own subscriptions is asked for.
    Show,
    /// Loose words: promotion waits until it is clear what was meant.
    Hold,
    /// It is clear that no cancel was meant: promotion waits no longer.
    Release,
}

/// A contact that asks something, as the notifier is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asking {
    /// The contact.
    pub contact: ContactId,
    /// The branch that took it.
    pub branch: BranchId,
    /// Its channel.
    pub channel: ChannelKind,
    /// Its account.
    pub account: AccountId,
    /// Whose it is.
    pub client: Option<ClientId>,
    /// What it asks.
    pub asks: Asks,
    /// The branch's time.
    pub at: Timestamp,
    /// The record that tells of it: of two of one time the later one counts.
    pub seq: u64,
}

/// What the firm file says of a topic, as far as consent goes by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// The topic.
    pub topic: TopicId,
    /// What its notices are.
    pub category: Category,
    /// Whether clients may cancel it.
    pub cancel: bool,
}

/// What may be sent to an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permits {
    /// What is subscribed to, by id.
    pub topics: Vec<TopicId>,
    /// Whether commercial notices are allowed.
    pub commercial: Granted,
    /// Whether advice is allowed.
    pub advice: Granted,
    /// Whether both wait until it is clear what the client meant.
    pub held: bool,
}

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The client, by this contact.
    Contact(ContactId),
    /// Somebody signed in, at the client's word.
    User(ActingUser),
    /// The client, on the page that a signed link opens.
    Page,
    /// The client's mailer, by the signed link of a mail (RFC 8058).
    Link,
}

/// Somebody who acts at a client's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActingUser {
    /// The name he signs in with.
    pub user: UserId,
    /// In which role.
    pub role: Role,
}

/// One thing on record about an address of a client; nothing ever changes or removes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// Its id; derived from what it tells of, so that a repeat has the same one.
    pub id: EvidenceId,
    /// When.
    pub at: Timestamp,
    /// Whose address.
    pub client: ClientId,
    /// Which.
    pub address: AddressId,
    /// What.
    pub what: Proof,
}

/// What a record of evidence tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// Something was asked.
    Asked(Box<Asked>),
    /// It was confirmed to the client.
    Confirmed(Confirmed),
}

/// Something was asked, and what it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// What.
    pub asks: Asks,
    /// By whom.
    pub by: Source,
    /// What was allowed before.
    pub before: Permits,
    /// What is allowed since.
    pub after: Permits,
    /// What it did.
    pub effect: Effect,
    /// The version of the words in which it was asked, where somebody else noted them.
    pub wording: Option<String>,
}

/// What was asked is confirmed: from here on nothing that a cancel ended is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmed {
    /// The evidence of what was asked.
    pub of: EvidenceId,
    /// The message that says so.
    pub delivery: DeliveryId,
    /// The version of its words.
    pub wording: String,
}

impl Default for Permits {
    /// Of somebody who said nothing.
    fn default() -> Self {
        Self { topics: Vec::new(), commercial: Granted::None, advice: Granted::None, held: false }
    }
}

impl Permits {
    /// Says whether consent lets a category through.
    #[must_use]
    pub fn allows(&self, category: Category) -> bool {
        match category {
            Category::Risk | Category::Service | Category::Callback => true,
            Category::Commercial => self.commercial == Granted::Given && !self.held,
            Category::Advice => self.advice == Granted::Given && !self.held,
        }
    }
}

impl EvidenceId {
    /// Derives the id of what a contact asks.
    #[must_use]
    pub fn of_contact(contact: ContactId) -> Self {
        Self::new(crate::id::derived(&[b"evidence", &contact.to_bytes()]))
    }

    /// Derives the id of what the same act does to another address.
    #[must_use]
    pub fn beside(self, hash: &[u8; 16]) -> Self {
        Self::new(crate::id::derived(&[b"evidence beside", &self.to_bytes(), hash]))
    }

    /// Derives the id of its confirmation.
    #[must_use]
    pub fn confirmation(self) -> Self {
        Self::new(crate::id::derived(&[b"evidence confirmed", &self.to_bytes()]))
    }

    /// Derives the id of the message that confirms it.
    #[must_use]
    pub fn delivery(self) -> DeliveryId {
        DeliveryId::new(crate::id::derived(&[b"delivery of evidence", &self.to_bytes()]))
    }
}
