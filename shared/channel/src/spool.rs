//! The spool: a bus of this process alone, for providers who do not ask again. It keeps what
//! the house's bus did not confirm in time.
//!
//! In: messages that were not confirmed. Out: the same on the house's bus, in their order and
//! under their ids; they go from here once they are confirmed there, so that one may come
//! twice and none is lost. Never here: an answer before the disk has it; a message in the clear.

use std::time::Duration;

use bus::{Bus, BusError, Delivery, Figures, Message, QueueName, Target};
use runtime::{Health, Part, Stop, Tasks};

use crate::{account::Account, intake::NotAccepted};

/// How long the disk may take: a provider who has waited for the house's bus still gets his answer.
const KEEP_LIMIT: Duration = Duration::from_secs(1);
/// Messages that go out together.
const BATCH_MAX: usize = 100;
/// How long to wait after the house's bus, or the disk, did not do its work.
const PAUSE: Duration = Duration::from_millis(500);
/// How often it is said what waits.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How long a refusal of the disk counts when nobody tried again.
const TROUBLE_COUNTS: Duration = Duration::from_secs(30);
/// The header that says why a call is to be parked.
const REASON: &str = "parked-because";

/// Keeps what the house's bus did not confirm. Clones are the same spool.
#[derive(Debug, Clone)]
pub struct Spool {
    own: Bus,
    house: Bus,
}

impl Spool {
    /// Joins a bus of this process alone to the house's.
    #[must_use]
    pub const fn new(own: Bus, house: Bus) -> Self {
        Self { own, house }
    }

    /// Begins to forward what waits for the accounts' branches, and to say what does.
    pub async fn start(&self, accounts: &[Account], tasks: &Tasks, health: &Health) -> Result<(), BusError> {
        for account in accounts {
            self.own.declare(&QueueName::Route(account.branch.clone())).await?;
            self.own.declare(&QueueName::Raw(account.channel, account.id.clone())).await?;
        }
        // Of accounts that are no longer there, too.
        for (queue, _) in self.own.figures().queues {
            if queue != QueueName::Dead {
                let (spool, stop) = (self.clone(), tasks.stop());
                tasks.spawn(&format!("spool.{queue}"), async move { spool.forward(&queue, &stop).await });
            }
        }
        let (spool, part, stop) = (self.clone(), health.part("spool"), tasks.stop());
        tasks.spawn("spool", async move { spool.tell(&part, &stop).await });
        Ok(())
    }

    /// Says whether messages for a queue wait here: what comes after them waits behind them.
    pub(crate) fn holds(&self, queue: &QueueName) -> bool {
        self.own.figures().depth(queue).messages > 0
    }

    /// Keeps a message for a queue; returns when it is on disk.
    pub(crate) async fn keep(&self, queue: &QueueName, message: Message) -> Result<(), NotAccepted> {
        let keeping = self.own.publish(Target::Queue(queue.clone()), vec![message]);
        tokio::time::timeout(KEEP_LIMIT, keeping).await.map_err(|_| NotAccepted::Late)??;
        metrics::counter!("shouwen_spool_kept_messages_total", "queue" => queue.to_string()).increment(1);
        Ok(())
    }

    /// Keeps a call that is to be parked; its queue is where a replay puts it.
    pub(crate) async fn keep_letter(
        &self,
        source: &QueueName,
        reason: &str,
        message: Message,
    ) -> Result<(), NotAccepted> {
        self.keep(source, message.with(REASON, reason)).await
    }

    async fn forward(&self, queue: &QueueName, stop: &Stop) {
        // Dropped midway it loses nothing: what was not acknowledged here goes out again.
        let forwarding = async {
            loop {
                if let Err(error) = self.forward_all(queue).await {
                    tracing::warn!(%queue, %error, "the spool cannot be read");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = forwarding => {}
        }
    }

    /// Forwards whatever comes, for as long as the own bus can be read.
    async fn forward_all(&self, queue: &QueueName) -> Result<(), BusError> {
        let consumer = self.own.consume(queue, BATCH_MAX, 0).await?;
        loop {
            let batch = consumer.next_batch(BATCH_MAX).await?;
            let (mut left, mut together) = (batch.as_slice(), BATCH_MAX);
            while let Some((next, rest)) = left.split_at_checked(together.min(left.len()))
                && let Some(last) = next.last()
            {
                match self.publish(queue, next).await {
                    Ok(()) => {
                        consumer.ack_up_to(last.tag);
                        left = rest;
                    }
                    Err(error) => {
                        if together > 1 {
                            tracing::warn!(%queue, %error, "what waits in the spool goes on waiting");
                        }
                        // Some of them may be there: all of them again would fill a full queue.
                        together = 1;
                        tokio::time::sleep(PAUSE).await;
                    }
                }
            }
            let count = batch.len() as u64;
            metrics::counter!("shouwen_spool_forwarded_messages_total", "queue" => queue.to_string()).increment(count);
            tracing::info!(%queue, count, "what waited in the spool is on the bus");
        }
    }

    async fn publish(&self, queue: &QueueName, batch: &[Delivery]) -> Result<(), BusError> {
        let messages = batch.iter().map(|delivery| delivery.message.clone());
        if !matches!(queue, QueueName::Raw(..)) {
            return self.house.publish(Target::Queue(queue.clone()), messages.collect()).await;
        }
        for mut message in messages {
            let reason = message.header(REASON).unwrap_or_default().to_owned();
            message.headers.retain(|(name, _)| name != REASON);
            self.house.dead().park(queue, &reason, message).await?;
        }
        Ok(())
    }

    async fn tell(&self, part: &Part, stop: &Stop) {
        while !stop.is_cancelled() {
            tell(&self.own.figures(), part);
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }
}

/// Says how much waits; without its disk the spool fails.
fn tell(figures: &Figures, part: &Part) {
    let mut waiting = 0;
    for (queue, depth) in figures.queues.iter().filter(|(queue, _)| *queue != QueueName::Dead) {
        waiting += depth.messages;
        let count = u32::try_from(depth.messages).map_or(f64::MAX, f64::from);
        metrics::gauge!("shouwen_spool_messages", "queue" => queue.to_string()).set(count);
    }
    match figures.trouble.as_ref().filter(|trouble| trouble.ago < TROUBLE_COUNTS) {
        Some(trouble) => part.failed(&format!("keeps nothing, for it cannot write: {}", trouble.what)),
        None if waiting > 0 => part.hindered(&format!("{waiting} messages wait here for the bus of the house")),
        None => part.well(),
    }
}

#[cfg(test)]
mod tests;
