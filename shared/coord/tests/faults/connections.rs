//! Commits flow while connections are cut: each listener hears all in order, or is told of a gap.

use std::time::Duration;

use contract::view::Change;
use coord::Heard;
use servers::{Proxy, Redis, proxy::Weather};

use crate::house::{Process, at, commit, hears_in_order, hq, next, tell_for_ever};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_connections_are_gaps_and_nothing_else() {
    let redis = Redis::start().unwrap();
    let (router, console) = Process::two(&at(&redis.url())).await;
    let (mut here, mut there) = (router.coord.fanout.subscribe(&hq()), console.coord.fanout.subscribe(&hq()));
    let listening = async {
        hears_in_order(&mut there, 100).await;
        for kind in ["pubsub", "normal", "pubsub", "normal"] {
            redis.command(&["CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes"]).unwrap();
            hears_in_order(&mut there, 100).await;
        }
        // Who is in the same process as the router needs no Redis.
        assert!(hears_in_order(&mut here, 300).await <= 1, "only the subscription itself may have missed something");
    };
    tokio::select! {
        () = tell_for_ever(&router.coord, 1) => {}
        () = listening => {}
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_is_a_gap_and_commits_flow_again() {
    let mut redis = Redis::start().unwrap();
    let (router, console) = Process::two(&at(&redis.url())).await;
    let mut there = console.coord.fanout.subscribe(&hq());
    let listening = async {
        hears_in_order(&mut there, 100).await;
        redis.kill().unwrap();
        redis.go().unwrap();
        assert!(hears_in_order(&mut there, 100).await >= 1, "a gap is told");
    };
    tokio::select! {
        () = tell_for_ever(&router.coord, 1) => {}
        () = listening => {}
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_router_that_cannot_be_heard_is_a_gap_again_and_again() {
    let redis = Redis::start().unwrap();
    let proxy = Proxy::before(redis.port()).unwrap();
    let router = Process::start(&at(&format!("redis://127.0.0.1:{}", proxy.port())));
    let console = Process::start(&at(&redis.url()));
    router.is_well().await;
    console.is_well().await;
    let mut there = console.coord.fanout.subscribe(&hq());
    let telling = tell_for_ever(&router.coord, 1);
    let listening = async {
        hears_in_order(&mut there, 100).await;
        proxy.set(Weather::Silent);
        for _ in 0..2 {
            while !matches!(next(&mut there).await, Heard::Gap) {}
        }
        proxy.set(Weather::Fair);
        hears_in_order(&mut there, 100).await;
    };
    tokio::select! {
        () = telling => {}
        () = listening => {}
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_too_great_for_redis_is_a_gap_at_once() {
    let redis = Redis::start().unwrap();
    let (router, console) = Process::two(&at(&redis.url())).await;
    let mut there = console.coord.fanout.subscribe(&hq());
    let mut seq = 1;
    while !is_heard(&router, &mut there, seq).await {
        seq += 1;
    }
    let mut great = commit(seq + 1);
    great.changes = (0..20_000).map(|case| Change::Case(Box::new(sample::case(case)))).collect();
    router.coord.fanout.tell(great);
    assert!(matches!(next(&mut there).await, Heard::Gap));
    router.coord.fanout.tell(commit(seq + 2));
    assert!(matches!(next(&mut there).await, Heard::Commit(commit) if commit.seq == seq + 2));
}

/// Tells a commit and says whether it is heard at once, as the last one.
async fn is_heard(router: &Process, there: &mut coord::Subscription, seq: u64) -> bool {
    router.coord.fanout.tell(commit(seq));
    while let Ok(heard) = tokio::time::timeout(Duration::from_millis(200), there.next()).await {
        if matches!(heard, Heard::Commit(commit) if commit.seq == seq) {
            return true;
        }
    }
    false
}
