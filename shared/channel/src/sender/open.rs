//! Opening a delivery: its words and its address leave their seals for one submit.
//!
//! In: an id. Out: the delivery in plain words, and when it expires; of promotion by mail also where
//! its reader's mailer cancels it. Never here: a log line with any of it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use contract::{
    Address, AddressId, Category, ChannelKind, ClientId, ContactId, DeliveryId, Lane, NoticeId, Timestamp, about,
    delivery::{DeliveryView, Due},
    inbound::Body,
    link::Link,
    notice::Words,
    seal::Keys,
    text::is_blank,
    wire,
};
use store::{Store, StoreError, directory::ClientAddress};

use crate::{
    letter::{Letter, Reader, heading, is_personal, letter},
    outbound::Outbound,
};

/// A delivery in plain words.
pub(super) struct Opened {
    /// What to submit.
    pub(super) outbound: Outbound,
    /// The lane it takes.
    pub(super) lane: Lane,
    /// When it was asked for.
    pub(super) made_at: Timestamp,
    /// From when on it is not submitted.
    pub(super) expires_at: Timestamp,
}

/// Where clients reach the pages of the house, if they do, and the time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pages<'a> {
    pub(super) public_url: Option<&'a str>,
    pub(super) now: Timestamp,
}

/// Alerts whose words are kept open at once; a sender is at few.
const KEPT_MAX: usize = 32;

/// What alerts say, opened once for all their recipients: it never changes.
// The mutex guards one small map for the time of a look-up, never across an await.
#[derive(Default)]
pub(super) struct Said(Mutex<BTreeMap<NoticeId, Arc<Words>>>);

impl Said {
    async fn words(&self, store: &Store, notice: NoticeId) -> Result<Option<Arc<Words>>, StoreError> {
        if let Some(words) = self.kept().get(&notice) {
            return Ok(Some(Arc::clone(words)));
        }
        let Some(words) = store.notices().words(notice).await?.map(Arc::new) else { return Ok(None) };
        let mut kept = self.kept();
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(notice, Arc::clone(&words));
        Ok(Some(words))
    }

    fn kept(&self) -> MutexGuard<'_, BTreeMap<NoticeId, Arc<Words>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a delivery cannot be opened.
#[derive(Debug)]
pub(super) enum Hurdle {
    /// The store does not answer at the moment.
    Store(StoreError),
    /// There is no such delivery.
    Void,
    /// It never will be, and why.
    Closed(&'static str),
}

impl From<StoreError> for Hurdle {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Opens what a delivery says and where it goes: to an address of a client's entry, or to where
/// the answered contact came from.
pub(super) async fn open(store: &Store, said: &Said, pages: Pages<'_>, due: Due) -> Result<Opened, Hurdle> {
    let view = store.deliveries().get(due.delivery).await?.ok_or(Hurdle::Void)?;
    let outbound = match (view.address, view.contact) {
        (Some(address), _) => addressed(store, said, pages, &view, address).await?,
        (None, Some(contact)) => answering(store, &view, contact, text(store, view.id).await?).await?,
        (None, None) => return Err(Hurdle::Closed("it goes to nobody")),
    };
    Ok(Opened { outbound, lane: view.lane, made_at: view.made_at, expires_at: view.expires_at })
}

async fn addressed(
    store: &Store,
    said: &Said,
    pages: Pages<'_>,
    view: &DeliveryView,
    address: AddressId,
) -> Result<Outbound, Hurdle> {
    let letter = match view.notice {
        Some(notice) => of_alert(store, said, view, notice).await?,
        None => {
            let text = text(store, view.id).await?;
            Letter { subject: subject(view, None, &text), text }
        }
    };
    let address = store.directory().address(address).await?.ok_or(Hurdle::Closed("the address is not there"))?;
    let plain = store.keys().open(&about::address(address.id), &address.sealed).ok();
    let value = plain.and_then(|plain| String::from_utf8(plain.to_vec()).ok());
    let to = value.and_then(|value| Address::parse(address.blind.kind, &value).ok());
    let unsubscribe = pages.unsubscribe(view, &address, store.keys());
    Ok(Outbound {
        delivery: view.id,
        case: view.case,
        to: to.ok_or(Hurdle::Closed("the address cannot be opened"))?,
        from: None,
        subject: letter.subject,
        text: letter.text,
        automatic: false,
        unsubscribe,
        thread: Vec::new(),
    })
}

impl Pages<'_> {
    /// Gives where a mailer cancels what a mail is one of: its topic, or all promotion.
    fn unsubscribe(&self, view: &DeliveryView, address: &ClientAddress, keys: &Keys) -> Option<String> {
        let promotes = view.category.is_some_and(Category::is_promotion);
        if !promotes || view.channel != ChannelKind::Email {
            return None;
        }
        let url = Link::new(address.client, address.id, self.now).url(self.public_url?, keys);
        Some(view.topic.as_ref().map_or(url.clone(), |topic| format!("{url}?topic={topic}")))
    }
}

/// Writes what an alert says to its reader.
async fn of_alert(store: &Store, said: &Said, view: &DeliveryView, notice: NoticeId) -> Result<Letter, Hurdle> {
    let words = said.words(store, notice).await?.ok_or(Hurdle::Closed("its words cannot be opened"))?;
    let reader = match view.client.filter(|_| is_personal(&words)) {
        Some(client) => reader(store, client).await?,
        None => Reader::default(),
    };
    letter(&words, &reader, None, view.channel, view.repeat)
        .map_err(|_| Hurdle::Closed("its template does not fit the client"))
}

async fn reader(store: &Store, client: ClientId) -> Result<Reader, Hurdle> {
    let client = store.directory().client(client).await?.ok_or(Hurdle::Closed("the client is not there"))?;
    let plain = client.name.and_then(|name| store.keys().open(&about::client(client.id), &name).ok());
    let name = plain.and_then(|plain| String::from_utf8(plain.to_vec()).ok());
    Ok(Reader::new(name, client.number.as_deref()))
}

async fn answering(store: &Store, view: &DeliveryView, contact: ContactId, text: String) -> Result<Outbound, Hurdle> {
    let message = store.views().message(contact).await?.ok_or(Hurdle::Closed("the answered contact is not there"))?;
    let plain = store.keys().open(&about::contact(contact), &message.sealed);
    let body = plain.ok().and_then(|plain| wire::decode::<Body>(&plain).ok());
    let body = body.ok_or(Hurdle::Closed("the answered contact cannot be opened"))?;
    Ok(Outbound {
        delivery: view.id,
        case: view.case,
        to: body.from.ok_or(Hurdle::Closed("the client withheld his address"))?,
        from: body.to.into_iter().next(),
        subject: subject(view, body.subject, &text),
        text,
        automatic: view.category.is_some(),
        unsubscribe: None,
        thread: body.thread,
    })
}

/// Gives a mail of the house a subject where it answers none; an agent's answer keeps what the
/// client wrote.
fn subject(view: &DeliveryView, of_client: Option<String>, text: &str) -> Option<String> {
    let missing = of_client.as_deref().is_none_or(is_blank);
    let needed = missing && view.category.is_some() && view.channel == ChannelKind::Email;
    if needed { Some(heading(text)) } else { of_client }
}

async fn text(store: &Store, delivery: DeliveryId) -> Result<String, Hurdle> {
    let id = delivery.bits();
    let texts = store.views().texts(&[id]).await?;
    let text = texts.first().ok_or(Hurdle::Closed("its text is not there"))?;
    let plain = store.keys().open(&about::text(id), &text.sealed).ok();
    plain.and_then(|plain| String::from_utf8(plain.to_vec()).ok()).ok_or(Hurdle::Closed("its text cannot be opened"))
}
