//! Group commit keeps its promises: shared, undone alone, answered after the flush.
//!
//! In: jobs. Out: who sees what, and when. Never here: a sleep.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Statement};
use store::{Store, StoreConfig, StoreError, folder::Folder, journal::Stream};
use tokio::sync::oneshot;

use crate::house::{clock, embedded, keys, on_disk};

fn mark(reader: &str) -> String {
    format!("INSERT INTO \"cursor\" (stream, reader, seq) VALUES ('branch/hq', '{reader}', 7)")
}

async fn count(connection: &impl ConnectionTrait) -> Result<i64, DbErr> {
    let all = Statement::from_string(connection.get_database_backend(), "SELECT count(*) FROM \"cursor\"");
    connection.query_one_raw(all).await?.unwrap().try_get_by_index(0)
}

/// Holds the writer until told to go on.
async fn held(store: &Store) -> (oneshot::Sender<()>, tokio::task::JoinHandle<Result<(), StoreError>>) {
    let (go, wait) = oneshot::channel();
    let (begun, holds) = oneshot::channel();
    let store = store.clone();
    #[expect(clippy::disallowed_methods, reason = "the test joins it")]
    let job = tokio::spawn(async move {
        store
            .write(move |_| {
                Box::pin(async move {
                    begun.send(()).unwrap();
                    wait.await.map_err(|_| StoreError::bug("the test is gone"))
                })
            })
            .await
    });
    holds.await.unwrap();
    (go, job)
}

async fn insert_and_count(tx: &DatabaseTransaction, reader: &str) -> Result<i64, StoreError> {
    tx.execute_unprepared(&mark(reader)).await?;
    Ok(count(tx).await?)
}

#[tokio::test]
async fn jobs_that_wait_share_a_transaction_and_a_failing_one_is_undone_alone() {
    embedded(|store| async move {
        let (go, holder) = held(&store).await;
        let write = |reader: &'static str| store.write(move |tx| Box::pin(insert_and_count(tx, reader)));
        let fail = store.write(|tx| {
            Box::pin(async move {
                tx.execute_unprepared(&mark("undone")).await?;
                Err::<(), _>(StoreError::refuse("it does not fit"))
            })
        });
        let release = async {
            tokio::task::yield_now().await;
            go.send(()).unwrap();
        };
        let (one, failed, two, repeated, three, ()) =
            tokio::join!(write("one"), fail, write("two"), write("one"), write("three"), release);
        holder.await.unwrap().unwrap();
        assert_eq!((one.unwrap(), two.unwrap(), three.unwrap()), (1, 2, 3));
        assert!(matches!(failed, Err(StoreError::Refuse { what: "it does not fit", .. })));
        assert!(matches!(repeated, Err(StoreError::Refuse { .. })));
        assert_eq!(count(store.read()).await.unwrap(), 3);
    })
    .await;
}

#[tokio::test]
async fn nobody_sees_a_job_before_its_commit() {
    let house = on_disk().await;
    let (inserted, seen) = oneshot::channel();
    let (go, wait) = oneshot::channel::<()>();
    let write = house.store.write(move |tx| {
        Box::pin(async move {
            tx.execute_unprepared(&mark("one")).await?;
            inserted.send(()).unwrap();
            wait.await.map_err(|_| StoreError::bug("the test is gone"))
        })
    });
    let look = async {
        seen.await.unwrap();
        assert_eq!(count(house.store.read()).await.unwrap(), 0);
        go.send(()).unwrap();
    };
    let (written, ()) = tokio::join!(write, look);
    written.unwrap();
    assert_eq!(count(house.store.read()).await.unwrap(), 1);
}

async fn a_job_in_no_hurry_rides_or_goes_by_itself(store: Store) {
    let (stream, cursors) = (Stream::parse("branch/hq").unwrap(), store.cursors());
    cursors.set(&stream, "tail", 5).await.unwrap();
    cursors.set(&stream, "tail", 3).await.unwrap();
    assert_eq!(cursors.get(&stream, "tail").await.unwrap(), 5);
    assert_eq!(cursors.get(&stream, "other").await.unwrap(), 0);
}

#[tokio::test]
async fn a_full_store_says_so_throws_ballast_off_and_goes_on_when_there_is_room() {
    let place = tempfile::TempDir::new().unwrap();
    let folder = Folder::lock(place.path()).unwrap();
    let (chance, tasks) = (runtime::Chance::seeded(1), runtime::Tasks::new(runtime::Health::default()));
    let ballast = folder.ballast(&chance).unwrap();
    let config = StoreConfig { ballast: Some(ballast.clone()), ..StoreConfig::at(place.path()) };
    let store = Store::open(&config, keys(), clock(), chance, &tasks).await.unwrap();
    let run = |sql: String| {
        store.write(move |tx| {
            Box::pin(async move {
                tx.execute_unprepared(&sql).await?;
                Ok(())
            })
        })
    };
    run(mark("one")).await.unwrap();
    run("PRAGMA max_page_count = 1".to_owned()).await.unwrap();
    assert!(!store.is_full());
    let fill = mark(&"x".repeat(4_000_000));
    let full = run(fill.clone()).await.unwrap_err();
    assert!(full.is_full() && full.is_retry(), "{full:?}");
    assert!(store.is_full() && ballast.is_released());
    let refused = store.blobs().put(contract::BlobId::new(1), &contract::seal::Sealed::default()).await;
    assert!(refused.is_err_and(|error| error.is_full()));
    run("PRAGMA max_page_count = 1000000".to_owned()).await.unwrap();
    run(fill).await.unwrap();
    assert_eq!(count(store.read()).await.unwrap(), 2);
}

#[tokio::test]
async fn a_store_that_is_closing_refuses_and_has_finished_what_it_took() {
    let place = tempfile::TempDir::new().unwrap();
    let tasks = runtime::Tasks::new(runtime::Health::default());
    let config = StoreConfig::at(place.path());
    let store = Store::open(&config, keys(), clock(), runtime::Chance::seeded(1), &tasks).await.unwrap();
    let (stream, cursors) = (Stream::parse("branch/hq").unwrap(), store.cursors());
    let (set, late) = tokio::join!(cursors.set(&stream, "tail", 5), tasks.finish(std::time::Duration::from_secs(20)));
    assert_eq!(late, Vec::<String>::new());
    set.unwrap();
    assert!(cursors.set(&stream, "tail", 6).await.is_err_and(|error| error.is_retry()));
    assert_eq!(cursors.get(&stream, "tail").await.unwrap(), 5);
}

every_backend! {
    a_job_in_no_hurry_rides_or_goes_by_itself,
}
