//! Queues that somebody deletes under those who use them.

use std::time::Duration;

use bus::{Target, rabbit::Settings};
use lapin::{Channel, Connection, ConnectionProperties, options::QueueDeleteOptions};

use crate::{
    address::settings,
    house::{House, batch, message, route, wait},
};

/// The longest that nothing may come of the queue made anew.
const AGAIN: Duration = Duration::from_secs(30);

async fn stranger(settings: &Settings) -> (Connection, Channel) {
    let address = settings.nodes[0].replace("://", "://guest:guest@");
    let raw = Connection::connect(&address, ConnectionProperties::default()).await.unwrap();
    let channel = raw.create_channel().await.unwrap();
    (raw, channel)
}

#[tokio::test]
async fn a_consumer_whose_queue_is_deleted_consumes_the_one_made_anew() {
    let settings = settings(&servers::vhost().unwrap());
    let (_raw, channel) = stranger(&settings).await;
    let [house, other] = [House::new(&settings).await, House::new(&settings).await];
    let consumer = house.bus.consume(&route(), 10, 0).await.unwrap();
    other.publish(&route(), 0..1).await;
    consumer.ack_up_to(batch(&consumer, 10).await[0].tag);
    for n in 1..3 {
        channel.queue_delete("route.hq".into(), QueueDeleteOptions::default()).await.unwrap();
        wait("a confirm", async || other.bus.publish(Target::Queue(route()), vec![message(n)]).await.is_ok()).await;
        let came = tokio::time::timeout(AGAIN, batch(&consumer, 10)).await.expect("nothing came");
        assert_eq!(came[0].message, message(n));
        consumer.ack_up_to(came[0].tag);
    }
}
