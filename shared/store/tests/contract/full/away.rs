//! A server that does not answer, or is not there: said in time, and found again.
//!
//! In: a proxy before the server. Out: errors that say what to do; no waiting without end. Never
//! here: a password in a word of ours.

use std::time::Duration;

use contract::{Address, AddressKind};
use sea_orm::ConnectionTrait;
use servers::{Proxy, proxy::Weather};
use store::{
    Postgres, StoreError,
    error::Hindrance,
    journal::{CommitError, Stream},
};
use tempfile::TempDir;
use tokio::{sync::oneshot, time::timeout};

use crate::{
    house::{database, open_database, try_open_database},
    journal::next,
};

/// Every caller hears something within this time.
const ANSWER_MAX: Duration = Duration::from_secs(40);

/// The same database behind a proxy.
fn behind_proxy() -> (Proxy, Postgres) {
    let (proxy, through) = Proxy::before_url(&database().url).unwrap();
    (proxy, Postgres::at(through))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_falls_silent_is_an_answer_in_time_and_no_end() {
    let (proxy, database) = behind_proxy();
    let house = open_database(&database).await;
    let store = &house.store;
    let stream = Stream::parse("branch/hq").unwrap();
    let lease = store.journal().take_lease(&stream).await.unwrap();
    // One transaction is under way, the others are about to begin.
    let (begun, begins) = oneshot::channel();
    let (silent, falls) = oneshot::channel::<()>();
    let under_way = store.write(move |tx| {
        Box::pin(async move {
            tx.execute_unprepared("SELECT 1").await?;
            begun.send(()).unwrap();
            falls.await.map_err(|_| StoreError::bug("the test is gone"))?;
            tx.execute_unprepared("SELECT 1").await?;
            Ok(())
        })
    });
    let phones = [store.keys().blind(&Address::parse(AddressKind::Phone, "13900000001").unwrap())];
    let others = async {
        begins.await.unwrap();
        proxy.set(Weather::Silent);
        silent.send(()).unwrap();
        let (journal, directory) = (store.journal(), store.directory());
        tokio::join!(journal.commit(next(store, &lease, 1)), journal.heads(), directory.owners_of(&phones))
    };
    let all = async { tokio::join!(under_way, others) };
    let (under_way, (commit, heads, owners)) = timeout(ANSWER_MAX, all).await.expect("callers wait without end");
    assert!(matches!(under_way, Err(StoreError::Retry { why: Hindrance::Away, .. })), "{under_way:?}");
    assert!(matches!(&commit, Err(CommitError::Store(error)) if error.is_retry()), "{commit:?}");
    assert!(heads.is_err_and(|error| error.is_retry()) && owners.is_err_and(|error| error.is_retry()));
    // Whether the commit was done nobody knows; so a holder reads on and goes on from there.
    proxy.cut_once();
    proxy.set(Weather::Fair);
    let goes_on = async {
        loop {
            let Ok(lease) = store.journal().take_lease(&stream).await else { continue };
            if store.journal().commit(next(store, &lease, 1)).await.is_ok() {
                return;
            }
        }
    };
    timeout(ANSWER_MAX, goes_on).await.expect("the store does not come back");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_and_its_password_is_not() {
    let folder = TempDir::new().unwrap();
    let port = servers::free_port().unwrap();
    let absent = Postgres {
        password: Some("hidden-one".to_owned().into()),
        ..Postgres::at(format!("postgres://user:hidden-two@127.0.0.1:{port}/house"))
    };
    let error = try_open_database(&absent, folder.path()).await.unwrap_err();
    assert!(matches!(error, StoreError::Retry { why: Hindrance::Away, .. }), "{error:?}");
    let wrong = Postgres { url: "postgres://user:hidden-two@[/house".to_owned(), ..absent.clone() };
    let refused = try_open_database(&wrong, folder.path()).await.unwrap_err();
    assert!(!refused.is_retry());
    for said in [format!("{error:?}{error}"), format!("{refused:?}{refused}"), format!("{absent:?}")] {
        assert!(!said.contains("hidden"), "{said}");
    }
}

#[tokio::test]
async fn a_database_that_is_not_there_is_a_refusal_in_the_servers_words() {
    let folder = TempDir::new().unwrap();
    let known = database();
    let (server, _) = known.url.rsplit_once('/').unwrap();
    let error = try_open_database(&Postgres::at(format!("{server}/nobody")), folder.path()).await.unwrap_err();
    let StoreError::Refuse { source: Some(source), .. } = &error else { panic!("{error:?}") };
    assert!(source.to_string().contains("\"nobody\" does not exist"), "{source}");
}
