//! The journal keeps its promises: fence, order, chain.
//!
//! In: commits, holders, attacks. Out: refusals and verdicts. Never here: the core.

use store::journal::{Commit, CommitError, Lease, Record, Stream, Verdict};

use crate::house::on_every_backend;

fn stream() -> Stream {
    Stream::parse("branch/hq").unwrap()
}

/// The next `count` records on a lease, chained.
fn next(store: &store::Store, lease: &Lease, count: u64) -> Commit {
    let mut hash = lease.head_hash;
    let records: Vec<Record> = (lease.head_seq + 1..=lease.head_seq + count)
        .map(|seq| {
            let body = format!("record {seq}").into_bytes();
            hash = store.keys().chain(&hash, &body);
            Record { seq, hash, body }
        })
        .collect();
    Commit {
        stream: lease.stream.clone(),
        epoch: lease.epoch,
        old_seq: lease.head_seq,
        new_seq: lease.head_seq + count,
        new_hash: hash,
        records,
        changes: vec![],
        contacts: vec![],
        inputs: vec![],
        texts: vec![],
        touched: vec![],
    }
}

#[tokio::test]
async fn a_commit_moves_the_head_and_is_read_back() {
    on_every_backend(|store| async move {
        let lease = store.journal().take_lease(&stream()).await.unwrap();
        assert_eq!((lease.epoch, lease.head_seq), (1, 0));
        let commit = next(&store, &lease, 3);
        store.journal().commit(commit.clone()).await.unwrap();
        assert_eq!(store.records().from(&stream(), 1, 10).await.unwrap(), commit.records);
        let head = store.journal().head(&stream()).await.unwrap().unwrap();
        assert_eq!((head.seq, head.hash), (3, commit.new_hash));
        assert_eq!(store.records().verify(&stream()).await.unwrap(), Verdict::Whole { seq: 3 });
    })
    .await;
}

#[tokio::test]
async fn a_second_holder_fences_the_first() {
    on_every_backend(|store| async move {
        let first = store.journal().take_lease(&stream()).await.unwrap();
        let second = store.journal().take_lease(&stream()).await.unwrap();
        assert_eq!(second.epoch, 2);
        let late = store.journal().commit(next(&store, &first, 1)).await;
        assert!(matches!(late, Err(CommitError::Fenced)));
        assert!(matches!(store.journal().beat(&stream(), first.epoch).await, Err(CommitError::Fenced)));
        store.journal().commit(next(&store, &second, 1)).await.unwrap();
    })
    .await;
}
