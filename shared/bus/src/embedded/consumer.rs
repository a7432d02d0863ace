//! A consumer of an embedded queue.
//!
//! In: the book's queues. Out: batches; what became of them goes into the book, and the
//! writer's bell rings. Never here: a write, except parking.

use super::{Embedded, Settled, Write, queue::Take};
use crate::{
    bus::Target,
    error::BusError,
    message::{Delivery, Tag},
    name::QueueName,
};

/// Takes messages of one embedded queue.
#[derive(Debug)]
pub struct Consumer {
    bus: Embedded,
    queue: QueueName,
    id: u64,
}

impl Consumer {
    pub(super) fn new(bus: Embedded, queue: QueueName, prefetch: usize, priority: u64) -> Self {
        let id = bus.0.book.with(|pages| {
            let id = pages.consumer_id();
            pages.queue(&queue).join(id, prefetch, priority);
            id
        });
        Self { bus, queue, id }
    }

    pub(crate) async fn next_batch(&self, max: usize) -> Result<Vec<Delivery>, BusError> {
        assert!(max > 0, "a batch holds at least one message");
        let news = self.bus.0.book.with(|pages| pages.queue(&self.queue).news.clone());
        loop {
            let told = news.notified();
            tokio::pin!(told);
            told.as_mut().enable();
            let (take, wants_reserve) = self.bus.0.book.with(|pages| {
                if pages.closed {
                    return Err(BusError::Closed);
                }
                let queue = pages.queue(&self.queue);
                Ok((queue.take(self.id, max), queue.wants_reserve()))
            })?;
            if wants_reserve {
                self.bus.0.bell.settled.notify_one();
            }
            match take {
                Take::Batch(batch) => return Ok(batch),
                Take::Load(after, up_to) => self.load(after, up_to).await?,
                Take::Reserve => {
                    self.bus.0.bell.hurry.notify_one();
                    told.await;
                }
                Take::Wait => told.await,
            }
        }
    }

    pub(crate) fn ack(&self, tag: Tag) {
        self.bus.0.book.with(|pages| pages.queue(&self.queue).settle(self.id, tag));
        self.bus.0.bell.settled.notify_one();
    }

    pub(crate) fn ack_up_to(&self, tag: Tag) {
        self.bus.0.book.with(|pages| pages.queue(&self.queue).settle_up_to(self.id, tag));
        self.bus.0.bell.settled.notify_one();
    }

    pub(crate) fn requeue(&self, tag: Tag) {
        self.bus.0.book.with(|pages| pages.queue(&self.queue).requeue(self.id, tag));
        self.bus.0.bell.settled.notify_one();
    }

    pub(crate) async fn park(&self, delivery: &Delivery, reason: &str) -> Result<(), BusError> {
        let letter = delivery.message.clone().into_dead(&self.queue, reason, self.bus.0.clock.now());
        let held = Settled::Held { queue: self.queue.clone(), consumer: self.id, tag: delivery.tag };
        let write = Write { target: Some(Target::Queue(QueueName::Dead)), messages: vec![letter], settled: Some(held) };
        self.bus.write(write).await.map(drop)
    }

    /// Loads what follows in the queue; when this is dropped midway, another may load.
    async fn load(&self, after: u64, up_to: u64) -> Result<(), BusError> {
        let mut turn = Turn { consumer: self, done: false };
        let id = self.bus.0.book.with(|pages| pages.queue(&self.queue).id);
        let (entries, up_to) = self.bus.0.reader.load(id, after, up_to).await?;
        self.bus.0.book.with(|pages| pages.queue(&self.queue).load(entries, up_to));
        turn.done = true;
        Ok(())
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        self.bus.0.book.with(|pages| pages.queue(&self.queue).leave(self.id));
        self.bus.0.bell.settled.notify_one();
    }
}

/// The one load of a queue that may be under way.
struct Turn<'a> {
    consumer: &'a Consumer,
    done: bool,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if !self.done {
            let consumer = self.consumer;
            consumer.bus.0.book.with(|pages| pages.queue(&consumer.queue).load_failed());
        }
    }
}
