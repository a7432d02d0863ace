//! A queue that several processes and other producers use.

use bus::CONTENT_TYPE;
use lapin::{
    BasicProperties, Connection, ConnectionProperties,
    options::BasicPublishOptions,
    types::{AMQPValue, FieldTable},
};

use crate::{
    address::settings,
    house::{House, batch, exactly, ids, route, wait},
};

#[tokio::test]
async fn a_process_that_dies_thrice_makes_its_whole_window_suspect() {
    let settings = settings(&servers::vhost().unwrap());
    let house = House::new(&settings).await;
    house.publish(&route(), 0..3).await;
    for count in 0..2 {
        let victim = House::new(&settings).await;
        let consumer = victim.bus.consume(&route(), 10, 0).await.unwrap();
        let mut held = ids(&exactly(&consumer, 3).await);
        held.sort_unstable();
        assert_eq!(held, [(0, count), (1, count), (2, count)]);
        drop(consumer);
        victim.close().await;
    }
    house.publish(&route(), 3..5).await;
    let consumer = house.bus.consume(&route(), 10, 0).await.unwrap();
    let mut alone = Vec::new();
    let mut fresh = Vec::new();
    while alone.len() + fresh.len() < 5 {
        let batch = batch(&consumer, 10).await;
        if batch[0].count >= 2 {
            assert_eq!(batch.len(), 1, "a suspect came in company");
            alone.push(batch[0].message.id);
        } else {
            fresh.extend(batch.iter().map(|delivery| delivery.message.id));
        }
        consumer.ack_up_to(batch.last().unwrap().tag);
    }
    alone.sort_unstable();
    assert_eq!((alone, fresh), (vec![0, 1, 2], vec![3, 4]));
}

#[tokio::test]
async fn messages_of_another_producer_are_taken_as_they_are() {
    let settings = settings(&servers::vhost().unwrap());
    let house = House::new(&settings).await;
    let consumer = house.bus.consume(&route(), 10, 0).await.unwrap();
    let address = settings.nodes[0].replace("://", "://guest:guest@");
    let raw = Connection::connect(&address, ConnectionProperties::default()).await.unwrap();
    let channel = raw.create_channel().await.unwrap();
    let mut headers = FieldTable::default();
    headers.insert("traceparent".into(), AMQPValue::LongString("00-4bf92f35-01".into()));
    headers.insert("number".into(), AMQPValue::LongInt(-5));
    let properties = BasicProperties::default().with_content_type("application/json".into()).with_headers(headers);
    for _ in 0..2 {
        let options = BasicPublishOptions::default();
        drop(
            channel
                .basic_publish("".into(), "route.hq".into(), options, b"{}", properties.clone())
                .await
                .unwrap()
                .await,
        );
    }
    let came = exactly(&consumer, 2).await;
    let message = &came[0].message;
    assert_eq!(message.header("traceparent"), Some("00-4bf92f35-01"));
    assert_eq!(message.header(CONTENT_TYPE), Some("application/json"));
    assert_eq!(message.body, "{}");
    assert_eq!(message.id, came[1].message.id, "a repeat without an id is not known again");
}

#[tokio::test]
async fn a_look_at_the_figures_sees_what_waits_and_what_is_held() {
    let settings = settings(&servers::vhost().unwrap());
    let house = House::new(&settings).await;
    house.publish(&route(), 0..10).await;
    let consumer = house.bus.consume(&route(), 4, 0).await.unwrap();
    let held = exactly(&consumer, 4).await;
    let depth = || house.bus.figures().depth(&route());
    wait("both", async || (depth().messages, depth().unacked, depth().consumers) == (10, 4, 1)).await;
    consumer.ack_up_to(held[3].tag);
    drop(consumer);
    wait("less", async || (depth().messages, depth().unacked, depth().consumers) == (6, 0, 0)).await;
}
