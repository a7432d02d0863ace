//! Migrations: every room's tables, one file per room, in one list.
//!
//! In: the list below. Out: an up-to-date schema at every start. Never here: a step that was
//! released and then edited; a change is a new step at the end of the list.

use sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, MigratorTrait, SchemaManager};

use crate::dialect::Dialect;

mod blob;
mod delivery;
mod directory;
mod house;
mod journal;
mod lease;
mod page;
mod users;
mod view;

/// The steps in the order they are taken; a new one goes to the end.
const STEPS: &[Step] = &[
    Step { name: "0001_journal", sql: journal::TABLES },
    Step { name: "0002_view", sql: view::TABLES },
    Step { name: "0003_blob", sql: blob::TABLES },
    Step { name: "0004_directory", sql: directory::TABLES },
    Step { name: "0005_users", sql: users::TABLES },
    Step { name: "0006_delivery", sql: delivery::TABLES },
    Step { name: "0007_house", sql: house::TABLES },
    Step { name: "0008_page", sql: page::TABLES },
    Step { name: "0009_reader", sql: journal::READER },
    Step { name: "0010_lease", sql: lease::TABLES },
];

/// One step: SQL that every engine understands, `{bytes}` standing for its type of bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    name: &'static str,
    sql: &'static str,
}

/// Takes the steps that a database has not seen.
#[derive(Debug)]
pub(crate) struct Steps;

impl MigratorTrait for Steps {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        STEPS.iter().map(|step| -> Box<dyn MigrationTrait> { Box::new(*step) }).collect()
    }
}

impl MigrationName for Step {
    fn name(&self) -> &str {
        self.name
    }
}

#[sea_orm_migration::async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sql = self.sql.replace("{bytes}", Dialect::Sqlite.bytes_type());
        manager.get_connection().execute_unprepared(&sql).await.map(drop)
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
