//! The way out: the notifier, and a sender for every account that can answer.
//!
//! In: the doors. Out: tasks under way. The notifier's queue is there before the first
//! branch is routed, so that no answer is published past it. Never here: a retry.

use anyhow::{Context, Result};
use channel::{
    Sender,
    sender::{self, WINDOW, Way},
};
use notifier::{Notifier, Outlet};
use runtime::{Health, Tasks};

use super::{
    doors::{Adapter, Door},
    rooms::Rooms,
};

/// Starts them all.
pub(super) async fn start(doors: &[Door], rooms: &Rooms, tasks: &Tasks, health: &Health) -> Result<()> {
    let mut outlets = Vec::new();
    for door in doors {
        let Some(way) = way_out(door) else { continue };
        let (channel, account) = (door.account.channel, door.account.id.clone());
        outlets.push(Outlet { channel, account, window: WINDOW as u64 });
        let ports = sender::Ports {
            bus: rooms.bus.clone(),
            store: rooms.store.clone(),
            clock: rooms.clock.clone(),
            chance: rooms.chance.clone(),
        };
        let name = format!("sender.{}", door.account);
        let sender = Sender::new(door.account.clone(), way, ports, WINDOW).context("preparing a sender")?;
        tasks.spawn(&name, sender.run(health.part(&name), tasks.stop()));
    }
    let ports = notifier::Ports { bus: rooms.bus.clone(), store: rooms.store.clone(), clock: rooms.clock.clone() };
    let notifier = Notifier::open(outlets, ports).await.context("opening the notifier's queue")?;
    tasks.spawn("notifier", notifier.run(health.part("notifier"), tasks.stop()));
    Ok(())
}

fn way_out(door: &Door) -> Option<Way> {
    match &door.adapter {
        Adapter::Http { channel, answers } => answers.then(|| Way::Http(channel.clone())),
        Adapter::Mail(room) => room.submitter().map(Way::Own),
    }
}
