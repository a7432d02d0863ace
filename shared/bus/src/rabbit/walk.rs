//! A walk through the dead letters: each is taken out, looked at, and put back.
//!
//! In: the queue `dead`. Out: its letters, oldest first; one of them may stay out for good.
//! AMQP knows no look at a queue. What is taken and not acknowledged goes back to the front
//! when the channel closes, whatever becomes of us: a walk cannot lose a letter. One walks at
//! a time, in all processes: an exclusive queue that ends with the channel is the lock. Never
//! here: a letter's meaning.

use std::{sync::Arc, time::Duration};

use lapin::{
    Channel, Consumer, Error, ErrorKind,
    message::BasicGetMessage,
    options::{BasicAckOptions, BasicConsumeOptions, BasicGetOptions, BasicNackOptions, QueueDeclareOptions},
    types::FieldTable,
};
use tokio::{
    sync::{Mutex, OwnedMutexGuard},
    time::{Instant, sleep, timeout_at},
};

use super::{
    declare::explain,
    link::Link,
    own::Own,
    topology::{self, WALK_LOCK},
};
use crate::{error::BusError, name::QueueName};

/// Letters of one walk; who has more ends some first.
const WALK_MAX: u32 = 10_000;
/// The longest a walk may take, waiting for another's end included.
pub(super) const WALK_LIMIT: Duration = Duration::from_secs(20);
/// How often to look whether another's walk is over, or whether the letters are back.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// AMQP's code for "somebody else has it".
const RESOURCE_LOCKED: u16 = 405;

/// Walks; clones take turns.
#[derive(Debug, Clone)]
pub(super) struct Walker {
    link: Link,
    turn: Arc<Mutex<()>>,
}

/// A walk under way.
pub(super) struct Walk {
    channel: Own,
    until: Instant,
    /// What was there when it began.
    there: u32,
    taken: u32,
    removed: u32,
    // The broker gives the lock away when its consumer is gone, and that is with the channel.
    _lock: Consumer,
    _turn: OwnedMutexGuard<()>,
}

impl Walker {
    pub(super) fn new(link: Link) -> Self {
        Self { link, turn: Arc::default() }
    }

    /// Begins at the first letter, when it is our turn.
    pub(super) async fn begin(&self) -> Result<Walk, BusError> {
        let until = Instant::now() + WALK_LIMIT;
        let turn = timeout_at(until, self.turn.clone().lock_owned()).await.map_err(|_| late())?;
        loop {
            let up = self.link.up(until).await?;
            let opening = async {
                let channel = Own::new(up.connection.create_channel().await?);
                let lock = lock(&channel).await?;
                let there = count(&channel).await?;
                Ok((channel, lock, there))
            };
            match timeout_at(until, opening).await.map_err(|_| late())? {
                Ok((channel, lock, there)) => {
                    let (taken, removed) = (0, 0);
                    return Ok(Walk { channel, until, there, taken, removed, _lock: lock, _turn: turn });
                }
                Err(error) if is_locked(&error) && Instant::now() + LOOK_EVERY < until => sleep(LOOK_EVERY).await,
                Err(error) => return Err(explain(error)),
            }
        }
    }
}

impl Walk {
    /// Takes the next letter; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<BasicGetMessage>, BusError> {
        if self.taken == self.there.min(WALK_MAX) {
            return Ok(None);
        }
        let getting = self.channel.basic_get(name().into(), BasicGetOptions { no_ack: false });
        let letter = timeout_at(self.until, getting).await.map_err(|_| late())?.map_err(explain)?;
        self.taken += u32::from(letter.is_some());
        Ok(letter)
    }

    /// Ends a letter that was taken.
    pub(super) async fn remove(&mut self, letter: &BasicGetMessage) -> Result<(), BusError> {
        let ack = self.channel.basic_ack(letter.delivery.delivery_tag, BasicAckOptions::default());
        timeout_at(self.until, ack).await.map_err(|_| late())?.map_err(explain)?;
        self.removed += 1;
        Ok(())
    }

    /// Puts back what was taken, and returns when it is there for the next walk.
    pub(super) async fn end(self) -> Result<(), BusError> {
        let ending = async {
            if self.removed < self.taken {
                // Number 0: all that is out.
                self.channel.basic_nack(0, BasicNackOptions { multiple: true, requeue: true }).await?;
            }
            while count(&self.channel).await? < self.there - self.removed {
                sleep(LOOK_EVERY).await;
            }
            self.channel.close(200, "walked".into()).await
        };
        timeout_at(self.until, ending).await.map_err(|_| late())?.map_err(explain)
    }
}

async fn lock(channel: &Channel) -> Result<Consumer, Error> {
    let options = QueueDeclareOptions { exclusive: true, auto_delete: true, ..QueueDeclareOptions::default() };
    channel.queue_declare(WALK_LOCK.into(), options, topology::walk_lock()).await?;
    let options = BasicConsumeOptions { no_ack: true, ..BasicConsumeOptions::default() };
    channel.basic_consume(WALK_LOCK.into(), "lock".into(), options, FieldTable::default()).await
}

async fn count(channel: &Channel) -> Result<u32, Error> {
    let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::durable() };
    Ok(channel.queue_declare(name().into(), passive, FieldTable::default()).await?.message_count())
}

fn name() -> String {
    QueueName::Dead.to_string()
}

fn is_locked(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::ProtocolError(error) if error.get_id() == RESOURCE_LOCKED)
}

fn late() -> BusError {
    BusError::unavailable("the dead letters could not be walked through in time")
}
