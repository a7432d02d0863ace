//! Schemas of several versions at once: many starts, newer tables, users who may make none.
//!
//! In: databases at some step. Out: stores that work there, or say why not. Never here: an
//! older program; what it meets is made by hand.

use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection};
use store::{
    Postgres,
    journal::{Stream, Verdict},
};
use tempfile::TempDir;

use crate::{
    house::{House, database, open_database, try_open_database},
    journal::next,
};

async fn admin(database: &Postgres) -> DatabaseConnection {
    Database::connect(&database.url).await.unwrap()
}

/// Commits and reads.
async fn works(house: &House) {
    let (store, stream) = (&house.store, Stream::parse("branch/hq").unwrap());
    let lease = store.journal().take_lease(&stream).await.unwrap();
    store.journal().commit(next(store, &lease, 3)).await.unwrap();
    let end = lease.head_seq + 3;
    assert_eq!(store.records().verify(&stream).await.unwrap(), Verdict::Whole { seq: end });
}

/// Gives the address of a user who may read and write, and make no tables.
async fn writer(database: &Postgres) -> Postgres {
    let admin = admin(database).await;
    let (server, name) = database.url.rsplit_once('/').unwrap();
    let user = format!("writer_{name}");
    let make = format!(
        "CREATE ROLE {user} LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC; \
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {user}"
    );
    admin.execute_unprepared(&make).await.unwrap();
    let (_, place) = server.rsplit_once('@').unwrap();
    Postgres::at(format!("postgres://{user}@{place}/{name}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn many_processes_that_start_at_once_make_the_tables_once() {
    let database = database();
    let houses = join_all((0..6).map(|_| open_database(&database))).await;
    for house in &houses {
        works(house).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn this_version_goes_on_with_the_tables_of_a_newer_one() {
    let database = database();
    let before = open_database(&database).await;
    works(&before).await;
    let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('9999_newer', 0); \
                 ALTER TABLE stream ADD COLUMN newer BIGINT NOT NULL DEFAULT 0; \
                 ALTER TABLE record ADD COLUMN newer TEXT; \
                 ALTER TABLE \"case\" ADD COLUMN newer BYTEA; \
                 CREATE TABLE newer (id BIGINT)";
    admin(&database).await.execute_unprepared(newer).await.unwrap();
    works(&before).await;
    works(&open_database(&database).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn this_version_goes_on_without_a_step_that_only_makes_it_quick() {
    let database = database();
    open_database(&database).await;
    let older = "DELETE FROM seaql_migrations WHERE version = '0008_page'; \
                 DROP INDEX case_latest, case_aside, promise_due";
    admin(&database).await.execute_unprepared(older).await.unwrap();
    works(&open_database(&writer(&database).await).await).await;
    // Whoever may, makes up for it.
    works(&open_database(&database).await).await;
    admin(&database).await.execute_unprepared("DROP INDEX case_latest").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_that_are_missing_and_may_not_be_made_are_said() {
    let (database, folder) = (database(), TempDir::new().unwrap());
    let error = try_open_database(&writer(&database).await, folder.path()).await.unwrap_err();
    assert!(!error.is_retry() && error.to_string().contains("tables are missing"), "{error}");
}
