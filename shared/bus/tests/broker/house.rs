//! A process on a broker, as far as the bus goes.
//!
//! In: settings. Out: a bus and the tasks it runs on; publishers that note what was confirmed;
//! a reader that notes what came. Never here: a look behind the port.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bus::{Bus, BusError, Consumer, Delivery, Limits, Message, QueueName, Target, rabbit::Settings};
use runtime::{Clock, Health, Tasks};

/// The longest any fact is waited for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A process.
pub(crate) struct House {
    pub(crate) tasks: Tasks,
    pub(crate) bus: Bus,
}

/// What publishers were told. Clones are the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Account {
    confirmed: Arc<Mutex<Vec<u128>>>,
    refused: Arc<AtomicU64>,
    last: Arc<Mutex<String>>,
}

impl House {
    pub(crate) async fn new(settings: &Settings) -> Self {
        Self::with(settings, Limits::default()).await
    }

    pub(crate) async fn with(settings: &Settings, limits: Limits) -> Self {
        let tasks = Tasks::new(Health::default());
        let bus = Bus::rabbit(settings, limits, Clock::machine(), &tasks).await.unwrap();
        Self { tasks, bus }
    }

    pub(crate) async fn publish(&self, queue: &QueueName, numbers: std::ops::Range<u128>) {
        let messages = numbers.map(message).collect();
        self.bus.publish(Target::Queue(queue.clone()), messages).await.unwrap();
    }

    pub(crate) async fn close(self) {
        let Self { tasks, bus } = self;
        drop(bus);
        assert_eq!(tasks.finish(PATIENCE).await, Vec::<String>::new());
    }

    /// Starts publishers that go on whatever they are told, until the tasks are stopped.
    pub(crate) fn load(&self, queue: &QueueName, publishers: u128) -> (Account, Tasks) {
        let (account, tasks) = (Account::default(), Tasks::new(Health::default()));
        for publisher in 0..publishers {
            let (bus, queue, account, stop) = (self.bus.clone(), queue.clone(), account.clone(), tasks.stop());
            tasks.spawn(&format!("publisher {publisher}"), async move {
                let mut number = 0;
                while !stop.is_cancelled() {
                    let id = publisher << 64 | number;
                    number += 1;
                    account.note(id, &bus.publish(Target::Queue(queue.clone()), vec![message(id)]).await);
                    // A full speed of refusals would say nothing more.
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            });
        }
        (account, tasks)
    }
}

impl Account {
    fn note(&self, id: u128, told: &Result<(), BusError>) {
        match told {
            Ok(()) => self.confirmed.lock().unwrap().push(id),
            Err(error @ BusError::Unavailable(_)) => {
                self.refused.fetch_add(1, Ordering::Relaxed);
                *self.last.lock().unwrap() = format!("{error:?}");
            }
            Err(error) => panic!("a publisher was told: {error:?}"),
        }
    }

    pub(crate) fn confirmed(&self) -> usize {
        self.confirmed.lock().unwrap().len()
    }

    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Waits until so many more messages were confirmed.
    pub(crate) async fn goes_on(&self, more: usize) {
        let target = self.confirmed() + more;
        let goes_on = wait_for(async || self.confirmed() >= target);
        assert!(goes_on.await, "nothing is confirmed any more; last: {}", self.last.lock().unwrap());
    }

    /// Reads until every confirmed message has come; gives how often each came.
    pub(crate) async fn settle(&self, consumer: &Consumer) -> BTreeMap<u128, u32> {
        let mut left: std::collections::BTreeSet<u128> = self.confirmed.lock().unwrap().iter().copied().collect();
        let mut came = BTreeMap::new();
        while !left.is_empty() {
            let batch = batch(consumer, 500).await;
            for delivery in &batch {
                left.remove(&delivery.message.id);
                *came.entry(delivery.message.id).or_default() += 1;
            }
            consumer.ack_up_to(batch.last().unwrap().tag);
        }
        came
    }
}

pub(crate) fn message(n: u128) -> Message {
    Message::new(n, format!("body {n}"))
}

pub(crate) fn route() -> QueueName {
    "route.hq".parse().unwrap()
}

pub(crate) fn command() -> QueueName {
    "command.hq".parse().unwrap()
}

pub(crate) async fn batch(consumer: &Consumer, max: usize) -> Vec<Delivery> {
    let asking = async {
        loop {
            // While a broker restarts the consumer says so and is asked again.
            if let Ok(batch) = consumer.next_batch(max).await {
                return batch;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.expect("nothing came")
}

/// Takes exactly so many deliveries.
pub(crate) async fn exactly(consumer: &Consumer, wanted: usize) -> Vec<Delivery> {
    let mut taken = Vec::new();
    while taken.len() < wanted {
        taken.extend(batch(consumer, wanted - taken.len()).await);
    }
    taken
}

pub(crate) fn ids(deliveries: &[Delivery]) -> Vec<(u128, u32)> {
    deliveries.iter().map(|delivery| (delivery.message.id, delivery.count)).collect()
}

/// Waits for a fact.
pub(crate) async fn wait(what: &str, fact: impl AsyncFnMut() -> bool) {
    assert!(wait_for(fact).await, "waited in vain for {what}");
}

/// Waits for a fact, and says whether it came.
async fn wait_for(mut fact: impl AsyncFnMut() -> bool) -> bool {
    let waiting = async {
        while !fact().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.is_ok()
}
