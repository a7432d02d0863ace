//! What the bus reaches on RabbitMQ, next to what lapin gives by itself in the same run.
//!
//! In: the address of a broker with user, password and an empty virtual host (first argument;
//! without one nothing is measured). Out: rates on standard output. Never here: a verdict; a
//! figure that depends on the machine is no test.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on ends")]
#![expect(clippy::print_stdout, reason = "the figures are for whoever ran it")]

use std::time::Duration;

use bus::{Bus, Limits, Message, QueueName, Target, rabbit::Settings};
use futures_util::{StreamExt, future::join_all};
use lapin::{
    BasicProperties, Channel, Connection, ConnectionProperties,
    options::{
        BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions,
        QueueDeclareOptions,
    },
    types::{AMQPValue, FieldTable},
};
use runtime::{Clock, Health, Tasks};
use tokio::time::Instant;

/// How long each part runs.
const SPAN: Duration = Duration::from_secs(5);
/// Body of every message.
const BODY_BYTES: usize = 1024;
/// Messages under way of the raw publisher.
const WINDOW: usize = 100;
/// The queue of the raw parts.
const RAW: &str = "raw";

#[tokio::main]
async fn main() {
    let Some(url) = std::env::args().skip(1).find(|arg| arg.starts_with("amqp")) else {
        println!("no address of a broker: nothing is measured");
        return;
    };
    println!("{BODY_BYTES} bytes a message, {} s each", SPAN.as_secs());
    let raw = Connection::connect(&url, ConnectionProperties::default()).await.unwrap();
    let channel = raw.create_channel().await.unwrap();
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
    channel.queue_declare(RAW.into(), QueueDeclareOptions::durable(), arguments).await.unwrap();
    report("raw: publish, confirms of a window of 100 together", raw_publish(&channel).await);
    report("raw: consume, prefetch 1000, ack 100 at once", raw_consume(&raw).await);
    let tasks = Tasks::new(Health::default());
    let bus = Bus::rabbit(&settings(&url), Limits::default(), Clock::machine(), &tasks).await.unwrap();
    for publishers in [1, 64, 256] {
        report(&format!("publish, {publishers} waiting"), publish(&bus, publishers).await);
    }
    report("consume, acknowledge per batch", consume(&bus).await);
    drop(bus);
    tasks.finish(SPAN).await;
}

fn report(what: &str, per_second: f64) {
    println!("{what:52} {per_second:>10.0}/s");
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn rate(count: u64, since: Instant) -> f64 {
    count as f64 / since.elapsed().as_secs_f64()
}

async fn raw_publish(channel: &Channel) -> f64 {
    channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
    let (start, mut count, body) = (Instant::now(), 0, [7; BODY_BYTES]);
    while start.elapsed() < SPAN {
        let one = async |_| {
            let properties = BasicProperties::default().with_delivery_mode(2);
            let options = BasicPublishOptions::default();
            channel.basic_publish("".into(), RAW.into(), options, &body, properties).await.unwrap().await.unwrap()
        };
        count += join_all((0..WINDOW).map(one)).await.len() as u64;
    }
    rate(count, start)
}

async fn raw_consume(raw: &Connection) -> f64 {
    let channel = raw.create_channel().await.unwrap();
    channel.basic_qos(1000, BasicQosOptions::default()).await.unwrap();
    let (options, arguments) = (BasicConsumeOptions::default(), FieldTable::default());
    let mut consumer = channel.basic_consume(RAW.into(), "raw".into(), options, arguments).await.unwrap();
    let (start, mut count) = (Instant::now(), 0);
    while let Ok(Some(delivery)) = tokio::time::timeout_at(start + SPAN, consumer.next()).await {
        let delivery = delivery.unwrap();
        count += 1;
        if count % 100 == 0 {
            channel.basic_ack(delivery.delivery_tag, BasicAckOptions { multiple: true }).await.unwrap();
        }
    }
    rate(count, start)
}

fn settings(url: &str) -> Settings {
    let (scheme, rest) = url.split_once("://").unwrap();
    let (who, rest) = rest.split_once('@').unwrap();
    let (user, password) = who.split_once(':').unwrap();
    Settings {
        nodes: vec![format!("{scheme}://{rest}")],
        user: user.to_owned(),
        password: password.to_owned().into(),
        ca: None,
        name: "bench".to_owned(),
    }
}

fn queue() -> QueueName {
    "route.hq".parse().unwrap()
}

async fn publish(bus: &Bus, publishers: usize) -> f64 {
    let (begin, before) = (Instant::now(), bus.figures().published);
    let end = begin + SPAN;
    let tasks = Tasks::new(Health::default());
    for _ in 0..publishers {
        let bus = bus.clone();
        tasks.spawn("publisher", async move {
            while Instant::now() < end {
                let message = Message::new(1, vec![7; BODY_BYTES]);
                bus.publish(Target::Queue(queue()), vec![message]).await.unwrap();
            }
        });
    }
    tasks.finish(SPAN * 2).await;
    rate(bus.figures().published - before, begin)
}

async fn consume(bus: &Bus) -> f64 {
    let consumer = bus.consume(&queue(), 1000, 0).await.unwrap();
    let (start, mut count) = (Instant::now(), 0);
    while let Ok(batch) = tokio::time::timeout_at(start + SPAN, consumer.next_batch(1000)).await {
        let batch = batch.unwrap();
        count += batch.len() as u64;
        consumer.ack_up_to(batch.last().unwrap().tag);
    }
    rate(count, start)
}
