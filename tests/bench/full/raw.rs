//! The hops of a contact by hand, without logic: publish, consume, insert rows like ours, publish
//! again, consume.
//!
//! In: addresses of a broker and a database. Out: times at a rate, and the rate of a closed loop.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use futures_util::{FutureExt, StreamExt, stream::FuturesUnordered};
use lapin::{
    BasicProperties, Channel, Confirmation, Connection, ConnectionProperties, Consumer,
    message::Delivery,
    options::{
        BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions,
        QueueDeclareOptions,
    },
    types::{AMQPValue, FieldTable},
};
use sqlx::{Connection as _, PgConnection};
use tokio::task::JoinHandle;

use it::load::ms;

/// Bytes of a message.
const BODY_BYTES: usize = 1024;
/// Deliveries in flight.
const PREFETCH: u16 = 1000;
/// Messages of one transaction.
const BATCH: usize = 100;
/// Confirms that a publisher waits for at a time: the knee of the broker.
const WINDOW: usize = 100;
/// Publishers of the closed loop.
const PUBLISHERS: u32 = 8;
/// Rows of a contact: its record in the journal, itself, its case. Sizes are those of ours.
const TABLES: &str = "CREATE TABLE journal (seq BIGINT PRIMARY KEY, hash BYTEA, record BYTEA);
CREATE TABLE contact (id BIGINT PRIMARY KEY, sealed BYTEA);
CREATE TABLE matter (id BIGINT PRIMARY KEY, state TEXT, due BIGINT, view BYTEA);";
const INSERTS: [&str; 3] = [
    "INSERT INTO journal SELECT id, substr(body, 1, 32), substr(body, 1, 600) FROM unnest($1::bigint[], $2::bytea[]) AS r (id, body)",
    "INSERT INTO contact SELECT id, substr(body, 1, 400) FROM unnest($1::bigint[], $2::bytea[]) AS r (id, body)",
    "INSERT INTO matter SELECT id, 'waiting', id, substr(body, 1, 200) FROM unnest($1::bigint[], $2::bytea[]) AS r (id, body)",
];

/// What was measured.
pub(crate) struct Raw {
    /// From publish to the second receipt, in milliseconds.
    pub(crate) waits: Vec<f64>,
    /// Messages a second of the closed loop.
    pub(crate) rate: f64,
}

pub(crate) async fn run(bus: &str, store: &str, rate: u32, held: Duration, pressed: u32) -> Result<Raw> {
    let connection = Connection::connect(bus, ConnectionProperties::default()).await?;
    let mut database = PgConnection::connect(store).await?;
    sqlx::raw_sql(TABLES).execute(&mut database).await?;
    let began = Instant::now();
    let setup = channel(&connection).await?;
    for queue in ["raw.in", "raw.out"] {
        let mut arguments = FieldTable::default();
        arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
        setup.queue_declare(queue.into(), QueueDeclareOptions::durable(), arguments).await?;
    }
    let worker = tokio::spawn(work(channel(&connection).await?, database));
    let mut out = consume(&setup, "raw.out").await?;

    let total = usize::try_from(held.as_secs())? * rate as usize;
    let publisher = publish(channel(&connection).await?, 0..u32::try_from(total)?, Some(rate), began);
    let mut waits = Vec::new();
    sink(&setup, &mut out, total, |sent| waits.push(ms(began.elapsed()) - sent)).await?;
    publisher.await??;

    let start = Instant::now();
    let each = pressed / PUBLISHERS;
    let first = u32::try_from(total)?;
    let mut publishers = Vec::new();
    for place in 0..PUBLISHERS {
        let numbers = first + place * each..first + (place + 1) * each;
        publishers.push(publish(channel(&connection).await?, numbers, None, began));
    }
    sink(&setup, &mut out, (each * PUBLISHERS) as usize, |_| ()).await?;
    let rate = f64::from(each * PUBLISHERS) / start.elapsed().as_secs_f64();
    for publisher in publishers {
        publisher.await??;
    }
    worker.abort();
    connection.close(200, "done".into()).await?;
    Ok(Raw { waits, rate })
}

async fn channel(connection: &Connection) -> Result<Channel> {
    let channel = connection.create_channel().await?;
    channel.confirm_select(ConfirmSelectOptions::default()).await?;
    channel.basic_qos(PREFETCH, BasicQosOptions::default()).await?;
    Ok(channel)
}

async fn consume(channel: &Channel, queue: &str) -> Result<Consumer> {
    let options = BasicConsumeOptions::default();
    Ok(channel.basic_consume(queue.into(), "raw".into(), options, FieldTable::default()).await?)
}

/// Publishes these numbers, at a rate or by a window of confirms.
fn publish(
    channel: Channel,
    numbers: std::ops::Range<u32>,
    rate: Option<u32>,
    began: Instant,
) -> JoinHandle<Result<()>> {
    tokio::spawn(async move {
        let (start, first) = (Instant::now(), numbers.start);
        let mut confirms = FuturesUnordered::new();
        for number in numbers {
            if let Some(rate) = rate {
                let due = start + Duration::from_secs_f64(f64::from(number - first) / f64::from(rate));
                tokio::time::sleep_until(due.into()).await;
            }
            let mut body = vec![7_u8; BODY_BYTES];
            let head = [i64::from(number).to_be_bytes(), ms(began.elapsed()).to_be_bytes()].concat();
            body.splice(..head.len(), head);
            confirms.push(send(&channel, "raw.in", body).await?);
            while confirms.len() >= WINDOW {
                confirms.next().await.context("a confirm is owed")??;
            }
        }
        while let Some(confirm) = confirms.next().await {
            confirm?;
        }
        Ok(())
    })
}

/// Publishes one message and gives its confirm, to be waited for.
async fn send(
    channel: &Channel,
    queue: &str,
    body: Vec<u8>,
) -> Result<impl Future<Output = lapin::Result<Confirmation>> + Send + use<>> {
    let properties = BasicProperties::default().with_delivery_mode(2);
    Ok(channel.basic_publish("".into(), queue.into(), BasicPublishOptions::default(), &body, properties).await?)
}

/// Takes batches, inserts their rows in one transaction, publishes them on, acknowledges.
async fn work(channel: Channel, mut database: PgConnection) -> Result<()> {
    let mut deliveries = consume(&channel, "raw.in").await?;
    loop {
        let batch = batch(&mut deliveries).await?;
        let ids: Vec<i64> = batch.iter().map(|delivery| number(&delivery.data)).collect();
        let bodies: Vec<Vec<u8>> = batch.iter().map(|delivery| delivery.data.clone()).collect();
        let mut transaction = database.begin().await?;
        for insert in INSERTS {
            sqlx::query(insert).bind(&ids).bind(&bodies).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        let mut confirms = Vec::new();
        for body in bodies {
            confirms.push(send(&channel, "raw.out", body).await?);
        }
        for confirm in confirms {
            confirm.await?;
        }
        settle(&channel, &batch).await?;
    }
}

/// Counts what arrives, and tells when each was sent.
async fn sink(channel: &Channel, deliveries: &mut Consumer, total: usize, mut seen: impl FnMut(f64)) -> Result<()> {
    let mut count = 0;
    while count < total {
        let batch = batch(deliveries).await?;
        for delivery in &batch {
            let sent = delivery.data.get(8..16).context("a short body")?.try_into()?;
            seen(f64::from_be_bytes(sent));
        }
        count += batch.len();
        settle(channel, &batch).await?;
    }
    Ok(())
}

/// Waits for one delivery and takes what is there already.
async fn batch(deliveries: &mut Consumer) -> Result<Vec<Delivery>> {
    let mut batch = vec![deliveries.next().await.context("the consumer ended")??];
    while batch.len() < BATCH
        && let Some(Some(delivery)) = deliveries.next().now_or_never()
    {
        batch.push(delivery?);
    }
    Ok(batch)
}

async fn settle(channel: &Channel, batch: &[Delivery]) -> Result<()> {
    let last = batch.last().context("a batch has one")?;
    channel.basic_ack(last.delivery_tag, BasicAckOptions { multiple: true }).await?;
    Ok(())
}

fn number(body: &[u8]) -> i64 {
    body.get(..8).and_then(|head| head.try_into().ok()).map_or(0, i64::from_be_bytes)
}
