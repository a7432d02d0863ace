//! The inner rooms of a house: keys, records, bus, coordination; in the data folder, or on
//! servers.
//!
//! In: the configuration, a data folder under lock. Out: the rooms. Never here: a role.

mod here;
mod shared;

use std::sync::Arc;

use anyhow::Result;
use bus::{Bus, Limits};
use channel::Intake;
use contract::seal::Keys;
use coord::Coord;
use runtime::{Chance, Clock, Health, Tasks};
use store::{Folder, Store};

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
}

/// Who opens them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    /// A process of the house: it waits for servers as long as it takes.
    Waits,
    /// A command: it says at once what is not there.
    Fails,
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

pub(super) fn limits(config: &Config) -> Limits {
    Limits { queue: config.queue, ..Limits::default() }
}
