//! Another program that holds the house's records, as a careless backup might.
//!
//! In: a house. Out: a lock on its store that lasts until it is let go. Never here: a change
//! of a record.

use anyhow::Result;
use sqlx::{ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};

use crate::{PATIENCE, house::House};

/// A lock that keeps everybody else from writing.
#[derive(Debug)]
pub struct Obstacle(SqliteConnection);

impl Obstacle {
    /// Takes the store's only place to write.
    pub async fn hold(house: &House) -> Result<Self> {
        let file = house.path("data/store.db");
        let mut connection = SqliteConnectOptions::new().filename(file).busy_timeout(PATIENCE).connect().await?;
        sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut connection).await?;
        Ok(Self(connection))
    }

    /// Lets it go.
    pub async fn let_go(mut self) -> Result<()> {
        sqlx::raw_sql("ROLLBACK").execute(&mut self.0).await?;
        Ok(self.0.close().await?)
    }
}
