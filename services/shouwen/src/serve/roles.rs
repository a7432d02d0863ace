//! The roles of the house, each started with all it touches.
//!
//! In: the rooms, the accounts, the firm, which roles run here. Out: tasks under way and the
//! routes of HTTP. Never here: what a role does.

use std::sync::Arc;

use anyhow::{Context, Result};
use axum::Router;
use channel::{Host, ReceiptBook, ReceiptSink, Spool};
use console::{Accounts, FirmDesk, FirmInForce, Ports, Settings};
use coord::ConsoleId;
use router::shell::Company;
use runtime::{Health, Tasks};
use store::notice::Way;

use super::{
    answers,
    doors::{self, Adapter, Door, Known},
    firm_desk::{self, Routed},
    front,
    parts::Parts,
    rooms::Rooms,
    routing, spool, standing,
};
use crate::config::Config;

/// Starts the roles of this process; gives the routes of all.
pub(super) async fn start(
    config: &Config,
    parts: &Parts,
    firm: FirmInForce,
    rooms: &Rooms,
    spool: Option<Spool>,
    tasks: &Tasks,
    health: &Health,
) -> Result<Router> {
    let known = doors::known(&config.accounts, &firm.book)?;
    let here = known.iter().filter(|known| parts.has(known.account.channel));
    let doors = doors::open(here, &firm.book, &config.data, rooms)?;
    if parts.router || parts.notifier {
        answers::open_queue(rooms, health).await?;
    }
    answers::send(&doors, config.public_url.as_deref(), rooms, tasks, health)?;
    if parts.notifier {
        answers::plan(answering(&known), config.public_url.clone(), rooms, tasks, health);
    }
    if parts.router {
        let answerable = answering(&known).map(|account| (account.channel, account.id.clone())).collect();
        let company = company(config);
        let identity = routing::identity(company, &config.data, &rooms.chance)?;
        routing::start(&firm, rooms, answerable, (company, identity), tasks, health);
    }
    if parts.moves_deliveries() {
        let told = standing::run(rooms.store.clone(), rooms.coord.fanout.clone(), tasks.stop());
        tasks.spawn("answers.told", told);
    }
    let receipts = ReceiptBook::new(rooms.store.clone(), rooms.clock.clone());
    if let Some(spool) = &spool {
        let keeps = doors.iter().map(|door| &door.account).filter(|account| spool::keeps(account));
        let accounts: Vec<_> = keeps.cloned().collect();
        spool.start(&accounts, tasks, health).await.context("starting the spool")?;
    }
    let channels = if parts.takes_calls() {
        channels(doors, rooms, spool.as_ref(), Arc::new(receipts), tasks, health)
    } else {
        Router::new()
    };
    if !parts.console {
        return Ok(channels.fallback(front::absent));
    }
    let fed = known.iter().map(|known| known.account.clone()).collect();
    let desk = desk(firm, fed, rooms, tasks, Routed::Yes);
    Ok(console(desk, rooms, accounts(&known), config.public_url.clone(), tasks)?.merge(channels))
}

/// Says whether other routers may live: without servers the lock of the data folder proves that
/// none does.
const fn company(config: &Config) -> Company {
    if config.servers.is_some() { Company::Others } else { Company::Alone }
}

/// Starts the desk that changes the firm, for the accounts that feed its branches.
pub(super) fn desk(
    firm: FirmInForce,
    fed: Vec<channel::Account>,
    rooms: &Rooms,
    tasks: &Tasks,
    routed: Routed,
) -> FirmDesk {
    let (desk, changes) = firm_desk::desk(rooms, firm, fed, routed);
    tasks.spawn("firm", changes.run(tasks.stop()));
    desk
}

/// Starts the console.
pub(super) fn console(
    desk: FirmDesk,
    rooms: &Rooms,
    accounts: Accounts,
    public_url: Option<String>,
    tasks: &Tasks,
) -> Result<Router> {
    let settings = Settings {
        process: rooms.process.clone(),
        console: ConsoleId(rooms.chance.id(rooms.clock.now())),
        public_url,
        first: Some(rooms.first.clone()),
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

/// Gives the accounts that can answer, wherever their doors are.
fn answering<'a>(known: &'a [Known<'_>]) -> impl Iterator<Item = &'a channel::Account> {
    known.iter().filter(|known| known.settings.answers()).map(|known| &known.account)
}

fn accounts(known: &[Known<'_>]) -> Accounts {
    let named = |known: &Known<'_>| {
        let account = &known.account;
        (account.channel, account.id.clone(), account.branch.clone())
    };
    let way = |account: &channel::Account| Way {
        branch: account.branch.clone(),
        channel: account.channel,
        account: account.id.clone(),
    };
    Accounts::new(known.iter().map(named)).with_ways(answering(known).map(way))
}

/// Opens the doors to providers.
fn channels(
    doors: Vec<Door<'_>>,
    rooms: &Rooms,
    spool: Option<&Spool>,
    receipts: Arc<dyn ReceiptSink>,
    tasks: &Tasks,
    health: &Health,
) -> Router {
    let mut by_http = Vec::new();
    for door in doors {
        match door.adapter {
            Adapter::Http(channel) => {
                let spool = spool.filter(|_| spool::keeps(&door.account)).cloned();
                by_http.push(channel::Door { account: door.account, channel, spool });
            }
            Adapter::Mail(room) => room.start(rooms, receipts.clone(), tasks, health),
        }
    }
    let host = Host::new(by_http, rooms.intake.clone(), receipts, health);
    host.start_replays(tasks);
    host.routes()
}
