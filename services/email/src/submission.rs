//! Submits mail to the firm's own mail system.
//!
//! In: deliveries. Out: what became of each. The conversation is led step by step, because
//! only then it is known whether the mail may have been taken when the connection is lost:
//! before its last dot it was not, after it nobody knows. What was not handed over within
//! `HAND_OVER_LIMIT` is not handed over any more. Never here: a second try of a mail; a word
//! of the other side, which may hold an address, in a reason.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use channel::{Outbound, SendOutcome, Submitter, submit::SUBMIT_TIME_MAX};
use contract::{Millis, seal::Keys};
use lettre::transport::smtp::{
    Error,
    client::AsyncSmtpConnection,
    commands::{Data, Mail, Rcpt},
    extension::{Extension, MailParameter},
};
use runtime::{Clock, Monotonic};
use tokio::{sync::Mutex, time::timeout};

use crate::{
    Mailbox,
    encode::{self, Letter},
};

mod server;

pub use server::{Login, Server, ServerError};

/// After this much time the mail itself is not begun any more: whoever watches the delivery
/// takes it for lost by and by.
const HAND_OVER_LIMIT: Millis = Millis::from_secs(5);
/// How long finding a connection may take, greeting and signing in included.
const CONNECT_LIMIT: Duration = Duration::from_secs(20);
/// How long the commands before the mail may take together.
const COMMAND_LIMIT: Duration = Duration::from_secs(20);
/// How long taking leave may take.
const GOODBYE_LIMIT: Duration = Duration::from_secs(1);
/// How long the mail itself and the answer to it may take.
const MAIL_LIMIT: Duration = Duration::from_secs(30);
const _: () = assert!(5 + MAIL_LIMIT.as_secs() <= SUBMIT_TIME_MAX.as_secs(), "a stop waits for a mail under way");
/// Connections that are kept for the next mail.
const IDLE_MAX: usize = 4;

/// The way out of one account.
pub struct Submission {
    server: Server,
    mailbox: Arc<Mailbox>,
    keys: Arc<Keys>,
    clock: Clock,
    // Guards a short list; held for a push or a pop, never across a conversation.
    idle: Mutex<Vec<AsyncSmtpConnection>>,
}

impl Submission {
    /// Makes the way out through a server.
    #[must_use]
    pub fn new(server: Server, mailbox: Arc<Mailbox>, keys: Arc<Keys>, clock: Clock) -> Self {
        Self { server, mailbox, keys, clock, idle: Mutex::default() }
    }

    async fn send(&self, outbound: Outbound) -> SendOutcome {
        let letter = match encode::encode(&self.mailbox, &self.keys, &outbound, self.clock.now()) {
            Ok(letter) => letter,
            Err(why) => return SendOutcome::Failed(why.to_string()),
        };
        let started = self.clock.monotonic();
        let mut connection = match self.connection().await {
            Ok(connection) => connection,
            Err(outcome) => return outcome,
        };
        if self.is_late(started) {
            // The next try finds it greeted and signed in.
            self.keep(connection).await;
            return too_late("sign-in");
        }
        match timeout(COMMAND_LIMIT, announce(&mut connection, &letter)).await {
            Ok(Ok(())) => {}
            Ok(Err(outcome)) => {
                goodbye(connection).await;
                return outcome;
            }
            Err(_) => return too_late("announcing"),
        }
        if self.is_late(started) {
            // A connection cut here takes the mail with it; a word would be part of the mail.
            return too_late("data");
        }
        match timeout(MAIL_LIMIT, connection.message(&letter.bytes)).await {
            Ok(Ok(_)) => {
                self.keep(connection).await;
                SendOutcome::Sent(Some(letter.provider_id))
            }
            Ok(Err(error)) if error.is_transient() || error.is_permanent() => {
                goodbye(connection).await;
                refused("mail", &error)
            }
            Ok(Err(_)) => SendOutcome::Unknown("the connection was lost after the mail".to_owned()),
            Err(_) => SendOutcome::Unknown("no answer to the mail in time".to_owned()),
        }
    }

    /// Gives a connection that answers.
    async fn connection(&self) -> Result<AsyncSmtpConnection, SendOutcome> {
        let retry = |why: &str| SendOutcome::Retry(why.to_owned(), None);
        match timeout(CONNECT_LIMIT, self.kept_or_new()).await {
            Ok(Ok(connection)) => Ok(connection),
            // Whatever it is, it is not about this mail: it waits.
            Ok(Err(error)) => Err(match error.status() {
                Some(code) => retry(&format!("smtp {code} at sign-in")),
                None => retry("the mail server cannot be reached"),
            }),
            Err(_) => Err(retry("the mail server does not answer in time")),
        }
    }

    /// Takes one that was kept and still answers, else a new one.
    async fn kept_or_new(&self) -> Result<AsyncSmtpConnection, Error> {
        loop {
            let Some(mut kept) = self.idle.lock().await.pop() else { break };
            if kept.test_connected().await {
                return Ok(kept);
            }
        }
        self.server.connect().await
    }

    fn is_late(&self, started: Monotonic) -> bool {
        self.clock.monotonic().since(started) > HAND_OVER_LIMIT
    }

    async fn keep(&self, connection: AsyncSmtpConnection) {
        let mut idle = self.idle.lock().await;
        if idle.len() < IDLE_MAX {
            idle.push(connection);
        }
    }
}

impl Submitter for Submission {
    fn submit(&self, outbound: Outbound) -> Pin<Box<dyn Future<Output = SendOutcome> + Send + '_>> {
        Box::pin(self.send(outbound))
    }
}

impl std::fmt::Debug for Submission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Submission({})", self.mailbox.account)
    }
}

/// Says everything before the mail itself; up to here nothing can have been taken.
async fn announce(connection: &mut AsyncSmtpConnection, letter: &Letter) -> Result<(), SendOutcome> {
    let mut parameters = Vec::new();
    let mut addresses = letter.envelope.to().iter().chain(letter.envelope.from());
    if addresses.any(|address| !address.to_string().is_ascii()) {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Err(SendOutcome::Failed("the mail server takes no such address".to_owned()));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    step(connection, "sender", Mail::new(letter.envelope.from().cloned(), parameters)).await?;
    for recipient in letter.envelope.to() {
        step(connection, "recipient", Rcpt::new(recipient.clone(), Vec::new())).await?;
    }
    step(connection, "data", Data).await
}

async fn step(
    connection: &mut AsyncSmtpConnection,
    what: &str,
    command: impl std::fmt::Display,
) -> Result<(), SendOutcome> {
    match connection.command(command).await {
        Ok(_) => Ok(()),
        Err(error) => Err(refused(what, &error)),
    }
}

/// Reads a refusal: 5xx is final, everything else may go better next time.
fn refused(what: &str, error: &Error) -> SendOutcome {
    match error.status() {
        Some(code) if error.is_permanent() => SendOutcome::Failed(format!("smtp {code} at {what}")),
        Some(code) => SendOutcome::Retry(format!("smtp {code} at {what}"), None),
        None => SendOutcome::Retry(format!("connection lost at {what}"), None),
    }
}

fn too_late(what: &str) -> SendOutcome {
    SendOutcome::Retry(format!("the mail server was too slow at {what}"), None)
}

/// Takes leave, as far as the other side still listens.
async fn goodbye(mut connection: AsyncSmtpConnection) {
    let _left = timeout(GOODBYE_LIMIT, connection.quit()).await;
}

#[cfg(test)]
mod tests;
