//! The inner rooms of a house: keys, records, bus, coordination; in the data folder, or on
//! servers.
//!
//! In: the configuration, a data folder under lock. Out: the rooms. Never here: a role.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use bus::{Bus, Limits};
use channel::Intake;
use contract::seal::Keys;
use coord::Coord;
use runtime::{Chance, Clock, Tasks};
use store::{Folder, Store, StoreConfig, journal::PROCESS};

use crate::{config::Config, out};

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
}

impl Rooms {
    /// Opens the rooms; their tasks are to end last.
    pub(super) async fn open(config: &Config, folder: &Folder, tasks: &Tasks) -> Result<Self> {
        match &config.servers {
            None => Self::here(config, folder, tasks).await,
            Some(_) => bail!("this build knows the servers of a house, and cannot stand on them yet"),
        }
    }

    /// Opens those of a data folder, made at the first start.
    async fn here(config: &Config, folder: &Folder, tasks: &Tasks) -> Result<Self> {
        let (clock, chance) = (Clock::machine(), Chance::machine());
        let data = folder.path();
        let keys = folder.keys(&chance)?;
        if keys.made {
            out::error(&format!(
                "made {}: keep a copy elsewhere; who loses this file loses every sealed word",
                keys.file.display()
            ));
        }
        let ballast = folder.ballast(&chance)?;
        ballast.watch(tasks);
        let settings = StoreConfig { ballast: Some(ballast), ..StoreConfig::at(data) };
        let store = Store::open(&settings, keys.keys.clone(), clock.clone(), chance.clone(), tasks);
        let store = store.await.context("opening the records")?;
        let limits = Limits { queue: config.queue, ..Limits::default() };
        let bus = Bus::embedded(data, limits, clock.clone(), tasks).await.context("opening the bus")?;
        let coord = Coord::local(&clock);
        let intake = Intake::new(bus.clone(), store.clone(), coord.quotas.clone(), clock.clone(), chance.clone());
        Ok(Self { clock, chance, keys: keys.keys, store, bus, coord, intake, process: PROCESS.to_owned() })
    }
}
