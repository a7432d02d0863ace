//! A client's history: what was said with him in all matters, in one order of time.
//!
//! In: the client and the case the look is for. Out: his cases, contacts, answers and notes, open
//! for whoever works with him; the look is journalled first. Never here: a matter the caller is
//! excluded from, or that another branch works on; more than the latest of each.

use axum::{Json, extract::State};
use contract::{
    ClientId, DeliveryId,
    view::{CaseView, ContactView},
};
use serde::Serialize;
use store::{
    directory::Client,
    journal::Text,
    page::{ContactFilter, PAGE_ITEMS_MAX},
};
use utoipa::ToSchema;

use super::{Why, open_look};
use crate::{
    api::{
        body::{Path, Wanted},
        error::Problem,
        routes::{cases::Note, deliveries::heads},
        shape::{CaseShape, ContactShape, DeliveryShape},
    },
    caller::{Caller, hidden},
    house::{House, Shared},
    picture::{Said, Shown, Sight},
    rights::Act,
};

/// Matters that a history goes back.
const CASES_MAX: u32 = 30;

/// What was said with a client.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct History {
    /// His matters, latest opened first, without contacts.
    cases: Vec<CaseShape>,
    /// What he sent, latest first.
    contacts: Vec<ContactShape>,
    /// What he was answered.
    deliveries: Vec<DeliveryShape>,
    /// What colleagues noted.
    notes: Vec<CaseNote>,
}

/// A note and the matter it belongs to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CaseNote {
    case_id: String,
    #[serde(flatten)]
    note: Note,
}

/// What was said with a client in all matters, for who has a matter of his.
#[utoipa::path(get, path = "/clients/{id}/history", tag = "clients", params(Why), responses((status = 200, body = History)))]
pub(crate) async fn show(
    State(house): State<Shared>,
    caller: Caller,
    Path(client): Path<String>,
    wanted: Wanted,
) -> Result<Json<History>, Problem> {
    caller.may(Act::SeeContacts)?;
    let client = house.known_client(&caller, &client).await?;
    let why: Why = wanted.read()?;
    let cases = house.ports.store.views().cases_of_client(client.id, CASES_MAX).await?;
    if !open_look(&caller, &cases, why.case_id) {
        return Err(Problem::new(contract::problem::Code::NotYours, "no matter of that client is this user's"));
    }
    house.history(&caller, &client, cases, &why).await.map(Json)
}

impl House {
    async fn history(
        &self,
        caller: &Caller,
        client: &Client,
        cases: Vec<CaseView>,
        why: &Why,
    ) -> Result<History, Problem> {
        let excluded = hidden(caller, &cases);
        // A matter that another branch works on is told there; what is his own goes with him.
        let told = |case: &CaseView| {
            !excluded.contains(&case.id) && (caller.reaches(&case.branch) || caller.sees_personal(case))
        };
        let cases: Vec<CaseView> = cases.into_iter().filter(told).collect();
        let contacts = self.contacts_of(caller, client.id, &cases).await?;
        let (mut replies, mut standings, mut texts) = (Vec::new(), Vec::new(), Vec::new());
        let (views, deliveries) = (self.ports.store.views(), self.ports.store.deliveries());
        for case in &cases {
            replies.extend(views.replies_of_case(case.id).await?);
            standings.extend(deliveries.of_case(case.id).await?);
            texts.extend(views.texts_of_case(case.id).await?);
        }
        let heads = heads(replies, standings);
        let answers: Vec<DeliveryId> = heads.iter().map(|head| head.reply.delivery).collect();
        let shown = Shown {
            case: why.case_id,
            contacts: contacts.iter().map(|(contact, _)| contact.id).collect(),
            deliveries: answers.clone(),
            clients: vec![client.id],
            ..Shown::default()
        };
        self.look(caller, "history", shown).await?;
        let firm = self.ports.firm.now();
        let words =
            |id: DeliveryId| texts.iter().find(|text| text.id == id.bits()).and_then(|text| self.open_text(text));
        let is_note = |text: &&Text| text.case.is_some() && !answers.iter().any(|answer| answer.bits() == text.id);
        Ok(History {
            cases: cases.iter().map(|case| CaseShape::new(case, (Vec::new(), 0), &firm, self.clock().now())).collect(),
            contacts: contacts.iter().map(|said| self.contact(said, Sight::Open)).collect(),
            deliveries: heads.iter().map(|head| DeliveryShape::new(head, words(head.reply.delivery), &firm)).collect(),
            notes: texts.iter().filter(is_note).filter_map(|text| self.case_note(text)).collect(),
        })
    }

    async fn contacts_of(&self, caller: &Caller, client: ClientId, cases: &[CaseView]) -> Result<Vec<Said>, Problem> {
        let filter = ContactFilter { client: Some(client), ..ContactFilter::default() };
        let said = self.ports.store.pages().contacts(&filter, None, PAGE_ITEMS_MAX).await?;
        let shown = |contact: &ContactView| match contact.case {
            Some(case) => cases.iter().any(|known| known.id == case),
            None => caller.reaches(&contact.branch),
        };
        Ok(said.into_iter().filter(|(contact, _)| shown(contact)).collect())
    }

    fn case_note(&self, text: &Text) -> Option<CaseNote> {
        Some(CaseNote { case_id: text.case?.to_string(), note: Note::new(text, self.open_text(text)) })
    }
}
