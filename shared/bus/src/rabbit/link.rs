//! One connection to the broker, kept up: made again on the next node whenever it is lost.
//!
//! In: nodes to try. Out: the connection there is, with an epoch that rises with every new
//! one; whether the broker blocks it; why there is none. Never here: a channel. Everything
//! made on a connection ends with it, and whoever made it makes it again on the next.

use std::{sync::Arc, time::Duration};

use futures_util::{Stream, StreamExt};
use lapin::{Connection, ConnectionProperties, Event, tcp::OwnedTLSConfig};
use runtime::{Chance, Stop, Tasks};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep, timeout, timeout_at},
};

use super::{
    declare::{code, words},
    settings::{Endpoint, Settings},
};
use crate::error::BusError;

/// How often both sides of a connection give a sign of life, in seconds; who gives none for
/// twice as long is gone. A dead consumer must not keep its messages, nor a frozen node a
/// door, for long.
const HEARTBEAT_S: u16 = 3;
/// The longest one try to connect may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(4);
/// How long to wait after every node was tried once in vain; doubled each time.
const BACK_OFF: Duration = Duration::from_millis(100);
/// The longest of these waits.
const BACK_OFF_MAX: Duration = Duration::from_secs(2);
/// How often a connection is looked at that tells nothing.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How long a stop waits for those who still use the connection.
const USERS_LIMIT: Duration = Duration::from_secs(5);

/// AMQP's codes for a node that stops, that has no room, that has not come up whole.
const CONNECTION_FORCED: u16 = 320;
const RESOURCE_ERROR: u16 = 506;
const INTERNAL_ERROR: u16 = 541;

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Publishing. The broker stops reading from it when it runs out of memory or disk.
    Publish,
    /// Everything else, never publishing, so that it is never blocked.
    Consume,
}

/// How a connection stands.
#[derive(Debug, Clone)]
pub(super) enum State {
    /// There is none since then, and why; `Unfit` when waiting will not help.
    Down(Instant, BusError),
    /// There is one.
    Up(Up),
    /// There will be none.
    Ended,
}

/// A connection that works as far as is known.
#[derive(Debug, Clone)]
pub(super) struct Up {
    /// Rises with every new connection.
    pub(super) epoch: u64,
    pub(super) connection: Arc<Connection>,
    /// Why the broker takes nothing from it at the moment.
    pub(super) blocked: Option<Arc<str>>,
}

/// A connection that is kept up. Clones look at the same.
#[derive(Debug, Clone)]
pub(super) struct Link(watch::Receiver<State>);

/// Keeps a connection open at the end for as long as somebody holds one of these.
pub(super) type User = mpsc::Sender<()>;

/// Keeps one connection up.
pub(super) struct Keeper {
    endpoints: Vec<Endpoint>,
    tls: OwnedTLSConfig,
    properties: ConnectionProperties,
    chance: Chance,
    state: watch::Sender<State>,
    users: mpsc::Receiver<()>,
}

impl Purpose {
    const fn word(self) -> &'static str {
        match self {
            Self::Publish => "publishing",
            Self::Consume => "consuming",
        }
    }
}

impl Link {
    /// Starts to keep a connection up.
    pub(super) fn start(purpose: Purpose, settings: &Settings, tasks: &Tasks) -> Result<(Self, User), BusError> {
        let (sender, state) = watch::channel(State::Down(Instant::now(), away("it is not there yet")));
        let (user, users) = mpsc::channel(1);
        let name = format!("{} ({})", settings.name, purpose.word());
        let keeper = Keeper {
            endpoints: settings.endpoints()?,
            tls: settings.tls()?,
            properties: ConnectionProperties::default().with_connection_name(name.into()),
            chance: Chance::machine(),
            state: sender,
            users,
        };
        let stop = tasks.stop();
        tasks.spawn(&format!("broker, {}", purpose.word()), keeper.run(stop));
        Ok((Self(state), user))
    }

    /// Gives how it stands.
    pub(super) fn now(&self) -> State {
        self.0.borrow().clone()
    }

    /// Waits for a connection.
    pub(super) async fn up(&self, until: Instant) -> Result<Up, BusError> {
        let mut state = self.0.clone();
        let settled = |state: &State| !matches!(state, State::Down(_, BusError::Unavailable(_)));
        let there = timeout_at(until, state.wait_for(|state| settled(state))).await;
        let now = there.map_or_else(|_| self.now(), |state| state.map_or(State::Ended, |state| state.clone()));
        match now {
            State::Up(up) => Ok(up),
            State::Down(_, why) => Err(why),
            State::Ended => Err(BusError::Closed),
        }
    }

    /// Waits until the connection of an epoch is gone.
    pub(super) async fn is_gone(&self, epoch: u64) {
        let mut state = self.0.clone();
        let is_gone = |state: &State| !matches!(state, State::Up(up) if up.epoch == epoch);
        // Nobody keeps a connection up whose keeper is gone.
        drop(state.wait_for(is_gone).await.map(drop));
    }

    /// Waits until there is another state than when this link was looked at last.
    pub(super) async fn changed(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending().await
        }
    }
}

impl Keeper {
    async fn run(mut self, stop: Stop) {
        let (mut failures, mut epoch) = (0_u32, 0);
        let endpoints = self.endpoints.clone();
        for endpoint in endpoints.iter().cycle() {
            let connected = tokio::select! {
                () = stop.cancelled() => break,
                connected = self.connect(endpoint) => connected,
            };
            match connected {
                Ok(connection) => {
                    (failures, epoch) = (0, epoch + 1);
                    let why = self.watch(epoch, connection, &stop).await;
                    if stop.is_cancelled() {
                        break;
                    }
                    tracing::warn!(node = %endpoint.address, reason = why, "lost the broker");
                    self.down(away(&why));
                }
                Err(why) => {
                    failures += 1;
                    if failures == 1 {
                        tracing::warn!(node = %endpoint.address, reason = why.words(), "no connection to the broker");
                    }
                    self.down(why);
                }
            }
            tokio::select! {
                () = stop.cancelled() => break,
                () = sleep(self.pause(failures)) => {}
            }
        }
        self.state.send_replace(State::Ended);
    }

    async fn connect(&self, endpoint: &Endpoint) -> Result<Connection, BusError> {
        let mut uri = endpoint.uri.clone();
        uri.query.heartbeat = Some(HEARTBEAT_S);
        let node = &endpoint.address;
        let runtime = lapin::runtime::default_runtime().map_err(|error| away(&error.to_string()))?;
        let connecting = Connection::connect_uri_with_config(uri, self.properties.clone(), self.tls.clone(), runtime);
        match timeout(CONNECT_LIMIT, connecting).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => Err(refusal(node, &error)),
            Err(_) => Err(away(&format!("{node}: nothing heard within {} s", CONNECT_LIMIT.as_secs()))),
        }
    }

    /// Looks after a connection until it is lost, and says why it was; or until the stop, and
    /// then until nobody uses it.
    async fn watch(&mut self, epoch: u64, connection: Connection, stop: &Stop) -> String {
        let connection = Arc::new(connection);
        let mut events = connection.events_listener();
        self.state.send_replace(State::Up(Up { epoch, connection: connection.clone(), blocked: None }));
        let lost = tokio::select! {
            why = self.listen(&connection, &mut events) => Some(why),
            () = stop.cancelled() => None,
        };
        if let Some(why) = lost {
            return why;
        }
        // Users end by themselves at the stop; what they settled goes out before.
        let users = async { while self.users.recv().await.is_some() {} };
        drop(timeout(USERS_LIMIT, users).await);
        drop(timeout(CONNECT_LIMIT, connection.close(200, "the house closes".into())).await);
        String::new()
    }

    async fn listen(&self, connection: &Connection, events: &mut (impl Stream<Item = Event> + Unpin)) -> String {
        let mut last = None;
        loop {
            match timeout(LOOK_EVERY, events.next()).await {
                Ok(Some(Event::ConnectionBlocked(reason))) => {
                    tracing::warn!(reason, "the broker takes no messages");
                    self.block(Some(reason.into()));
                }
                Ok(Some(Event::ConnectionUnblocked)) => {
                    tracing::info!("the broker takes messages again");
                    self.block(None);
                }
                // Of a channel, or of the connection: the status tells.
                Ok(Some(Event::Error(error))) => last = Some(error.to_string()),
                Ok(Some(_)) | Err(_) => {}
                Ok(None) => return "the connection ended".to_owned(),
            }
            if !connection.status().connected() {
                return last.unwrap_or_else(|| "the connection ended".to_owned());
            }
        }
    }

    fn block(&self, reason: Option<Arc<str>>) {
        self.state.send_modify(|state| {
            if let State::Up(up) = state {
                up.blocked = reason;
            }
        });
    }

    fn down(&self, why: BusError) {
        self.state.send_modify(|state| {
            let since = if let State::Down(since, _) = state { *since } else { Instant::now() };
            *state = State::Down(since, why);
        });
    }

    /// Gives how long to wait before the next node: not at all within a round of the nodes.
    fn pause(&self, failures: u32) -> Duration {
        let nodes = u32::try_from(self.endpoints.len()).unwrap_or(u32::MAX);
        let rounds = failures / nodes;
        if rounds == 0 || !failures.is_multiple_of(nodes) {
            return Duration::from_millis(self.chance.below(50));
        }
        let longest = BACK_OFF.saturating_mul(1 << rounds.min(10)).min(BACK_OFF_MAX);
        let half = u64::try_from(longest.as_millis() / 2).unwrap_or(0);
        Duration::from_millis(half + self.chance.below(half))
    }
}

fn away(why: &str) -> BusError {
    BusError::unavailable(format!("no connection to the broker: {why}"))
}

/// Says why a node was not connected to, and whether that may change by waiting.
fn refusal(node: &str, error: &lapin::Error) -> BusError {
    match code(error) {
        None | Some(CONNECTION_FORCED | RESOURCE_ERROR | INTERNAL_ERROR) => away(&format!("{node}: {}", words(error))),
        Some(_) => BusError::Unfit(format!("{node}: {}", words(error)).into()),
    }
}

#[cfg(test)]
mod tests;
