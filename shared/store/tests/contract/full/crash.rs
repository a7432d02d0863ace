//! Crashes of the server: killed, cut off and started again under load, nothing confirmed lost.
//!
//! In: a server of the test's own. Out: streams without a gap, holders that go on by themselves.
//! Never here: an orderly end.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, Database};
use store::{
    Postgres, Store,
    journal::{CommitError, Stream, Verdict},
};

use crate::{
    house::{database, open_database},
    journal::next,
};

const STREAMS: u32 = 8;
/// Commits between two faults.
const COMMITS: u64 = 150;
const FAULTS: usize = 5;
/// How long is waited for a fact before the test fails.
const PATIENCE: Duration = Duration::from_secs(120);

/// What was confirmed, by stream.
#[derive(Debug, Clone, Default)]
struct Load {
    confirmed: Arc<Mutex<BTreeMap<u32, u64>>>,
    stop: Arc<AtomicBool>,
}

impl Load {
    /// Commits to a stream until told to stop, and begins anew after every failure as a router does.
    async fn write(&self, store: &Store, number: u32) {
        let stream = Stream::notices(number);
        while !self.stop.load(Ordering::Relaxed) {
            let Ok(mut lease) = store.journal().take_lease(&stream).await else { continue };
            while !self.stop.load(Ordering::Relaxed) {
                let commit = next(store, &lease, u64::from(number % 3) + 1);
                let (seq, hash) = (commit.new_seq, commit.new_hash);
                match store.journal().commit(commit).await {
                    Ok(()) => drop(self.confirmed.lock().unwrap().insert(number, seq)),
                    Err(CommitError::Store(error)) if !error.is_retry() => panic!("{error:?}"),
                    Err(_) => break,
                }
                (lease.head_seq, lease.head_hash) = (seq, hash);
            }
        }
    }

    fn total(&self) -> u64 {
        self.confirmed.lock().unwrap().values().sum()
    }

    /// Waits until so much more was confirmed of every stream.
    async fn goes_on(&self) {
        let before = self.confirmed.lock().unwrap().clone();
        let (start, more) = (self.total(), COMMITS);
        let goes_on = async {
            let each = |now: &BTreeMap<u32, u64>| (0..STREAMS).all(|number| now.get(&number) > before.get(&number));
            while self.total() < start + more || !each(&self.confirmed.lock().unwrap()) {
                tokio::task::yield_now().await;
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, goes_on).await.expect("commits do not go on");
    }
}

/// Lets `fault` happen again and again under commits, and looks at what is left.
async fn under_commits(database: &Postgres, mut fault: impl AsyncFnMut()) {
    let (house, load) = (open_database(database).await, Load::default());
    let writing = join_all((0..STREAMS).map(|number| load.write(&house.store, number)));
    let breaking = async {
        for _ in 0..FAULTS {
            load.goes_on().await;
            fault().await;
        }
        load.goes_on().await;
        load.stop.store(true, Ordering::Relaxed);
    };
    tokio::join!(writing, breaking);
    let after = open_database(database).await;
    let confirmed = load.confirmed.lock().unwrap().clone();
    for (number, seq) in confirmed {
        let stream = Stream::notices(number);
        let verdict = after.store.records().verify(&stream).await.unwrap();
        assert!(matches!(verdict, Verdict::Whole { seq: end } if end >= seq), "{stream:?} {seq} {verdict:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_confirmed_survives_the_servers_sigkill() {
    let mut server = servers::Postgres::start().unwrap();
    server.ask("postgres", "CREATE DATABASE house").unwrap();
    let database = Postgres::at(format!("{}/house", server.url()));
    under_commits(&database, async || {
        tokio::task::block_in_place(|| {
            server.kill().unwrap();
            // Until its children have noticed it does not start.
            while server.go().is_err() {}
        });
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_confirmed_survives_connections_that_are_cut() {
    let database = database();
    let admin = Database::connect(&database.url).await.unwrap();
    under_commits(&database, async || {
        let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";
        admin.execute_unprepared(cut).await.unwrap();
    })
    .await;
}
