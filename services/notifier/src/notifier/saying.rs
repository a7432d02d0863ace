//! Sayings: what the house tells a client becomes one delivery with its words.
//!
//! In: what a branch said. Out: a wish: an answer to his contact where that has a way back, else a
//! short message to his number by an account of the branch, else one that fails at once and says
//! why. Its id is the saying's own, so that what comes twice is one. Never here: the sentences.

use contract::{AccountId, AddressKind, ChannelKind, Lane, about, view::SaidView};
use firm::Book;
use store::{
    Store, StoreError,
    deliveries::{Addressed, Wish},
    directory::ClientAddress,
};

use crate::{plan::Outlet, saying};

/// The room of sayings.
#[derive(Debug)]
pub(super) struct Sayings {
    store: Store,
}

/// How a client is told.
enum Way {
    /// Where his contact came from.
    Answer,
    /// At an address of his entry, by this account.
    To(ClientAddress, AccountId),
    /// Not at all, and why.
    None(&'static str),
}

impl Sayings {
    pub(super) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Makes what a branch said a delivery.
    pub(super) async fn wish(&self, view: &SaidView, book: &Book, outlets: &[Outlet]) -> Result<Wish, StoreError> {
        let said = &view.said;
        let category = saying::category(said.saying);
        let as_answer = || Addressed { client: said.client, category: Some(category), ..Addressed::default() };
        let as_it_came = (Some(said.last.contact), said.last.channel, said.last.account.clone());
        let ((contact, channel, account), addressed, refused) = match self.way(view, outlets).await? {
            Way::Answer => (as_it_came, as_answer(), None),
            Way::To(address, account) => ((None, ChannelKind::Sms, account), Addressed::to(&address, category), None),
            Way::None(why) => (as_it_came, as_answer(), Some(why)),
        };
        let id = said.delivery;
        let text = saying::text(book, view);
        let sealed = self.store.keys().seal(self.store.chance().nonce(), &about::text(id.bits()), text.as_bytes());
        Ok(Wish {
            id,
            case: Some(said.case),
            contact,
            channel,
            account,
            lane: Lane::Normal,
            made_at: view.at,
            due_at: view.at,
            expires_at: saying::expires_at(view),
            refused,
            addressed,
            words: Some(sealed),
        })
    }

    async fn way(&self, view: &SaidView, outlets: &[Outlet]) -> Result<Way, StoreError> {
        let last = &view.said.last;
        let answers = |outlet: &Outlet| outlet.channel == last.channel && outlet.account == last.account;
        if last.answerable && outlets.iter().any(answers) {
            return Ok(Way::Answer);
        }
        let Some(address) = self.number(view).await? else { return Ok(Way::None("no_address")) };
        let by_sms = |outlet: &&Outlet| outlet.channel == ChannelKind::Sms && outlet.branch == view.branch;
        let outlet = outlets.iter().find(by_sms);
        Ok(outlet.map_or(Way::None("no_reply_channel"), |outlet| Way::To(address, outlet.account.clone())))
    }

    /// Finds the client's number: the one he called from, else the first of his entry. Who
    /// withheld it has none.
    async fn number(&self, view: &SaidView) -> Result<Option<ClientAddress>, StoreError> {
        let Some(client) = view.said.client else { return Ok(None) };
        let mut addresses = self.store.directory().addresses(client).await?;
        addresses.retain(|address| address.blind.kind == AddressKind::Phone);
        let sender = self.store.views().message(view.said.last.contact).await?.and_then(|message| message.sender);
        let his = addresses.iter().position(|address| Some(address.blind) == sender).unwrap_or(0);
        Ok((!addresses.is_empty()).then(|| addresses.swap_remove(his)))
    }
}
