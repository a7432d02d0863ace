//! Attacks on the journal: two holders at once, records altered, removed, reordered, cut off.
//!
//! In: a store and raw SQL. Out: what the fence and the chain say. Never here: luck.

use sea_orm::{ConnectOptions, ConnectionTrait, Database};
use store::{
    Store,
    journal::{CommitError, Fault, Stream, Verdict},
};
use tempfile::TempDir;

use crate::{house, journal::next};

const RECORDS: u64 = 9;

fn stream() -> Stream {
    Stream::parse("branch/hq").unwrap()
}

/// A folder with a journal of nine records, anchored, then changed by `sql` behind its back.
async fn attacked(sql: &str) -> (TempDir, Store) {
    let folder = TempDir::new().unwrap();
    let store = house::open(folder.path()).await;
    for name in ["branch/hq", "branch/sz"] {
        let lease = store.journal().take_lease(&Stream::parse(name).unwrap()).await.unwrap();
        store.journal().commit(next(&store, &lease, RECORDS)).await.unwrap();
    }
    store.records().anchor(&folder.path().join("anchors.test")).await.unwrap();
    let options = ConnectOptions::new(format!("sqlite://{}", folder.path().join("store.db").display()));
    Database::connect(options).await.unwrap().execute_unprepared(sql).await.unwrap();
    (folder, store)
}

async fn verdict(sql: &str) -> Verdict {
    let (_folder, store) = attacked(sql).await;
    store.records().verify(&stream()).await.unwrap()
}

const fn broken(seq: u64, fault: Fault) -> Verdict {
    Verdict::Broken { seq, fault }
}

#[tokio::test]
async fn an_untouched_chain_is_whole() {
    assert_eq!(verdict("SELECT 1").await, Verdict::Whole { seq: RECORDS });
}

#[tokio::test]
async fn an_altered_record_is_named() {
    let at_4 = "WHERE stream = 'branch/hq' AND seq = 4";
    assert_eq!(verdict(&format!("UPDATE record SET body = x'00' {at_4}")).await, broken(4, Fault::Altered));
    assert_eq!(verdict(&format!("UPDATE record SET hash = zeroblob(32) {at_4}")).await, broken(4, Fault::Altered));
}

#[tokio::test]
async fn a_removed_record_is_named_even_when_the_gap_is_closed() {
    let remove = "DELETE FROM record WHERE stream = 'branch/hq' AND seq = 4;";
    assert_eq!(verdict(remove).await, broken(4, Fault::Missing));
    let close = "UPDATE record SET seq = -seq WHERE stream = 'branch/hq' AND seq > 4;\
                 UPDATE record SET seq = -seq - 1 WHERE stream = 'branch/hq' AND seq < 0;\
                 UPDATE stream SET head_seq = 8 WHERE id = 'branch/hq'";
    assert_eq!(verdict(&format!("{remove}{close}")).await, broken(4, Fault::Altered));
}

#[tokio::test]
async fn reordered_records_are_named() {
    let swap = "UPDATE record SET seq = -4 WHERE stream = 'branch/hq' AND seq = 4;\
                UPDATE record SET seq = 4 WHERE stream = 'branch/hq' AND seq = 6;\
                UPDATE record SET seq = 6 WHERE stream = 'branch/hq' AND seq = -4";
    assert_eq!(verdict(swap).await, broken(4, Fault::Altered));
}

#[tokio::test]
async fn a_stream_put_in_anothers_place_is_named() {
    let swap = "DELETE FROM record WHERE stream = 'branch/hq'; DELETE FROM stream WHERE id = 'branch/hq';\
                UPDATE record SET stream = 'branch/hq'; UPDATE stream SET id = 'branch/hq'";
    assert_eq!(verdict(swap).await, broken(1, Fault::Altered));
}

#[tokio::test]
async fn records_cut_off_at_either_end_are_named() {
    let end = "DELETE FROM record WHERE stream = 'branch/hq' AND seq > 7";
    assert_eq!(verdict(end).await, broken(8, Fault::CutOff));
    let start = "DELETE FROM record WHERE stream = 'branch/hq' AND seq < 3";
    assert_eq!(verdict(start).await, broken(1, Fault::Missing));
    assert_eq!(verdict("DELETE FROM record").await, broken(1, Fault::CutOff));
    let head = "UPDATE stream SET head_hash = zeroblob(32)";
    assert_eq!(verdict(head).await, broken(RECORDS, Fault::Head));
}

#[tokio::test]
async fn an_end_cut_off_with_its_head_is_named_by_the_anchors() {
    let cut = "DELETE FROM record WHERE stream = 'branch/hq' AND seq > 7;\
               UPDATE stream SET head_seq = 7, head_hash = (SELECT hash FROM record WHERE stream = 'branch/hq' AND seq = 7) \
               WHERE id = 'branch/hq'";
    let (folder, store) = attacked(cut).await;
    assert_eq!(store.records().verify(&stream()).await.unwrap(), Verdict::Whole { seq: 7 });
    let file = folder.path().join("anchors.test");
    let found = store.records().verify_anchors(&stream(), &file).await.unwrap();
    assert_eq!(found, broken(RECORDS, Fault::Anchor));
    let forged = std::fs::read_to_string(&file).unwrap().replacen(" 9 ", " 7 ", 1);
    std::fs::write(&file, forged).unwrap();
    let found = store.records().verify_anchors(&stream(), &file).await.unwrap();
    assert_eq!(found, broken(7, Fault::Anchors));
}

#[tokio::test]
async fn anchors_of_an_untouched_journal_agree() {
    let (folder, store) = attacked("SELECT 1").await;
    let file = folder.path().join("anchors.test");
    store.records().anchor(&file).await.unwrap();
    let found = store.records().verify_anchors(&stream(), &file).await.unwrap();
    assert_eq!(found, Verdict::Whole { seq: RECORDS });
    assert_eq!(std::fs::read_to_string(file).unwrap().lines().count(), 4);
}

async fn two_holders_who_race_never_both_write_a_seq(store: Store) {
    let journal = store.journal();
    let (mut done, mut fenced) = (0, 0);
    for _ in 0..50 {
        let one = journal.take_lease(&stream()).await.unwrap();
        let two = journal.take_lease(&stream()).await.unwrap();
        let (first, second) =
            tokio::join!(journal.commit(next(&store, &one, 2)), journal.commit(next(&store, &two, 2)),);
        // A holder who commits the same again is as late as another one.
        let again = journal.commit(next(&store, &two, 2)).await;
        for outcome in [first, second, again] {
            match outcome {
                Ok(()) => done += 1,
                Err(CommitError::Fenced) => fenced += 1,
                Err(CommitError::Store(error)) => panic!("{error}"),
            }
        }
    }
    assert_eq!((done, fenced), (50, 100));
    assert_eq!(store.records().verify(&stream()).await.unwrap(), Verdict::Whole { seq: 100 });
}

every_backend! {
    two_holders_who_race_never_both_write_a_seq,
}
