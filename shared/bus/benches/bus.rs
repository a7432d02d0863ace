//! What the embedded bus reaches, next to what the disk and SQLite give in the same run.
//!
//! In: a folder (first argument, default the temporary one). Out: rates on standard output.
//! Never here: a verdict; a figure that depends on the machine is no test.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on ends")]
#![expect(clippy::print_stdout, reason = "the figures are for whoever ran it")]

use std::{
    fs::File,
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};

use bus::{Bus, Limits, Message, QueueName, Target};
use runtime::{Clock, Health, Tasks};
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::time::Instant;

/// How long each part runs.
const SPAN: Duration = Duration::from_secs(3);
/// Body of every message.
const BODY_BYTES: usize = 1024;

#[tokio::main]
async fn main() {
    let folder = std::env::args().skip(1).find(|arg| !arg.starts_with('-')).map(PathBuf::from);
    let folder = tempfile::TempDir::new_in(folder.unwrap_or_else(std::env::temp_dir)).unwrap();
    println!("{} bytes a message, {} s each, in {}", BODY_BYTES, SPAN.as_secs(), folder.path().display());
    report("raw: append 1 KiB and fdatasync", flushes(folder.path()), None);
    report("raw: sqlx, one row a commit, WAL, FULL", rows(folder.path()).await, None);
    for publishers in [1, 8, 64, 256] {
        let (rate, flushes) = publish(publishers, &folder.path().join(format!("p{publishers}"))).await;
        report(&format!("publish, {publishers} waiting"), rate, Some(flushes));
    }
    for publishers in [1, 64] {
        let (rate, flushes) = hop(publishers, &folder.path().join(format!("h{publishers}"))).await;
        report(&format!("publish, consume, acknowledge, {publishers} waiting"), rate, Some(flushes));
    }
    let rate = drain(&folder.path().join("p64")).await;
    report("consume a backlog from disk, acknowledge per batch", rate, None);
}

fn report(what: &str, per_second: f64, per_flush: Option<f64>) {
    match per_flush {
        Some(per_flush) => println!("{what:52} {per_second:>10.0}/s   {per_flush:>6.1} a flush"),
        None => println!("{what:52} {per_second:>10.0}/s"),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn rate(count: u64, since: Instant) -> f64 {
    count as f64 / since.elapsed().as_secs_f64()
}

fn flushes(folder: &Path) -> f64 {
    let mut file = File::create(folder.join("raw")).unwrap();
    let (start, mut count) = (Instant::now(), 0);
    while start.elapsed() < SPAN {
        file.write_all(&[7; BODY_BYTES]).unwrap();
        file.sync_data().unwrap();
        count += 1;
    }
    rate(count, start)
}

async fn rows(folder: &Path) -> f64 {
    let options = SqliteConnectOptions::new()
        .filename(folder.join("raw.db"))
        .create_if_missing(true)
        .pragma("journal_mode", "WAL")
        .pragma("synchronous", "FULL");
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql("CREATE TABLE row (id INTEGER PRIMARY KEY, body BLOB)").execute(&mut connection).await.unwrap();
    let (start, mut count) = (Instant::now(), 0);
    while start.elapsed() < SPAN {
        let insert = sqlx::query("INSERT INTO row (body) VALUES (?)").bind(vec![7; BODY_BYTES]);
        insert.execute(&mut connection).await.unwrap();
        count += 1;
    }
    rate(count, start)
}

async fn open(folder: &Path) -> (Bus, Tasks) {
    std::fs::create_dir_all(folder).unwrap();
    let tasks = Tasks::new(Health::default());
    (Bus::embedded(folder, Limits::default(), Clock::machine(), &tasks).await.unwrap(), tasks)
}

fn queue() -> QueueName {
    "route.hq".parse().unwrap()
}

/// Starts publishers that each wait for their message to be on disk before the next.
fn start(publishers: usize, bus: &Bus, end: Instant) -> Tasks {
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
    tasks
}

async fn publish(publishers: usize, folder: &Path) -> (f64, f64) {
    let (bus, tasks) = open(folder).await;
    let begin = Instant::now();
    start(publishers, &bus, begin + SPAN).finish(SPAN * 2).await;
    let figures = bus.figures();
    let result = (rate(figures.published, begin), per_flush(figures.published, figures.flushes));
    drop(bus);
    tasks.finish(SPAN).await;
    result
}

async fn hop(publishers: usize, folder: &Path) -> (f64, f64) {
    let (bus, tasks) = open(folder).await;
    let begin = Instant::now();
    let end = begin + SPAN;
    let running = start(publishers, &bus, end);
    let consumer = bus.consume(&queue(), 1000, 0).await.unwrap();
    let mut taken = 0;
    while let Ok(batch) = tokio::time::timeout_at(end, consumer.next_batch(1000)).await {
        let batch = batch.unwrap();
        taken += batch.len() as u64;
        consumer.ack_up_to(batch.last().unwrap().tag);
    }
    running.finish(SPAN).await;
    let result = (rate(taken, begin), per_flush(taken, bus.figures().flushes));
    drop((consumer, bus));
    tasks.finish(SPAN).await;
    result
}

async fn drain(folder: &Path) -> f64 {
    let (bus, tasks) = open(folder).await;
    let consumer = bus.consume(&queue(), 1000, 0).await.unwrap();
    let backlog = bus.figures().depth(&queue()).messages;
    let (begin, mut taken) = (Instant::now(), 0);
    while taken < backlog {
        let batch = consumer.next_batch(100).await.unwrap();
        taken += batch.len() as u64;
        consumer.ack_up_to(batch.last().unwrap().tag);
    }
    let result = rate(taken, begin);
    drop((consumer, bus));
    tasks.finish(SPAN).await;
    result
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn per_flush(messages: u64, flushes: u64) -> f64 {
    messages as f64 / flushes.max(1) as f64
}
