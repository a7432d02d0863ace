//! The inner rooms of a house: folder, keys, records, bus, coordination.
//!
//! In: a data folder. Out: the rooms, opened under the folder's lock; closed in the order
//! that loses nothing. Never here: a role.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use bus::{Bus, Limits};
use channel::Intake;
use contract::seal::Keys;
use coord::Coord;
use runtime::{Chance, Clock, Health, Tasks};
use store::{Folder, Store, StoreConfig};

use crate::out;

/// How long the inner rooms may take to end.
const CLOSE_LIMIT: Duration = Duration::from_secs(10);

/// What every role stands on.
pub(super) struct Rooms {
    pub(super) clock: Clock,
    pub(super) chance: Chance,
    pub(super) keys: Arc<Keys>,
    pub(super) store: Store,
    pub(super) bus: Bus,
    pub(super) coord: Coord,
    pub(super) intake: Intake,
    /// Tasks of the rooms themselves; they end last.
    tasks: Tasks,
    // Dropped last, so that nobody else enters before the rooms are closed.
    folder: Folder,
}

impl Rooms {
    /// Opens the rooms of a data folder, made at the first start.
    pub(super) async fn open(data: &Path, health: &Health) -> Result<Self> {
        let (clock, chance, tasks) = (Clock::machine(), Chance::machine(), Tasks::new(health.clone()));
        let folder = Folder::lock(data)?;
        let keys = folder.keys(&chance)?;
        if keys.made {
            out::error(&format!(
                "made {}: keep a copy elsewhere; who loses this file loses every sealed word",
                keys.file.display()
            ));
        }
        let ballast = folder.ballast(&chance)?;
        ballast.watch(&tasks);
        let settings = StoreConfig { ballast: Some(ballast), ..StoreConfig::at(data) };
        let store = Store::open(&settings, keys.keys.clone(), clock.clone(), chance.clone(), &tasks);
        let store = store.await.context("opening the records")?;
        let bus = Bus::embedded(data, Limits::default(), clock.clone(), &tasks).await.context("opening the bus")?;
        let coord = Coord::local(&clock);
        let intake = Intake::new(bus.clone(), store.clone(), coord.quotas.clone(), clock.clone(), chance.clone());
        Ok(Self { clock, chance, keys: keys.keys, store, bus, coord, intake, tasks, folder })
    }

    /// Gives the signal that a room of these failed.
    pub(super) fn failed(&self) -> runtime::Stop {
        self.tasks.stop()
    }

    /// Closes the rooms, once nobody uses them any more.
    pub(super) async fn close(self) {
        for late in self.tasks.finish(CLOSE_LIMIT).await {
            tracing::warn!(task = %late, "a room did not close in time");
        }
        drop(self.folder);
    }
}
