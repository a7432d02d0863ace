//! What a dead letter holds: a provider's call that was not understood, a contact that was not
//! taken, another program's message, the words of a command.
//!
//! In: a letter, and who asks. Out: its content, after the look is journalled. Never here: a
//! header of a provider's call, which may be its secret; a letter that holds ids only.

use base64::{Engine, engine::general_purpose::STANDARD};
use bus::{DeadLetter, Message, QueueName};
use contract::{
    Address, about,
    command::{Command, Verb},
    inbound::{Body, Inbound},
    parked::{KIND, PARKED, ParkedCall},
    wire,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{api::error::Problem, caller::Caller, house::House, picture::Shown, rights::Act};

/// What a dead letter holds: personal data.
#[derive(Default, Serialize, ToSchema)]
#[schema(as = DeadLetterContent)]
pub(crate) struct ContentShape {
    /// Of a provider's call: its method; `AMQP` of a message of another program.
    method: Option<String>,
    /// Of a provider's call: where it was sent; the queue of a message.
    path: Option<String>,
    /// Of a provider's call: the query.
    query: Option<String>,
    /// Of a provider's call: the media type it declared.
    media_type: Option<String>,
    /// Of a contact: where it came from.
    from: Option<String>,
    /// Of a contact: its subject line.
    subject: Option<String>,
    /// The body, the contact's text, the words of the command.
    text: Option<String>,
    /// The body where it is no UTF-8.
    base64: Option<String>,
}

impl House {
    /// Opens a letter after the look is journalled; `None` where it holds nothing to read or
    /// cannot be opened, and for who may not read it.
    pub(super) async fn open_letter(
        &self,
        caller: &Caller,
        letter: &DeadLetter,
    ) -> Result<Option<ContentShape>, Problem> {
        if caller.may(Act::OpenDead).is_err() {
            return Ok(None);
        }
        let is_parked = letter.message.header(KIND) == Some(PARKED);
        let opened = match &letter.source {
            queue @ (QueueName::Route(_) | QueueName::Command(_)) if is_parked => {
                self.of_parked(&letter.message, &queue.to_string()).await?
            }
            QueueName::Raw(channel, account) => {
                self.of_parked(&letter.message, &format!("/channels/{channel}/{account}")).await?
            }
            QueueName::Route(_) => self.of_contact(&letter.message.body),
            QueueName::Command(_) => self.of_command(&letter.message.body),
            QueueName::Send(..) | QueueName::Events(_) | QueueName::Dead => None,
        };
        if opened.is_some() {
            self.look(caller, "dead_letter", Shown { letters: vec![letter.id], ..Shown::default() }).await?;
        }
        Ok(opened)
    }

    async fn of_parked(&self, message: &Message, place: &str) -> Result<Option<ContentShape>, Problem> {
        let parked = self.ports.intake.open_parked(message).await;
        let parked = parked.map_err(|_| Problem::unavailable("the letter's body cannot be reached"))?;
        Ok(parked.map(|(call, _)| of_call(place, call)))
    }

    fn of_contact(&self, message: &[u8]) -> Option<ContentShape> {
        let inbound: Inbound = wire::decode(message).ok()?;
        let plain = self.ports.keys.open(&about::contact(inbound.contact), &inbound.sealed).ok()?;
        let body: Body = wire::decode(&plain).ok()?;
        let from = body.from.as_ref().map(Address::value).map(str::to_owned);
        Some(ContentShape { from, subject: body.subject, text: Some(body.text), ..ContentShape::default() })
    }

    fn of_command(&self, message: &[u8]) -> Option<ContentShape> {
        let command: Command = wire::decode(message).ok()?;
        let id = if let Verb::Reply(_, delivery) = &command.verb { delivery.bits() } else { command.id.bits() };
        let plain = self.ports.keys.open(&about::text(id), command.sealed.as_ref()?).ok()?;
        let text = String::from_utf8(plain.to_vec()).ok();
        Some(ContentShape { text, ..ContentShape::default() })
    }
}

fn of_call(account: &str, call: ParkedCall) -> ContentShape {
    let media_type = call.headers.into_iter().find(|(name, _)| name == "content-type").map(|(_, value)| value);
    let path = if call.tail.is_empty() { account.to_owned() } else { format!("{account}/{}", call.tail) };
    let (text, base64) = match String::from_utf8(call.body) {
        Ok(text) => (Some(text), None),
        Err(bytes) => (None, Some(STANDARD.encode(bytes.as_bytes()))),
    };
    ContentShape {
        method: Some(call.method),
        path: Some(path),
        query: Some(call.query).filter(|query| !query.is_empty()),
        media_type,
        text,
        base64,
        ..ContentShape::default()
    }
}
