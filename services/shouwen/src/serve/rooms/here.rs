//! The rooms of a house of one process: all of it in its data folder.
//!
//! In: a data folder under lock. Out: the rooms, made at the first start. Never here: a server.

use anyhow::{Context, Result};
use bus::Bus;
use channel::Intake;
use coord::Coord;
use runtime::{Chance, Clock, Tasks};
use store::{Folder, Store, StoreConfig, journal::PROCESS};

use super::{Rooms, first, limits};
use crate::config::Config;

/// Opens the rooms.
pub(super) async fn open(config: &Config, folder: &Folder, tasks: &Tasks) -> Result<Rooms> {
    let (clock, chance) = (Clock::machine(), Chance::machine());
    let data = folder.path();
    let keys = folder.keys(&chance)?;
    if keys.made {
        let file = keys.file.display();
        tracing::warn!(%file, "made the key file: keep a copy elsewhere, for who loses it loses every sealed word");
    }
    let ballast = folder.ballast(&chance)?;
    ballast.watch(tasks);
    let settings = StoreConfig { ballast: Some(ballast), ..StoreConfig::at(data) };
    let store = Store::open(&settings, keys.keys.clone(), clock.clone(), chance.clone(), tasks);
    let store = store.await.context("opening the records")?;
    let bus = Bus::embedded(data, limits(config), clock.clone(), tasks).await.context("opening the bus")?;
    let coord = Coord::local(&clock);
    let intake = Intake::new(bus.clone(), store.clone(), coord.quotas.clone(), clock.clone(), chance.clone());
    let process = PROCESS.to_owned();
    let first = first(&keys.file, data);
    Ok(Rooms { clock, chance, keys: keys.keys, store, bus, coord, intake, process, shared: false, first })
}
