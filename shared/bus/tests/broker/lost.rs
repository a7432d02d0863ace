//! Connections that are lost and brokers that die.

use std::time::Duration;

use bus::{BusError, rabbit::Settings};
use servers::{Proxy, RabbitMq, proxy::Weather};

use crate::{
    address::settings,
    house::{House, batch, exactly, ids, route, wait},
};

/// A virtual host behind a proxy.
fn disturbed() -> (Proxy, Settings) {
    let direct = settings(&servers::vhost().unwrap());
    let proxy = Proxy::before(port(&direct)).unwrap();
    let through = through(&proxy, &direct);
    (proxy, through)
}

fn port(settings: &Settings) -> u16 {
    let (_, rest) = settings.nodes[0].rsplit_once(':').unwrap();
    rest.split('/').next().unwrap().parse().unwrap()
}

fn through(proxy: &Proxy, direct: &Settings) -> Settings {
    let node = direct.nodes[0].replace(&port(direct).to_string(), &proxy.port().to_string());
    Settings { nodes: vec![node], ..direct.clone() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cut_connections_lose_nothing_that_was_confirmed() {
    let (proxy, settings) = disturbed();
    let house = House::new(&settings).await;
    let consumer = house.bus.consume(&route(), 200, 0).await.unwrap();
    let (account, publishers) = house.load(&route(), 16);
    for _ in 0..8 {
        account.goes_on(300).await;
        proxy.cut_once();
    }
    account.goes_on(300).await;
    assert_eq!(publishers.finish(Duration::from_secs(10)).await, Vec::<String>::new());
    let came = account.settle(&consumer).await;
    println!("{} confirmed, {} came, {} refused", account.confirmed(), came.len(), account.refused());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_broker_loses_nothing_that_was_confirmed() {
    let mut broker = RabbitMq::start().unwrap();
    let house = House::new(&settings(&broker.url())).await;
    house.bus.declare(&route()).await.unwrap();
    // RabbitMQ 3.10 writes the names of its queues seconds after it made them: killed before,
    // it forgets the queue with all that was confirmed in it. That is not ours to test.
    let written = tokio::task::block_in_place(|| broker.ctl(&["eval", "[dets:sync(T) || T <- dets:all()]."]));
    assert!(written.unwrap().starts_with("[ok"));
    let (account, publishers) = house.load(&route(), 16);
    account.goes_on(500).await;
    broker.kill().unwrap();
    wait("a refusal", async || house.bus.figures().trouble.is_some()).await;
    tokio::task::block_in_place(|| broker.go().and_then(|()| broker.wait())).unwrap();
    account.goes_on(500).await;
    assert_eq!(publishers.finish(Duration::from_secs(10)).await, Vec::<String>::new());
    let consumer = house.bus.consume(&route(), 1000, 0).await.unwrap();
    let came = account.settle(&consumer).await;
    assert!(came.len() >= account.confirmed());
    println!("{} confirmed, {} came, {} refused", account.confirmed(), came.len(), account.refused());
    assert_eq!(house.bus.figures().trouble, None);
}

#[tokio::test]
async fn what_is_held_when_the_connection_is_lost_stays_with_its_user() {
    let (proxy, settings) = disturbed();
    let house = House::new(&settings).await;
    house.publish(&route(), 0..10).await;
    let consumer = house.bus.consume(&route(), 5, 0).await.unwrap();
    let held = exactly(&consumer, 4).await;
    let unacked = || house.bus.figures().depth(&route()).unacked;
    proxy.set(Weather::Cut);
    wait("the loss", async || unacked() == 0).await;
    proxy.set(Weather::Fair);
    wait("the return of what is held", async || unacked() == 5).await;
    // What nobody held comes counted, what is held does not come twice.
    assert_eq!(ids(&exactly(&consumer, 1).await), [(4, 1)]);
    consumer.ack_up_to(held[3].tag);
    assert_eq!(ids(&exactly(&consumer, 4).await), [(5, 0), (6, 0), (7, 0), (8, 0)]);
    house.close().await;
    let house = House::new(&settings).await;
    let consumer = house.bus.consume(&route(), 10, 0).await.unwrap();
    let mut left = Vec::new();
    while left.len() < 6 {
        let batch = batch(&consumer, 10).await;
        left.extend(ids(&batch));
        consumer.ack_up_to(batch.last().unwrap().tag);
    }
    left.sort_unstable();
    assert_eq!(left, [(4, 2), (5, 1), (6, 1), (7, 1), (8, 1), (9, 0)]);
}

#[tokio::test]
async fn an_acknowledgement_of_a_lost_connection_ends_nothing_on_the_next() {
    let (proxy, settings) = disturbed();
    let house = House::new(&settings).await;
    house.publish(&route(), 0..3).await;
    let consumer = house.bus.consume(&route(), 10, 0).await.unwrap();
    let held = exactly(&consumer, 3).await;
    proxy.set(Weather::Cut);
    wait("the loss", async || house.bus.figures().trouble.is_some()).await;
    // Their channel is gone: the broker never hears of these.
    consumer.ack_up_to(held[2].tag);
    proxy.set(Weather::Fair);
    assert_eq!(ids(&exactly(&consumer, 3).await), [(0, 1), (1, 1), (2, 1)]);
}

#[tokio::test]
async fn a_frozen_consumer_is_replaced_by_one_of_higher_priority() {
    let direct = settings(&servers::vhost().unwrap());
    let proxy = Proxy::before(port(&direct)).unwrap();
    let (old, new) = (House::new(&through(&proxy, &direct)).await, House::new(&direct).await);
    let frozen = old.bus.consume(&route(), 50, 1).await.unwrap();
    new.publish(&route(), 0..20).await;
    let held = exactly(&frozen, 20).await;
    proxy.set(Weather::Silent);
    let since = tokio::time::Instant::now();
    let successor = new.bus.consume(&route(), 50, 2).await.unwrap();
    let taken = exactly(&successor, 20).await;
    println!("the successor had all after {:?}", since.elapsed());
    assert!(since.elapsed() < Duration::from_secs(12), "a frozen consumer kept its messages");
    assert_eq!(ids(&taken), (0..20).map(|n| (n, 1)).collect::<Vec<_>>());
    successor.ack_up_to(taken[19].tag);
    // It wakes, acknowledges what is not its own any more, and hears of nothing new.
    proxy.set(Weather::Fair);
    frozen.ack_up_to(held[19].tag);
    new.publish(&route(), 20..40).await;
    assert_eq!(exactly(&successor, 20).await.len(), 20);
}

#[tokio::test]
async fn a_consumer_says_when_the_broker_is_away_for_long_and_goes_on_when_it_is_back() {
    let (proxy, settings) = disturbed();
    let house = House::new(&settings).await;
    let consumer = house.bus.consume(&route(), 10, 0).await.unwrap();
    proxy.set(Weather::Cut);
    let told = tokio::time::timeout(Duration::from_secs(12), consumer.next_batch(1)).await.expect("it said nothing");
    assert!(matches!(told, Err(BusError::Unavailable(_))), "{told:?}");
    proxy.set(Weather::Fair);
    wait("the connection", async || house.bus.figures().trouble.is_none()).await;
    house.publish(&route(), 0..1).await;
    assert_eq!(ids(&batch(&consumer, 1).await), [(0, 0)]);
}

#[tokio::test]
async fn a_consumer_that_is_given_up_before_the_broker_answers_takes_nothing() {
    let (proxy, settings) = disturbed();
    let house = House::new(&settings).await;
    house.bus.declare(&route()).await.unwrap();
    proxy.set(Weather::Slow(Duration::from_millis(50)));
    // One of these ends between the question and the answer.
    for ms in (100..600).step_by(50) {
        drop(tokio::time::timeout(Duration::from_millis(ms), house.bus.consume(&route(), 100, 0)).await);
    }
    proxy.set(Weather::Fair);
    house.publish(&route(), 0..50).await;
    let consumer = house.bus.consume(&route(), 100, 0).await.unwrap();
    assert_eq!(exactly(&consumer, 50).await.len(), 50);
}

#[tokio::test]
async fn a_queue_cannot_be_declared_while_the_broker_is_away() {
    let (proxy, settings) = disturbed();
    let house = House::new(&settings).await;
    house.bus.declare(&route()).await.unwrap();
    proxy.set(Weather::Cut);
    wait("the loss", async || house.bus.figures().trouble.is_some()).await;
    let told = house.bus.declare(&route()).await;
    assert!(matches!(told, Err(BusError::Unavailable(_))), "{told:?}");
    proxy.set(Weather::Fair);
    wait("the connection", async || house.bus.declare(&route()).await.is_ok()).await;
}

#[tokio::test]
async fn the_next_node_is_tried_when_one_is_dead() {
    let mut settings = settings(&servers::vhost().unwrap());
    let (_, house) = settings.nodes[0].rsplit_once('/').unwrap();
    let dead = format!("amqp://127.0.0.1:{}/{house}", servers::free_port().unwrap());
    settings.nodes.insert(0, dead);
    let house = House::new(&settings).await;
    house.publish(&route(), 0..1).await;
}
