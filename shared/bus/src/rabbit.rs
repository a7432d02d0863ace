//! The bus on RabbitMQ: quorum queues, confirms, one consumer a queue and process.
//!
//! In: publishes, consumers, decisions about dead letters. Out: what the broker confirmed.
//! Every queue is declared by whoever needs it, as `topology` says. Two connections a
//! process: one that publishes and may be blocked, one that never publishes and so never is.
//! Never here: a message that is kept anywhere but on the broker.

mod check;
mod consumer;
mod declare;
mod feed;
mod gauge;
mod hand;
mod letters;
mod link;
mod own;
mod publisher;
mod settings;
mod topology;
mod walk;
mod wire;

use std::{sync::Arc, time::Duration};

use runtime::{Chance, Clock, Tasks};
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

pub use self::{check::check, consumer::Consumer, settings::Settings};
use self::{
    declare::{DECLARE_LIMIT, Declarer},
    feed::{Feed, Flow},
    gauge::Gauge,
    hand::Hand,
    letters::Stamps,
    link::{Link, Purpose, User},
    publisher::Publisher,
    walk::Walker,
};
use crate::{
    bus::{Figures, Target},
    error::BusError,
    limits::{Limits, MESSAGE_BYTES_MAX},
    message::Message,
    name::QueueName,
};

/// How long a start waits for the broker.
const START_LIMIT: Duration = Duration::from_secs(15);
/// How long a look at the depths of queues serves.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// The bus on RabbitMQ. Clones share it; it ends after the stop signal.
#[derive(Debug, Clone)]
pub struct Rabbit(Arc<Desk>);

/// What handles share.
#[derive(Debug)]
struct Desk {
    publishing: Link,
    consuming: Link,
    publisher: Publisher,
    declarer: Declarer,
    walker: Walker,
    gauge: Gauge,
    stamps: Stamps,
    tasks: Tasks,
    clock: Clock,
    // Weak, so that the connection may be closed at the end.
    user: tokio::sync::mpsc::WeakSender<()>,
}

impl Rabbit {
    /// Connects, and declares what everybody needs.
    pub(crate) async fn open(
        settings: &Settings,
        limits: Limits,
        clock: Clock,
        tasks: &Tasks,
    ) -> Result<Self, BusError> {
        let (publishing, publishing_user) = Link::start(Purpose::Publish, settings, tasks)?;
        let (consuming, user) = Link::start(Purpose::Consume, settings, tasks)?;
        let (declarer, gauge) = (Declarer::new(consuming.clone(), limits), Gauge::default());
        let publisher = Publisher::start(&publishing, &publishing_user, &declarer, &gauge, &clock, tasks);
        let walker = Walker::new(consuming.clone());
        let desk = Desk {
            publishing,
            consuming,
            publisher,
            declarer,
            walker,
            gauge,
            stamps: Stamps::new(Chance::machine()),
            tasks: tasks.clone(),
            clock,
            user: user.downgrade(),
        };
        let bus = Self(Arc::new(desk));
        let (looking, stop) = (bus.clone(), tasks.stop());
        tasks.spawn("broker, figures", async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = looking.look(user) => {}
            }
        });
        let until = Instant::now() + START_LIMIT;
        bus.0.publishing.up(until).await?;
        bus.0.declarer.declare(&QueueName::Dead, until).await?;
        bus.0.declarer.declare_events(until).await?;
        Ok(bus)
    }

    pub(crate) async fn publish(&self, target: Target, messages: Vec<Message>) -> Result<(), BusError> {
        if let Some(bytes) = messages.iter().map(Message::encoded_bytes).find(|bytes| *bytes > MESSAGE_BYTES_MAX) {
            let error = Err(BusError::TooLarge(bytes));
            self.0.gauge.note(None, messages.len() as u64, &error);
            return error;
        }
        if messages.is_empty() {
            return Ok(());
        }
        self.0.publisher.publish(target, messages).await
    }

    pub(crate) async fn declare(&self, queue: &QueueName) -> Result<(), BusError> {
        // Whoever asks also asks whether the broker is there.
        self.0.declarer.forget(queue);
        self.0.declarer.declare(queue, Instant::now() + DECLARE_LIMIT).await
    }

    pub(crate) async fn consume(
        &self,
        queue: &QueueName,
        prefetch: usize,
        priority: u64,
    ) -> Result<Consumer, BusError> {
        assert!(prefetch > 0, "a consumer takes at least one message");
        assert!(*queue != QueueName::Dead, "dead letters are shown, replayed and dropped, not consumed");
        let user = self.0.user.upgrade().ok_or(BusError::Closed)?;
        let hand = Arc::new(Hand::new(prefetch));
        self.0.gauge.join(queue, &hand);
        let never = BusError::unavailable("the broker has not answered yet");
        let (flow, flowing) = watch::channel(Flow::Dry(Instant::now(), never));
        let feed = Feed {
            queue: queue.clone(),
            prefetch: u16::try_from(prefetch).unwrap_or(u16::MAX),
            priority,
            link: self.0.consuming.clone(),
            user,
            declarer: self.0.declarer.clone(),
            gauge: self.0.gauge.clone(),
            hand: hand.clone(),
            flow,
        };
        self.0.tasks.spawn(&format!("broker, {queue}"), feed.run(self.0.tasks.stop()));
        let mut consumer = Consumer { bus: self.clone(), queue: queue.clone(), hand, flow: flowing };
        consumer.begun(Instant::now() + DECLARE_LIMIT).await?;
        Ok(consumer)
    }

    pub(crate) fn figures(&self) -> Figures {
        let desk = &self.0;
        desk.gauge.figures(desk.declarer.ever(), &desk.publishing.now(), &desk.consuming.now())
    }

    /// Looks at the queues for as long as somebody asks for figures.
    async fn look(&self, _user: User) {
        loop {
            self.0.gauge.asked().await;
            for queue in self.0.declarer.ever() {
                if let Ok((waiting, consumers)) = self.0.declarer.look(&queue, Instant::now() + DECLARE_LIMIT).await {
                    self.0.gauge.saw(&queue, waiting, consumers);
                }
            }
            sleep(LOOK_EVERY).await;
        }
    }
}
