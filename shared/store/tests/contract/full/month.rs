//! The journal in parts by month: records go where they belong, and are found without a look
//! into every part.
//!
//! In: commits over months. Out: the same records, and the parts they lie in. Never here: the
//! end of a part.

use contract::Millis;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use store::journal::{Stream, Verdict};

use crate::{
    house::{database, open_database, open_database_at},
    journal::next,
};

/// Thirty-one days.
const MONTH: Millis = Millis::from_secs(31 * 24 * 3600);

async fn rows(connection: &DatabaseConnection, sql: &str) -> Vec<String> {
    let rows = connection.query_all_raw(Statement::from_string(connection.get_database_backend(), sql)).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index::<String>(0).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn records_lie_in_the_part_of_their_month() {
    let database = database();
    let house = open_database(&database).await;
    let store = &house.store;
    let stream = Stream::parse("branch/hq").unwrap();
    let mut lease = store.journal().take_lease(&stream).await.unwrap();
    for _ in 0..6 {
        let commit = next(store, &lease, 2);
        (lease.head_seq, lease.head_hash) = (commit.new_seq, commit.new_hash);
        store.journal().commit(commit).await.unwrap();
        store.clock().advance(MONTH);
    }
    let admin = Database::connect(&database.url).await.unwrap();
    let lies =
        "SELECT DISTINCT (month % 12 + 1)::text || ' in ' || tableoid::regclass::text AS lies FROM record ORDER BY 1";
    let lies = rows(&admin, lies).await;
    // The house's clock stood at 15 January 2027; parts were made for that month and three more.
    // What the hourly round found when the clock had gone on may have got a part as well.
    for month in 1..=4 {
        assert!(lies.contains(&format!("{month} in record_2027_0{month}")), "{lies:?}");
    }
    for month in 5..=6 {
        let own = lies.contains(&format!("{month} in record_2027_0{month}"));
        assert!(own || lies.contains(&format!("{month} in record_rest")), "{lies:?}");
    }
    assert_eq!(store.records().verify(&stream).await.unwrap(), Verdict::Whole { seq: 12 });
    // The next start makes parts for the months that have no records yet.
    let folder = tempfile::TempDir::new().unwrap();
    open_database_at(&database, store.clock().clone(), folder.path()).await.unwrap();
    let made = "SELECT relname::text FROM pg_class WHERE relname LIKE 'record\\_2027\\___' ORDER BY 1";
    let made = rows(&admin, made).await;
    for month in ["07", "08", "09", "10"] {
        assert!(made.contains(&format!("record_2027_{month}")), "{made:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_behind_takes_no_stream_back_to_an_older_month() {
    let database = database();
    let (ahead, behind) = (open_database(&database).await, open_database(&database).await);
    ahead.store.clock().advance(MONTH);
    let stream = Stream::parse("branch/hq").unwrap();
    for house in [&ahead, &behind] {
        let lease = house.store.journal().take_lease(&stream).await.unwrap();
        house.store.journal().commit(next(&house.store, &lease, 2)).await.unwrap();
    }
    let admin = Database::connect(&database.url).await.unwrap();
    let parts = rows(&admin, "SELECT DISTINCT tableoid::regclass::text AS part FROM record ORDER BY 1").await;
    assert_eq!(parts, ["record_2027_02"]);
    assert_eq!(behind.store.records().from(&stream, 3, 5).await.unwrap().len(), 2);
}
