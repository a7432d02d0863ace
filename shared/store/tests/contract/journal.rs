//! The journal keeps its promises: fence, order, chain.
//!
//! In: commits, holders, attacks. Out: refusals and verdicts. Never here: the core.

use contract::{CaseId, InputId};
use sea_orm::ConnectionTrait;
use store::journal::{Commit, CommitError, Lease, Record, Snapshot, Stream, Verdict};

fn stream() -> Stream {
    Stream::parse("branch/hq").unwrap()
}

/// The next `count` records on a lease, chained.
pub(crate) fn next(store: &store::Store, lease: &Lease, count: u64) -> Commit {
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
        reader: contract::journal::READER,
        records,
        changes: vec![],
        contacts: vec![],
        inputs: vec![],
        texts: vec![],
        newcomers: vec![],
        touched: vec![],
    }
}

async fn a_commit_moves_the_head_and_is_read_back(store: store::Store) {
    let lease = store.journal().take_lease(&stream()).await.unwrap();
    assert_eq!((lease.epoch, lease.head_seq), (1, 0));
    let commit = next(&store, &lease, 3);
    store.journal().commit(commit.clone()).await.unwrap();
    assert_eq!(store.records().from(&stream(), 1, 10).await.unwrap(), commit.records);
    let head = store.journal().head(&stream()).await.unwrap().unwrap();
    assert_eq!((head.seq, head.hash), (3, commit.new_hash));
    assert_eq!(store.records().verify(&stream()).await.unwrap(), Verdict::Whole { seq: 3 });
}

async fn records_of_a_case_come_in_order(store: store::Store) {
    let (case, other) = (CaseId::new(1), CaseId::new(2));
    let lease = store.journal().take_lease(&stream()).await.unwrap();
    let mut commit = next(&store, &lease, 4);
    commit.touched = vec![(case, 1), (other, 2), (case, 4), (case, 4)];
    commit.inputs = vec![(InputId::new(7), 1)];
    store.journal().commit(commit).await.unwrap();
    let of_case = store.records().of_case(case).await.unwrap();
    assert_eq!(of_case.iter().map(|(_, record)| record.seq).collect::<Vec<_>>(), [1, 4]);
    let asked = [InputId::new(6), InputId::new(7)];
    assert_eq!(store.views().committed(&asked).await.unwrap(), [InputId::new(7)]);
}

async fn records_of_many_months_and_of_none_are_one_stream(store: store::Store) {
    let case = CaseId::new(1);
    let mut lease = store.journal().take_lease(&stream()).await.unwrap();
    for round in 0..4 {
        let commit = next(&store, &lease, 2);
        let commit = Commit { touched: vec![(case, commit.new_seq)], ..commit };
        (lease.head_seq, lease.head_hash) = (commit.new_seq, commit.new_hash);
        store.journal().commit(commit).await.unwrap();
        store.clock().advance(contract::Millis::from_secs(31 * 24 * 3600));
        if round == 0 {
            // As versions before the months wrote them.
            let undated = "UPDATE record SET month = 0; UPDATE record_case SET month = 0; \
                           UPDATE stream SET month = 0, month_seq = 0";
            store
                .write(move |tx| Box::pin(async move { Ok(tx.execute_unprepared(undated).await.map(drop)?) }))
                .await
                .unwrap();
        }
    }
    let seqs = |records: Vec<Record>| records.iter().map(|record| record.seq).collect::<Vec<_>>();
    let records = store.records();
    assert_eq!(seqs(records.from(&stream(), 1, 100).await.unwrap()), [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(seqs(records.from(&stream(), 3, 3).await.unwrap()), [3, 4, 5]);
    assert_eq!(seqs(records.from(&stream(), 8, 100).await.unwrap()), [8]);
    assert!(records.from(&stream(), 9, 100).await.unwrap().is_empty());
    let of_case = records.of_case(case).await.unwrap();
    assert_eq!(of_case.iter().map(|(_, record)| record.seq).collect::<Vec<_>>(), [2, 4, 6, 8]);
    assert_eq!(records.verify(&stream()).await.unwrap(), Verdict::Whole { seq: 8 });
}

async fn an_input_committed_twice_or_records_that_do_not_fit_are_refused_whole(store: store::Store) {
    let mut lease = store.journal().take_lease(&stream()).await.unwrap();
    let with_input = |lease: &Lease| Commit { inputs: vec![(InputId::new(7), 1)], ..next(&store, lease, 1) };
    let first = with_input(&lease);
    (lease.head_seq, lease.head_hash) = (first.new_seq, first.new_hash);
    store.journal().commit(first).await.unwrap();
    assert!(matches!(store.journal().commit(with_input(&lease)).await, Err(CommitError::Store(_))));
    let gap = Commit { new_seq: 4, ..next(&store, &lease, 2) };
    assert!(matches!(store.journal().commit(gap).await, Err(CommitError::Store(_))));
    store.journal().commit(next(&store, &lease, 1)).await.unwrap();
    assert_eq!(store.records().verify(&stream()).await.unwrap(), Verdict::Whole { seq: 2 });
}

async fn the_latest_whole_snapshot_is_given_and_old_ones_go(store: store::Store) {
    let snapshots = store.snapshots();
    assert_eq!(snapshots.latest(&stream()).await.unwrap(), None);
    for seq in [10, 20, 30, 30] {
        let snapshot = Snapshot { seq, version: 1, bytes: vec![u8::try_from(seq).unwrap(); 600_000] };
        snapshots.put(&stream(), snapshot.clone()).await.unwrap();
        assert_eq!(snapshots.latest(&stream()).await.unwrap(), Some(snapshot));
    }
    let alter = "UPDATE snapshot_chunk SET bytes = substr(bytes, 2) WHERE seq = 30 AND place = 1";
    store
        .write(move |tx| {
            Box::pin(async move {
                tx.execute_unprepared(alter).await?;
                Ok(())
            })
        })
        .await
        .unwrap();
    assert_eq!(snapshots.latest(&stream()).await.unwrap().map(|snapshot| snapshot.seq), Some(20));
}

#[tokio::test]
async fn a_journal_that_grows_is_whole_at_every_moment() {
    let place = tempfile::TempDir::new().unwrap();
    let store = crate::house::open(place.path()).await;
    let growing = async {
        let mut lease = store.journal().take_lease(&stream()).await.unwrap();
        for _ in 0..150 {
            let commit = next(&store, &lease, 1);
            (lease.head_seq, lease.head_hash) = (commit.new_seq, commit.new_hash);
            store.journal().commit(commit).await.unwrap();
        }
    };
    let looking = async {
        loop {
            let verdict = store.records().verify(&stream()).await.unwrap();
            match verdict {
                Verdict::Whole { seq: 150 } => return,
                Verdict::Whole { .. } => {}
                broken @ Verdict::Broken { .. } => panic!("{broken:?}"),
            }
        }
    };
    tokio::join!(growing, looking);
}

async fn an_older_reader_gets_no_lease_of_what_it_cannot_read(store: store::Store) {
    let lease = store.journal().take_lease(&stream()).await.unwrap();
    let newer = Commit { reader: contract::journal::READER + 1, ..next(&store, &lease, 1) };
    store.journal().commit(newer).await.unwrap();
    let refused = store.journal().take_lease(&stream()).await.unwrap_err();
    assert!(refused.to_string().contains("only a newer version of Shouwen reads"), "{refused}");
    let seen = store.journal().head(&stream()).await.unwrap().unwrap();
    assert_eq!(seen.epoch, lease.epoch, "the stream stays with whoever reads it");
    let other = Stream::parse("branch/sz").unwrap();
    assert!(store.journal().take_lease(&other).await.is_ok());
}

every_backend! {
    a_commit_moves_the_head_and_is_read_back,
    records_of_a_case_come_in_order,
    records_of_many_months_and_of_none_are_one_stream,
    an_input_committed_twice_or_records_that_do_not_fit_are_refused_whole,
    the_latest_whole_snapshot_is_given_and_old_ones_go,
    an_older_reader_gets_no_lease_of_what_it_cannot_read,
}
