//! `shouwen serve`: a process of the house, wired.
//!
//! In: configuration, firm, roles. Out: the roles running, a line that says where they listen,
//! an orderly end at SIGINT and SIGTERM. Never here: what a room does.

mod answers;
mod bus_watch;
mod call;
mod catalogue;
mod doors;
mod firm_desk;
mod front;
mod listen;
mod mail;
mod office;
mod parts;
mod patience;
mod report;
mod roles;
mod rooms;
mod routing;
mod signals;
mod spool;
mod standing;
mod store_watch;
mod tokens;
mod watch;

use std::{
    process::ExitCode,
    sync::{Arc, OnceLock},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use axum::Router;
use channel::submit::SUBMIT_TIME_MAX;
use console::FirmInForce;
use contract::Role;
use runtime::{Health, Tally, Tasks, telemetry};
use store::Folder;
use tokio::net::TcpListener;

use crate::{
    cli::{Common, RoleName, Serve},
    client::ADDRESS_FILE,
    command::firm_file,
    config::{self, Config},
    out, private, sources,
};
use firm_desk::{Applied, Begun, Found};
use front::Front;
use listen::Proxies;
use parts::Parts;
use patience::{Patience, Server};
use report::Reporter;
use rooms::Rooms;
use tokens::Others;
use watch::LateBus;

pub(crate) use listen::bind;
pub(crate) use office::Office;
pub(crate) use rooms::{keys_of, records_of};
pub(crate) use signals::Signals;
pub(crate) use tokens::path as token_path;

/// How long the roles may take to finish what is under way: a submit that was begun is waited
/// for, since nobody would know what became of it.
const FINISH_LIMIT: Duration = SUBMIT_TIME_MAX.saturating_add(Duration::from_secs(5));
/// How long the inner rooms may take to end.
const CLOSE_LIMIT: Duration = Duration::from_secs(10);
/// How often it is asked whether every part has come up.
const READY_EVERY: Duration = Duration::from_millis(10);

/// A house that is about to begin.
pub(crate) struct Opening {
    /// What its operator set.
    pub(crate) config: Config,
    /// What works, but perhaps not as meant.
    pub(crate) warnings: firm::Faults,
    /// Where it listens, if that is open already.
    pub(crate) listener: Option<TcpListener>,
}

/// Runs the process until it is told to stop.
pub(crate) async fn run(common: &Common, serve: Serve) -> Result<ExitCode> {
    let sources = sources::gather(common, serve.firm, serve.listen)?;
    let (config, warnings) = config::read(&sources)?;
    let console = serve.role.iter().any(|role| matches!(role, RoleName::All | RoleName::Console));
    let beside = async |url: &str, config: &Config| announce(url, config, console).await;
    open(Opening { config, warnings, listener: None }, &serve.role, beside).await
}

/// Runs these roles of a house until the process is told to stop. `beside` is begun when the
/// house is ready, with its address, and dropped when it is to stop.
pub(crate) async fn open(
    opening: Opening,
    roles: &[RoleName],
    beside: impl AsyncFnOnce(&str, &Config) -> Result<()>,
) -> Result<ExitCode> {
    let Opening { config, warnings, listener } = opening;
    let parts = Parts::of(roles, &config)?;
    telemetry::start_logging(&config.log_filter, config.log_form);
    let firm = if config.servers.is_some() {
        firm_file::if_there(&config.firm)?
    } else {
        Some(firm_file::sound(&config.firm)?)
    };
    warn(&warnings);
    firm.iter().for_each(|firm| warn(&firm.warnings));
    let mut signals = Signals::listen()?;
    let listener = listener.map_or_else(|| bind(config.listen), Ok)?;
    // Dropped last, so that nobody else enters before everything is closed.
    let folder = Folder::lock(&config.data)?;

    let health = Health::default();
    let (tasks, inner) = (Tasks::new(health.clone()), Tasks::new(health.clone()));
    let process = Process { config, parts, folder, health, tasks, inner, front: Front::default() };
    let ended = process.live(firm, listener, &mut signals, beside).await;
    for late in process.tasks.finish(FINISH_LIMIT).await {
        tracing::warn!(task = %late, "a task did not end in time");
    }
    for late in process.inner.finish(CLOSE_LIMIT).await {
        tracing::warn!(task = %late, "a room did not close in time");
    }
    ended
}

/// Logs what works, but perhaps not as meant.
fn warn(faults: &firm::Faults) {
    for fault in &faults.warnings {
        tracing::warn!(%fault, "works, but perhaps not as meant");
    }
}

/// Says that the house is ready, and nothing more.
async fn announce(url: &str, config: &Config, console: bool) -> Result<()> {
    let token = token_path(&config.data, Role::Admin);
    let token = format!("; the administrator's token lies in {}", token.display());
    out::line(&format!("ready at {url}{}", if console { &token } else { "" }));
    std::future::pending().await
}

/// A process of the house.
struct Process {
    config: Config,
    parts: Parts,
    folder: Folder,
    health: Health,
    /// What the roles do.
    tasks: Tasks,
    /// What the inner rooms do, which end last.
    inner: Tasks,
    front: Front,
}

impl Process {
    /// From the first moment to the wish to stop.
    async fn live(
        &self,
        firm: Option<firm_file::Sound>,
        listener: TcpListener,
        signals: &mut Signals,
        beside: impl AsyncFnOnce(&str, &Config) -> Result<()>,
    ) -> Result<ExitCode> {
        let house = self.health.part("house");
        house.starting();
        let url = format!("http://{}", listener.local_addr()?);
        let (bus, tally) = self.listen(listener);
        // What was begun of the house is ended by its tasks.
        tokio::select! {
            begun = self.begin(firm, &bus, tally) => self.front.open(begun?),
            () = signals.next() => {
                tracing::info!("asked to stop before the house was there");
                return Ok(ExitCode::SUCCESS);
            }
        }
        // Before anybody can see that the house is ready: what he then asks finds it by this.
        let address = self.config.data.join(ADDRESS_FILE);
        if self.parts.console {
            private::write(&address, &format!("{url}\n"))?;
        }
        house.gone();
        let ended = self.attend(&url, signals, beside).await;
        if self.parts.console {
            // A file that stays behind only costs the next command a vain call.
            drop(std::fs::remove_file(address));
        }
        ended
    }

    /// Serves the front; gives the place where its figures look for the bus, and the tally.
    fn listen(&self, listener: TcpListener) -> (LateBus, Tally) {
        let (figures, tally) = telemetry::start_metrics(report::NAMES).unzip();
        catalogue::describe();
        if let Some(figures) = figures.clone() {
            self.tasks.spawn("figures", watch::keep(figures, self.tasks.stop()));
        }
        let bus: LateBus = Arc::new(OnceLock::new());
        let routes = self.front.routes(watch::routes(self.health.clone(), figures, bus.clone()));
        let proxies = Proxies::new(self.config.trusted_proxies.clone());
        self.tasks.spawn("http", listen::serve(listener, routes, proxies, self.tasks.stop()));
        (bus, tally.unwrap_or_default())
    }

    /// Opens the rooms, puts the firm in force, starts the roles; gives their routes.
    async fn begin(&self, firm: Option<firm_file::Sound>, late_bus: &LateBus, tally: Tally) -> Result<Router> {
        let Self { config, parts, health, tasks, .. } = self;
        let rooms = Rooms::open(config, &self.folder, Patience::Waits, &self.inner, health).await?;
        let in_force =
            if rooms.shared { self.find_firm(firm, &rooms).await? } else { self.put_in_force(firm, &rooms).await? };
        if parts.console {
            let others = if rooms.shared { Others::May } else { Others::None };
            let make = async || tokens::make(&config.data, &rooms.store, &rooms.chance, others).await;
            rooms.patience().take(Server::STORE, health, make).await?;
        }
        if rooms.shared {
            let store = health.part("store");
            tasks.spawn("store.watch", store_watch::keep(rooms.store.clone(), store, tasks.stop()));
        }
        drop(late_bus.set(rooms.bus.clone()));
        let bus = health.part("bus");
        bus.starting();
        tasks.spawn("bus.watch", bus_watch::keep(rooms.bus.clone(), bus, tasks.stop()));
        let reporter = Reporter {
            process: rooms.process.clone(),
            started_at: rooms.clock.now(),
            health: health.clone(),
            bus: rooms.bus.clone(),
            tally,
        };
        tasks.spawn("report", reporter.run(rooms.coord.reports.clone(), tasks.stop()));
        let spool = spool::open(config, parts, &rooms, &self.inner).await?;
        roles::start(config, parts, in_force, &rooms, spool, tasks, health).await
    }

    /// Finds the firm of a house that others share, or begins with the file's.
    async fn find_firm(&self, firm: Option<firm_file::Sound>, rooms: &Rooms) -> Result<FirmInForce> {
        let fits = |book: &firm::Book| strays(&self.config, book);
        let given = firm.map(|firm| (firm.text, firm.book));
        let begin = async || firm_desk::begin_shared(&rooms.store, given.as_ref(), fits).await;
        Ok(match rooms.patience().take(Server::STORE, &self.health, begin).await? {
            Found::Begun(firm) => {
                out::line(&format!("firm version {}: {}", firm.version, firm_file::summary(&firm.book)));
                firm
            }
            Found::There(firm, since, differs) => {
                let stays =
                    format!("firm version {} is in force, applied by {} at {}", since.version, since.by, since.at);
                let differs = if differs {
                    "; the firm file says otherwise: `shouwen firm diff` shows it, `firm apply` applies it"
                } else {
                    ""
                };
                out::line(&format!("{stays}{differs}"));
                firm
            }
        })
    }

    async fn put_in_force(&self, firm: Option<firm_file::Sound>, rooms: &Rooms) -> Result<FirmInForce> {
        let firm = firm.context("a house of one process begins with its firm file")?;
        let fits = |book: &firm::Book| strays(&self.config, book);
        Ok(match firm_desk::begin(&rooms.store, &rooms.bus, firm.text, firm.book, fits).await? {
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
        })
    }

    /// Waits for a signal, for a room that failed, or for what goes on beside the house.
    async fn attend(
        &self,
        url: &str,
        signals: &mut Signals,
        beside: impl AsyncFnOnce(&str, &Config) -> Result<()>,
    ) -> Result<ExitCode> {
        let (stopped, failed) = (self.tasks.stop(), self.inner.stop());
        let ready = async {
            while !self.health.is_well() {
                tokio::time::sleep(READY_EVERY).await;
            }
            beside(url, &self.config).await
        };
        tokio::select! {
            () = signals.next() => {
                tracing::info!("asked to stop");
                Ok(ExitCode::SUCCESS)
            }
            () = stopped.cancelled() => bail!("a role failed; the log says which"),
            () = failed.cancelled() => bail!("a room failed; the log says which"),
            ended = ready => ended.map(|()| ExitCode::SUCCESS),
        }
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
