//! Contacts: what clients sent, and the registration of walk-ins.
//!
//! In: contact views and messages; walk-ins in plain words. Out: shapes, open or masked; the
//! id of what was registered. Never here: changing a contact; it is immutable.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use channel::{Account, Content, Incoming, NotAccepted};
use contract::{
    Address, AddressKind, AgentId, BranchId, CaseId, ChannelKind, ClientId, ContactId, Timestamp, id::derived,
    problem::Code, view::CaseView,
};
use serde::{Deserialize, Serialize};
use store::page::{ContactFilter, Place};
use utoipa::{IntoParams, ToSchema};

use crate::{
    api::{
        allowed::{form, spare_form},
        ask::TEXT_BYTES_MAX,
        body::{Path, Sent, Text, Wanted, id, maybe},
        error::Problem,
        key::{Key, mark},
        page::{Cursor, Page},
        shape::{ContactShape, List},
    },
    caller::Caller,
    house::{House, Shared},
    picture::{Said, Sight},
    rights::{Act, Scope},
};

/// Which contacts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Query {
    /// Only of this branch.
    #[serde(default, deserialize_with = "maybe")]
    #[param(schema_with = form::<BranchId>, required = false)]
    branch: Option<BranchId>,
    /// Only of this case.
    #[serde(default, alias = "case", deserialize_with = "maybe")]
    #[param(schema_with = form::<CaseId>, required = false)]
    case_id: Option<CaseId>,
    /// Only of this client.
    #[serde(default, alias = "client", deserialize_with = "maybe")]
    #[param(schema_with = form::<ClientId>, required = false)]
    client_id: Option<ClientId>,
    /// Only by this channel.
    #[serde(default, deserialize_with = "maybe")]
    #[param(schema_with = form::<ChannelKind>, required = false)]
    channel: Option<ChannelKind>,
}

/// A walk-in, or another matter that no channel brings, as it is registered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Registration {
    /// The branch; of an agent his own.
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = spare_form::<BranchId>, required = false)]
    branch: Option<BranchId>,
    /// Where the client is reached.
    #[serde(default)]
    from: Option<From>,
    /// His name.
    #[serde(default)]
    from_name: Option<String>,
    /// What it is about, in a line.
    #[serde(default)]
    subject: Option<String>,
    /// What he asks.
    #[schema(min_length = 1)]
    text: String,
    /// When he came; at registration where it is not given.
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = spare_form::<Timestamp>, required = false)]
    received_at: Option<Timestamp>,
}

/// Where a client is reached.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct From {
    /// `phone`, `email`, `wechat` or `webhook`.
    #[schema(schema_with = form::<AddressKind>)]
    kind: Text<AddressKind>,
    /// The number, mailbox or id.
    value: String,
}

/// What was registered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Registered {
    /// The contact; the same for every repeat under one `Idempotency-Key`.
    contact_id: String,
}

/// Contacts, latest taken first.
#[utoipa::path(get, path = "/contacts", tag = "contacts", params(Query, Page), responses((status = 200, body = List<ContactShape>)))]
pub(crate) async fn list(
    State(house): State<Shared>,
    caller: Caller,
    wanted: Wanted,
) -> Result<Json<List<ContactShape>>, Problem> {
    let reach = caller.may(Act::SeeContacts)?;
    let (query, page): (Query, Page) = wanted.read_list()?;
    let filter = ContactFilter {
        branch: caller.listed_by(reach, query.branch)?,
        case: query.case_id,
        client: query.client_id,
        channel: query.channel,
        own: caller.only(reach)?,
    };
    let after = page.after()?.map(|Cursor(place)| place);
    let read = house.ports.store.pages().contacts(&filter, after, page.and_one()).await?;
    let (said, next) = page.cut(read, |(_, message)| Cursor(Place::of_message(message)));
    let said = house.without_hidden(&caller, said).await?;
    let sight = if caller.may(Act::SeePersonal).is_ok() { Sight::Open } else { Sight::Masked };
    let shapes = house.show_contacts(&caller, query.case_id, &said, sight, "contacts").await?;
    Ok(Json(List::page(shapes, next)))
}

/// One contact.
#[utoipa::path(get, path = "/contacts/{id}", tag = "contacts", responses((status = 200, body = ContactShape)))]
pub(crate) async fn show(
    State(house): State<Shared>,
    caller: Caller,
    Path(contact): Path<String>,
) -> Result<Json<ContactShape>, Problem> {
    let reach = caller.may(Act::SeeContacts)?;
    let contact: ContactId = id(&contact, "contact")?;
    let views = house.ports.store.views();
    let absent = || Problem::absent("contact");
    let view = views.contact(contact).await?.ok_or_else(absent)?;
    let message = views.message(contact).await?.ok_or_else(absent)?;
    let case = match view.case {
        Some(case) => views.case(case).await?,
        None => None,
    };
    if case.as_ref().is_some_and(|case| caller.is_excluded(case)) {
        return Err(absent());
    }
    let sight = match &case {
        Some(case) => {
            caller.may_with(Act::SeeContacts, case)?;
            if caller.sees_personal(case) { Sight::Open } else { Sight::Masked }
        }
        // What opened no case is nobody's own.
        None if reach == Scope::Own => return Err(Problem::new(Code::NotYours, "that contact belongs to no case")),
        None => {
            caller.may_in(Act::SeeContacts, &view.branch)?;
            if caller.may(Act::SeePersonal).is_ok() { Sight::Open } else { Sight::Masked }
        }
    };
    let case = view.case;
    let mut shapes = house.show_contacts(&caller, case, &[(view, message)], sight, "contact").await?;
    shapes.pop().map(Json).ok_or_else(absent)
}

/// Registers a walk-in 现场服务: an agent has it before him at once; what a program registers
/// waits for whoever is free.
#[utoipa::path(post, path = "/contacts", tag = "contacts", request_body = Registration, responses((status = 202, body = Registered), (status = 200, description = "Registered before under the same key.", body = Registered)))]
pub(crate) async fn register(
    State(house): State<Shared>,
    caller: Caller,
    key: Key,
    sent: Sent,
) -> Result<Response, Problem> {
    let reach = caller.may(Act::RegisterContact)?;
    let agent = caller.only(reach)?;
    let registration: Registration = sent.read()?;
    let branch = house.branch_of(&caller, registration.branch.clone())?;
    let incoming = incoming(&house, &caller, key, registration, agent)?;
    let account = Account {
        channel: ChannelKind::Counter,
        // A branch has one counter; both are ids of the firm file.
        id: branch.as_str().parse().map_err(|_| Problem::field("branch", "no such branch"))?,
        branch,
    };
    let accepted = house.ports.intake.accept(&account, incoming).await.map_err(refused)?;
    let status = if accepted.repeat { StatusCode::OK } else { StatusCode::ACCEPTED };
    let mut response = (status, Json(Registered { contact_id: accepted.contact.to_string() })).into_response();
    if accepted.repeat {
        mark(&mut response);
    }
    Ok(response)
}

fn incoming(
    house: &House,
    caller: &Caller,
    key: Key,
    registration: Registration,
    agent: Option<AgentId>,
) -> Result<Incoming, Problem> {
    if registration.text.trim().is_empty() {
        return Err(Problem::field("text", "is empty"));
    }
    let texts = [Some(&registration.text), registration.subject.as_ref(), registration.from_name.as_ref()];
    if texts.into_iter().flatten().map(String::len).sum::<usize>() > TEXT_BYTES_MAX {
        return Err(Problem::field("text", "is longer than 16 KiB"));
    }
    let from = registration.from.map(|from| Address::parse(from.kind.0, &from.value)).transpose();
    // Every registration is a contact of its own unless its key says that it is a repeat.
    let provider_id = match key.0 {
        Some(key) => derived(&[b"counter", caller.user.as_str().as_bytes(), key.as_bytes()]),
        None => house.ports.chance.id(house.clock().now()),
    };
    Ok(Incoming {
        provider_id: Some(ContactId::new(provider_id).to_string()),
        from_name: registration.from_name,
        subject: registration.subject,
        text: registration.text,
        received_at: registration.received_at,
        content: agent.map_or(Content::Message, Content::Counter),
        ..Incoming::message(
            from.map_err(|_| Problem::field("from.value", "needs an address of the kind that from.kind says"))?,
        )
    })
}

impl House {
    /// Gives the branch of something new: the caller's, or the one he names.
    pub(super) fn branch_of(&self, caller: &Caller, asked: Option<BranchId>) -> Result<BranchId, Problem> {
        let branch = caller.listed(asked)?.ok_or_else(|| Problem::field("branch", "missing field"))?;
        let known = self.ports.firm.now().book.firm.branches.iter().any(|known| known.id == branch);
        if known { Ok(branch) } else { Err(Problem::field("branch", "no such branch")) }
    }

    /// Leaves out contacts of cases that are hidden from an agent.
    async fn without_hidden(&self, caller: &Caller, mut said: Vec<Said>) -> Result<Vec<Said>, Problem> {
        if caller.agent.is_none() {
            return Ok(said);
        }
        let ids: Vec<CaseId> = said.iter().filter_map(|(contact, _)| contact.case).collect();
        let cases: Vec<CaseView> = self.ports.store.views().cases(&ids).await?;
        let hidden = crate::caller::hidden(caller, &cases);
        said.retain(|(contact, _)| contact.case.is_none_or(|case| !hidden.contains(&case)));
        Ok(said)
    }
}

fn refused(error: NotAccepted) -> Problem {
    match error {
        NotAccepted::RateLimited(wait) => Problem::slow_down(wait),
        NotAccepted::TooLarge => Problem::new(Code::TooLarge, "the contact is too large"),
        NotAccepted::Bus(_) | NotAccepted::Store(_) | NotAccepted::Late => {
            tracing::warn!(%error, "a registration was not taken");
            Problem::unavailable("the contact cannot be taken at the moment")
        }
    }
}
