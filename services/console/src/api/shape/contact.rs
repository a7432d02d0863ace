//! Shapes of what was said: contacts and deliveries, open or masked.
//!
//! In: opened bodies and whether the caller may see them. Out: what serde writes. Masked
//! means: the address with its middle hidden, no name, no subject, no text.
//! Never here: opening a seal; journalling a look.

use contract::{
    AccountId, BranchId, CaseId, ChannelKind, ClientId, ContactId, DeliveryState, Timestamp, delivery::DeliveryView,
    inbound::Body, view::ReplyView,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::time;
use crate::ports::FirmInForce;

/// What a client sent once.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Contact)]
pub struct ContactShape {
    /// Its id.
    pub id: String,
    /// The branch that took it.
    pub branch: String,
    /// The channel.
    pub channel: &'static str,
    /// The channel's account.
    pub account: String,
    /// The sender's address; masked unless the caller may see it; `null` when withheld.
    pub from: Option<String>,
    /// The sender's name as the channel tells it.
    pub from_name: Option<String>,
    /// Whose it is.
    pub client_id: Option<String>,
    /// The subject line.
    pub subject: Option<String>,
    /// The text; `null` when masked.
    pub text: Option<String>,
    /// What came with it.
    pub parts: Vec<PartShape>,
    /// When the client sent it.
    #[schema(format = DateTime)]
    pub received_at: String,
    /// The matter it belongs to.
    pub case_id: Option<String>,
    /// Its kind.
    pub kind: Option<&'static str>,
    /// The provider's id of it.
    pub provider_id: Option<String>,
    /// Whether personal data is hidden here.
    pub masked: bool,
}

/// Something that came with a contact.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Part)]
pub struct PartShape {
    /// Its file name; `null` when masked.
    pub name: Option<String>,
    /// Its media type.
    pub media_type: String,
    /// Its size in bytes.
    pub bytes: u64,
}

/// One answer on its way to one address.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Delivery)]
pub struct DeliveryShape {
    /// Its id.
    pub id: String,
    /// The matter it belongs to.
    pub case_id: Option<String>,
    /// The channel.
    pub channel: &'static str,
    /// The channel's account.
    pub account: String,
    /// The contact that it answers.
    pub contact_id: Option<String>,
    /// Who wrote it; `null` = the house itself.
    pub agent: Option<String>,
    /// His name.
    pub agent_name: Option<String>,
    /// `queued`, `submitting`, `sent`, `delivered`, `failed`, `expired`, `unknown` or `withheld`.
    pub state: &'static str,
    /// Why it is in that state, in a word.
    pub reason: Option<String>,
    /// Tries so far.
    pub attempt: u32,
    /// Since when it is in that state.
    #[schema(format = DateTime)]
    pub changed_at: String,
    /// The text; `null` when masked.
    pub text: Option<String>,
    /// When it was accepted.
    #[schema(format = DateTime)]
    pub at: String,
    /// When it is tried next, while it is `queued`.
    #[schema(format = DateTime)]
    pub due_at: Option<String>,
    /// From when on it is not tried any more.
    #[schema(format = DateTime)]
    pub expires_at: Option<String>,
}

/// Where an answer stands, without its text: what changes on its way.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StandingShape {
    /// The delivery's id.
    pub id: String,
    /// As in the delivery.
    pub state: &'static str,
    /// As in the delivery.
    pub reason: Option<String>,
    /// As in the delivery.
    pub attempt: u32,
    /// As in the delivery.
    pub changed_at: String,
    /// As in the delivery.
    pub due_at: Option<String>,
}

/// What is known of a contact beside its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactHead {
    /// Its id.
    pub id: ContactId,
    /// The branch.
    pub branch: BranchId,
    /// The channel.
    pub channel: ChannelKind,
    /// The account.
    pub account: AccountId,
    /// Whose it is.
    pub client: Option<ClientId>,
    /// When it was sent.
    pub received_at: Timestamp,
    /// The matter.
    pub case: Option<CaseId>,
    /// Its kind.
    pub kind: Option<contract::Kind>,
}

/// What is known of a delivery beside its text: what the branch accepted, and what the
/// notifier made of it as far as it has seen it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryHead {
    /// The answer.
    pub reply: ReplyView,
    /// Where it stands.
    pub standing: Option<DeliveryView>,
}

impl ContactShape {
    /// Writes a contact with all that its sender said.
    #[must_use]
    pub fn open(head: &ContactHead, body: &Body) -> Self {
        Self {
            from: body.from.as_ref().map(|from| from.value().to_owned()),
            from_name: body.from_name.clone(),
            subject: body.subject.clone(),
            text: Some(body.text.clone()),
            parts: parts(body, |name| name.clone()),
            masked: false,
            ..Self::masked(head, body)
        }
    }

    /// Writes a contact with its personal data hidden.
    #[must_use]
    pub fn masked(head: &ContactHead, body: &Body) -> Self {
        Self {
            id: head.id.to_string(),
            branch: head.branch.to_string(),
            channel: head.channel.as_str(),
            account: head.account.to_string(),
            from: body.from.as_ref().map(contract::Address::masked),
            from_name: None,
            client_id: head.client.map(|id| id.to_string()),
            subject: None,
            text: None,
            parts: parts(body, |_| None),
            received_at: time(head.received_at),
            case_id: head.case.map(|id| id.to_string()),
            kind: head.kind.map(contract::Kind::as_str),
            provider_id: body.provider_id.clone(),
            masked: true,
        }
    }
}

fn parts(body: &Body, name: impl Fn(&Option<String>) -> Option<String>) -> Vec<PartShape> {
    let shape = |part: &contract::inbound::Part| PartShape {
        name: name(&part.name),
        media_type: part.media_type.clone(),
        bytes: part.bytes,
    };
    body.parts.iter().map(shape).collect()
}

impl From<&DeliveryView> for StandingShape {
    fn from(view: &DeliveryView) -> Self {
        Self {
            id: view.id.to_string(),
            state: view.state.as_str(),
            reason: view.reason.clone(),
            attempt: view.attempt,
            changed_at: time(view.changed_at),
            due_at: next_try(view),
        }
    }
}

fn next_try(view: &DeliveryView) -> Option<String> {
    (view.state == DeliveryState::Queued).then(|| time(view.due_at))
}

impl DeliveryShape {
    /// Writes a delivery, with its text where the caller may see it, by the names of the firm.
    /// What the notifier has not seen yet waits for its turn.
    #[must_use]
    pub fn new(head: &DeliveryHead, text: Option<String>, firm: &FirmInForce) -> Self {
        let (reply, standing) = (&head.reply, head.standing.as_ref());
        Self {
            id: reply.delivery.to_string(),
            case_id: Some(reply.case.to_string()),
            channel: standing.map_or(reply.channel, |view| view.channel).as_str(),
            account: standing.map_or(&reply.account, |view| &view.account).to_string(),
            contact_id: Some(reply.contact.to_string()),
            agent: reply.agent.as_ref().map(ToString::to_string),
            agent_name: reply.agent.as_ref().map(|agent| firm.agent_name(agent).to_owned()),
            state: standing.map_or(DeliveryState::Queued, |view| view.state).as_str(),
            reason: standing.and_then(|view| view.reason.clone()),
            attempt: standing.map_or(0, |view| view.attempt),
            changed_at: time(standing.map_or(reply.at, |view| view.changed_at)),
            text,
            at: time(reply.at),
            due_at: standing.and_then(next_try),
            expires_at: standing.map(|view| time(view.expires_at)),
        }
    }
}
