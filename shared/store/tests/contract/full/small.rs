//! A server whose disk is full: said so, nothing acknowledged that is not there, and it goes on.
//!
//! In: a server of the test's own whose tables lie on a small disk; only root can make one.
//! Out: errors that say full. Never here: the log of the server, which lies elsewhere: one that
//! cannot write that stops.

use contract::{BlobId, seal::Sealed};
use servers::Disk;
use store::{
    Postgres,
    journal::{CommitError, Stream, Verdict},
};

use crate::{house::open_database, journal::next};

/// The size of the small disk in MiB.
const DISK_MIB: u32 = 24;
/// The room that is left on it: some commits.
const ROOM_BYTES: u64 = 4 * 1024 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_said_loses_nothing_and_is_got_over() {
    let Some(disk) = Disk::mount(DISK_MIB).unwrap() else { return };
    let server = servers::Postgres::start().unwrap();
    let house = open_database(&Postgres::at(server.database_on(&disk, "small").unwrap())).await;
    let store = &house.store;
    let stream = Stream::parse("branch/hq").unwrap();
    let mut lease = store.journal().take_lease(&stream).await.unwrap();
    disk.fill_but(ROOM_BYTES).unwrap();
    let mut confirmed = 0;
    let full = loop {
        let commit = next(store, &lease, 400);
        (lease.head_seq, lease.head_hash) = (commit.new_seq, commit.new_hash);
        match store.journal().commit(commit).await {
            Ok(()) => confirmed = lease.head_seq,
            Err(CommitError::Store(error)) => break error,
            Err(CommitError::Fenced) => panic!("nobody else writes"),
        }
    };
    assert!(full.is_full(), "{full:?}");
    let head = store.journal().head(&stream).await.unwrap().unwrap();
    assert_eq!(head.seq, confirmed, "what failed left nothing behind");
    let blob = Sealed::from_bytes(vec![7; 1_000_000]);
    assert!(store.blobs().put(BlobId::new(1), &blob).await.unwrap_err().is_full());
    disk.make_room().unwrap();
    let lease = store.journal().take_lease(&stream).await.unwrap();
    store.journal().commit(next(store, &lease, 400)).await.unwrap();
    store.blobs().put(BlobId::new(1), &blob).await.unwrap();
    assert_eq!(store.records().verify(&stream).await.unwrap(), Verdict::Whole { seq: confirmed + 400 });
}
