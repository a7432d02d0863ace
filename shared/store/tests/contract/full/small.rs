//! A server whose disk is full: said so, nothing acknowledged that is not there, and it goes on.
//!
//! In: a server of the test's own whose tables lie on a small disk; only root can make one.
//! Out: errors that say full. Never here: the log of the server, which lies elsewhere: one that
//! cannot write that stops.

use std::{fs, path::Path, process::Command};

use contract::{BlobId, seal::Sealed};
use store::{
    Postgres,
    journal::{CommitError, Stream, Verdict},
};
use tempfile::TempDir;

use crate::{house::open_database, journal::next};

/// The size of the small disk.
const DISK: &str = "size=24m";

/// A small disk, as long as it is held.
struct Disk(TempDir);

impl Disk {
    fn make() -> Option<Self> {
        let place = TempDir::new().unwrap();
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", DISK, "tmpfs"]).arg(place.path()).status();
        if !mounted.is_ok_and(|status| status.success()) {
            return None;
        }
        let given = Command::new("chown").arg("postgres").arg(place.path()).status().unwrap();
        assert!(given.success());
        Some(Self(place))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(self.path()).status());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_said_loses_nothing_and_is_got_over() {
    let Some(disk) = Disk::make() else {
        eprintln!("SKIPPED: only root can mount the small disk that this test fills");
        return;
    };
    let server = servers::Postgres::start().unwrap();
    let place = disk.path().display();
    server.ask("postgres", &format!("CREATE TABLESPACE small LOCATION '{place}'")).unwrap();
    server.ask("postgres", "CREATE DATABASE house TABLESPACE small").unwrap();
    let house = open_database(&Postgres::at(format!("{}/house", server.url()))).await;
    let store = &house.store;
    let stream = Stream::parse("branch/hq").unwrap();
    let mut lease = store.journal().take_lease(&stream).await.unwrap();
    // What will be taken away again.
    let ballast = disk.path().join("ballast");
    fs::write(&ballast, vec![1; 8 * 1024 * 1024]).unwrap();
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
    fs::remove_file(&ballast).unwrap();
    let lease = store.journal().take_lease(&stream).await.unwrap();
    store.journal().commit(next(store, &lease, 400)).await.unwrap();
    store.blobs().put(BlobId::new(1), &blob).await.unwrap();
    assert_eq!(store.records().verify(&stream).await.unwrap(), Verdict::Whole { seq: confirmed + 400 });
}
