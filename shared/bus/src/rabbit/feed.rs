//! The task of one consumer: keeps a channel that consumes, whatever becomes of connections.
//!
//! In: deliveries of the broker, what the user settled. Out: a filled hand, acknowledgements
//! in batches. When the connection is lost it consumes again on the next one, under the same
//! priority. Never here: a decision about a message.

use std::{sync::Arc, time::Duration};

use futures_util::{FutureExt, StreamExt};
use lapin::{
    Consumer, Error,
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
    own::Own,
    topology, wire,
};
use crate::{error::BusError, name::QueueName};

/// How long the broker may take to begin a consumer. Where the leader of the queue does not
/// answer, RabbitMQ waits for its `net_ticktime` and 5 s more.
const CONSUME_LIMIT: Duration = Duration::from_secs(30);
/// How long a feed to which nothing comes believes that it consumes. RabbitMQ 3.10 tells nobody
/// that his queue was deleted: it consumes the queue of that name once more on his behalf, and
/// then drops what comes of it. Two entries in the log of the queue are the price.
const BELIEVED: Duration = Duration::from_secs(10);
/// How often it looks whether something came.
const LOOK_EVERY: Duration = Duration::from_secs(1);
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

/// A channel that consumes.
struct Opened {
    epoch: u64,
    channel: Own,
    consumer: Consumer,
}

/// How consuming on a channel ended well.
enum End {
    /// Nobody wants more.
    Left,
    /// Nothing came.
    Idle,
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
                opened = self.open() => opened,
            };
            let why = match ended {
                Ok(opened) => {
                    self.flow.send_replace(Flow::Running);
                    match self.consume(opened, &stop).await {
                        Ok(End::Left) => break,
                        Ok(End::Idle) => {
                            self.hand.lose();
                            continue;
                        }
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

    async fn open(&self) -> Result<Opened, BusError> {
        let until = Instant::now() + DECLARE_LIMIT;
        let up = self.link.up(until).await?;
        self.declarer.declare(&self.queue, until).await?;
        let opening = async {
            let channel = Own::new(up.connection.create_channel().await?);
            channel.basic_qos(self.prefetch, BasicQosOptions::default()).await?;
            let (queue, arguments) = (self.queue.to_string(), topology::consumer(self.priority));
            let options = BasicConsumeOptions::default();
            let consumer = channel.basic_consume(queue.into(), CONSUMER.into(), options, arguments).await?;
            Ok(Opened { epoch: up.epoch, channel, consumer })
        };
        let late = || BusError::unavailable("the broker did not answer in time");
        tokio::select! {
            opened = timeout(CONSUME_LIMIT, opening) => opened.map_err(|_| late())?.map_err(|error| {
                // It may be gone; the next try makes it again.
                self.declarer.forget(&self.queue);
                explain(error)
            }),
            () = self.link.is_gone(up.epoch) => Err(BusError::unavailable("the connection to the broker was lost")),
        }
    }

    /// Ends well when nobody wants more or nothing comes, with an error when the channel is lost.
    async fn consume(&self, opened: Opened, stop: &Stop) -> Result<End, Error> {
        let Opened { epoch, channel, mut consumer } = opened;
        let (gone, idle) = (self.link.is_gone(epoch), self.is_idle());
        tokio::pin!(gone, idle);
        let mut ack_at = None;
        loop {
            // Every arm may be dropped midway.
            tokio::select! {
                biased;
                () = self.is_left(stop) => break,
                next = consumer.next() => match next {
                    Some(delivery) => self.take_in(delivery?, &mut consumer)?,
                    // The queue was deleted, or moves.
                    None => return Err(self.ended()),
                },
                () = &mut gone => return Err(lost()),
                () = &mut idle => return Ok(End::Idle),
                () = self.hand.settled.notified() => {
                    if self.hand.is_urgent(ACKS_ENOUGH) {
                        self.acknowledge(&channel).await?;
                        ack_at = None;
                    } else {
                        ack_at = ack_at.or(Some(Instant::now() + ACK_WAIT));
                    }
                }
                () = sleep_until(ack_at) => {
                    self.acknowledge(&channel).await?;
                    ack_at = None;
                }
            }
        }
        let leaving = async {
            channel.basic_cancel(CONSUMER.into(), BasicCancelOptions::default()).await?;
            self.acknowledge(&channel).await?;
            channel.close(200, "done".into()).await
        };
        timeout(DECLARE_LIMIT, leaving).await.unwrap_or(Ok(()))?;
        Ok(End::Left)
    }

    /// Waits until nothing has come for so long that it is worth consuming anew.
    async fn is_idle(&self) {
        let (mut seen, mut since) = (self.hand.arrivals(), Instant::now());
        while since.elapsed() < BELIEVED {
            sleep(LOOK_EVERY).await;
            let arrivals = self.hand.arrivals();
            if arrivals != seen || self.hand.unacked() > 0 {
                (seen, since) = (arrivals, Instant::now());
            }
        }
    }

    /// Says that the broker ended the consumer; the queue may be gone with it.
    fn ended(&self) -> Error {
        self.declarer.forget(&self.queue);
        lost()
    }

    /// Takes in a delivery and what came with it.
    fn take_in(&self, first: Delivery, consumer: &mut Consumer) -> Result<(), Error> {
        self.arrive(first);
        for _ in 1..TURN_MAX {
            match consumer.next().now_or_never() {
                Some(Some(delivery)) => self.arrive(delivery?),
                Some(None) => return Err(self.ended()),
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

    async fn acknowledge(&self, channel: &Own) -> Result<(), Error> {
        let acks = self.hand.acks();
        let telling = async {
            if let Some(number) = acks.up_to {
                channel.basic_ack(number, BasicAckOptions { multiple: true }).await?;
            }
            for number in acks.single {
                channel.basic_ack(number, BasicAckOptions { multiple: false }).await?;
            }
            Ok(())
        };
        timeout(DECLARE_LIMIT, telling).await.unwrap_or_else(|_| Err(lost()))?;
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
