//! Rates hold whatever Redis does.

use std::time::Duration;

use servers::Redis;
use tokio::time::Instant;

use crate::house::{Process, at, rate, until};

async fn taken(process: &Process, key: &[u8], tries: u32, rate: coord::Rate) -> u32 {
    let mut taken = 0;
    for _ in 0..tries {
        taken += u32::from(process.coord.quotas.take(key, rate).await.is_ok());
    }
    taken
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_redis_each_takes_its_share_and_nobody_waits() {
    let mut redis = Redis::start().unwrap();
    let (one, two) = Process::two(&at(&redis.url())).await;
    // Each has seen both.
    until("two processes", async || {
        let count = redis.command(&["ZCARD", "shouwen:0:processes:{all}"]).ok()?;
        (count == ":2").then_some(())
    })
    .await;
    tokio::time::sleep(Duration::from_secs(2)).await;

    redis.kill().unwrap();
    one.is_hindered().await;
    two.is_hindered().await;
    let began = Instant::now();
    let once = rate(1, 10);
    let both = (taken(&one, b"key", 1000, once).await, taken(&two, b"key", 1000, once).await);
    assert_eq!(both, (5, 5));
    // A time-out for each would be 200 s.
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_redis_costs_one_wait_and_not_one_for_each_message() {
    let redis = Redis::start().unwrap();
    let (one, _two) = Process::two(&at(&redis.url())).await;
    assert_eq!(taken(&one, b"key", 10, rate(1, 4)).await, 4);
    redis.pause().unwrap();
    let began = Instant::now();
    taken(&one, b"key", 1000, rate(1, 4)).await;
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    redis.resume().unwrap();
    one.is_well().await;
    until("the shared quota", async || (taken(&one, b"new", 1, rate(60_000, 1)).await == 1).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_redis_keeps_of_quotas_ends_by_itself_and_names_nobody() {
    let redis = Redis::start().unwrap();
    let (one, _two) = Process::two(&at(&redis.url())).await;
    assert_eq!(taken(&one, b"sign-in zhang", 1, rate(600, 1)).await, 1);
    let keys = redis.command(&["EVAL", "return table.concat(redis.call('KEYS', '*quota*'), ' ')", "0"]).unwrap();
    assert!(!keys.contains("zhang"));
    let quotas = async || {
        redis.command(&["EVAL", "return #redis.call('KEYS', '*quota*')", "0"]).ok().filter(|count| count == ":0")
    };
    until("the end of the key", quotas).await;
}
