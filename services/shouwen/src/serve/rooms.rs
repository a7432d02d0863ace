//! The inner rooms of a house: keys, records, bus, coordination; in the data folder, or on
//! servers.
//!
//! In: the configuration, a data folder under lock. Out: the rooms. Never here: a role.

mod here;
mod shared;

use std::{path::Path, sync::Arc};

use anyhow::Result;
use bus::{Bus, Limits};
use channel::Intake;
use console::FirstStart;
use contract::{Role, seal::Keys};
use coord::Coord;
use runtime::{Chance, Clock, Health, Tasks};
use store::{Folder, Store};

use super::{patience::Patience, tokens};
use crate::config::Config;

pub(crate) use shared::{keys_of, records_of};

/// What every role stands on.
pub(super) struct Rooms {
    pub(super) clock: Clock,
    pub(super) chance: Chance,
    pub(super) keys: Arc<Keys>,
    pub(super) store: Store,
    pub(super) bus: Bus,
    pub(super) coord: Coord,
    pub(super) intake: Intake,
    /// What this process is called in the journal.
    pub(super) process: String,
    /// Whether other processes stand on the same.
    pub(super) shared: bool,
    /// Where its first secrets lie.
    pub(super) first: FirstStart,
}

impl Rooms {
    /// Opens the rooms; their tasks are to end last.
    pub(super) async fn open(
        config: &Config,
        folder: &Folder,
        patience: Patience,
        tasks: &Tasks,
        health: &Health,
    ) -> Result<Self> {
        match &config.servers {
            None => here::open(config, folder, tasks).await,
            Some(servers) => shared::Opening { config, servers, folder, patience, tasks, health }.open().await,
        }
    }
}

impl Rooms {
    /// Gives how long a process waits for what they stand on.
    pub(super) const fn patience(&self) -> Patience {
        if self.shared { Patience::Waits } else { Patience::Fails }
    }
}

/// Says where the first secrets of a house lie, as its page tells them who sets it up.
fn first(keys: &Path, data: &Path) -> FirstStart {
    let shown = |path: &Path| path.display().to_string();
    FirstStart { keys: Some(shown(keys)), token: shown(&tokens::path(data, Role::Admin)) }
}

pub(super) fn limits(config: &Config) -> Limits {
    Limits { queue: config.queue, ..Limits::default() }
}
