//! `shouwen demo`: the sample firm at work, to look at in the browser.
//!
//! In: a pace, a data folder of the demo's own. Out: a house in this process, links to sign in,
//! and a morning around it until Ctrl-C. Never here: what simulated people do; they know the
//! house by its public interfaces alone.

mod guests;
mod ledger;

use std::{
    io::IsTerminal,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context, Result};
use clap::CommandFactory;
use contract::{ChannelKind, Role};
use demo::{
    Stage, Tale, World, cast,
    doors::{Doors, Secrets},
    gateway::Got,
    rest::Rest,
};
use jiff::{Timestamp, tz::TimeZone};
use runtime::{Health, Tasks};
use tokio::{net::TcpListener, sync::mpsc};

use crate::{
    cli::{Cli, Common, Demo, RoleName},
    config::{self, Config, Sources},
    out, private,
    serve::{self, Opening},
    sources,
};
use guests::Guests;
use ledger::Ledger;

/// The data folder where none is named.
const DATA: &str = "./demo";
/// Where HTTP listens if it is free.
const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8080);
/// What the configuration is called in faults.
const NAME: &str = "demo";
/// What is set besides the channels: the terminal is for the tale.
const SETTINGS: &str = "[log]\nfilter = \"warn,sqlx=error,lapin=off\"\n\n";
/// Where the sample firm is.
const ZONE: &str = "Asia/Shanghai";
/// How long simulated people may take to leave.
const LEAVE_LIMIT: Duration = Duration::from_secs(1);

pub(super) async fn run(common: &Common, options: &Demo) -> Result<ExitCode> {
    refuse(common);
    let data = common.data.clone().unwrap_or_else(|| PathBuf::from(DATA));
    let ledger = Ledger::open(&data)?;
    let listener = listen(options.listen)?;
    let (world, got) = World::start(ledger.run).await?;
    let sources = Sources {
        file: Some((PathBuf::from(NAME), format!("{SETTINGS}{}", world.channels()))),
        variables: sources::variables("SHOUWEN__LOG__"),
        firm: Some("sample".to_owned()),
        data: Some(data.clone()),
        listen: Some(listener.local_addr()?),
    };
    let (config, warnings) = config::read(&sources)?;
    let actors = Tasks::new(Health::default());
    let show = Show { options, world: &world, actors: &actors };
    let opening = Opening { config, warnings, listener: Some(listener) };
    let play = async |url: &str, config: &Config| show.play(url, config, ledger, got).await;
    let ended = serve::open(opening, &[RoleName::All], play).await;
    // Simulated people who are slow to leave are left behind: nothing of the house is theirs.
    drop(actors.finish(LEAVE_LIMIT).await);
    world.close().await;
    if ended.is_ok() {
        let words = format!("已停止,数据保留在 {0} · stopped; what happened is kept in {0}", data.display());
        out::line(&words);
    }
    ended
}

/// Refuses what a demo has of its own.
fn refuse(common: &Common) {
    for (given, flag) in [(common.config.is_some(), "--config"), (common.url.is_some(), "--url")] {
        if given {
            let what = format!("{flag} does not go with demo, which makes a house of its own\n");
            Cli::command().error(clap::error::ErrorKind::ArgumentConflict, what).exit();
        }
    }
}

/// Listens where it is wished, else at the usual place, else at a free port.
fn listen(wished: Option<SocketAddr>) -> Result<TcpListener> {
    match wished {
        Some(address) => serve::bind(address),
        None => serve::bind(LISTEN).or_else(|_| serve::bind(SocketAddr::new(LISTEN.ip(), 0))),
    }
}

/// What is played around a house.
struct Show<'a> {
    options: &'a Demo,
    world: &'a World,
    actors: &'a Tasks,
}

impl Show<'_> {
    /// Lets everybody in, and tells what happens for as long as the house runs.
    async fn play(&self, url: &str, config: &Config, mut ledger: Ledger, got: mpsc::Receiver<Got>) -> Result<()> {
        // Whatever ends this, simulated people leave.
        let _leave = self.actors.stop().drop_guard();
        let token = private::read(&serve::token_path(&config.data, Role::Admin)).context("the house's own token")?;
        let admin = Rest::new(url, &token)?;
        let doors = Doors::new(url, self.world.mail_port(), self.secrets(&config.data)?)?;
        self.world.connect(doors.clone());
        let cast = cast::gather(&admin, &mut ledger.tokens).await?;
        ledger.keep()?;
        let guests = Guests::new(admin, cast.risk.clone(), self.options.speed, &config.data);
        let links = guests.show().await?;
        if self.options.open {
            open(&links);
        }
        let (tale, teller) = Tale::begin();
        let stage = Stage { doors, cast, got, pace: self.options.speed, run: ledger.run };
        demo::perform(stage, &tale, self.actors);
        let mut keys = keys();
        let again = async {
            while keys.recv().await.is_some() {
                if let Err(error) = guests.show().await {
                    out::error(&format!("{error:#}"));
                }
            }
            std::future::pending().await
        };
        tokio::select! {
            () = teller.tell(hour, out::line, self.actors.stop()) => Ok(()),
            () = again => Ok(()),
        }
    }

    /// Reads what the house made for its providers.
    fn secrets(&self, data: &Path) -> Result<Secrets> {
        let made = |channel, account| -> Result<String> {
            let path = private::secret_path(data, channel, account);
            let secret = private::read(&path).with_context(|| format!("reading {}", path.display()))?;
            Ok(secret.as_str().to_owned())
        };
        Ok(Secrets {
            phone: made(ChannelKind::Phone, "main")?,
            sms: made(ChannelKind::Sms, "main")?,
            app: made(ChannelKind::Webhook, "app")?,
            wechat: self.world.wechat_token().to_owned(),
        })
    }
}

/// Writes a moment as the pages do, in the firm's time.
fn hour(ms: i64) -> String {
    let moment = Timestamp::from_millisecond(ms).unwrap_or_default();
    moment.to_zoned(TimeZone::get(ZONE).unwrap_or(TimeZone::UTC)).strftime("%H:%M:%S").to_string()
}

/// Listens for the enter key, where there is one; the thread ends with the process, for nothing
/// else interrupts a read of the terminal.
fn keys() -> mpsc::Receiver<()> {
    let (pressed, keys) = mpsc::channel(1);
    if std::io::stdin().is_terminal() {
        std::thread::spawn(move || {
            for line in std::io::stdin().lines() {
                if line.is_err() || pressed.blocking_send(()).is_err() {
                    return;
                }
            }
        });
    }
    keys
}

/// Opens the first page in the browser, if the machine knows how.
fn open(links: &[String]) {
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    if let Some(link) = links.first() {
        let silent = std::process::Stdio::null;
        let begun = std::process::Command::new(opener).arg(link).stdout(silent()).stderr(silent()).spawn();
        if begun.is_err() {
            out::error(&format!("{opener} is not there: open a link yourself"));
        }
    }
}
