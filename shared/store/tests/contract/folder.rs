//! Backup and restore, and reading beside a running house.
//!
//! In: a store with records, names and blobs. Out: the same from its copy. Never here: keys
//! among the copies.

use contract::{BlobId, ClientClass, about, seal::Sealed};
use runtime::{Chance, Health, Tasks};
use store::{
    Folder, Store, StoreConfig,
    directory::Entry,
    folder::{backup, read_keys},
    journal::{Stream, Verdict},
};
use tempfile::TempDir;

use crate::{house::clock, journal::next};

fn stream() -> Stream {
    Stream::parse("branch/hq").unwrap()
}

async fn opened(folder: &Folder) -> Store {
    let keys = folder.keys(&Chance::seeded(1)).unwrap().keys;
    let tasks = Tasks::new(Health::default());
    Store::open(&StoreConfig::at(folder.path()), keys, clock(), Chance::seeded(7), &tasks).await.unwrap()
}

fn entry() -> Entry {
    Entry {
        number: "C-1".to_owned(),
        name: Some("甲".to_owned()),
        class: ClientClass::Ordinary,
        risk_class: None,
        risk_valid_until: None,
        manager: None,
        branch: None,
        addresses: vec![],
    }
}

#[tokio::test]
async fn a_backup_taken_under_load_is_whole_and_opens_with_the_keys_kept_apart() {
    let place = TempDir::new().unwrap();
    let at = |name: &str| place.path().join(name);
    let folder = Folder::lock(at("data")).unwrap();
    let store = opened(&folder).await;
    store.directory().enter(vec![entry()]).await.unwrap();
    store.blobs().put(BlobId::new(1), &Sealed::from_bytes(vec![9; 700_000])).await.unwrap();
    let load = async {
        let mut lease = store.journal().take_lease(&stream()).await.unwrap();
        for _ in 0..200 {
            let commit = next(&store, &lease, 3);
            (lease.head_seq, lease.head_hash) = (commit.new_seq, commit.new_hash);
            store.journal().commit(commit).await.unwrap();
        }
    };
    let (copies, apart) = (at("copies"), at("keys-apart"));
    let copy = async {
        let inside = backup::backup(folder.path(), &copies, Some(&copies.join("keys"))).await;
        assert!(inside.unwrap_err().to_string().ends_with("keys must not lie with what they open"));
        backup::backup(folder.path(), &copies, Some(&apart)).await.unwrap()
    };
    let ((), made) = tokio::join!(load, copy);
    assert!(made.files.iter().all(|(_, size)| *size > 0));
    assert!(!copies.join("keys").exists());
    assert!(backup::backup(folder.path(), &copies, None).await.is_err());

    backup::restore(&copies, &apart, &at("restored")).unwrap();
    assert!(backup::restore(&copies, &apart, &at("restored")).is_err());
    let restored = opened(&Folder::lock(at("restored")).unwrap()).await;
    let head = restored.journal().head(&stream()).await.unwrap().map_or(0, |head| head.seq);
    assert_eq!(restored.records().verify(&stream()).await.unwrap(), Verdict::Whole { seq: head });
    let client = restored.directory().client_numbered("C-1").await.unwrap().unwrap();
    let name = restored.keys().open(&about::client(client.id), &client.name.unwrap()).unwrap();
    assert_eq!(name.as_slice(), "甲".as_bytes());
    assert_eq!(restored.blobs().get(BlobId::new(1)).await.unwrap().unwrap().as_bytes().len(), 700_000);
}

#[tokio::test]
async fn a_reader_beside_a_running_house_sees_commits_and_cannot_write() {
    let place = TempDir::new().unwrap();
    let folder = Folder::lock(place.path()).unwrap();
    let store = opened(&folder).await;
    let lease = store.journal().take_lease(&stream()).await.unwrap();
    let config = StoreConfig::at(place.path());
    let keys = read_keys(place.path()).unwrap();
    let reader = Store::open_to_read(&config, keys, clock(), Chance::seeded(1)).await.unwrap();
    store.journal().commit(next(&store, &lease, 5)).await.unwrap();
    assert_eq!(reader.records().verify(&stream()).await.unwrap(), Verdict::Whole { seq: 5 });
    assert!(reader.journal().take_lease(&stream()).await.is_err());
}

#[tokio::test]
async fn records_are_not_opened_with_another_houses_keys() {
    let place = TempDir::new().unwrap();
    let folder = Folder::lock(place.path()).unwrap();
    opened(&folder).await;
    let other = crate::house::keys();
    let tasks = Tasks::new(Health::default());
    let refused = Store::open(&StoreConfig::at(place.path()), other, clock(), Chance::seeded(7), &tasks).await;
    assert!(refused.is_err_and(|error| error.to_string().contains("key file")));
}
