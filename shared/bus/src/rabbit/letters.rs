//! Dead letters on the broker: messages of the queue `dead`, which is never consumed.
//!
//! In: somebody's decision. Out: the letter, back where it came from once that is confirmed,
//! or gone. A letter that the broker moved here by itself (it was delivered too often) is
//! read by what the broker wrote on it. When a connection is lost between the confirm and the
//! letter's end, the letter stays and what it holds may come twice. Never here: a letter's
//! end by itself.

use std::{
    collections::BTreeMap,
    future::Future,
    sync::{Mutex, PoisonError},
};

use contract::{DeadId, Timestamp, id};
use lapin::message::BasicGetMessage;
use runtime::Chance;
use tokio::sync::oneshot;

use super::{Rabbit, walk::Walk, wire};
use crate::{
    bus::Target,
    dead::{DEAD_ID, DeadLetter},
    error::BusError,
    message::Message,
    name::QueueName,
};

/// Gives letters their ids, each above the last.
#[derive(Debug)]
pub(super) struct Stamps {
    chance: Chance,
    // Held for one comparison, never across an await.
    last: Mutex<u128>,
}

impl Stamps {
    pub(super) const fn new(chance: Chance) -> Self {
        Self { chance, last: Mutex::new(0) }
    }

    fn next(&self, now: Timestamp) -> DeadId {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = self.chance.id(now).max(*last + 1);
        DeadId::new(*last)
    }
}

impl Rabbit {
    pub(crate) async fn dead_list(&self, after: Option<DeadId>, max: usize) -> Result<Vec<DeadLetter>, BusError> {
        let bus = self.clone();
        self.to_its_end(async move { bus.list(after.unwrap_or(DeadId::new(0)), max).await }).await
    }

    pub(crate) async fn dead_show(&self, id: DeadId) -> Result<Option<DeadLetter>, BusError> {
        let bus = self.clone();
        let showing = async move {
            let mut walk = bus.0.walker.begin().await?;
            let found = find(&mut walk, id).await?;
            walk.end().await?;
            Ok(found.map(|(_, letter)| letter))
        };
        self.to_its_end(showing).await
    }

    pub(crate) async fn dead_replay(&self, id: DeadId) -> Result<bool, BusError> {
        let bus = self.clone();
        self.to_its_end(async move { bus.replay(id).await }).await
    }

    pub(crate) async fn dead_drop(&self, id: DeadId) -> Result<bool, BusError> {
        let bus = self.clone();
        let dropping = async move {
            let mut walk = bus.0.walker.begin().await?;
            let found = find(&mut walk, id).await?;
            if let Some((taken, _)) = &found {
                walk.remove(taken).await?;
            }
            walk.end().await?;
            Ok(found.is_some())
        };
        self.to_its_end(dropping).await
    }

    pub(crate) async fn dead_park(&self, source: &QueueName, reason: &str, message: Message) -> Result<(), BusError> {
        let now = self.0.clock.now();
        let letter = message.into_dead(source, reason, now).with(DEAD_ID, self.0.stamps.next(now).to_string());
        self.0.publisher.publish(Target::Queue(QueueName::Dead), vec![letter]).await
    }

    async fn list(&self, after: DeadId, max: usize) -> Result<Vec<DeadLetter>, BusError> {
        let mut page = BTreeMap::new();
        let mut walk = self.0.walker.begin().await?;
        while let Some(taken) = walk.next().await? {
            let letter = letter(&taken);
            if letter.id > after {
                page.insert(letter.id, letter);
            }
            if page.len() > max {
                page.pop_last();
            }
        }
        walk.end().await?;
        Ok(page.into_values().collect())
    }

    async fn replay(&self, id: DeadId) -> Result<bool, BusError> {
        let mut walk = self.0.walker.begin().await?;
        let found = find(&mut walk, id).await?.filter(|(_, letter)| letter.source != QueueName::Dead);
        if let Some((taken, letter)) = &found {
            let (to, message) = (Target::Queue(letter.source.clone()), letter.message.clone());
            self.0.publisher.publish(to, vec![message]).await?;
            walk.remove(taken).await?;
        }
        walk.end().await?;
        Ok(found.is_some())
    }

    /// Does the work even when whoever asked for it goes away: a walk that stops midway keeps
    /// letters and lock for a while.
    async fn to_its_end<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, BusError>> + Send + 'static,
    ) -> Result<T, BusError> {
        let (done, answer) = oneshot::channel();
        self.0.tasks.spawn("broker, dead letters", async move { drop(done.send(work.await)) });
        answer.await.map_err(|_| BusError::Closed)?
    }
}

async fn find(walk: &mut Walk, id: DeadId) -> Result<Option<(BasicGetMessage, DeadLetter)>, BusError> {
    while let Some(taken) = walk.next().await? {
        let letter = letter(&taken);
        if letter.id == id {
            return Ok(Some((taken, letter)));
        }
    }
    Ok(None)
}

/// Reads a letter: parked by us, moved by the broker, or put there by somebody else.
fn letter(taken: &BasicGetMessage) -> DeadLetter {
    let properties = &taken.delivery.properties;
    let message = wire::message(properties, taken.delivery.data.clone());
    let stamped = message.header(DEAD_ID).and_then(|id| id.parse().ok());
    let told = |at: Timestamp| {
        let bits = id::derived(&[b"dead letter", &message.id.to_be_bytes(), &at.as_ms().to_be_bytes()]);
        DeadId::new(id::timed(u64::try_from(at.as_ms()).unwrap_or(0), bits))
    };
    if let Some(letter) = stamped.and_then(|id| DeadLetter::read(id, message.clone())) {
        return letter;
    }
    if let Some(death) = wire::death(properties)
        && let Ok(source) = death.queue.parse()
    {
        let reason = format!("the broker moved it here: {}", death.reason);
        return DeadLetter { id: told(death.at), source, reason, at: death.at, message };
    }
    let at = properties.timestamp().unwrap_or(0);
    let at = Timestamp::from_ms(i64::try_from(at).unwrap_or(0).saturating_mul(1000));
    let reason = "it came here without a reason".to_owned();
    DeadLetter { id: told(at), source: QueueName::Dead, reason, at, message }
}
