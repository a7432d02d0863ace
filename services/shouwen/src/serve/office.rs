//! The house without its branches: for a command while no house runs.
//!
//! In: a data folder. Out: the console's routes, answered in this process. What needs a
//! branch to decide is refused there as unavailable. Never here: a listener.

use std::{path::Path, time::Duration};

use anyhow::{Context, Result};
use axum::Router;
use console::Accounts;
use runtime::{Health, Tasks};

use super::{firm_desk, roles, rooms::Rooms, tokens};

/// How long the console's tasks may take to end.
const FINISH_LIMIT: Duration = Duration::from_secs(10);

/// The console of a data folder, without branches.
pub(crate) struct Office {
    rooms: Rooms,
    tasks: Tasks,
    routes: Router,
}

impl Office {
    /// Opens the data folder under its lock.
    pub(crate) async fn open(data: &Path) -> Result<Self> {
        let health = Health::default();
        let rooms =
            Rooms::open(data, &health).await.context("no house runs here, and the data folder cannot be opened")?;
        let tasks = Tasks::new(health);
        let routes = match Self::routes_of(&rooms, &tasks, data).await {
            Ok(routes) => routes,
            Err(error) => {
                tasks.finish(FINISH_LIMIT).await;
                rooms.close().await;
                return Err(error);
            }
        };
        Ok(Self { rooms, tasks, routes })
    }

    async fn routes_of(rooms: &Rooms, tasks: &Tasks, data: &Path) -> Result<Router> {
        tokens::make(data, &rooms.store, &rooms.chance).await?;
        let firm = firm_desk::latest(&rooms.store).await?;
        let desk = roles::desk(firm, Vec::new(), rooms, tasks, None);
        roles::console(desk, rooms, Accounts::default(), tasks)
    }

    /// Gives the console's routes.
    pub(crate) fn routes(&self) -> Router {
        self.routes.clone()
    }

    /// Ends everything, and leaves the folder to others.
    pub(crate) async fn close(self) {
        self.tasks.finish(FINISH_LIMIT).await;
        self.rooms.close().await;
    }
}
