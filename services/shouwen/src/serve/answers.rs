//! The way out: the notifier, and a sender for every account that can answer.
//!
//! In: the doors, the accounts. Out: tasks under way. The notifier's queue is there before the
//! first branch is routed, so that no answer is published past it. Never here: a retry.

use anyhow::{Context, Result};
use channel::{
    Account, Sender,
    sender::{self, WINDOW, Way},
};
use notifier::{Notifier, Outlet};
use runtime::{Health, Tasks};

use super::{
    doors::{Adapter, Door},
    patience::Server,
    rooms::Rooms,
};

/// Starts the senders of the doors of this process.
pub(super) fn send(
    doors: &[Door<'_>],
    public_url: Option<&str>,
    rooms: &Rooms,
    tasks: &Tasks,
    health: &Health,
) -> Result<()> {
    for door in doors {
        let Some(way) = way_out(door) else { continue };
        let ports = sender::Ports {
            bus: rooms.bus.clone(),
            store: rooms.store.clone(),
            clock: rooms.clock.clone(),
            chance: rooms.chance.clone(),
        };
        let name = format!("sender.{}", door.account);
        let sender = Sender::new(door.account.clone(), way, ports, WINDOW).context("preparing a sender")?;
        let sender = sender.with_pages_at(public_url.map(str::to_owned));
        tasks.spawn(&name, sender.run(health.part(&name), tasks.stop()));
    }
    Ok(())
}

/// Makes the notifier's queue, wherever the notifier runs: what is published to events before
/// that would not reach it.
pub(super) async fn open_queue(rooms: &Rooms, health: &Health) -> Result<()> {
    let declare = async || Ok(rooms.bus.declare(&notifier::notifier::queue()).await?);
    rooms.patience().take(Server::BUS, health, declare).await.context("opening the notifier's queue")
}

/// Starts the notifier for the accounts that can answer, wherever their senders are.
pub(super) fn plan<'a>(
    accounts: impl Iterator<Item = &'a Account>,
    public_url: Option<String>,
    rooms: &Rooms,
    tasks: &Tasks,
    health: &Health,
) {
    let outlet = |account: &Account| Outlet {
        channel: account.channel,
        account: account.id.clone(),
        branch: account.branch.clone(),
        window: WINDOW as u64,
    };
    let ports = notifier::Ports {
        name: rooms.process.clone(),
        bus: rooms.bus.clone(),
        store: rooms.store.clone(),
        clock: rooms.clock.clone(),
    };
    let notifier = Notifier::new(accounts.map(outlet).collect(), ports).with_pages_at(public_url);
    tasks.spawn("notifier", notifier.run(health.part("notifier"), tasks.stop()));
}

fn way_out(door: &Door<'_>) -> Option<Way> {
    match &door.adapter {
        Adapter::Http(channel) => door.settings.answers().then(|| Way::Http(channel.clone())),
        Adapter::Mail(room) => room.submitter().map(Way::Own),
    }
}
