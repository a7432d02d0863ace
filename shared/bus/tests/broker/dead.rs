//! Dead letters of several processes.

use std::time::Duration;

use bus::{Message, QueueName, Target};
use lapin::{
    BasicProperties, Connection, ConnectionProperties,
    options::{BasicGetOptions, BasicPublishOptions, BasicRejectOptions},
};

use crate::{
    address::settings,
    house::{House, batch, message, route},
};

/// Looks at letters, each of which the broker counts as a delivery.
const LOOKS: usize = 25;

#[tokio::test]
async fn letters_survive_looks_from_several_processes_at_once() {
    let settings = settings(&servers::vhost().unwrap());
    let houses = [House::new(&settings).await, House::new(&settings).await];
    for n in 0..20 {
        houses[0].bus.dead().park(&route(), "no such branch", message(n)).await.unwrap();
    }
    let first = houses[0].bus.dead().list(None, 100).await.unwrap();
    assert_eq!(first.iter().map(|letter| letter.message.id).collect::<Vec<_>>(), (0..20).collect::<Vec<_>>());
    for _ in 0..LOOKS {
        let (one, two) = (houses[0].bus.dead(), houses[1].bus.dead());
        let (one, two) = tokio::join!(one.list(None, 100), two.list(None, 100));
        assert_eq!((&one.unwrap(), &two.unwrap()), (&first, &first));
    }
}

#[tokio::test]
async fn a_letter_is_replayed_once_whoever_asks() {
    let settings = settings(&servers::vhost().unwrap());
    let houses = [House::new(&settings).await, House::new(&settings).await];
    for n in 0..3 {
        houses[0].bus.dead().park(&route(), "later", message(n)).await.unwrap();
    }
    let id = houses[1].bus.dead().list(None, 10).await.unwrap()[1].id;
    let (one, two) = (houses[0].bus.dead(), houses[1].bus.dead());
    let (one, two) = tokio::join!(one.replay(id), two.replay(id));
    assert_eq!([one.unwrap(), two.unwrap()].iter().filter(|done| **done).count(), 1);
    let consumer = houses[0].bus.consume(&route(), 10, 0).await.unwrap();
    let back = batch(&consumer, 10).await;
    assert_eq!((back.len(), &back[0].message), (1, &message(1)));
    let left = houses[0].bus.dead().list(None, 10).await.unwrap();
    assert_eq!(left.iter().map(|letter| letter.message.id).collect::<Vec<_>>(), [0, 2]);
}

#[tokio::test]
async fn a_walk_that_is_given_up_midway_loses_nothing() {
    let settings = settings(&servers::vhost().unwrap());
    let houses = [House::new(&settings).await, House::new(&settings).await];
    for n in 0..30 {
        houses[0].bus.dead().park(&route(), "later", message(n)).await.unwrap();
    }
    for ms in [1, 3, 5, 8, 12, 20] {
        let given_up = houses[0].bus.dead();
        drop(tokio::time::timeout(Duration::from_millis(ms), given_up.list(None, 100)).await);
    }
    let fact = async || houses[1].bus.dead().list(None, 100).await.unwrap().len() == 30;
    crate::house::wait("all letters", fact).await;
}

#[tokio::test]
async fn a_message_that_the_broker_moved_is_a_letter_too() {
    let settings = settings(&servers::vhost().unwrap());
    let house = House::new(&settings).await;
    house.publish(&route(), 5..6).await;
    let address = settings.nodes[0].replace("://", "://guest:guest@");
    let raw = Connection::connect(&address, ConnectionProperties::default()).await.unwrap();
    let channel = raw.create_channel().await.unwrap();
    let taken = channel.basic_get("route.hq".into(), BasicGetOptions::default()).await.unwrap().unwrap();
    taken.reject(BasicRejectOptions { requeue: false }).await.unwrap();
    let dead = house.bus.dead();
    crate::house::wait("the letter", async || !dead.list(None, 10).await.unwrap().is_empty()).await;
    let letter = dead.list(None, 10).await.unwrap().remove(0);
    assert_eq!((&letter.source, &letter.message), (&route(), &message(5)));
    assert!(letter.reason.contains("rejected"), "{}", letter.reason);
    assert_eq!(dead.show(letter.id).await.unwrap(), Some(letter.clone()));
    assert!(dead.replay(letter.id).await.unwrap());
    let consumer = house.bus.consume(&route(), 10, 0).await.unwrap();
    assert_eq!(batch(&consumer, 10).await[0].message, message(5));
}

#[tokio::test]
async fn a_stranger_in_the_queue_is_shown_and_can_only_be_dropped() {
    let settings = settings(&servers::vhost().unwrap());
    let house = House::new(&settings).await;
    let address = settings.nodes[0].replace("://", "://guest:guest@");
    let raw = Connection::connect(&address, ConnectionProperties::default()).await.unwrap();
    let channel = raw.create_channel().await.unwrap();
    let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default());
    drop(channel.basic_publish("".into(), "dead".into(), options, b"?", properties).await.unwrap().await);
    house.bus.publish(Target::Queue(route()), vec![Message::new(1, "x")]).await.unwrap();
    let dead = house.bus.dead();
    crate::house::wait("the letter", async || !dead.list(None, 10).await.unwrap().is_empty()).await;
    let letter = dead.list(None, 10).await.unwrap().remove(0);
    assert_eq!(letter.source, QueueName::Dead);
    assert!(!dead.replay(letter.id).await.unwrap());
    assert!(dead.drop(letter.id).await.unwrap());
    assert_eq!(dead.list(None, 10).await.unwrap(), []);
}
