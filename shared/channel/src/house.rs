//! A small house for the tests of this crate: a real bus and a real store in a folder that
//! ends with the test, a clock that is moved by hand.

use std::sync::Arc;

use bus::{Bus, Limits, QueueName};
use contract::{
    ChannelKind, about,
    inbound::{Body, Inbound},
    seal::Keys,
    wire,
};
use runtime::{Chance, Clock, Health, Tasks};
use store::{Folder, Store, StoreConfig, folder::Ballast};
use tempfile::TempDir;

use crate::{account::Account, intake::Intake};

pub(crate) struct House {
    _folder: TempDir,
    pub(crate) tasks: Tasks,
    /// Of the bus alone, so that it can end before the rest.
    pub(crate) bus_tasks: Tasks,
    pub(crate) health: Health,
    pub(crate) bus: Bus,
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) intake: Intake,
}

pub(crate) fn account() -> Account {
    Account { channel: ChannelKind::Sms, id: "main".parse().unwrap(), branch: "hq".parse().unwrap() }
}

impl House {
    pub(crate) async fn open(limits: Limits) -> Self {
        Self::open_in(TempDir::new().unwrap(), limits, None).await
    }

    /// Opens one with ballast, which a test throws off as a full disk does.
    pub(crate) async fn with_ballast() -> (Self, Ballast) {
        let folder = TempDir::new().unwrap();
        let ballast = Folder::lock(folder.path()).unwrap().ballast(&Chance::seeded(2)).unwrap();
        (Self::open_in(folder, Limits::default(), Some(ballast.clone())).await, ballast)
    }

    async fn open_in(folder: TempDir, limits: Limits, ballast: Option<Ballast>) -> Self {
        let clock = Clock::by_hand("2026-11-09T01:14:00Z".parse().unwrap());
        let health = Health::default();
        let (chance, tasks) = (Chance::seeded(1), Tasks::new(health.clone()));
        let keys = Arc::new(Keys::new(vec![(1, [1; 32])], [2; 32], [3; 32]));
        let bus_tasks = Tasks::new(health.clone());
        let bus = Bus::embedded(folder.path(), limits, clock.clone(), &bus_tasks).await.unwrap();
        let config = StoreConfig { ballast, ..StoreConfig::at(folder.path()) };
        let store = Store::open(&config, keys, clock.clone(), chance.clone(), &tasks).await.unwrap();
        let quotas = coord::Coord::local(&clock).quotas;
        let intake = Intake::new(bus.clone(), store.clone(), quotas, clock.clone(), chance);
        Self { _folder: folder, tasks, bus_tasks, health, bus, store, clock, intake }
    }

    pub(crate) fn routed_count(&self) -> u64 {
        self.bus.figures().depth(&route()).messages
    }

    /// Gives what lies on the branch's queue, in order.
    pub(crate) async fn routed(&self) -> Vec<(Inbound, Body)> {
        let depth = usize::try_from(self.routed_count()).unwrap();
        let consumer = self.bus.consume(&route(), 1000, 0).await.unwrap();
        let mut routed = Vec::new();
        while routed.len() < depth {
            for delivery in consumer.next_batch(1000).await.unwrap() {
                let inbound: Inbound = wire::decode(&delivery.message.body).unwrap();
                assert_eq!(delivery.message.id, inbound.input.bits());
                let plain = self.store.keys().open(&about::contact(inbound.contact), &inbound.sealed).unwrap();
                routed.push((inbound, wire::decode(&plain).unwrap()));
            }
        }
        routed
    }

    pub(crate) async fn only_routed(&self) -> (Inbound, Body) {
        let mut routed = self.routed().await;
        assert_eq!(routed.len(), 1);
        routed.remove(0)
    }
}

fn route() -> QueueName {
    QueueName::Route("hq".parse().unwrap())
}
