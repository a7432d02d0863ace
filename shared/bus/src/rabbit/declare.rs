//! Declaring: what is needed is made on the broker, by every process.
//!
//! In: the name of a queue. Out: it is there as `topology` says, or a word why not; how many
//! messages wait in it. Never here: an argument.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use lapin::{
    Channel, Error, ErrorKind, ExchangeKind, Queue,
    options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions},
    types::FieldTable,
};
use tokio::time::{Instant, timeout_at};

use super::{link::Link, topology};
use crate::{error::BusError, limits::Limits, name::QueueName};

/// How long the broker may take for one declaration.
pub(super) const DECLARE_LIMIT: Duration = Duration::from_secs(5);
/// AMQP's code for many things, such as "there is one, but another".
const PRECONDITION_FAILED: u16 = 406;
/// How RabbitMQ says that this is the one it means.
const OTHER_SETTINGS: &str = "inequivalent arg";
/// AMQP's code for "you may not".
pub(super) const ACCESS_REFUSED: u16 = 403;
/// AMQP's code for "not in this virtual host", be it there or not.
pub(super) const NOT_ALLOWED: u16 = 530;
/// AMQP's code for "there is none".
const NOT_FOUND: u16 = 404;

/// Declares queues. Clones share what is known to be there.
#[derive(Debug, Clone)]
pub(super) struct Declarer(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    link: Link,
    limits: Limits,
    // A channel does one thing after another, and dies of an error.
    channel: tokio::sync::Mutex<Option<(u64, Channel)>>,
    // Guards a set that is looked into, never across an await.
    known: Mutex<Known>,
}

/// What was declared and did not prove to be gone since, and what ever was.
#[derive(Debug, Default)]
struct Known {
    there: BTreeSet<QueueName>,
    ever: BTreeSet<QueueName>,
    has_events: bool,
}

impl Declarer {
    pub(super) fn new(link: Link, limits: Limits) -> Self {
        Self(Arc::new(Inner { link, limits, channel: tokio::sync::Mutex::new(None), known: Mutex::default() }))
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// Gives every queue that was declared here.
    pub(super) fn ever(&self) -> Vec<QueueName> {
        self.known(|known| known.ever.iter().cloned().collect())
    }

    /// Forgets that a queue is there, so that it is declared again when needed.
    pub(super) fn forget(&self, queue: &QueueName) {
        self.known(|known| known.there.remove(queue));
    }

    /// Makes sure that a queue is there.
    pub(super) async fn declare(&self, queue: &QueueName, until: Instant) -> Result<(), BusError> {
        if self.known(|known| known.there.contains(queue)) {
            return Ok(());
        }
        self.on_channel(until, async |channel| self.make(channel, queue).await).await?;
        self.known(|known| {
            known.there.insert(queue.clone());
            known.ever.insert(queue.clone());
        });
        Ok(())
    }

    /// Makes sure that the exchange of events is there.
    pub(super) async fn declare_events(&self, until: Instant) -> Result<(), BusError> {
        if self.known(|known| known.has_events) {
            return Ok(());
        }
        self.on_channel(until, async |channel| events(channel).await).await?;
        self.known(|known| known.has_events = true);
        Ok(())
    }

    /// Forgets that the exchange of events is there.
    pub(super) fn forget_events(&self) {
        self.known(|known| known.has_events = false);
    }

    /// Gives what waits in a queue and is not delivered, and its consumers; nothing when
    /// there is no such queue.
    pub(super) async fn look(&self, queue: &QueueName, until: Instant) -> Result<(u64, u64), BusError> {
        let name = queue.to_string();
        let found = self
            .on_channel(until, async |channel| {
                let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::durable() };
                match channel.queue_declare(name.as_str().into(), passive, FieldTable::default()).await {
                    Ok(found) => Ok(Some(found)),
                    Err(error) if code(&error) == Some(NOT_FOUND) => Ok(None),
                    Err(error) => Err(error),
                }
            })
            .await?;
        if found.is_none() {
            self.forget(queue);
        }
        Ok(found.map_or((0, 0), |found: Queue| (found.message_count().into(), found.consumer_count().into())))
    }

    async fn make(&self, channel: &Channel, queue: &QueueName) -> Result<(), Error> {
        let name = queue.to_string();
        let arguments = topology::arguments(queue, self.0.limits.of(queue));
        channel.queue_declare(name.as_str().into(), QueueDeclareOptions::durable(), arguments).await?;
        if topology::is_bound(queue) {
            events(channel).await?;
            let options = QueueBindOptions::default();
            let to = topology::EVENTS.into();
            channel.queue_bind(name.as_str().into(), to, "".into(), options, FieldTable::default()).await?;
        }
        Ok(())
    }

    async fn on_channel<T>(
        &self,
        until: Instant,
        work: impl AsyncFnOnce(&Channel) -> Result<T, Error>,
    ) -> Result<T, BusError> {
        let up = self.0.link.up(until).await?;
        let late = |_| BusError::unavailable("the broker did not answer in time");
        let mut held = timeout_at(until, self.0.channel.lock()).await.map_err(late)?;
        // Taken out, so that a channel on which something is under way is never used again.
        let kept = held.take().filter(|(epoch, channel)| *epoch == up.epoch && channel.status().connected());
        let on_broker = async {
            let channel = match kept {
                Some((_, channel)) => channel,
                None => up.connection.create_channel().await?,
            };
            let done = work(&channel).await?;
            Ok((channel, done))
        };
        let (channel, done) = timeout_at(until, on_broker).await.map_err(late)?.map_err(explain)?;
        *held = channel.status().connected().then_some((up.epoch, channel));
        Ok(done)
    }

    fn known<T>(&self, look: impl FnOnce(&mut Known) -> T) -> T {
        look(&mut self.0.known.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn events(channel: &Channel) -> Result<(), Error> {
    let options = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
    channel.exchange_declare(topology::EVENTS.into(), ExchangeKind::Fanout, options, FieldTable::default()).await
}

/// Says what a refusal of the broker means to us.
pub(super) fn explain(error: Error) -> BusError {
    match code(&error) {
        Some(PRECONDITION_FAILED) if words(&error).contains(OTHER_SETTINGS) => {
            let why = format!(
                "what is there was made with other settings ({}); go back to these, or delete it once it is empty",
                words(&error)
            );
            tracing::error!(reason = why, "the broker does not fit the configuration");
            BusError::Unfit(why.into())
        }
        Some(ACCESS_REFUSED) => BusError::Unfit(format!("the broker's user lacks a right ({})", words(&error)).into()),
        _ => BusError::unavailable(error.to_string()),
    }
}

pub(super) fn code(error: &Error) -> Option<u16> {
    if let ErrorKind::ProtocolError(error) = error.kind() { Some(error.get_id()) } else { None }
}

pub(super) fn words(error: &Error) -> String {
    if let ErrorKind::ProtocolError(error) = error.kind() { error.get_message().to_string() } else { error.to_string() }
}
