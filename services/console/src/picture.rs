//! Pictures: cases, contacts and answers as a caller may see them.
//!
//! In: views from the store, sealed bodies. Out: shapes, open or masked; a look at open ones
//! is journalled first. Never here: who may see a case at all.

use contract::{
    CaseId, ClientId, ContactId, DeadId, DeliveryId, about,
    access::Look,
    inbound::Body,
    view::{CaseView, ContactView},
    wire,
};
use store::{journal::Text, view::Message};

use crate::{
    api::{
        error::Problem,
        shape::{CaseShape, ContactShape, contact::ContactHead},
    },
    caller::Caller,
    house::House,
    looker::Seen,
    rights::Act,
};

/// Contacts of a case that its picture shows; of more the latest.
pub const CONTACTS_SHOWN_MAX: u32 = 50;

/// A contact with what was sent.
pub type Said = (ContactView, Message);

/// Whether personal data is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// As the client sent it; the look is journalled.
    Open,
    /// With personal data hidden.
    Masked,
}

/// What a look will show.
#[derive(Debug, Clone, Default)]
pub struct Shown {
    /// The case it is about.
    pub case: Option<CaseId>,
    /// Contacts.
    pub contacts: Vec<ContactId>,
    /// Answers.
    pub deliveries: Vec<DeliveryId>,
    /// Clients.
    pub clients: Vec<ClientId>,
    /// Dead letters.
    pub letters: Vec<DeadId>,
}

impl House {
    /// Shows a case with its contacts, as openly as the caller may see them.
    pub async fn show_case(&self, caller: &Caller, seen: &Seen, place: &str) -> Result<CaseShape, Problem> {
        let sight = if caller.sees_personal(&seen.case) { Sight::Open } else { Sight::Masked };
        self.show_case_as(caller, &seen.case, seen, sight, place).await
    }

    /// Shows a case that lies on the caller's desk, with its contacts as they were seen.
    pub async fn show_desk_case(&self, caller: &Caller, case: &CaseView, seen: &Seen) -> Result<CaseShape, Problem> {
        let sight = if caller.may(Act::SeePersonal).is_ok() { Sight::Open } else { Sight::Masked };
        self.show_case_as(caller, case, seen, sight, "screen").await
    }

    /// Shows a case that an offer puts before the caller: the offer, journalled by the branch
    /// before anybody heard of it, is the record of this look.
    #[must_use]
    pub fn show_offered_case(&self, caller: &Caller, seen: &Seen) -> CaseShape {
        let sight = if caller.may(Act::SeePersonal).is_ok() { Sight::Open } else { Sight::Masked };
        let contacts = seen.said.iter().map(|said| self.contact(said, sight)).collect();
        self.shape(&seen.case, contacts, seen.total)
    }

    async fn show_case_as(
        &self,
        caller: &Caller,
        case: &CaseView,
        seen: &Seen,
        sight: Sight,
        place: &str,
    ) -> Result<CaseShape, Problem> {
        let contacts = self.show_contacts(caller, Some(case.id), &seen.said, sight, place).await?;
        Ok(self.shape(case, contacts, seen.total))
    }

    fn shape(&self, case: &CaseView, contacts: Vec<ContactShape>, total: u64) -> CaseShape {
        CaseShape::new(case, (contacts, total), &self.ports.firm.now(), self.clock().now())
    }

    /// Says whether a case is put before the caller at this moment.
    pub async fn is_before(&self, caller: &Caller, case: &CaseView) -> Result<bool, Problem> {
        let Some(agent) = &caller.agent else { return Ok(false) };
        let offers = self.ports.store.views().open_offers(agent).await?;
        Ok(!caller.is_excluded(case) && offers.iter().any(|offer| offer.case == case.id))
    }

    /// Shows cases with their contacts masked, for lists.
    pub async fn list_cases(&self, cases: &[&CaseView]) -> Result<Vec<CaseShape>, Problem> {
        let ids: Vec<CaseId> = cases.iter().map(|case| case.id).collect();
        let mut contacts = self.ports.store.pages().contacts_of_cases(&ids, CONTACTS_SHOWN_MAX).await?;
        let shapes = cases.iter().map(|case| {
            let (said, total) = contacts.remove(&case.id).unwrap_or_default();
            let masked = said.iter().map(|said| self.contact(said, Sight::Masked)).collect();
            self.shape(case, masked, total)
        });
        Ok(shapes.collect())
    }

    /// Shows contacts; open ones after the look is journalled.
    pub async fn show_contacts(
        &self,
        caller: &Caller,
        case: Option<CaseId>,
        said: &[Said],
        sight: Sight,
        place: &str,
    ) -> Result<Vec<ContactShape>, Problem> {
        if sight == Sight::Open && !said.is_empty() {
            let mut clients: Vec<ClientId> = said.iter().filter_map(|(contact, _)| contact.client).collect();
            clients.dedup();
            let contacts = said.iter().map(|(contact, _)| contact.id).collect();
            self.look(caller, place, Shown { case, contacts, clients, ..Shown::default() }).await?;
        }
        Ok(said.iter().map(|said| self.contact(said, sight)).collect())
    }

    /// Gives the words of an answer, after the look is journalled; `None` when there are none.
    pub async fn show_text(&self, caller: &Caller, case: CaseId, id: DeliveryId) -> Result<Option<String>, Problem> {
        let texts = self.ports.store.views().texts(&[id.bits()]).await?;
        let Some(text) = texts.first() else { return Ok(None) };
        self.look(caller, "screen", Shown { case: Some(case), deliveries: vec![id], ..Shown::default() }).await?;
        Ok(self.open_text(text))
    }

    /// Journals a look; without that nothing is shown.
    pub async fn look(&self, caller: &Caller, place: &str, shown: Shown) -> Result<(), Problem> {
        let look = Look {
            at: self.clock().now(),
            user: caller.user.clone(),
            role: caller.role,
            place: place.to_owned(),
            case: shown.case,
            contacts: shown.contacts,
            deliveries: shown.deliveries,
            clients: shown.clients,
            letters: shown.letters,
        };
        let recorded = self.access.record(look).await;
        recorded.map_err(|_| Problem::unavailable("the look could not be journalled, so nothing is shown"))
    }

    /// Opens sealed words of an agent.
    #[must_use]
    pub fn open_text(&self, text: &Text) -> Option<String> {
        let opened = self.ports.keys.open(&about::text(text.id), &text.sealed).ok()?;
        String::from_utf8(opened.to_vec()).ok()
    }

    /// Shapes one contact. A body that cannot be opened shows nothing of it.
    #[must_use]
    pub fn contact(&self, (contact, message): &Said, sight: Sight) -> ContactShape {
        let head = ContactHead {
            id: contact.id,
            branch: contact.branch.clone(),
            channel: message.channel,
            account: message.account.clone(),
            client: contact.client,
            received_at: message.received_at,
            case: contact.case,
            kind: Some(contact.kind),
        };
        match (self.body(message), sight) {
            (Some(body), Sight::Open) => ContactShape::open(&head, &body),
            (Some(body), Sight::Masked) => ContactShape::masked(&head, &body),
            (None, _) => ContactShape::masked(&head, &Body::default()),
        }
    }

    /// Opens what was sent.
    pub fn body(&self, message: &Message) -> Option<Body> {
        let opened = self.ports.keys.open(&about::contact(message.id), &message.sealed);
        let body = opened.ok().and_then(|bytes| wire::decode(&bytes).ok());
        if body.is_none() {
            tracing::error!(contact.id = %message.id, "the body of a contact cannot be opened");
        }
        body
    }
}
