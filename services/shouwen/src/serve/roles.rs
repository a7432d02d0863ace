//! The roles of the house, each started with all it touches.
//!
//! In: the rooms, the accounts, the firm. Out: tasks under way and the routes of HTTP.
//! Never here: what a role does.

use std::sync::Arc;

use anyhow::Result;
use axum::Router;
use channel::{Host, ReceiptBook, ReceiptSink};
use console::{Accounts, FirmDesk, FirmInForce, Ports, Settings};
use coord::ConsoleId;
use runtime::{Health, Tasks};
use store::journal::PROCESS;

use super::{
    answers,
    doors::{self, Adapter, Door},
    firm_desk,
    rooms::Rooms,
    routing::Routing,
    standing,
};
use crate::config::Config;

/// Starts every role; gives the routes of all.
pub(super) async fn start(
    config: &Config,
    firm: FirmInForce,
    rooms: &Rooms,
    tasks: &Tasks,
    health: &Health,
) -> Result<Router> {
    let doors = doors::open(&config.accounts, &firm.book, &config.data, rooms)?;
    let accounts = accounts(&doors);
    answers::start(&doors, rooms, tasks, health).await?;
    let mut routing = Routing::of(rooms, &doors, tasks, health);
    firm.book.firm.branches.iter().for_each(|branch| routing.open(&branch.id));
    let fed = doors.iter().map(|door| door.account.clone()).collect();
    let desk = desk(firm, fed, rooms, tasks, Some(routing));
    let console = console(desk, rooms, accounts, tasks)?;
    let told = standing::run(rooms.store.clone(), rooms.coord.fanout.clone(), tasks.stop());
    tasks.spawn("answers.told", told);
    let receipts = ReceiptBook::new(rooms.store.clone(), rooms.clock.clone());
    Ok(console.merge(channels(doors, rooms, Arc::new(receipts), tasks, health)))
}

/// Starts the desk that changes the firm, for the accounts that feed its branches.
pub(super) fn desk(
    firm: FirmInForce,
    fed: Vec<channel::Account>,
    rooms: &Rooms,
    tasks: &Tasks,
    routing: Option<Routing>,
) -> FirmDesk {
    let (desk, changes) = firm_desk::desk(rooms, firm, fed, routing);
    tasks.spawn("firm", changes.run(tasks.stop()));
    desk
}

/// Starts the console.
pub(super) fn console(desk: FirmDesk, rooms: &Rooms, accounts: Accounts, tasks: &Tasks) -> Result<Router> {
    let settings = Settings {
        process: PROCESS.to_owned(),
        console: ConsoleId(rooms.chance.id(rooms.clock.now())),
        origins: Vec::new(),
        https: false,
    };
    let ports = Ports {
        bus: rooms.bus.clone(),
        store: rooms.store.clone(),
        coord: rooms.coord.clone(),
        keys: rooms.keys.clone(),
        clock: rooms.clock.clone(),
        chance: rooms.chance.clone(),
        tasks: tasks.clone(),
        intake: rooms.intake.clone(),
        firm: desk,
        accounts,
        settings,
    };
    Ok(console::router(ports)?)
}

fn accounts(doors: &[Door]) -> Accounts {
    let named = |door: &Door| (door.account.channel, door.account.id.clone(), door.account.branch.clone());
    Accounts::new(doors.iter().map(named))
}

/// Opens the doors to providers.
fn channels(doors: Vec<Door>, rooms: &Rooms, receipts: Arc<dyn ReceiptSink>, tasks: &Tasks, health: &Health) -> Router {
    let mut by_http = Vec::new();
    for door in doors {
        match door.adapter {
            Adapter::Http { channel, .. } => by_http.push(channel::Door { account: door.account, channel }),
            Adapter::Mail(room) => room.start(rooms, receipts.clone(), tasks, health),
        }
    }
    let host = Host::new(by_http, rooms.intake.clone(), receipts, health);
    host.start_replays(tasks);
    host.routes()
}
