//! The task of one consumer: keeps a channel that consumes, whatever becomes of connections.
//!
//! In: deliveries of the broker, what the user settled. Out: a filled hand, acknowledgements
//! in batches. When the connection is lost it consumes again on the next one, under the same
//! priority. Never here: a decision about a message.

use std::{sync::Arc, time::Duration};

use futures_util::{FutureExt, StreamExt};
use lapin::{
    Channel, Consumer, Error,
    message::Delivery,
    options::{BasicAckOptions, BasicCancelOptions, BasicConsumeOptions, BasicQosOptions},
};
use runtime::Stop;
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout},
};

use super::{
    declare::{DECLARE_LIMIT, Declarer, explain},
    gauge::Gauge,
    hand::Hand,
    link::{Link, User},
    topology, wire,
};
use crate::{error::BusError, name::QueueName};

/// The longest a settled delivery waits for company before the broker is told.
const ACK_WAIT: Duration = Duration::from_millis(20);
/// Settled deliveries that wait for no more company.
const ACKS_ENOUGH: usize = 100;
/// Deliveries taken in one turn.
const TURN_MAX: usize = 256;
/// How long to wait before consuming again after something failed.
const PAUSE: Duration = Duration::from_millis(200);
/// The same when only somebody else can mend it.
const PAUSE_UNFIT: Duration = Duration::from_secs(5);
/// The name of our one consumer on its channel.
const CONSUMER: &str = "shouwen";

/// How a feed stands, for its consumer.
#[derive(Debug, Clone)]
pub(super) enum Flow {
    /// It does not consume since then, and why.
    Dry(Instant, BusError),
    /// It consumes.
    Running,
    /// It never will again.
    Ended,
}

/// What a feed is made of.
pub(super) struct Feed {
    pub(super) queue: QueueName,
    pub(super) prefetch: u16,
    pub(super) priority: u64,
    pub(super) link: Link,
    pub(super) user: User,
    pub(super) declarer: Declarer,
    pub(super) gauge: Gauge,
    pub(super) hand: Arc<Hand>,
    pub(super) flow: watch::Sender<Flow>,
}

impl Feed {
    /// Consumes until the consumer is dropped or the house stops; then acknowledges what is
    /// settled and gives the rest back.
    pub(super) async fn run(self, stop: Stop) {
        loop {
            let ended = tokio::select! {
                () = self.is_left(&stop) => break,
                channel = self.open() => channel,
            };
            let why = match ended {
                Ok((channel, consumer)) => {
                    self.flow.send_replace(Flow::Running);
                    match self.consume(&channel, consumer, &stop).await {
                        Ok(()) => break,
                        Err(error) => {
                            self.hand.lose();
                            explain(error)
                        }
                    }
                }
                Err(error) => error,
            };
            let pause = if matches!(why, BusError::Unfit(_)) { PAUSE_UNFIT } else { PAUSE };
            self.flow.send_modify(|flow| {
                let since = if let Flow::Dry(since, _) = flow { *since } else { Instant::now() };
                *flow = Flow::Dry(since, why);
            });
            tokio::select! {
                () = self.is_left(&stop) => break,
                () = sleep(pause) => {}
            }
        }
        self.flow.send_replace(Flow::Ended);
        self.hand.news.notify_waiters();
        drop(self.user);
    }

    /// Waits until nobody wants deliveries any more.
    async fn is_left(&self, stop: &Stop) {
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.flow.closed() => {}
        }
    }

    async fn open(&self) -> Result<(Channel, Consumer), BusError> {
        let until = Instant::now() + DECLARE_LIMIT;
        let up = self.link.up(until).await?;
        self.declarer.declare(&self.queue, until).await?;
        let opening = async {
            let channel = up.connection.create_channel().await?;
            channel.basic_qos(self.prefetch, BasicQosOptions::default()).await?;
            let (queue, arguments) = (self.queue.to_string(), topology::consumer(self.priority));
            let options = BasicConsumeOptions::default();
            let consumer = channel.basic_consume(queue.into(), CONSUMER.into(), options, arguments).await?;
            Ok((channel, consumer))
        };
        match timeout(DECLARE_LIMIT, opening).await {
            Ok(Ok(opened)) => Ok(opened),
            Ok(Err(error)) => {
                // It may be gone; the next try makes it again.
                self.declarer.forget(&self.queue);
                Err(explain(error))
            }
            Err(_) => Err(BusError::unavailable("the broker did not answer in time")),
        }
    }

    /// Ends well when nobody wants more, with an error when the channel is lost.
    async fn consume(&self, channel: &Channel, mut consumer: Consumer, stop: &Stop) -> Result<(), Error> {
        let mut ack_at = None;
        loop {
            // Every arm may be dropped midway.
            tokio::select! {
                biased;
                () = self.is_left(stop) => break,
                next = consumer.next() => match next {
                    Some(delivery) => self.take_in(delivery?, &mut consumer)?,
                    // The queue was deleted, or moves.
                    None => return Err(lost()),
                },
                () = self.hand.settled.notified() => {
                    if self.hand.is_urgent(ACKS_ENOUGH) {
                        self.acknowledge(channel).await?;
                        ack_at = None;
                    } else {
                        ack_at = ack_at.or(Some(Instant::now() + ACK_WAIT));
                    }
                }
                () = sleep_until(ack_at) => {
                    self.acknowledge(channel).await?;
                    ack_at = None;
                }
            }
        }
        let leaving = async {
            channel.basic_cancel(CONSUMER.into(), BasicCancelOptions::default()).await?;
            self.acknowledge(channel).await?;
            channel.close(200, "done".into()).await
        };
        timeout(DECLARE_LIMIT, leaving).await.unwrap_or(Ok(()))
    }

    /// Takes in a delivery and what came with it.
    fn take_in(&self, first: Delivery, consumer: &mut Consumer) -> Result<(), Error> {
        self.arrive(first);
        for _ in 1..TURN_MAX {
            match consumer.next().now_or_never() {
                Some(Some(delivery)) => self.arrive(delivery?),
                Some(None) => return Err(lost()),
                None => break,
            }
        }
        self.hand.news.notify_waiters();
        Ok(())
    }

    fn arrive(&self, delivery: Delivery) {
        let count = wire::count(&delivery.properties, delivery.redelivered);
        let message = wire::message(&delivery.properties, delivery.data);
        self.hand.arrive(delivery.delivery_tag, count, message);
    }

    async fn acknowledge(&self, channel: &Channel) -> Result<(), Error> {
        let acks = self.hand.acks();
        if let Some(number) = acks.up_to {
            channel.basic_ack(number, BasicAckOptions { multiple: true }).await?;
        }
        for number in acks.single {
            channel.basic_ack(number, BasicAckOptions { multiple: false }).await?;
        }
        self.gauge.acked(acks.deliveries);
        Ok(())
    }
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

fn lost() -> Error {
    std::io::Error::other("the broker ended the consumer").into()
}
