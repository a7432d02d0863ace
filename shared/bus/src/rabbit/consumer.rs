//! A consumer of a queue on the broker.
//!
//! In: the hand that its feed fills. Out: batches; what became of them. It lives through
//! lost connections: what its user holds stays with him, and what was settled too late comes
//! again. Only when the broker has been away for longer than `AWAY_MAX` it says so, so that
//! who holds a lease may leave it to somebody better placed; asked again, it goes on. Never
//! here: a channel.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    time::{Instant, timeout_at},
};

use super::{Rabbit, feed::Flow, hand::Hand};
use crate::{
    error::BusError,
    message::{Delivery, Tag},
    name::QueueName,
};

/// How long a consumer waits in silence for the broker.
pub(super) const AWAY_MAX: Duration = Duration::from_secs(5);
/// How often a consumer that waits looks whether there still is a broker.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Takes messages of one queue on the broker.
#[derive(Debug)]
pub struct Consumer {
    pub(super) bus: Rabbit,
    pub(super) queue: QueueName,
    pub(super) hand: Arc<Hand>,
    // The feed ends when this is dropped.
    pub(super) flow: watch::Receiver<Flow>,
}

impl Consumer {
    /// Waits until it consumes for the first time.
    pub(super) async fn begun(&mut self, until: Instant) -> Result<(), BusError> {
        let begun = self.flow.wait_for(|flow| match flow {
            Flow::Running | Flow::Ended => true,
            Flow::Dry(_, why) => matches!(why, BusError::Unfit(_)),
        });
        drop(timeout_at(until, begun).await.map(|flow| flow.is_ok()));
        let flow = self.flow.borrow().clone();
        match flow {
            Flow::Running => Ok(()),
            Flow::Ended => Err(BusError::Closed),
            Flow::Dry(_, why) => Err(why),
        }
    }

    pub(crate) async fn next_batch(&self, max: usize) -> Result<Vec<Delivery>, BusError> {
        assert!(max > 0, "a batch holds at least one message");
        loop {
            let told = self.hand.news.notified();
            tokio::pin!(told);
            told.as_mut().enable();
            match &*self.flow.borrow() {
                Flow::Ended => return Err(BusError::Closed),
                Flow::Dry(since, why) if since.elapsed() > AWAY_MAX => return Err(why.clone()),
                Flow::Dry(..) | Flow::Running => {}
            }
            let batch = self.hand.take(max);
            if !batch.is_empty() {
                return Ok(batch);
            }
            drop(tokio::time::timeout(LOOK_EVERY, told).await);
        }
    }

    pub(crate) fn ack(&self, tag: Tag) {
        self.hand.settle(tag);
    }

    pub(crate) fn ack_up_to(&self, tag: Tag) {
        self.hand.settle_up_to(tag);
    }

    pub(crate) fn requeue(&self, tag: Tag) {
        self.hand.requeue(tag);
    }

    pub(crate) async fn park(&self, delivery: &Delivery, reason: &str) -> Result<(), BusError> {
        self.bus.dead_park(&self.queue, reason, delivery.message.clone()).await?;
        self.hand.settle(delivery.tag);
        Ok(())
    }
}
