//! Commands: what callers ask becomes a message to a branch, and its outcome is awaited.
//!
//! In: an ask that was checked for form and rights. Out: done, or the branch's refusal, or
//! "nobody knows yet". The same id with the same content is one command however often it is
//! given. Never here: the decision.

mod refusal;

use std::time::Duration;

use bus::{Bus, BusError, Message, QueueName, Target};
use contract::{
    BranchId, DeliveryId, InputId, OfferId, Role, Timestamp, UserId, about,
    command::{Actor, Command, Verb},
    id::derived,
    problem::Code,
    seal::{Keys, Sealed},
    view::OutcomeView,
    wire,
};
use runtime::{Chance, Clock};
use store::Store;
use tokio::time::{Instant, timeout, timeout_at};

use crate::{
    api::{
        ask::{Ask, CaseAsk, PromiseAsk},
        error::Problem,
        shape::Done,
    },
    caller::Caller,
    feed::{Awaited, Feed},
};

/// How long outcomes are awaited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// How long the fan-out may be silent before the store is asked.
    pub silence: Duration,
    /// How long an outcome is awaited at most.
    pub outcome: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { silence: Duration::from_secs(1), outcome: Duration::from_secs(10) }
    }
}

/// Gives commands and awaits their outcomes.
#[derive(Debug, Clone)]
pub struct Commands {
    pub(crate) bus: Bus,
    pub(crate) store: Store,
    pub(crate) feed: Feed,
    pub(crate) clock: Clock,
    pub(crate) chance: Chance,
    pub(crate) patience: Patience,
}

/// How a command is known again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    /// By an `Idempotency-Key` of the caller's own.
    Key(String),
    /// By the `ref` of a frame, a UUID of the screen's own choice.
    Ref(InputId),
    /// Not at all: every one is a new one.
    Fresh,
}

/// A command that was given and is not decided yet, as far as anybody here knows.
#[derive(Debug)]
pub struct Pending {
    id: InputId,
    verb: Verb,
    name: Name,
    digest: Vec<u8>,
    known: Option<OutcomeView>,
    awaited: Awaited,
    store: Store,
    patience: Patience,
}

/// A command that the branch decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// What the caller is told: done, or the branch's refusal.
    pub result: Result<Done, Problem>,
    /// Whether it was decided before, under the same name.
    pub repeat: bool,
}

impl Name {
    /// Says where the caller wrote it.
    const fn field(&self) -> &'static str {
        match self {
            Self::Key(_) => "Idempotency-Key",
            Self::Ref(_) | Self::Fresh => "ref",
        }
    }
}

impl Commands {
    /// Gives a command to a branch and waits until it is decided.
    pub async fn give(&self, caller: &Caller, name: &Name, branch: &BranchId, ask: &Ask) -> Result<Given, Problem> {
        self.begin(caller, name, branch, ask).await?.finish().await
    }

    /// Gives a command to a branch; whoever begins several in order has them in order there.
    pub async fn begin(&self, caller: &Caller, name: &Name, branch: &BranchId, ask: &Ask) -> Result<Pending, Problem> {
        let id = self.id(caller, name);
        let command = self.command(caller, id, branch, ask);
        let awaited = self.feed.awaited(branch, id);
        let known = if *name == Name::Fresh { None } else { stored(&self.store, id).await? };
        if known.is_none() {
            self.publish(&command).await?;
        }
        Ok(Pending {
            id,
            verb: command.verb,
            name: name.clone(),
            digest: command.digest,
            known,
            awaited,
            store: self.store.clone(),
            patience: self.patience,
        })
    }

    /// Tells a branch that offers reached screens; the outcome matters to nobody here.
    pub async fn shown(&self, branch: &BranchId, offers: Vec<OfferId>) -> Result<(), Problem> {
        let user = "console".parse().expect("a plain word is a user name");
        let by = Actor { user, role: Role::Integration, agent: None };
        let id = InputId::new(self.chance.id(self.clock.now()));
        self.publish(&self.complete(by, id, branch, Verb::OffersShown(offers), None)).await
    }

    fn id(&self, caller: &Caller, name: &Name) -> InputId {
        match name {
            Name::Key(key) => name_of(&caller.user, key),
            Name::Ref(reference) => name_of(&caller.user, &reference.to_string()),
            Name::Fresh => InputId::new(self.chance.id(self.clock.now())),
        }
    }

    fn command(&self, caller: &Caller, id: InputId, branch: &BranchId, ask: &Ask) -> Command {
        let (verb, text) = verb(id, ask);
        self.complete(caller.actor(), id, branch, verb, text)
    }

    fn complete(&self, by: Actor, id: InputId, branch: &BranchId, verb: Verb, text: Option<(u128, String)>) -> Command {
        let keys = self.store.keys();
        let mut command = Command {
            id,
            digest: Vec::new(),
            branch: branch.clone(),
            given_at: Timestamp::default(),
            by,
            verb,
            sealed: None,
        };
        command.digest = digest(keys, &command, text.as_ref().map_or("", |(_, text)| text));
        command.given_at = self.clock.now();
        command.sealed = text.map(|(about_id, text)| self.sealed(keys, about_id, &text));
        command
    }

    fn sealed(&self, keys: &Keys, about_id: u128, text: &str) -> Sealed {
        keys.seal(self.chance.nonce(), &about::text(about_id), text.as_bytes())
    }

    async fn publish(&self, command: &Command) -> Result<(), Problem> {
        let message = Message::new(command.id.bits(), wire::encode(command));
        let target = Target::Queue(QueueName::Command(command.branch.clone()));
        self.bus.publish(target, vec![message]).await.map_err(|error| {
            if let BusError::TooLarge(_) = error {
                return Problem::new(Code::TooLarge, "the command is too large");
            }
            tracing::warn!(command = %command.id, branch = %command.branch, %error, "a command was not taken");
            Problem::unavailable("the branch's queue takes no commands at the moment")
        })
    }
}

impl Pending {
    /// Waits until the command is decided.
    pub async fn finish(self) -> Result<Given, Problem> {
        let decided = self.decided().await;
        let outcome = match &decided {
            Ok(Given { result: Ok(_), .. }) => "done",
            Ok(Given { result: Err(_), .. }) => "refused",
            Err(problem) if problem.code == Code::OutcomeUnknown => "unknown",
            Err(_) => "invalid",
        };
        metrics::counter!("shouwen_commands_given_total", "outcome" => outcome).increment(1);
        decided
    }

    async fn decided(mut self) -> Result<Given, Problem> {
        let repeat = self.known.is_some();
        let outcome = match self.known.take() {
            Some(outcome) => outcome,
            None => self.outcome().await?,
        };
        if outcome.digest != self.digest {
            return Err(Problem::field(self.name.field(), "another request was made under it before"));
        }
        let result = match outcome.problem {
            None => {
                let delivery_id =
                    if let Verb::Reply(_, delivery) = &self.verb { Some(delivery.to_string()) } else { None };
                Ok(Done { ok: true, id: self.id.to_string(), delivery_id })
            }
            Some(code) => Err(refusal::refusal(&self.verb, code)),
        };
        Ok(Given { result, repeat })
    }

    /// Waits for the fan-out; whenever it has been silent for a while, asks the store.
    async fn outcome(&mut self) -> Result<OutcomeView, Problem> {
        let end = Instant::now() + self.patience.outcome;
        while Instant::now() < end {
            let silent_until = (Instant::now() + self.patience.silence).min(end);
            match timeout_at(silent_until, &mut self.awaited.outcome).await {
                Ok(Ok(outcome)) => return Ok(outcome),
                // The feed is gone; the store still knows.
                Ok(Err(_)) => tokio::time::sleep_until(silent_until).await,
                Err(_) => {}
            }
            if let Ok(Ok(Some(outcome))) = timeout(self.patience.outcome, stored(&self.store, self.id)).await {
                return Ok(outcome);
            }
        }
        Err(Problem::new(Code::OutcomeUnknown, "the branch has not answered; it may still do it"))
    }
}

async fn stored(store: &Store, id: InputId) -> Result<Option<OutcomeView>, Problem> {
    Ok(store.views().outcomes(&[id]).await?.into_iter().next())
}

/// Gives the id of what a user calls by a name of his own.
#[must_use]
pub fn name_of(user: &UserId, name: &str) -> InputId {
    InputId::new(derived(&[b"command", user.as_str().as_bytes(), name.as_bytes()]))
}

/// Gives a digest of who asks what, without when.
fn digest(keys: &Keys, command: &Command, text: &str) -> Vec<u8> {
    keys.mark("command", &[&wire::encode(command), text.as_bytes()]).to_vec()
}

/// Gives the verb of an ask, and its text with the id that the text is sealed for.
fn verb(id: InputId, ask: &Ask) -> (Verb, Option<(u128, String)>) {
    let case = match ask {
        Ask::Ready(agent) => return (Verb::Ready(agent.clone()), None),
        Ask::Away(agent, reason) => return (Verb::Away(agent.clone(), reason.clone()), None),
        Ask::Accept(offer) => return (Verb::Accept(*offer), None),
        Ask::Decline(offer, reason) => return (Verb::Decline(*offer, *reason), None),
        Ask::Promise(promise, PromiseAsk::Keep) => return (Verb::Keep(*promise), None),
        Ask::Promise(promise, PromiseAsk::Tried) => return (Verb::Tried(*promise), None),
        Ask::Promise(promise, PromiseAsk::Drop) => return (Verb::Drop(*promise), None),
        Ask::Case(case, ask) => (*case, ask),
    };
    match case {
        (case, CaseAsk::Reply(text)) => {
            let delivery = DeliveryId::new(derived(&[b"reply", &id.to_bytes()]));
            (Verb::Reply(case, delivery), Some((delivery.bits(), text.clone())))
        }
        (case, CaseAsk::Transfer(to)) => (Verb::Transfer(case, to.clone()), None),
        (case, CaseAsk::Callback(at, number)) => {
            let number = number.as_ref().map(|number| (id.bits(), number.value().to_owned()));
            (Verb::Callback(case, *at), number)
        }
        (case, CaseAsk::Pend(until)) => (Verb::Pend(case, *until), None),
        (case, CaseAsk::Close(outcome)) => (Verb::Close(case, *outcome), None),
        (case, CaseAsk::Done) => (Verb::Done(case), None),
        (case, CaseAsk::Note(text)) => (Verb::Note(case), Some((id.bits(), text.clone()))),
        (case, CaseAsk::Recuse(agent)) => (Verb::Recuse(case, agent.clone()), None),
        (case, CaseAsk::Rekind(kind, queue)) => (Verb::Rekind(case, *kind, queue.clone()), None),
        (case, CaseAsk::Assign(agent)) => (Verb::Assign(case, agent.clone()), None),
        (case, CaseAsk::Raise) => (Verb::Raise(case), None),
        (case, CaseAsk::Upset) => (Verb::Upset(case), None),
        (case, CaseAsk::Dialect(language)) => (Verb::Dialect(case, language.clone()), None),
    }
}
