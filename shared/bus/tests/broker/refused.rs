//! What a broker refuses: promptly, in words, and never into our memory.

use std::{collections::BTreeMap, time::Duration};

use bus::{Bus, BusError, Limit, Limits, QueueName, Target};
use runtime::{Clock, Health, Tasks};
use servers::RabbitMq;
use tokio::time::Instant;

use crate::{
    address::settings,
    house::{House, command, exactly, message, route, wait},
};

/// What a door can wait for.
const PROMPT: Duration = Duration::from_secs(3);

async fn refusal(house: &House, queue: &QueueName) -> BusError {
    let since = Instant::now();
    for n in 0.. {
        if let Err(error) = house.bus.publish(Target::Queue(queue.clone()), vec![message(n)]).await {
            return error;
        }
        assert!(since.elapsed() < Duration::from_secs(20), "nothing was refused");
    }
    unreachable!("somebody waited long enough")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_memory_alarm_is_a_prompt_refusal_and_consumers_go_on() {
    let broker = RabbitMq::start().unwrap();
    let house = House::new(&settings(&broker.url())).await;
    house.publish(&route(), 0..100).await;
    let consumer = house.bus.consume(&route(), 50, 0).await.unwrap();
    let ctl = |words: &[&str]| tokio::task::block_in_place(|| broker.ctl(words)).unwrap();
    ctl(&["set_vm_memory_high_watermark", "absolute", "1MB"]);
    // The first one may still be taken by the socket: the broker tells when it meets one.
    let told = refusal(&house, &route()).await;
    assert!(matches!(told, BusError::Unavailable(_)), "{told:?}");
    let since = Instant::now();
    let mut refused = 0;
    while refused < 1000 {
        let told = house.bus.publish(Target::Queue(route()), vec![message(1_000_000)]).await;
        assert!(matches!(told, Err(BusError::Unavailable(_))), "{told:?}");
        refused += 1;
    }
    assert!(since.elapsed() < PROMPT, "a thousand refusals took {:?}", since.elapsed());
    let trouble = house.bus.figures().trouble.unwrap();
    assert!(trouble.what.contains("memory"), "{trouble:?}");
    let taken = exactly(&consumer, 50).await;
    consumer.ack_up_to(taken[49].tag);
    assert_eq!(exactly(&consumer, 50).await.len(), 50);
    ctl(&["set_vm_memory_high_watermark", "absolute", "2GB"]);
    wait("the broker to take messages again", async || {
        house.bus.publish(Target::Queue(command()), vec![message(7)]).await.is_ok()
    })
    .await;
    assert_eq!(house.bus.figures().trouble, None);
}

#[tokio::test]
async fn a_full_queue_refuses_promptly_by_name_and_takes_again_once_it_is_emptier() {
    let limits =
        Limits { named: BTreeMap::from([(route(), Limit { messages: 50, bytes: 1 << 20 })]), ..Limits::default() };
    let house = House::with(&settings(&servers::vhost().unwrap()), limits).await;
    let told = refusal(&house, &route()).await;
    assert!(matches!(&told, BusError::Full(queue) if *queue == route()), "{told:?}");
    let since = Instant::now();
    for _ in 0..1000 {
        let told = house.bus.publish(Target::Queue(route()), vec![message(9)]).await;
        assert!(matches!(told, Err(BusError::Full(_))), "{told:?}");
    }
    assert!(since.elapsed() < PROMPT, "a thousand refusals took {:?}", since.elapsed());
    assert_eq!(house.bus.figures().full, [route()]);
    assert!(house.bus.figures().refused.full >= 1001);
    house.publish(&command(), 0..10).await;
    let consumer = house.bus.consume(&route(), 100, 0).await.unwrap();
    let taken = exactly(&consumer, 50).await;
    consumer.ack_up_to(taken[49].tag);
    wait("room", async || house.bus.publish(Target::Queue(route()), vec![message(9)]).await.is_ok()).await;
    assert_eq!(house.bus.figures().full, []);
}

#[tokio::test]
async fn a_full_reader_of_events_refuses_them_by_name() {
    let (one, two) = (QueueName::events("one").unwrap(), QueueName::events("two").unwrap());
    let limits =
        Limits { named: BTreeMap::from([(two.clone(), Limit { messages: 10, bytes: 1 << 20 })]), ..Limits::default() };
    let house = House::with(&settings(&servers::vhost().unwrap()), limits).await;
    house.bus.declare(&one).await.unwrap();
    house.bus.declare(&two).await.unwrap();
    house.bus.publish(Target::Events, (0..5).map(message).collect()).await.unwrap();
    for queue in [&one, &two] {
        let consumer = house.bus.consume(queue, 100, 0).await.unwrap();
        assert_eq!(exactly(&consumer, 5).await.len(), 5);
    }
    let since = Instant::now();
    let told = loop {
        if let Err(error) = house.bus.publish(Target::Events, vec![message(9)]).await {
            break error;
        }
        assert!(since.elapsed() < Duration::from_secs(20), "nothing was refused");
    };
    assert!(matches!(&told, BusError::Full(queue) if *queue == two), "{told:?}");
}

#[tokio::test]
async fn a_queue_made_with_other_settings_is_told_in_words() {
    let settings = settings(&servers::vhost().unwrap());
    let house = House::new(&settings).await;
    house.bus.declare(&route()).await.unwrap();
    let limits =
        Limits { named: BTreeMap::from([(route(), Limit { messages: 5, bytes: 1 << 20 })]), ..Limits::default() };
    let other = House::with(&settings, limits).await;
    let told = [
        other.bus.declare(&route()).await.unwrap_err(),
        other.bus.publish(Target::Queue(route()), vec![message(1)]).await.unwrap_err(),
        other.bus.consume(&route(), 5, 0).await.map(drop).unwrap_err(),
    ];
    for error in told {
        let words = error.to_string();
        assert!(matches!(error, BusError::Unfit(_)), "{words}");
        assert!(words.contains("route.hq") && words.contains("x-max-length"), "{words}");
    }
    other.publish(&command(), 0..1).await;
}

#[tokio::test]
async fn a_wrong_password_is_told_at_once_and_not_repeated() {
    let mut settings = settings(&servers::vhost().unwrap());
    settings.password = "geheim".to_owned().into();
    let tasks = Tasks::new(Health::default());
    let since = Instant::now();
    let told = Bus::rabbit(&settings, Limits::default(), Clock::machine(), &tasks).await.unwrap_err();
    assert!(since.elapsed() < PROMPT, "it took {:?}", since.elapsed());
    let words = format!("{told} {told:?} {settings:?}");
    assert!(matches!(told, BusError::Unfit(_)), "{words}");
    assert!(words.contains("ACCESS_REFUSED") && !words.contains("geheim"), "{words}");
    tasks.finish(PROMPT).await;
}
