//! The intake: what an adapter decoded becomes durable, sealed, with its own id.
//!
//! In: contacts in plain words, calls that were not understood. Out: a message on
//! `route.<branch>` or a dead letter, large parts in the store; an answer only after that. What
//! the bus does not confirm in time is refused, or kept by the spool where there is one.
//! Never here: a provider's dialect, HTTP, what the contact is about.

mod content;
mod recent;
mod refusal;

use std::{
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bus::{Bus, Message, QueueName, TRACE, Target};
use contract::{
    BlobId, ContactId, InputId, Timestamp, about,
    given::SALT_BYTES,
    id::derived,
    inbound::{BlindAddress, Inbound},
    parked::ParkedCall,
    seal::Keys,
    wire,
};
use coord::{Quotas, Rate};
use runtime::{Chance, Clock};
use store::{Store, StoreError, error::Hindrance};

use crate::{account::Account, incoming::Incoming, spool::Spool};
use content::Content;
use recent::Recent;
pub use refusal::NotAccepted;
pub(crate) use refusal::count_refused;

/// Contacts of which a repeat is known without asking anybody.
const RECENT_MAX: usize = 32_768;
/// The earliest time that anything is said to have been sent: 1970. How far back a time is
/// believed the router says.
const EPOCH: Timestamp = Timestamp::from_ms(0);
/// How long the bus may take, so that a provider who waits 5 s gets an answer.
const PUBLISH_LIMIT: Duration = Duration::from_secs(3);
/// How long the store may take for one large part.
const BLOB_LIMIT: Duration = Duration::from_secs(15);
/// What one sender may write on one account: one a second, after as many at once.
const SENDER_RATE: Rate = Rate { per_minute: SENDER_MAX, burst: SENDER_MAX };
const SENDER_MAX: NonZeroU32 = NonZeroU32::new(60).expect("not zero");

/// Takes contacts in. Clones are the same intake.
#[derive(Debug, Clone)]
pub struct Intake {
    inner: Arc<Inner>,
    /// What keeps messages that the bus does not confirm.
    spool: Option<Spool>,
}

#[derive(Debug)]
struct Inner {
    bus: Bus,
    store: Store,
    quotas: Quotas,
    clock: Clock,
    chance: Chance,
    // Guards two look-ups, never held across an await.
    recent: Mutex<Recent>,
}

/// A contact that is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    /// Its id, the same for every repeat.
    pub contact: ContactId,
    /// Whether it is known to have been taken before.
    pub repeat: bool,
}

/// Whether the sender's quota is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quota {
    Asked,
    Waived,
}

impl Intake {
    /// Makes the intake of a process.
    #[must_use]
    pub fn new(bus: Bus, store: Store, quotas: Quotas, clock: Clock, chance: Chance) -> Self {
        let recent = Mutex::new(Recent::new(RECENT_MAX));
        Self { inner: Arc::new(Inner { bus, store, quotas, clock, chance, recent }), spool: None }
    }

    /// Begins an account's counters at zero.
    pub fn begin_figures(&self, account: &Account) {
        let (channel, account) = (account.channel.as_str(), account.id.to_string());
        refusal::begin(channel, &account);
        metrics::counter!("shouwen_calls_parked_total", "channel" => channel, "account" => account).increment(0);
    }

    /// Gives the same intake for providers who do not ask again: what the bus does not confirm
    /// is kept by the spool.
    #[must_use]
    pub fn with_spool(&self, spool: Spool) -> Self {
        Self { inner: self.inner.clone(), spool: Some(spool) }
    }

    /// Takes a contact in: returns once it is on disk, or known to be.
    pub async fn accept(&self, account: &Account, incoming: Incoming) -> Result<Accepted, NotAccepted> {
        let result = self.take(account, incoming, Quota::Asked).await;
        count(account, &result);
        result
    }

    /// Takes in what a replayed call brought; the sender's quota was asked when it first came.
    pub(crate) async fn accept_replayed(&self, account: &Account, incoming: Incoming) -> Result<Accepted, NotAccepted> {
        let result = self.take(account, incoming, Quota::Waived).await;
        count(account, &result);
        result
    }

    /// Parks a call that was signed and not understood: returns once it is on disk. `reason`
    /// must repeat nothing of it.
    pub async fn park(
        &self,
        account: &Account,
        call: &ParkedCall,
        accepted_at: Timestamp,
        reason: &str,
    ) -> Result<(), NotAccepted> {
        let keys = self.keys();
        let mark = keys.mark("parked", &[call.tail.as_bytes(), &call.body]);
        let id = derived(&[b"parked", account.channel.as_str().as_bytes(), account.id.as_str().as_bytes(), &mark]);
        if self.recall(InputId::new(id)).is_some() {
            return Ok(());
        }
        let calls = self.inner.store.parked_calls();
        let message = Message::new(id, within(BLOB_LIMIT, calls.seal(id, call, accepted_at)).await?);
        let source = QueueName::Raw(account.channel, account.id.clone());
        self.publish_letter(&source, reason, message).await?;
        self.remember(InputId::new(id), mark);
        let (channel, account) = (account.channel.as_str(), account.id.to_string());
        metrics::counter!("shouwen_calls_parked_total", "channel" => channel, "account" => account).increment(1);
        Ok(())
    }

    async fn take(&self, account: &Account, mut incoming: Incoming, quota: Quota) -> Result<Accepted, NotAccepted> {
        let now = self.inner.clock.now();
        let trace = incoming.trace.take();
        let mut content = Content::of(account, incoming, self.keys());
        if self.is_repeat(&mut content) {
            return Ok(Accepted { contact: content.contact, repeat: true });
        }
        if self.inner.store.is_full() {
            return Err(NotAccepted::Store(StoreError::retry(Hindrance::Full)));
        }
        let sender = content.body.from.as_ref().map(|from| self.keys().blind(from));
        if quota == Quota::Asked && content.is_limited() {
            self.ask_quota(account, sender).await?;
        }
        for (blob, bytes) in &content.large {
            self.keep(*blob, bytes).await?;
        }
        let (contact, input, mark) = (content.contact, content.input, content.mark);
        let message = Message::new(input.bits(), self.inbound(account, content, sender, now));
        let message = trace.into_iter().fold(message, |message, trace| message.with(TRACE, trace));
        self.publish(&QueueName::Route(account.branch.clone()), message).await?;
        self.remember(input, mark);
        Ok(Accepted { contact, repeat: false })
    }

    /// Returns once the bus has it, or else the spool.
    async fn publish(&self, queue: &QueueName, message: Message) -> Result<(), NotAccepted> {
        let publish = |message| self.inner.bus.publish(Target::Queue(queue.clone()), vec![message]);
        let Some(spool) = &self.spool else { return within(PUBLISH_LIMIT, publish(message)).await };
        if spool.holds(queue) {
            return spool.keep(queue, message).await;
        }
        match within(PUBLISH_LIMIT, publish(message.clone())).await {
            Err(why) if why.is_of_bus() => spool.keep(queue, message).await.map_err(|_| why),
            done => done,
        }
    }

    /// Returns once the letter is parked, or will be by the spool.
    async fn publish_letter(&self, source: &QueueName, reason: &str, message: Message) -> Result<(), NotAccepted> {
        let dead = self.inner.bus.dead();
        match (&self.spool, within(PUBLISH_LIMIT, dead.park(source, reason, message.clone())).await) {
            (Some(spool), Err(why)) if why.is_of_bus() => {
                spool.keep_letter(source, reason, message).await.map_err(|_| why)
            }
            (_, done) => done,
        }
    }

    /// Says whether a contact is known; one whose id is known with another content becomes a
    /// contact of its own. The router has the last word on both.
    fn is_repeat(&self, content: &mut Content) -> bool {
        match self.recall(content.input) {
            None => false,
            Some(mark) if mark == content.mark || !content.is_written() => true,
            Some(_) => {
                content.contact = content.contact.of_other_content(&content.mark);
                content.input = InputId::of_contact(content.contact, "");
                self.recall(content.input).is_some()
            }
        }
    }

    async fn ask_quota(&self, account: &Account, sender: Option<BlindAddress>) -> Result<(), NotAccepted> {
        let Some(sender) = sender else { return Ok(()) };
        let name = account.to_string();
        let key = [b"sender.", name.as_bytes(), b".", &sender.hash].concat();
        self.inner.quotas.take(&key, SENDER_RATE).await.map_err(NotAccepted::RateLimited)
    }

    async fn keep(&self, blob: BlobId, plain: &[u8]) -> Result<(), NotAccepted> {
        let sealed = self.keys().seal(self.inner.chance.nonce(), &about::blob(blob), plain);
        let blobs = self.inner.store.blobs();
        within(BLOB_LIMIT, blobs.put(blob, &sealed)).await
    }

    fn inbound(&self, account: &Account, content: Content, sender: Option<BlindAddress>, now: Timestamp) -> Vec<u8> {
        let mut body = content.body;
        body.salt = self.inner.chance.bytes::<SALT_BYTES>().to_vec();
        let nonce = self.inner.chance.nonce();
        wire::encode(&Inbound {
            input: content.input,
            contact: content.contact,
            branch: account.branch.clone(),
            channel: account.channel,
            account: account.id.clone(),
            received_at: content.received_at.map_or(now, |at| at.clamp(EPOCH, now)),
            accepted_at: now,
            sender,
            sealed: self.keys().seal(nonce, &about::contact(content.contact), &wire::encode(&body)),
            digest: body.digest().to_vec(),
            thread: content.case,
            matter: content.matter,
            hop: 0,
        })
    }

    fn recall(&self, input: InputId) -> Option<[u8; 32]> {
        self.inner.recent.lock().unwrap_or_else(PoisonError::into_inner).get(input)
    }

    fn remember(&self, input: InputId, mark: [u8; 32]) {
        self.inner.recent.lock().unwrap_or_else(PoisonError::into_inner).put(input, mark);
    }

    fn keys(&self) -> &Keys {
        self.inner.store.keys()
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    pub(crate) fn bus(&self) -> &Bus {
        &self.inner.bus
    }

    /// Opens a parked call, with when it was taken; `None` when it is damaged or its key is gone.
    pub async fn open_parked(&self, message: &Message) -> Result<Option<(ParkedCall, Timestamp)>, NotAccepted> {
        let calls = self.inner.store.parked_calls();
        within(BLOB_LIMIT, calls.open(message.id, &message.body)).await
    }
}

async fn within<T, E>(limit: Duration, work: impl Future<Output = Result<T, E>>) -> Result<T, NotAccepted>
where
    NotAccepted: From<E>,
{
    match tokio::time::timeout(limit, work).await {
        Ok(result) => Ok(result?),
        Err(_) => Err(NotAccepted::Late),
    }
}

fn count(account: &Account, result: &Result<Accepted, NotAccepted>) {
    let (channel, id) = (account.channel.as_str(), account.id.to_string());
    match result {
        Ok(Accepted { repeat: false, .. }) => {
            metrics::counter!("shouwen_contacts_accepted_total", "channel" => channel, "account" => id).increment(1);
        }
        Ok(Accepted { repeat: true, .. }) => {
            metrics::counter!("shouwen_contacts_repeated_total", "channel" => channel, "account" => id).increment(1);
        }
        Err(why) => why.count(account),
    }
}

#[cfg(test)]
mod tests;
