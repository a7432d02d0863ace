//! Nobody is sent away without evidence.

use contract::Millis;
use coord::{Absent, ConsoleId};
use servers::Redis;
use tokio::time::sleep;

use crate::house::{Process, at, hq, lin, until};

const GRACE: Millis = Millis::from_secs(4);

async fn beat(process: &Process) {
    until("a beat", async || process.coord.presence.beat(&hq(), &lin(), ConsoleId(1)).await.ok()).await;
}

/// Begins a presence that has been asked and beaten for longer than the grace time.
async fn old_presence(router: &Process, console: &Process) {
    let began = router.clock.monotonic();
    while router.clock.monotonic().since(began) <= GRACE {
        beat(console).await;
        router.coord.presence.unseen(&hq(), &[lin()], GRACE).await.expect("an answer");
        sleep(std::time::Duration::from_millis(200)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_was_killed_and_is_empty_begins_the_grace_time_anew() {
    let mut redis = Redis::start().unwrap();
    let (router, console) = Process::two(&at(&redis.url())).await;
    old_presence(&router, &console).await;

    redis.kill().unwrap();
    let words = router.is_hindered().await;
    assert!(words.starts_with(&format!("redis at 127.0.0.1:{} ", redis.port())), "{words}");
    assert_eq!(router.coord.presence.unseen(&hq(), &[lin()], GRACE).await, Err(Absent));
    console.is_hindered().await;
    assert_eq!(console.coord.presence.beat(&hq(), &lin(), ConsoleId(1)).await, Err(Absent));

    // A restart that is quicker than any hole: only the run of the server tells.
    redis.go().unwrap();
    router.is_well().await;
    assert!(router.missing(&lin(), GRACE).await >= GRACE, "the restart is no evidence");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_that_kept_its_data_begins_the_grace_time_anew() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().to_str().unwrap();
    let mut redis = Redis::start_with(&["--appendonly", "yes", "--appendfsync", "always", "--dir", dir]).unwrap();
    let (router, console) = Process::two(&at(&redis.url())).await;
    old_presence(&router, &console).await;

    redis.kill().unwrap();
    router.is_hindered().await;
    redis.go().unwrap();
    router.is_well().await;
    let key = redis.command(&["EXISTS", "shouwen:0:presence:{hq}"]).unwrap();
    assert_eq!(key, ":1", "the beats are there again");
    assert!(router.missing(&lin(), GRACE).await >= GRACE, "old beats are no evidence");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_emptied_redis_begins_the_grace_time_anew() {
    let redis = Redis::start().unwrap();
    let (router, console) = Process::two(&at(&redis.url())).await;
    old_presence(&router, &console).await;
    redis.command(&["FLUSHALL"]).unwrap();
    assert!(router.missing(&lin(), GRACE).await >= GRACE, "emptiness is no evidence");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_was_frozen_is_no_evidence() {
    let redis = Redis::start().unwrap();
    let (router, console) = Process::two(&at(&redis.url())).await;
    old_presence(&router, &console).await;

    redis.pause().unwrap();
    let frozen = router.clock.monotonic();
    while router.clock.monotonic().since(frozen) <= GRACE {
        assert_eq!(router.coord.presence.unseen(&hq(), &[lin()], GRACE).await, Err(Absent));
        sleep(std::time::Duration::from_millis(100)).await;
    }
    redis.resume().unwrap();
    // His last beat is older than the grace time when Redis answers again.
    assert!(router.missing(&lin(), GRACE).await >= GRACE, "a freeze is no evidence");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_is_away_at_the_start_is_waited_for() {
    let mut redis = Redis::start().unwrap();
    redis.kill().unwrap();
    let process = Process::start(&at(&redis.url()));
    process.is_hindered().await;
    redis.go().unwrap();
    process.is_well().await;
    beat(&process).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn houses_on_one_redis_do_not_see_each_other() {
    let redis = Redis::start().unwrap();
    let (first, second) = (Process::start(&at(&redis.url())), Process::start(&at(&format!("{}/1", redis.url()))));
    let third = Process::start(&coord::RedisSettings { prefix: "other".to_owned(), ..at(&redis.url()) });
    for process in [&first, &second, &third] {
        process.is_well().await;
    }
    let mut there = second.coord.fanout.subscribe(&hq());
    let mut also_there = third.coord.fanout.subscribe(&hq());
    let mut here = Process::start(&at(&redis.url())).coord.fanout.subscribe(&hq());
    let telling = crate::house::tell_for_ever(&first.coord, 1);
    tokio::select! {
        () = telling => {}
        _ = crate::house::hears_in_order(&mut here, 100) => {}
    }
    for other in [&mut there, &mut also_there] {
        // What there is to hear was heard by now; a gap of silence is all that comes.
        while let Ok(heard) = tokio::time::timeout(std::time::Duration::from_millis(100), other.next()).await {
            assert!(matches!(heard, coord::Heard::Gap));
        }
    }
}
