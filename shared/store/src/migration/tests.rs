//! Steps are taken once, in portions, and those of newer versions are left alone.
//!
//! In: databases at some step. Out: the steps they know. Never here: a table of a room.

use super::*;
use crate::connection::{Use, sqlite};

const NOW: Timestamp = Timestamp::from_ms(1_800_000_000_000);

async fn database() -> DatabaseConnection {
    sqlite::connect(None, 1, Use::Writes).await.unwrap()
}

#[tokio::test]
async fn a_step_that_came_later_is_taken_and_no_other_again() {
    let database = database().await;
    let (last, before) = STEPS.split_last().unwrap();
    take(before, &database, Dialect::Sqlite, NOW).await.unwrap();
    assert!(!taken(&database, Dialect::Sqlite).await.unwrap().contains(last.name));
    up(&database, Dialect::Sqlite, NOW).await.unwrap();
    up(&database, Dialect::Sqlite, NOW).await.unwrap();
    assert_eq!(taken(&database, Dialect::Sqlite).await.unwrap().len(), STEPS.len());
}

#[tokio::test]
async fn a_step_that_fails_leaves_nothing_behind() {
    let database = database().await;
    let wrong = [Step::same("0001_half", &["CREATE TABLE half (id BIGINT)", "CREATE TABLE half (id BIGINT)"])];
    assert!(take(&wrong, &database, Dialect::Sqlite, NOW).await.is_err());
    assert!(taken(&database, Dialect::Sqlite).await.unwrap().is_empty());
    up(&database, Dialect::Sqlite, NOW).await.unwrap();
    database.execute_unprepared("CREATE TABLE half (id BIGINT)").await.unwrap();
}

#[tokio::test]
async fn a_step_of_a_newer_version_is_left_alone() {
    let database = database().await;
    up(&database, Dialect::Sqlite, NOW).await.unwrap();
    let newer = [STEPS, &[Step::same("9999_newer", &["ALTER TABLE stream ADD COLUMN newer BIGINT"])]].concat();
    take(&newer, &database, Dialect::Sqlite, NOW).await.unwrap();
    up(&database, Dialect::Sqlite, NOW).await.unwrap();
    assert!(taken(&database, Dialect::Sqlite).await.unwrap().contains("9999_newer"));
}
