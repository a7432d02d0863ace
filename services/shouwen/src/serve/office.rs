//! The house without its branches: for a command while no house runs.
//!
//! In: a data folder. Out: the console's routes, answered in this process. What needs a
//! branch to decide is refused there as unavailable. Never here: a listener.

use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use console::Accounts;
use runtime::{Health, Tasks};
use store::Folder;

use super::{firm_desk, roles, rooms::Rooms, tokens};
use crate::config::Config;

/// How long the console's tasks may take to end.
const FINISH_LIMIT: Duration = Duration::from_secs(10);

/// The console of a data folder, without branches.
pub(crate) struct Office {
    tasks: Tasks,
    /// Tasks of the rooms, which end last.
    inner: Tasks,
    routes: Router,
    // Dropped last.
    _folder: Folder,
}

impl Office {
    /// Opens the data folder under its lock.
    pub(crate) async fn open(config: &Config) -> Result<Self> {
        let nobody = "no house runs here, and the data folder cannot be opened";
        let folder = Folder::lock(&config.data).context(nobody)?;
        let health = Health::default();
        let (tasks, inner) = (Tasks::new(health.clone()), Tasks::new(health));
        match Self::routes_of(config, &folder, &tasks, &inner).await {
            Ok(routes) => Ok(Self { tasks, inner, routes, _folder: folder }),
            Err(error) => {
                close(&tasks, &inner).await;
                Err(error.context(nobody))
            }
        }
    }

    async fn routes_of(config: &Config, folder: &Folder, tasks: &Tasks, inner: &Tasks) -> Result<Router> {
        let rooms = Rooms::open(config, folder, inner).await?;
        tokens::make(&config.data, &rooms.store, &rooms.chance).await?;
        let firm = firm_desk::latest(&rooms.store).await?;
        let desk = roles::desk(firm, Vec::new(), &rooms, tasks, None);
        roles::console(desk, &rooms, Accounts::default(), tasks)
    }

    /// Gives the console's routes.
    pub(crate) fn routes(&self) -> Router {
        self.routes.clone()
    }

    /// Ends everything, and leaves the folder to others.
    pub(crate) async fn close(self) {
        close(&self.tasks, &self.inner).await;
    }
}

async fn close(tasks: &Tasks, inner: &Tasks) {
    tasks.finish(FINISH_LIMIT).await;
    inner.finish(FINISH_LIMIT).await;
}
