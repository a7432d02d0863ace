//! The house without its branches: for a command while no house runs here.
//!
//! In: a data folder, or the addresses of servers. Out: the console's routes, answered in this process. What needs a
//! branch to decide is refused there as unavailable. Never here: a listener.

use std::{path::Path, time::Duration};

use anyhow::{Context, Result};
use axum::Router;
use console::Accounts;
use runtime::{Health, Tasks};
use store::Folder;

use super::{
    firm_desk::{self, Routed},
    patience::Patience,
    roles,
    rooms::Rooms,
    tokens::{self, Others},
};
use crate::config::Config;

/// How long the console's tasks may take to end.
const FINISH_LIMIT: Duration = Duration::from_secs(10);

/// The folder within the data folder in which commands of a house on servers work: processes
/// hold the data folder itself.
const COMMANDS_FOLDER: &str = "commands";

/// The console of a house, without branches.
pub(crate) struct Office {
    tasks: Tasks,
    /// Tasks of the rooms, which end last.
    inner: Tasks,
    routes: Router,
    // Dropped last.
    folder: Folder,
}

impl Office {
    /// Opens the house: its data folder under its lock, or its servers.
    pub(crate) async fn open(config: &Config) -> Result<Self> {
        let (folder, nobody) = match &config.servers {
            None => (config.data.clone(), "no house runs here, and the data folder cannot be opened"),
            Some(_) => (config.data.join(COMMANDS_FOLDER), "the servers of the house cannot be used from here"),
        };
        let folder = Folder::lock(folder).context(nobody)?;
        let health = Health::default();
        let (tasks, inner) = (Tasks::new(health.clone()), Tasks::new(health.clone()));
        match Self::routes_of(config, &folder, &tasks, &inner, &health).await {
            Ok(routes) => Ok(Self { tasks, inner, routes, folder }),
            Err(error) => {
                close(&tasks, &inner).await;
                Err(error.context(nobody))
            }
        }
    }

    async fn routes_of(
        config: &Config,
        folder: &Folder,
        tasks: &Tasks,
        inner: &Tasks,
        health: &Health,
    ) -> Result<Router> {
        let rooms = Rooms::open(config, folder, Patience::Fails, inner, health).await?;
        let others = if rooms.shared { Others::May } else { Others::None };
        tokens::make(folder.path(), &rooms.store, &rooms.chance, others).await?;
        let firm = firm_desk::latest(&rooms.store).await?;
        let desk = roles::desk(firm, Vec::new(), &rooms, tasks, Routed::No);
        roles::console(desk, &rooms, Accounts::default(), config.public_url.clone(), tasks)
    }

    /// Gives the folder that holds its tokens.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
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
