//! `shouwen serve`: the house, wired.
//!
//! In: configuration and firm. Out: a running house, a line that says where it listens, an
//! orderly end at SIGINT and SIGTERM. Never here: what a room does.

mod answers;
mod bus_watch;
mod doors;
mod firm_desk;
mod listen;
mod mail;
mod office;
mod roles;
mod rooms;
mod routing;
mod signals;
mod standing;
mod tokens;
mod watch;

use std::{path::Path, process::ExitCode, time::Duration};

use anyhow::{Result, bail};
use channel::submit::SUBMIT_TIME_MAX;
use contract::Role;
use runtime::{Health, Tasks, telemetry};
use tokio::net::TcpListener;

use crate::{
    cli::{Common, Serve},
    client::ADDRESS_FILE,
    command::firm_file,
    config::{self, Config},
    out, private, sources,
};
use firm_desk::{Applied, Begun};
use rooms::Rooms;
use signals::Signals;

pub(crate) use office::Office;
pub(crate) use tokens::path as token_path;

/// How long the roles may take to finish what is under way: a submit that was begun is waited
/// for, since nobody would know what became of it.
const FINISH_LIMIT: Duration = SUBMIT_TIME_MAX.saturating_add(Duration::from_secs(5));
/// How often it is asked whether every part has come up.
const READY_EVERY: Duration = Duration::from_millis(10);

/// Runs the house until it is told to stop.
pub(crate) async fn run(common: &Common, serve: Serve) -> Result<ExitCode> {
    let sources = sources::gather(common, serve.firm, serve.listen)?;
    let (config, warnings) = config::read(&sources)?;
    telemetry::start_logging(&config.log_filter, config.log_form);
    let firm = firm_file::sound(&config.firm)?;
    firm_file::warn(&warnings);
    firm_file::warn(&firm.warnings);
    let mut signals = Signals::listen()?;
    let listener = listen::bind(config.listen)?;

    let health = Health::default();
    let rooms = Rooms::open(&config.data, &health).await?;
    let tasks = Tasks::new(health.clone());
    let ended = live(&config, firm, &rooms, &tasks, &health, listener, &mut signals).await;
    for late in tasks.finish(FINISH_LIMIT).await {
        tracing::warn!(task = %late, "a task did not end in time");
    }
    rooms.close().await;
    ended
}

/// From the opened rooms to the wish to stop.
async fn live(
    config: &Config,
    firm: firm_file::Sound,
    rooms: &Rooms,
    tasks: &Tasks,
    health: &Health,
    listener: TcpListener,
    signals: &mut Signals,
) -> Result<ExitCode> {
    let in_force =
        match firm_desk::begin(&rooms.store, &rooms.bus, firm.text, firm.book, |book| strays(config, book)).await? {
            Begun::Applied(applied) => {
                tell(&applied);
                applied.firm
            }
            Begun::Stays(in_force, since) => {
                out::line(&format!(
                    "firm version {} stays in force, applied by {} at {}: the firm file is the one of the last start",
                    since.version, since.by, since.at
                ));
                in_force
            }
        };
    tokens::make(&config.data, &rooms.store, &rooms.chance).await?;
    let figures = telemetry::start_metrics();
    if let Some(figures) = figures.clone() {
        tasks.spawn("figures", watch::keep(figures, tasks.stop()));
    }
    let bus = health.part("bus");
    bus.starting();
    tasks.spawn("bus.watch", bus_watch::keep(rooms.bus.clone(), bus, tasks.stop()));
    let routes = roles::start(config, in_force, rooms, tasks, health).await?.merge(watch::routes(
        health.clone(),
        figures,
        rooms.bus.clone(),
    ));

    let url = format!("http://{}", listener.local_addr()?);
    // Before anybody can see that the house is ready: what he then asks finds it by this.
    let address = config.data.join(ADDRESS_FILE);
    private::write(&address, &format!("{url}\n"))?;
    let stop = tasks.stop();
    tasks.spawn("http", async move {
        if let Err(error) = listen::serve(listener, routes, stop.clone()).await {
            tracing::error!(%error, "the listener ended");
            stop.cancel();
        }
    });
    let ended = attend(&url, &config.data, rooms, tasks, health, signals).await;
    // A file that stays behind only costs the next command a vain call.
    drop(std::fs::remove_file(address));
    ended
}

/// Waits for a signal, or for a room that failed.
async fn attend(
    url: &str,
    data: &Path,
    rooms: &Rooms,
    tasks: &Tasks,
    health: &Health,
    signals: &mut Signals,
) -> Result<ExitCode> {
    let (stopped, failed) = (tasks.stop(), rooms.failed());
    let ready = async {
        while !health.is_well() {
            tokio::time::sleep(READY_EVERY).await;
        }
        let token = token_path(data, Role::Admin);
        out::line(&format!("ready at {url}; the administrator's token lies in {}", token.display()));
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = signals.next() => {
            tracing::info!("asked to stop");
            Ok(ExitCode::SUCCESS)
        }
        () = stopped.cancelled() => bail!("a role failed; the log says which"),
        () = failed.cancelled() => bail!("a room failed; the log says which"),
        () = ready => Ok(ExitCode::SUCCESS),
    }
}

/// Prints what another firm file changed.
fn tell(applied: &Applied) {
    let version = applied.firm.version;
    match &applied.changes {
        None => out::line(&format!("firm version {version}: {}", firm_file::summary(&applied.firm.book))),
        Some(changes) if changes.is_empty() => {}
        Some(changes) => {
            out::line(&format!("firm version {version} changes:"));
            changes.iter().for_each(|change| out::line(&format!("  {change}")));
        }
    }
}

fn strays(config: &Config, book: &firm::Book) -> Result<()> {
    let errors = config::strays(config, &book.firm);
    if errors.is_empty() { Ok(()) } else { Err(firm::Faults { errors, warnings: Vec::new() }.into()) }
}
