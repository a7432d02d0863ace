//! The rooms of a house on servers: RabbitMQ, PostgreSQL, Redis.
//!
//! In: addresses. Out: the rooms, as soon as the servers are there: whoever waits for one says
//! so in `/readyz`. What waiting cannot mend ends the process. Never here: a table, a queue.

use std::{path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context, Result, bail};
use bus::Bus;
use channel::Intake;
use contract::seal::Keys;
use coord::Coord;
use runtime::{Chance, Clock, Health, Tasks};
use store::{Engine, Folder, HouseKeys, Store, StoreConfig, folder};

use super::{Rooms, first, limits};
use crate::{
    config::{Config, Servers},
    process,
    serve::patience::{Patience, Server},
};

/// How long what a vain try began may take to end.
const VAIN_LIMIT: Duration = Duration::from_secs(5);
/// How long the bus may take to close.
const CLOSE_LIMIT: Duration = Duration::from_secs(8);

/// What the rooms are opened with.
pub(super) struct Opening<'a> {
    pub(super) config: &'a Config,
    pub(super) servers: &'a Servers,
    pub(super) folder: &'a Folder,
    pub(super) patience: Patience,
    pub(super) tasks: &'a Tasks,
    pub(super) health: &'a Health,
}

impl Opening<'_> {
    pub(super) async fn open(self) -> Result<Rooms> {
        let (clock, chance) = (Clock::machine(), Chance::machine());
        let process = match self.patience {
            Patience::Waits => process::name(self.config.name.as_deref(), self.folder.path(), &chance)?,
            Patience::Fails => process::COMMANDS.to_owned(),
        };
        let coord = Coord::redis(&self.servers.coord.settings()?, &clock, &chance, self.tasks, self.health)
            .context("[coord]")?;
        let (keys, store) = self.store(&clock, &chance).await.context("[store]")?;
        let bus = self.bus(&clock, &process).await.context("[bus]")?;
        let intake = Intake::new(bus.clone(), store.clone(), coord.quotas.clone(), clock.clone(), chance.clone());
        let first = first(&keys_of(self.config), self.folder.path());
        Ok(Rooms { clock, chance, keys, store, bus, coord, intake, process, shared: true, first })
    }

    /// Opens the records by the key file. One that is not there is made where the records know
    /// of none; of two that were made at once the records take the first and refuse the other.
    async fn store(&self, clock: &Clock, chance: &Chance) -> Result<(Arc<Keys>, Store)> {
        let place = StoreConfig { data: self.folder.path().to_owned(), ..records_of(self.config) };
        let keys = if keys_of(self.config).exists() {
            given_keys(self.config)?
        } else {
            let known =
                self.patience.take(Server::STORE, self.health, async || Ok(Store::knows_keys(&place).await?)).await?;
            self.first_keys(known, chance)?
        };
        let open =
            async || Ok(Store::open(&place, keys.keys.clone(), clock.clone(), chance.clone(), self.tasks).await?);
        // A key file that was made in vain stays: another process may have read it.
        let store = self.patience.take(Server::STORE, self.health, open).await;
        let store = store.with_context(|| format!("with the keys in {}", keys.file.display()))?;
        Ok((keys.keys, store))
    }

    fn first_keys(&self, known: bool, chance: &Chance) -> Result<HouseKeys> {
        let file = keys_of(self.config);
        if file.exists() {
            // Another process made it meanwhile.
            return given_keys(self.config);
        }
        if known {
            bail!(
                "the key file {} is not there, and the records were written with one: bring it here, or say in [keys] where it is",
                file.display()
            );
        }
        if self.patience == Patience::Fails {
            bail!("there is no house yet; `shouwen serve` makes one");
        }
        let keys = folder::shared_keys(&file, chance)?;
        if keys.made {
            let what = "made the key file, which every process of this house needs: keep a copy elsewhere, for who loses it loses every sealed word";
            tracing::warn!(file = %file.display(), "{what}");
        }
        Ok(keys)
    }

    async fn bus(&self, clock: &Clock, process: &str) -> Result<Bus> {
        let settings = self.servers.bus.settings(&format!("shouwen {process}"));
        let open = async || {
            // Of its own, so that a vain one ends.
            let attempt = Tasks::new(self.health.clone());
            match Bus::rabbit(&settings, limits(self.config), clock.clone(), &attempt).await {
                Ok(bus) => {
                    adopt(self.tasks, attempt);
                    Ok(bus)
                }
                Err(error) => {
                    attempt.finish(VAIN_LIMIT).await;
                    Err(error.into())
                }
            }
        };
        self.patience.take(Server::BUS, self.health, open).await
    }
}

/// Joins the tasks of a try that succeeded to those of the rooms.
fn adopt(tasks: &Tasks, attempt: Tasks) {
    let (outer, own) = (tasks.stop(), attempt.stop());
    tasks.spawn("bus", async move {
        tokio::select! {
            () = outer.cancelled() => {}
            // One of them panicked: the process stops.
            () = own.cancelled() => outer.cancel(),
        }
        for late in attempt.finish(CLOSE_LIMIT).await {
            tracing::warn!(task = %late, "a task of the bus did not end in time");
        }
    });
}

/// Says where the records lie.
pub(crate) fn records_of(config: &Config) -> StoreConfig {
    let usual = StoreConfig::at(&config.data);
    let Some(Servers { store, .. }) = &config.servers else { return usual };
    StoreConfig { engine: Engine::Postgres(store.settings()), ..usual }
}

fn given_keys(config: &Config) -> Result<HouseKeys> {
    let file = keys_of(config);
    Ok(HouseKeys { keys: folder::handed_keys(&file)?, made: false, file })
}

/// Says where the key file of a house on servers is.
pub(crate) fn keys_of(config: &Config) -> PathBuf {
    config.keys.clone().unwrap_or_else(|| config.data.join(folder::KEY_FILE))
}
