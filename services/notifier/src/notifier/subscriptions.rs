//! Subscriptions: what contacts ask is done and proved, and confirmed once when it holds.
//!
//! In: contacts that ask something, acts that nobody confirmed yet. Out: acts in the store, one
//! message each. Every step may be the last before a crash: an act has the id of its contact, a
//! message that of its act. Never here: what a command is (the router's classifier), what an act
//! does (the store's rules), an address in the clear.

use std::collections::BTreeSet;

use contract::{
    AddressKind, BranchId, Category, ChannelKind, DeliveryId, EvidenceId, Lane, Timestamp, about,
    consent::{Asking, Asks, Source},
    inbound::BlindAddress,
    link::Link,
    seal::Sealed,
};
use firm::Book;
use store::{
    Store, StoreError,
    consent::{Act, Answers, Stamp, Unconfirmed},
    deliveries::{Addressed, Wish},
    directory::{ClientAddress, Owner},
};

use crate::{
    plan::{ANSWER_LIFE, Outlet},
    words,
};

/// Acts confirmed at once.
const PORTION: u32 = 200;

/// The room of subscriptions.
#[derive(Debug)]
pub(super) struct Subscriptions {
    store: Store,
    /// Where the pages of the house are for clients.
    pub(super) public_url: Option<String>,
}

impl Subscriptions {
    pub(super) fn new(store: Store) -> Self {
        Self { store, public_url: None }
    }

    /// Does what a contact asks.
    pub(super) async fn ask(
        &self,
        asking: &Asking,
        book: &Book,
        outlets: &[Outlet],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Some((sender, owner)) = self.sender(asking).await? else {
            tracing::warn!(contact.id = %asking.contact, "who asks for a subscription has no address");
            return Ok(());
        };
        let answers = Answers { contact: asking.contact, channel: asking.channel, account: asking.account.clone() };
        if asking.asks == Asks::Show {
            return self.show(&answers, sender, &owner, book, outlets, now).await;
        }
        let act = Act {
            evidence: EvidenceId::of_contact(asking.contact),
            asks: asking.asks.clone(),
            by: Source::Contact(asking.contact),
            client: owner.client,
            address: owner.address,
            hash: sender.hash,
            stamp: Stamp::new(asking.at, asking.seq),
            at: asking.at,
            answers: Some(answers),
            noted: None,
        };
        let done = self.store.consents().act(act, book.terms()).await?;
        metrics::counter!("shouwen_consent_acts_total", "outcome" => done.effect().as_str()).increment(1);
        Ok(())
    }

    /// Confirms what may be confirmed at the moment: of an address one act, see the store's
    /// confirmations.
    pub(super) async fn confirm(&self, book: &Book, outlets: &[Outlet], now: Timestamp) -> Result<(), StoreError> {
        let mut told = BTreeSet::new();
        loop {
            let done = self.store.consents().unconfirmed(PORTION).await?;
            let mut is_going_on = false;
            for one in done.iter().filter(|one| told.insert(one.hash)) {
                self.say(one, book, outlets, now).await?;
                is_going_on = true;
            }
            if done.len() < PORTION as usize || !is_going_on {
                return Ok(());
            }
        }
    }

    /// Finds who sent a contact: the client that the branch took it as, else the first behind the
    /// address.
    async fn sender(&self, asking: &Asking) -> Result<Option<(BlindAddress, Owner)>, StoreError> {
        let message = self.store.views().message(asking.contact).await?;
        let Some(sender) = message.and_then(|message| message.sender) else { return Ok(None) };
        let owners = self.store.directory().owners_of(&[sender]).await?.remove(&sender).unwrap_or_default();
        let known = owners.iter().find(|owner| Some(owner.client) == asking.client).or(owners.first());
        Ok(known.cloned().map(|owner| (sender, owner)))
    }

    /// Answers who asks for his own subscriptions.
    async fn show(
        &self,
        answers: &Answers,
        sender: BlindAddress,
        owner: &Owner,
        book: &Book,
        outlets: &[Outlet],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let permits = self.store.consents().permits(&[sender.hash]).await?.remove(&sender.hash).unwrap_or_default();
        let link = Link::new(owner.client, owner.address, now);
        let url = self.public_url.as_ref().map(|base| link.url(base, self.store.keys()));
        let id = EvidenceId::of_contact(answers.contact).delivery();
        let words = self.sealed(id, &words::list(book, &permits, url.as_deref()));
        let wish = answer(id, answers, outlets, Some(words), now);
        self.store.deliveries().put(&[wish], now).await
    }

    /// Tells the client what was done.
    async fn say(&self, done: &Unconfirmed, book: &Book, outlets: &[Outlet], now: Timestamp) -> Result<(), StoreError> {
        let Some(asked) = done.asked() else { return Ok(()) };
        let text = words::confirmation(book, asked);
        let id = done.evidence.id.delivery();
        let sealed = Some(self.sealed(id, &text));
        let wish = match &done.answers {
            Some(answers) => answer(id, answers, outlets, sealed, now),
            None => {
                let Some(address) = self.store.directory().address(done.evidence.address).await? else {
                    tracing::warn!(evidence.id = %done.evidence.id, "an address is gone that a word was for");
                    return self.store.consents().leave_unsaid(done.evidence.id).await;
                };
                let client = self.store.directory().client(address.client).await?;
                addressed(id, &address, client.and_then(|client| client.branch), outlets, sealed, now)
            }
        };
        if self.store.consents().confirm(done, wish, words::version(&text), now).await? {
            metrics::counter!("shouwen_consent_confirmations_total").increment(1);
        }
        Ok(())
    }

    fn sealed(&self, id: DeliveryId, text: &str) -> Sealed {
        let keys = self.store.keys();
        keys.seal(self.store.chance().nonce(), &about::text(id.bits()), text.as_bytes())
    }
}

/// Makes the message that answers a contact.
fn answer(id: DeliveryId, answers: &Answers, outlets: &[Outlet], words: Option<Sealed>, now: Timestamp) -> Wish {
    let known = outlets.iter().any(|outlet| outlet.channel == answers.channel && outlet.account == answers.account);
    Wish {
        id,
        case: None,
        contact: Some(answers.contact),
        channel: answers.channel,
        account: answers.account.clone(),
        lane: Lane::Normal,
        made_at: now,
        due_at: now,
        expires_at: now + ANSWER_LIFE,
        refused: (!known).then_some("no_reply_channel"),
        addressed: Addressed { category: Some(Category::Service), ..Addressed::default() },
        words,
    }
}

/// Makes the message that goes to an address in a client's entry, by an account of his branch, else
/// by any that reaches it.
fn addressed(
    id: DeliveryId,
    address: &ClientAddress,
    branch: Option<BranchId>,
    outlets: &[Outlet],
    words: Option<Sealed>,
    now: Timestamp,
) -> Wish {
    let channel = channel_to(address.blind.kind);
    let reaching = || outlets.iter().filter(|outlet| outlet.channel == channel);
    let by = reaching().find(|outlet| Some(&outlet.branch) == branch.as_ref()).or_else(|| reaching().next());
    Wish {
        id,
        case: None,
        contact: None,
        channel,
        account: by.map_or_else(|| "none".parse().expect("a plain word is an account"), |by| by.account.clone()),
        lane: Lane::Normal,
        made_at: now,
        due_at: now,
        expires_at: now + ANSWER_LIFE,
        refused: by.is_none().then_some("no_reply_channel"),
        addressed: Addressed::to(address, Category::Service),
        words,
    }
}

const fn channel_to(kind: AddressKind) -> ChannelKind {
    match kind {
        AddressKind::Phone => ChannelKind::Sms,
        AddressKind::Email => ChannelKind::Email,
        AddressKind::Wechat => ChannelKind::Wechat,
        AddressKind::Webhook => ChannelKind::Webhook,
    }
}
