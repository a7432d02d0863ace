//! The link to Redis: one connection for commands, and who knows whether it answers.
//!
//! In: settings; scripts to run, each with the time it may take. Out: answers, or `Absent` at
//! once while Redis is away: one call pays for a time-out, the others do not. A task connects
//! anew with growing pauses and says in words how it is. Never here: what a script means.

mod dial;
mod pulse;
pub(crate) mod words;

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use redis::{
    Cmd, ErrorKind, FromRedisValue, Pipeline, RedisError, RedisFuture, ServerErrorKind, Value,
    aio::{ConnectionLike, MultiplexedConnection},
    cluster_async::ClusterConnection,
};
use runtime::{Chance, Clock, Health, Tasks};
use tokio::{sync::Notify, time::timeout};

use crate::{
    Absent,
    settings::{RedisSettings, SettingsError},
};
pub(crate) use dial::Dialer;

/// The first pause between two attempts to connect.
const PAUSE_MIN: Duration = Duration::from_millis(50);
/// The longest pause between two attempts to connect.
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// The link of a process to Redis. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Link(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    dialer: Dialer,
    /// Names this process among those that share coordination.
    process: u128,
    prefix: String,
    clock: Clock,
    chance: Chance,
    // Held to copy a handle, never across an await.
    open: Mutex<Open>,
    broken: Notify,
    processes: AtomicU32,
}

/// The connection there is, if any; the number tells it from its successors.
#[derive(Debug, Default)]
struct Open {
    number: u64,
    connection: Option<Connection>,
}

/// A connection for commands. Clones share it.
#[derive(Clone)]
pub(crate) enum Connection {
    /// To one server.
    One(MultiplexedConnection),
    /// To the nodes of a cluster.
    Many(ClusterConnection),
}

impl Link {
    /// Begins to connect.
    pub(crate) fn open(
        settings: &RedisSettings,
        clock: &Clock,
        chance: &Chance,
        tasks: &Tasks,
        health: &Health,
    ) -> Result<Self, SettingsError> {
        let dialer = Dialer::new(settings)?;
        let link = Self(Arc::new(Inner {
            prefix: format!("{}:{}", settings.prefix, dialer.database()),
            dialer,
            process: chance.id(clock.now()),
            clock: clock.clone(),
            chance: chance.clone(),
            open: Mutex::default(),
            broken: Notify::new(),
            processes: AtomicU32::new(settings.processes.get()),
        }));
        let part = health.part("coord");
        part.starting();
        tasks.spawn("coord.link", pulse::run(link.clone(), part, tasks.stop()));
        Ok(link)
    }

    /// Names a key or a channel; the database stands in it, for channels do not belong to one.
    /// In a cluster every name has a place of its own.
    pub(crate) fn name(&self, room: &str, what: &str) -> String {
        format!("{}:{room}:{{{what}}}", self.0.prefix)
    }

    pub(crate) fn dialer(&self) -> &Dialer {
        &self.0.dialer
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub(crate) fn process(&self) -> u128 {
        self.0.process
    }

    /// Says how many processes shared coordination when Redis last told.
    pub(crate) fn processes(&self) -> u32 {
        self.0.processes.load(Ordering::Relaxed).max(1)
    }

    /// Says whether Redis answers, as far as is known.
    pub(crate) fn is_open(&self) -> bool {
        self.lock().connection.is_some()
    }

    /// Gives a pause before another attempt, the longer the more failed before it; which part
    /// of it is left to chance, so that not all processes come at once.
    pub(crate) fn pause(&self, failed: u32) -> Duration {
        let whole = PAUSE_MIN.saturating_mul(1 << failed.min(10)).min(PAUSE_MAX);
        let half = u64::try_from(whole.as_millis() / 2).unwrap_or(u64::MAX);
        Duration::from_millis(half + self.0.chance.below(half + 1))
    }

    /// Asks something that must be answered within `wait`. Whatever was not answered may have
    /// been done all the same.
    pub(crate) async fn ask<T, A>(&self, wait: Duration, ask: A) -> Result<T, Absent>
    where
        T: FromRedisValue,
        A: AsyncFnOnce(&mut Connection) -> Result<T, RedisError>,
    {
        let (number, mut connection) = self.connection().ok_or(Absent)?;
        match timeout(wait, ask(&mut connection)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => {
                if ends_connection(&error) {
                    self.breaks(number);
                } else {
                    tracing::warn!(why = %words::of(&error), "redis refuses a call of coordination");
                }
                Err(Absent)
            }
            Err(_) => {
                self.breaks(number);
                Err(Absent)
            }
        }
    }

    fn connection(&self) -> Option<(u64, Connection)> {
        let open = self.lock();
        open.connection.clone().map(|connection| (open.number, connection))
    }

    fn put(&self, connection: Connection) {
        let mut open = self.lock();
        open.number += 1;
        open.connection = Some(connection);
    }

    /// Gives a connection up, unless another one took its place already.
    fn breaks(&self, number: u64) {
        let mut open = self.lock();
        if open.number == number && open.connection.take().is_some() {
            self.0.broken.notify_one();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Open> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says whether an error is one of the connection, or of a server that is not the one to ask
/// any more, and not of the call.
fn ends_connection(error: &RedisError) -> bool {
    let by_server = matches!(
        error.kind(),
        ErrorKind::Server(
            ServerErrorKind::BusyLoading
                | ServerErrorKind::ReadOnly
                | ServerErrorKind::MasterDown
                | ServerErrorKind::ClusterDown
        )
    );
    by_server || error.is_io_error() || error.is_timeout() || error.is_unrecoverable_error()
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::One(connection) => connection.req_packed_command(cmd),
            Self::Many(connection) => connection.req_packed_command(cmd),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::One(connection) => connection.req_packed_commands(pipeline, offset, count),
            Self::Many(connection) => connection.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::One(connection) => connection.get_db(),
            Self::Many(connection) => connection.get_db(),
        }
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::One(_) => "One",
            Self::Many(_) => "Many",
        })
    }
}

#[cfg(test)]
mod tests;
