//! The contract of the bus: what every backend keeps, written against `Bus`.
//!
//! In: a backend that can be opened, closed and opened again. Out: a verdict. Never here: a
//! look behind the port. What only one backend can show is in `embedded_only` and in
//! `broker.rs`.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "what fails in a step fails the test")]

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use bus::{Bus, BusError, Consumer, Delivery, Limit, Limits, Message, QueueName, Target, rabbit};
use contract::Timestamp;
use runtime::{Clock, Health, Tasks};
use tempfile::TempDir;

#[path = "broker/address.rs"]
mod address;

use address::settings;

/// The longest any fact is waited for.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often a fact is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Runs each of these on every backend.
macro_rules! contract {
    ($($name:ident)*) => {
        mod embedded {
            $(#[tokio::test] async fn $name() { super::$name(super::Place::folder()).await })*
        }
        mod full {
            $(#[tokio::test] async fn $name() { super::$name(super::Place::vhost()).await })*
        }
    };
}

contract! {
    messages_come_in_order_with_headers_and_body
    queues_do_not_mix
    a_consumer_waits_for_what_comes_later
    what_was_published_is_there_after_a_new_start
    what_was_acknowledged_is_gone_after_a_new_start
    an_acknowledgement_reaches_the_disk_without_another_publish
    prefetch_bounds_what_one_consumer_holds
    a_requeued_message_comes_first_and_counted
    a_consumer_that_goes_gives_back_what_it_held
    the_third_delivery_comes_alone
    a_suspect_waits_until_its_consumer_holds_nothing_else
    counts_survive_a_new_start
    a_message_above_the_limit_is_refused_with_all_beside_it
    a_parked_message_lies_dead_with_reason_and_source
    a_replayed_letter_is_a_fresh_message_at_the_end_of_its_queue
    dead_letters_are_listed_in_pages_and_dropped_one_by_one
    many_publishers_share_few_flushes
    the_highest_priority_gets_the_messages_as_long_as_it_has_room
    a_waiting_consumer_hears_when_the_higher_priority_is_full
    a_long_backlog_comes_back_from_disk_in_order
    a_slow_consumer_keeps_nobody_waiting
    a_closed_bus_says_so
}

/// Runs each of these on the embedded backend.
macro_rules! embedded_only {
    ($($name:ident)*) => {
        mod embedded_only {
            $(#[tokio::test] async fn $name() { super::$name(super::Place::folder()).await })*
        }
    };
}

embedded_only! {
    a_full_queue_refuses_and_takes_again_after_an_ack
    a_limit_counts_bytes_too_and_can_be_named
    events_go_to_every_declared_reader_or_to_none
    events_for_nobody_are_published_to_nobody
    a_file_that_may_not_grow_refuses_publishes_and_still_takes_acknowledgements_and_letters
}

/// Where a backend keeps what it keeps.
#[derive(Clone)]
enum Place {
    Folder(Arc<TempDir>),
    Vhost(Arc<rabbit::Settings>),
}

/// A backend and the tasks it runs on.
struct House {
    place: Place,
    limits: Limits,
    tasks: Tasks,
    bus: Bus,
}

impl Place {
    fn folder() -> Self {
        Self::Folder(Arc::new(TempDir::new().unwrap()))
    }

    fn vhost() -> Self {
        Self::Vhost(Arc::new(settings(&servers::vhost().unwrap())))
    }

    async fn bus(&self, limits: Limits, tasks: &Tasks) -> Bus {
        let clock = Clock::by_hand(Timestamp::from_ms(1_000_000));
        match self {
            Self::Folder(folder) => Bus::embedded(folder.path(), limits, clock, tasks).await.unwrap(),
            Self::Vhost(settings) => Bus::rabbit(settings, limits, clock, tasks).await.unwrap(),
        }
    }
}

impl House {
    async fn new(place: Place) -> Self {
        Self::with(place, Limits::default()).await
    }

    async fn with(place: Place, limits: Limits) -> Self {
        let tasks = Tasks::new(Health::default());
        let bus = place.bus(limits.clone(), &tasks).await;
        Self { place, limits, tasks, bus }
    }

    /// Closes in order and opens again.
    async fn reopen(self) -> Self {
        let Self { place, limits, tasks, bus } = self;
        drop(bus);
        assert_eq!(tasks.finish(PATIENCE).await, Vec::<String>::new());
        Self::with(place, limits).await
    }

    async fn publish(&self, queue: &QueueName, numbers: std::ops::Range<u128>) {
        let messages = numbers.map(|n| Message::new(n, format!("body {n}"))).collect();
        self.bus.publish(Target::Queue(queue.clone()), messages).await.unwrap();
    }

    async fn consume(&self, queue: &QueueName, prefetch: usize) -> Consumer {
        self.bus.consume(queue, prefetch, 0).await.unwrap()
    }

    /// Waits until the queue holds so many messages.
    async fn holds(&self, queue: &QueueName, messages: u64) {
        let fact = async {
            while self.bus.figures().depth(queue).messages != messages {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        tokio::time::timeout(PATIENCE, fact).await.unwrap_or_else(|_| {
            panic!("{queue} holds {:?} and not {messages}", self.bus.figures().depth(queue));
        });
    }
}

fn route() -> QueueName {
    "route.hq".parse().unwrap()
}

fn command() -> QueueName {
    "command.hq".parse().unwrap()
}

fn message(n: u128) -> Message {
    Message::new(n, format!("body {n}"))
}

async fn batch(consumer: &Consumer, max: usize) -> Vec<Delivery> {
    tokio::time::timeout(PATIENCE, consumer.next_batch(max)).await.expect("nothing came").unwrap()
}

/// Takes exactly so many deliveries; a broker gives what has arrived.
async fn exactly(consumer: &Consumer, wanted: usize) -> Vec<Delivery> {
    let mut taken = Vec::new();
    while taken.len() < wanted {
        taken.extend(batch(consumer, wanted - taken.len()).await);
    }
    taken
}

/// Says that nothing is there to take, as far as that can be seen without waiting.
async fn nothing(consumer: &Consumer) {
    let soon = tokio::time::timeout(Duration::from_millis(200), consumer.next_batch(1)).await;
    assert!(soon.is_err(), "something came: {soon:?}");
}

/// Takes exactly so many messages and gives ids and counts.
async fn take(consumer: &Consumer, wanted: usize) -> Vec<(u128, u32)> {
    let taken = exactly(consumer, wanted).await;
    for delivery in &taken {
        assert_eq!(delivery.message.body, format!("body {}", delivery.message.id));
    }
    taken.into_iter().map(|delivery| (delivery.message.id, delivery.count)).collect()
}

/// Takes exactly so many messages in whatever order: what comes back from a consumer that
/// goes is not there at once everywhere.
async fn take_sorted(consumer: &Consumer, wanted: usize) -> Vec<(u128, u32)> {
    let mut taken = take(consumer, wanted).await;
    taken.sort_unstable();
    taken
}

async fn take_and_ack(consumer: &Consumer, wanted: usize) -> Vec<(u128, u32)> {
    let mut taken = Vec::new();
    while taken.len() < wanted {
        let batch = batch(consumer, wanted - taken.len()).await;
        taken.extend(batch.iter().map(|delivery| (delivery.message.id, delivery.count)));
        consumer.ack_up_to(batch.last().unwrap().tag);
    }
    taken
}

fn fresh(numbers: std::ops::Range<u128>) -> Vec<(u128, u32)> {
    numbers.map(|n| (n, 0)).collect()
}

async fn messages_come_in_order_with_headers_and_body(place: Place) {
    let house = House::new(place).await;
    let sent = Message::new(7, vec![0, 1, 255]).with("kind", "reply").with("leer", "空");
    house.bus.publish(Target::Queue(route()), vec![sent.clone()]).await.unwrap();
    house.publish(&route(), 8..100).await;
    let consumer = house.consume(&route(), 1000).await;
    let first = batch(&consumer, 1).await;
    assert_eq!((first[0].message.clone(), first[0].count), (sent, 0));
    assert_eq!(take(&consumer, 92).await, fresh(8..100));
}

async fn queues_do_not_mix(place: Place) {
    let house = House::new(place).await;
    house.publish(&route(), 0..10).await;
    house.publish(&command(), 10..20).await;
    assert_eq!(take(&house.consume(&command(), 100).await, 10).await, fresh(10..20));
    assert_eq!(take(&house.consume(&route(), 100).await, 10).await, fresh(0..10));
}

async fn a_consumer_waits_for_what_comes_later(place: Place) {
    let house = House::new(place).await;
    let consumer = house.consume(&route(), 10).await;
    let queue = route();
    let (taken, ()) = tokio::join!(take(&consumer, 3), house.publish(&queue, 0..3));
    assert_eq!(taken, fresh(0..3));
}

async fn what_was_published_is_there_after_a_new_start(place: Place) {
    let mut house = House::new(place).await;
    house.publish(&route(), 0..50).await;
    house = house.reopen().await;
    house.publish(&route(), 50..60).await;
    house.holds(&route(), 60).await;
    assert_eq!(take(&house.consume(&route(), 100).await, 60).await, fresh(0..60));
}

async fn what_was_acknowledged_is_gone_after_a_new_start(place: Place) {
    let mut house = House::new(place).await;
    house.publish(&route(), 0..10).await;
    let consumer = house.consume(&route(), 100).await;
    let taken = exactly(&consumer, 10).await;
    consumer.ack(taken[4].tag);
    consumer.ack_up_to(taken[2].tag);
    drop(consumer);
    house = house.reopen().await;
    let again = take_sorted(&house.consume(&route(), 100).await, 6).await;
    assert_eq!(again, [3, 5, 6, 7, 8, 9].map(|n| (n, 1)));
}

async fn an_acknowledgement_reaches_the_disk_without_another_publish(place: Place) {
    let house = House::new(place).await;
    house.publish(&route(), 0..10).await;
    let consumer = house.consume(&route(), 100).await;
    take_and_ack(&consumer, 10).await;
    let fact = async {
        while house.bus.figures().acked < 10 {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    tokio::time::timeout(PATIENCE, fact).await.unwrap();
    house.holds(&route(), 0).await;
}

async fn prefetch_bounds_what_one_consumer_holds(place: Place) {
    let house = House::new(place).await;
    house.publish(&route(), 0..10).await;
    let consumer = house.consume(&route(), 4).await;
    let taken = exactly(&consumer, 4).await;
    nothing(&consumer).await;
    consumer.ack(taken[0].tag);
    assert_eq!(batch(&consumer, 100).await[0].message.id, 4);
}

async fn a_requeued_message_comes_first_and_counted(place: Place) {
    let house = House::new(place).await;
    house.publish(&route(), 0..5).await;
    let consumer = house.consume(&route(), 100).await;
    let taken = exactly(&consumer, 3).await;
    consumer.requeue(taken[1].tag);
    assert_eq!(take(&consumer, 3).await, [(1, 1), (3, 0), (4, 0)]);
}

async fn a_consumer_that_goes_gives_back_what_it_held(place: Place) {
    let house = House::new(place).await;
    house.publish(&route(), 0..4).await;
    let first = house.consume(&route(), 2).await;
    take(&first, 2).await;
    drop(first);
    let second = house.consume(&route(), 100).await;
    assert_eq!(take_sorted(&second, 4).await, [(0, 1), (1, 1), (2, 0), (3, 0)]);
}

async fn the_third_delivery_comes_alone(place: Place) {
    let house = House::new(place).await;
    house.publish(&route(), 0..4).await;
    let consumer = house.consume(&route(), 100).await;
    for _ in 0..2 {
        for delivery in &exactly(&consumer, 2).await {
            consumer.requeue(delivery.tag);
        }
    }
    for id in [0, 1] {
        let alone = batch(&consumer, 100).await;
        assert_eq!((alone.len(), alone[0].message.id, alone[0].count), (1, id, 2));
        nothing(&consumer).await;
        consumer.requeue(alone[0].tag);
        let again = batch(&consumer, 100).await;
        assert_eq!((again.len(), again[0].message.id, again[0].count), (1, id, 3));
        consumer.ack(again[0].tag);
    }
    assert_eq!(take(&consumer, 2).await, fresh(2..4));
}

async fn a_suspect_waits_until_its_consumer_holds_nothing_else(place: Place) {
    let house = House::new(place).await;
    house.publish(&route(), 0..3).await;
    let consumer = house.consume(&route(), 100).await;
    let held = batch(&consumer, 1).await;
    for _ in 0..2 {
        let one = batch(&consumer, 1).await;
        consumer.requeue(one[0].tag);
    }
    nothing(&consumer).await;
    consumer.ack(held[0].tag);
    assert_eq!(take(&consumer, 1).await, [(1, 2)]);
}

async fn counts_survive_a_new_start(place: Place) {
    let mut house = House::new(place).await;
    house.publish(&route(), 0..2).await;
    for count in 0..4 {
        let consumer = house.consume(&route(), 1).await;
        assert_eq!(take(&consumer, 1).await, [(0, count)]);
        drop(consumer);
        house = house.reopen().await;
    }
}

async fn a_full_queue_refuses_and_takes_again_after_an_ack(place: Place) {
    let limits = Limits { queue: Limit { messages: 10, bytes: 1 << 20 }, ..Limits::default() };
    let house = House::with(place, limits).await;
    house.publish(&route(), 0..9).await;
    let two = || vec![message(9), message(10)];
    let refused = house.bus.publish(Target::Queue(route()), two()).await;
    assert!(matches!(refused, Err(BusError::Full(queue)) if queue == route()));
    assert_eq!(house.bus.figures().refused, bus::Refused { full: 2, ..bus::Refused::default() });
    house.publish(&command(), 0..10).await;
    assert_eq!(house.bus.figures().full, [command()]);
    let consumer = house.consume(&route(), 100).await;
    take_and_ack(&consumer, 1).await;
    house.holds(&route(), 8).await;
    house.bus.publish(Target::Queue(route()), two()).await.unwrap();
    assert_eq!(take(&consumer, 10).await, fresh(1..11));
}

async fn a_limit_counts_bytes_too_and_can_be_named(place: Place) {
    let named = BTreeMap::from([(route(), Limit { messages: 100, bytes: 1000 })]);
    let house = House::with(place, Limits { named, ..Limits::default() }).await;
    let large = |n| vec![Message::new(n, vec![0; 600])];
    house.bus.publish(Target::Queue(route()), large(0)).await.unwrap();
    assert!(matches!(house.bus.publish(Target::Queue(route()), large(1)).await, Err(BusError::Full(_))));
    house.bus.publish(Target::Queue(command()), large(1)).await.unwrap();
    house.bus.publish(Target::Queue(command()), large(2)).await.unwrap();
}

async fn a_message_above_the_limit_is_refused_with_all_beside_it(place: Place) {
    let house = House::new(place).await;
    let largest = vec![7; bus::limits::MESSAGE_BYTES_MAX - 20];
    house.bus.publish(Target::Queue(route()), vec![Message::new(0, largest.clone())]).await.unwrap();
    let mut above = largest.clone();
    above.push(7);
    let refused = house.bus.publish(Target::Queue(route()), vec![message(1), Message::new(2, above)]).await;
    assert!(matches!(refused, Err(BusError::TooLarge(_))));
    assert_eq!(house.bus.figures().refused.too_large, 2);
    house.holds(&route(), 1).await;
    let taken = batch(&house.consume(&route(), 10).await, 10).await;
    assert_eq!(taken[0].message.body, largest);
}

async fn events_go_to_every_declared_reader_or_to_none(place: Place) {
    let (one, two) = (QueueName::events("one").unwrap(), QueueName::events("two").unwrap());
    let named = BTreeMap::from([(two.clone(), Limit { messages: 5, bytes: 1 << 20 })]);
    let house = House::with(place, Limits { named, ..Limits::default() }).await;
    house.bus.declare(&one).await.unwrap();
    house.bus.declare(&two).await.unwrap();
    house.bus.publish(Target::Events, (0..5).map(message).collect()).await.unwrap();
    assert!(matches!(house.bus.publish(Target::Events, vec![message(5)]).await, Err(BusError::Full(_))));
    for queue in [&one, &two] {
        assert_eq!(take(&house.consume(queue, 10).await, 5).await, fresh(0..5));
    }
    assert_eq!(house.bus.figures().depth(&one).messages, 5);
    assert_eq!(house.bus.figures().depth(&route()).messages, 0);
}

async fn events_for_nobody_are_published_to_nobody(place: Place) {
    let house = House::new(place).await;
    house.bus.publish(Target::Events, vec![message(0)]).await.unwrap();
    assert_eq!(house.bus.figures().published, 0);
}

async fn a_parked_message_lies_dead_with_reason_and_source(place: Place) {
    let mut house = House::new(place).await;
    let sent = message(3).with("kind", "reply");
    house.bus.publish(Target::Queue(route()), vec![sent.clone()]).await.unwrap();
    let consumer = house.consume(&route(), 10).await;
    let taken = batch(&consumer, 10).await;
    consumer.park(&taken[0], "no such branch").await.unwrap();
    drop(consumer);
    house = house.reopen().await;
    house.bus.declare(&route()).await.unwrap();
    house.holds(&route(), 0).await;
    let letters = house.bus.dead().list(None, 10).await.unwrap();
    assert_eq!(letters.len(), 1);
    let letter = &letters[0];
    assert_eq!((&letter.source, letter.reason.as_str(), &letter.message), (&route(), "no such branch", &sent));
    assert_eq!(letter.at, Timestamp::from_ms(1_000_000));
    assert_eq!(house.bus.dead().show(letter.id).await.unwrap().as_ref(), Some(letter));
    house.holds(&QueueName::Dead, 1).await;
}

async fn a_replayed_letter_is_a_fresh_message_at_the_end_of_its_queue(place: Place) {
    let house = House::new(place).await;
    house.publish(&route(), 0..1).await;
    let consumer = house.consume(&route(), 10).await;
    let taken = batch(&consumer, 10).await;
    consumer.park(&taken[0], "later").await.unwrap();
    house.publish(&route(), 1..2).await;
    let dead = house.bus.dead();
    let id = dead.list(None, 1).await.unwrap()[0].id;
    let (first, second) = tokio::join!(dead.replay(id), dead.replay(id));
    assert_eq!([first.unwrap(), second.unwrap()].iter().filter(|done| **done).count(), 1);
    assert!(!dead.replay(id).await.unwrap());
    assert_eq!(take(&consumer, 2).await, [(1, 0), (0, 0)]);
    assert_eq!(dead.list(None, 1).await.unwrap(), []);
}

async fn dead_letters_are_listed_in_pages_and_dropped_one_by_one(place: Place) {
    let house = House::new(place).await;
    let dead = house.bus.dead();
    for n in 0..5 {
        dead.park(&"raw.wechat.main".parse().unwrap(), "undecodable", message(n)).await.unwrap();
    }
    let first = dead.list(None, 2).await.unwrap();
    assert!(dead.drop(first[1].id).await.unwrap());
    assert!(!dead.drop(first[1].id).await.unwrap());
    let rest = dead.list(Some(first[1].id), 10).await.unwrap();
    assert_eq!(rest.iter().map(|letter| letter.message.id).collect::<Vec<_>>(), [2, 3, 4]);
    assert_eq!(dead.show(first[1].id).await.unwrap(), None);
    assert_eq!(dead.show(contract::DeadId::new(u128::MAX)).await.unwrap(), None);
    house.holds(&QueueName::Dead, 4).await;
}

async fn many_publishers_share_few_flushes(place: Place) {
    const PUBLISHERS: u64 = 64;
    const EACH: u64 = 20;
    let house = House::new(place).await;
    house.bus.declare(&route()).await.unwrap();
    let before = house.bus.figures();
    let publishers = Tasks::new(Health::default());
    for publisher in 0..PUBLISHERS {
        let bus = house.bus.clone();
        publishers.spawn(&format!("publisher {publisher}"), async move {
            for n in 0..EACH {
                let id = u128::from(publisher * EACH + n);
                bus.publish(Target::Queue(route()), vec![message(id)]).await.unwrap();
            }
        });
    }
    assert_eq!(publishers.finish(PATIENCE).await, Vec::<String>::new());
    let after = house.bus.figures();
    assert_eq!(after.published - before.published, PUBLISHERS * EACH);
    let flushes = after.flushes - before.flushes;
    assert!(flushes <= PUBLISHERS * EACH / 4, "{flushes} flushes for {} messages", PUBLISHERS * EACH);
}

async fn the_highest_priority_gets_the_messages_as_long_as_it_has_room(place: Place) {
    let house = House::new(place).await;
    let low = house.bus.consume(&route(), 10, 1).await.unwrap();
    let high = house.bus.consume(&route(), 2, 2).await.unwrap();
    house.publish(&route(), 0..2).await;
    nothing(&low).await;
    assert_eq!(take(&high, 2).await, fresh(0..2));
    house.publish(&route(), 2..5).await;
    assert_eq!(take(&low, 3).await, fresh(2..5));
    house.publish(&route(), 5..6).await;
    drop(high);
    assert_eq!(take_sorted(&low, 3).await, [(0, 1), (1, 1), (5, 0)]);
}

async fn a_waiting_consumer_hears_when_the_higher_priority_is_full(place: Place) {
    let house = House::new(place).await;
    let low = house.bus.consume(&route(), 10, 1).await.unwrap();
    let high = house.bus.consume(&route(), 2, 2).await.unwrap();
    let both = async {
        let (first, second) = tokio::join!(take(&high, 2), take(&low, 3));
        assert_eq!((first, second), (fresh(0..2), fresh(2..5)));
    };
    let queue = route();
    tokio::join!(both, house.publish(&queue, 0..5));
}

async fn a_long_backlog_comes_back_from_disk_in_order(place: Place) {
    const BACKLOG: u128 = 20_000;
    let mut house = House::new(place).await;
    for start in (0..BACKLOG).step_by(2000) {
        house.publish(&route(), start..start + 2000).await;
    }
    house = house.reopen().await;
    let consumer = house.consume(&route(), 500).await;
    let half = take_and_ack(&consumer, 10_000).await;
    house.publish(&route(), BACKLOG..BACKLOG + 10).await;
    let rest = take_and_ack(&consumer, 10_010).await;
    assert_eq!([half, rest].concat(), fresh(0..BACKLOG + 10));
}

async fn a_file_that_may_not_grow_refuses_publishes_and_still_takes_acknowledgements_and_letters(place: Place) {
    let limits = Limits { file_bytes: Some(1 << 20), ..Limits::default() };
    let mut house = House::with(place, limits).await;
    let mut stored = 0;
    let refused = loop {
        let body = Message::new(stored, vec![0; 10_000]);
        match house.bus.publish(Target::Queue(route()), vec![body]).await {
            Ok(()) => stored += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(refused, BusError::Unavailable(_)), "{refused:?}");
    let figures = house.bus.figures();
    assert_eq!(figures.refused.unavailable, 1);
    assert!(figures.trouble.is_some_and(|trouble| trouble.what.contains("full")));
    let consumer = house.consume(&route(), 1000).await;
    let held = batch(&consumer, 30).await;
    consumer.ack_up_to(held[19].tag);
    house.holds(&route(), u64::try_from(stored).unwrap() - 20).await;
    consumer.park(&held[20], "after the disk was full").await.unwrap();
    drop(consumer);
    house = house.reopen().await;
    assert_eq!(house.bus.dead().list(None, 10).await.unwrap().len(), 1);
    house.bus.publish(Target::Queue(route()), vec![Message::new(stored, vec![0; 10_000])]).await.unwrap();
    assert_eq!(house.bus.figures().trouble, None);
}

async fn a_slow_consumer_keeps_nobody_waiting(place: Place) {
    let house = House::new(place).await;
    let slow = house.consume(&command(), 1).await;
    house.publish(&command(), 0..5000).await;
    let held = batch(&slow, 1).await;
    house.publish(&route(), 0..100).await;
    assert_eq!(take_and_ack(&house.consume(&route(), 10).await, 100).await, fresh(0..100));
    slow.ack(held[0].tag);
}

async fn a_closed_bus_says_so(place: Place) {
    let house = House::new(place).await;
    let bus = house.bus.clone();
    let consumer = house.consume(&route(), 1).await;
    house.tasks.finish(PATIENCE).await;
    assert!(matches!(bus.publish(Target::Queue(route()), vec![message(0)]).await, Err(BusError::Closed)));
    assert!(matches!(consumer.next_batch(1).await, Err(BusError::Closed)));
}
