//! Dead letters: messages that nobody could take.
//!
//! In: the bus's dead letters. Out: where they came from and why, for operators; what one of
//! them holds, for who may read all, after the look is journalled; their return or their end
//! by somebody's decision. Never here: a body in a list.

mod content;

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use bus::{BusError, DeadLetter, QueueName};
use contract::{
    DeadId, Millis,
    audit::{self, What},
    problem::Code,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::{
        ask::NoBody,
        body::{Path, Sent, Wanted, id},
        error::Problem,
        key::{Key, Request},
        page::Page,
        shape::{List, time},
    },
    caller::Caller,
    house::{House, Shared},
    rights::Act,
};
use content::ContentShape;

/// A message that could not be taken.
#[derive(Serialize, ToSchema)]
#[schema(as = DeadLetter)]
pub(crate) struct DeadShape {
    /// Names it.
    id: String,
    /// The queue it came from, and returns to.
    source: String,
    /// The channel's account it is of, `sms.main`; null where its queue does not tell.
    account: Option<String>,
    /// Why it could not be taken.
    reason: String,
    /// When it was parked.
    #[schema(format = DateTime)]
    at: String,
    /// Seconds since then.
    age_s: i64,
    /// The id its sender gave it.
    message_id: String,
    /// Size of its body, as it rests.
    body_bytes: usize,
    /// A keyed hash of its body, as it rests.
    digest: String,
    /// What it holds; only of one letter, and only for who may read all.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    content: Option<ContentShape>,
}

/// What became of a letter.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Mended {
    /// Always true.
    ok: bool,
}

/// Dead letters, oldest first.
#[utoipa::path(get, path = "/dead-letters", tag = "ops", params(Page), responses((status = 200, body = List<DeadShape>)))]
pub(crate) async fn list(
    State(house): State<Shared>,
    caller: Caller,
    wanted: Wanted,
) -> Result<Json<List<DeadShape>>, Problem> {
    caller.may(Act::SeeDead)?;
    let page: Page = wanted.read()?;
    let and_one = usize::try_from(page.and_one()).unwrap_or(usize::MAX);
    let read = house.ports.bus.dead().list(page.after()?, and_one).await.map_err(unavailable)?;
    let (letters, next) = page.cut(read, |letter| letter.id);
    let shown = letters.iter().filter(|letter| house.is_in_reach(&caller, &letter.source));
    Ok(Json(List::page(shown.map(|letter| house.head(letter)).collect(), next)))
}

/// One dead letter; with what it holds for a role that may read all.
#[utoipa::path(get, path = "/dead-letters/{id}", tag = "ops", responses((status = 200, body = DeadShape)))]
pub(crate) async fn show(
    State(house): State<Shared>,
    caller: Caller,
    Path(letter): Path<String>,
) -> Result<Json<DeadShape>, Problem> {
    caller.may(Act::SeeDead)?;
    let letter = house.letter(&caller, id(&letter, "dead letter")?).await?;
    let content = house.open_letter(&caller, &letter).await?;
    Ok(Json(DeadShape { content, ..house.head(&letter) }))
}

/// Gives a letter back to the queue it came from.
#[utoipa::path(post, path = "/dead-letters/{id}/replay", tag = "ops", request_body = NoBody, responses((status = 200, body = Mended)))]
pub(crate) async fn replay(
    State(house): State<Shared>,
    caller: Caller,
    Path(letter): Path<String>,
    key: Key,
    sent: Sent,
) -> Result<Response, Problem> {
    mend(house, caller, letter, key, sent, Mending::Replay).await
}

/// Ends a letter for good.
#[utoipa::path(post, path = "/dead-letters/{id}/drop", tag = "ops", request_body = NoBody, responses((status = 200, body = Mended)))]
pub(crate) async fn drop(
    State(house): State<Shared>,
    caller: Caller,
    Path(letter): Path<String>,
    key: Key,
    sent: Sent,
) -> Result<Response, Problem> {
    mend(house, caller, letter, key, sent, Mending::Drop).await
}

#[derive(Debug, Clone, Copy)]
enum Mending {
    Replay,
    Drop,
}

async fn mend(
    house: Shared,
    caller: Caller,
    letter: String,
    key: Key,
    sent: Sent,
    how: Mending,
) -> Result<Response, Problem> {
    caller.may(Act::MendDead)?;
    let NoBody {} = sent.read()?;
    let letter_id: DeadId = id(&letter, "dead letter")?;
    let what = format!("{how:?} dead letter {letter_id}");
    let request = Request { what: &what, body: &sent };
    let (dead, audit) = (house.ports.bus.dead(), house.ports.store.audit());
    let user = &caller.user;
    let answer = house.once(&caller, key, request, async || {
        let found = house.letter(&caller, letter_id).await?;
        let letter = audit::Letter { letter: letter_id, source: found.source.to_string() };
        // Before it is done: the bus is another file than the journal.
        let done = match how {
            Mending::Replay => {
                audit.note(&caller.by(), What::LetterReplayed(letter)).await?;
                dead.replay(letter_id).await
            }
            Mending::Drop => {
                audit.note(&caller.by(), What::LetterDropped(letter)).await?;
                dead.drop(letter_id).await
            }
        };
        if !done.map_err(unavailable)? {
            return Err(Problem::absent("dead letter"));
        }
        tracing::info!(dead = %letter_id, %user, ?how, "a dead letter was mended");
        Ok((StatusCode::OK, Mended { ok: true }, Mended { ok: true }))
    });
    Ok(answer.await?.into_response())
}

impl House {
    /// Shapes a letter without what it holds.
    fn head(&self, letter: &DeadLetter) -> DeadShape {
        let account = match &letter.source {
            QueueName::Raw(channel, account) | QueueName::Send(channel, account, _) => {
                Some(format!("{channel}.{account}"))
            }
            QueueName::Route(_) | QueueName::Command(_) | QueueName::Events(_) | QueueName::Dead => None,
        };
        let digest = self.ports.keys.mark("dead letter", &[&letter.message.body]);
        DeadShape {
            id: letter.id.to_string(),
            source: letter.source.to_string(),
            account,
            reason: letter.reason.clone(),
            at: time(letter.at),
            age_s: self.clock().now().since(letter.at).max(Millis::ZERO).whole_secs(),
            message_id: DeadId::new(letter.message.id).to_string(),
            body_bytes: letter.message.body.len(),
            digest: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
            content: None,
        }
    }

    async fn letter(&self, caller: &Caller, id: DeadId) -> Result<DeadLetter, Problem> {
        let letter = self.ports.bus.dead().show(id).await.map_err(unavailable)?;
        let letter = letter.ok_or_else(|| Problem::absent("dead letter"))?;
        let foreign = || Problem::new(Code::NotYours, "that letter is not of this user's branch");
        if self.is_in_reach(caller, &letter.source) { Ok(letter) } else { Err(foreign()) }
    }

    /// Says whether a queue belongs to a branch that the caller reaches.
    pub(super) fn is_in_reach(&self, caller: &Caller, queue: &QueueName) -> bool {
        let branch = match queue {
            QueueName::Route(branch) | QueueName::Command(branch) => Some(branch),
            QueueName::Send(channel, account, _) | QueueName::Raw(channel, account) => {
                self.ports.accounts.branch(*channel, account)
            }
            QueueName::Events(_) | QueueName::Dead => None,
        };
        caller.branch.is_none() || branch.is_some_and(|branch| caller.reaches(branch))
    }
}

fn unavailable(error: BusError) -> Problem {
    tracing::warn!(%error, "the dead letters cannot be reached");
    match error {
        BusError::Full(_) => Problem::unavailable("the queue it came from is full"),
        BusError::TooLarge(_) => Problem::new(Code::TooLarge, "the letter is too large for its queue"),
        BusError::Unavailable(_) | BusError::Unfit(_) | BusError::Closed | BusError::Damaged(_) => {
            Problem::unavailable("the bus cannot be used at the moment")
        }
    }
}
