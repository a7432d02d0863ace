//! Crashes: a process is killed under load, and all it confirmed is there.
//!
//! In: this very test binary, started again as the victim. Out: streams without a gap. Never
//! here: an orderly end.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Command, Stdio},
};

use store::journal::{Stream, Verdict};
use tempfile::TempDir;

use crate::{house, journal::next};

/// Tells the victim where to work.
const FOLDER: &str = "SHOUWEN_TEST_CRASH_FOLDER";
const STREAMS: u32 = 8;
/// Confirmed commits after which the victim is killed, round by round.
const KILLED_AFTER: [usize; 4] = [1, 97, 400, 1500];

#[tokio::test(flavor = "multi_thread")]
async fn the_victim() {
    #[expect(clippy::disallowed_methods, reason = "the victim is told by its parent; without a parent it is no victim")]
    let Ok(folder) = std::env::var(FOLDER) else {
        return;
    };
    let store = house::open(&PathBuf::from(folder)).await;
    let streams = (0..STREAMS).map(|number| {
        let store = store.clone();
        async move {
            let mut lease = store.journal().take_lease(&Stream::notices(number)).await.unwrap();
            loop {
                let commit = next(&store, &lease, u64::from(number % 3) + 1);
                (lease.head_seq, lease.head_hash) = (commit.new_seq, commit.new_hash);
                store.journal().commit(commit).await.unwrap();
                let mut out = std::io::stdout().lock();
                writeln!(out, "\nconfirmed {number} {}", lease.head_seq).unwrap();
                out.flush().unwrap();
            }
        }
    });
    futures_util::future::join_all(streams).await;
}

/// Runs a victim until it has confirmed so many commits; gives the last seq by stream.
fn killed_after(folder: &TempDir, commits: usize) -> BTreeMap<u32, u64> {
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::the_victim", "--nocapture"])
        .env(FOLDER, folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(victim.stdout.take().unwrap()).lines();
    let (mut confirmed, mut count) = (BTreeMap::new(), 0);
    for line in lines.map_while(Result::ok) {
        let Some((number, seq)) = line.strip_prefix("confirmed ").and_then(|said| said.split_once(' ')) else {
            continue;
        };
        let Ok(seq) = seq.parse() else { continue };
        confirmed.insert(number.parse().unwrap(), seq);
        count += 1;
        if count == commits {
            victim.kill().unwrap();
        }
    }
    victim.wait().unwrap();
    assert!(count >= commits, "the victim ended by itself after {count} commits");
    confirmed
}

#[tokio::test]
async fn what_was_confirmed_survives_sigkill() {
    let folder = TempDir::new().unwrap();
    for commits in KILLED_AFTER {
        let confirmed = killed_after(&folder, commits);
        let store = house::open(folder.path()).await;
        for (number, seq) in confirmed {
            let stream = Stream::notices(number);
            let verdict = store.records().verify(&stream).await.unwrap();
            assert!(matches!(verdict, Verdict::Whole { seq: end } if end >= seq), "{stream:?} {seq} {verdict:?}");
        }
    }
}
