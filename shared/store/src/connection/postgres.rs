//! Connections to PostgreSQL: bounded, timed, durable, and tested after they stood still.
//!
//! In: settings. Out: pools that sea-orm works on; they connect again by themselves. Never here:
//! a table; a password in an error.

use std::{fmt, time::Duration};

use sea_orm::{
    DatabaseConnection, DbErr, RuntimeErr,
    sqlx::{
        ConnectOptions as _, Connection as _, Error,
        postgres::{PgConnectOptions, PgConnection, PgPoolOptions},
    },
};
use zeroize::Zeroizing;

use super::Use;
use crate::{StoreError, error::Hindrance};

/// The name by which the server lists our connections.
const APPLICATION: &str = "shouwen";
/// How long a caller waits for a connection, which may have to be made first.
const ACQUIRE_WAIT: Duration = Duration::from_secs(5);
/// How long one statement takes at most.
const STATEMENT_WAIT: Duration = Duration::from_secs(15);
/// How long the answer to a query, or the end of a transaction, is waited for. Longer than the
/// server takes over any: it ends the waiting only where the server is out of reach.
pub(crate) const ANSWER_WAIT: Duration = Duration::from_secs(20);
/// How long one statement waits for somebody else's lock.
const LOCK_WAIT: Duration = Duration::from_secs(5);
/// How long a transaction may stand still before the server ends it: a holder that froze lets
/// go of its stream before others may take that over.
const STILL_MAX: Duration = Duration::from_secs(5);
/// How long a start waits for another one that makes tables.
pub(crate) const MAKING_WAIT: Duration = Duration::from_secs(120);
/// How long a connection may have stood idle and still be used untested.
const UNTESTED_MAX: Duration = Duration::from_secs(1);
/// How long the server has to answer when a connection is tested.
const TEST_WAIT: Duration = Duration::from_secs(3);
/// How long a connection is kept idle, and kept at all.
const IDLE_MAX: Duration = Duration::from_secs(600);
const LIFETIME_MAX: Duration = Duration::from_secs(3600);
/// Statements that a connection keeps prepared: more than there are texts.
const STATEMENTS_KEPT: usize = 256;
/// After how long in silence the server probes a client, how often, and when it gives up.
const PROBE_AFTER: Duration = Duration::from_secs(10);
const PROBE_EVERY: Duration = Duration::from_secs(5);
const PROBES_MAX: u32 = 3;

/// How PostgreSQL is reached.
#[derive(Clone)]
pub struct Postgres {
    /// `postgres://user@host:port/database?sslmode=…`
    pub url: String,
    /// The password, where one is needed.
    pub password: Option<Zeroizing<String>>,
    /// Connections of this process at most.
    pub connections: u32,
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postgres").field("connections", &self.connections).finish_non_exhaustive()
    }
}

impl Postgres {
    /// Connections of a process, unless the configuration says otherwise; half of them write.
    pub const CONNECTIONS: u32 = 8;

    /// Takes an address, the usual number of connections, and no password but what it holds.
    #[must_use]
    pub fn at(url: impl Into<String>) -> Self {
        Self { url: url.into(), password: None, connections: Self::CONNECTIONS }
    }

    /// Gives how many connections write and how many read.
    pub(crate) fn shares(&self) -> (u32, u32) {
        let writing = (self.connections / 2).max(1);
        (writing, self.connections.saturating_sub(writing).max(1))
    }

    /// Gives how one connection is made.
    pub(crate) fn options(&self, usage: Use) -> Result<PgConnectOptions, StoreError> {
        let options = self.url.parse::<PgConnectOptions>();
        // Its words may repeat the address.
        let mut options = options.map_err(|_| StoreError::refuse("that is no address of a PostgreSQL database"))?;
        if let Some(password) = &self.password {
            options = options.password(password);
        }
        let (statement, lock) = match usage {
            Use::Makes => (MAKING_WAIT, MAKING_WAIT),
            Use::Writes | Use::Reads => (STATEMENT_WAIT, LOCK_WAIT),
        };
        let ms = |wait: Duration| wait.as_millis().to_string();
        let seconds = |wait: Duration| wait.as_secs().to_string();
        let settings = [
            ("statement_timeout", ms(statement)),
            ("lock_timeout", ms(lock)),
            ("idle_in_transaction_session_timeout", ms(STILL_MAX)),
            // Whoever waited for a row sees it as it is by then: the fence and the claims rest on that.
            ("default_transaction_isolation", "read committed".to_owned()),
            // What is acknowledged is on disk, whatever the server's default.
            ("synchronous_commit", "on".to_owned()),
            // A prepared statement keeps the plan it was first given, and at first the tables are empty:
            // without these words a new house would read whole tables until its statistics are made.
            // What is asked for each contact has an index.
            ("plan_cache_mode", "force_generic_plan".to_owned()),
            ("enable_seqscan", "off".to_owned()),
            ("enable_hashjoin", "off".to_owned()),
            ("enable_mergejoin", "off".to_owned()),
            // Such plans look dear, and would be compiled.
            ("jit", "off".to_owned()),
            ("default_transaction_read_only", if usage == Use::Reads { "on" } else { "off" }.to_owned()),
            ("tcp_keepalives_idle", seconds(PROBE_AFTER)),
            ("tcp_keepalives_interval", seconds(PROBE_EVERY)),
            ("tcp_keepalives_count", PROBES_MAX.to_string()),
        ];
        let name = options.get_application_name().unwrap_or(APPLICATION).to_owned();
        Ok(options
            .application_name(&name)
            .statement_cache_capacity(STATEMENTS_KEPT)
            .options(settings)
            .disable_statement_logging())
    }
}

/// Connects to a database. Who makes or writes learns at once whether it is there; a reader's
/// connections are made when they are needed.
pub(crate) async fn connect(
    settings: &Postgres,
    connections: u32,
    usage: Use,
) -> Result<DatabaseConnection, StoreError> {
    let options = settings.options(usage)?;
    let pool = PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_WAIT)
        .idle_timeout(IDLE_MAX)
        .max_lifetime(LIFETIME_MAX)
        .test_before_acquire(false)
        .before_acquire(|connection, stood| {
            Box::pin(async move { Ok(stood.idle_for < UNTESTED_MAX || tested(connection).await.is_ok()) })
        })
        // The driver itself would wait for an answer without end.
        .after_release(|connection, _| Box::pin(async move { tested(connection).await.map(|()| true) }));
    let pool = match usage {
        Use::Reads => pool.connect_lazy_with(options),
        Use::Makes | Use::Writes => pool.connect_with(options).await.map_err(refused)?,
    };
    Ok(DatabaseConnection::from(pool))
}

/// Has the server answer, which ends what was left in a connection.
async fn tested(connection: &mut PgConnection) -> Result<(), Error> {
    match tokio::time::timeout(TEST_WAIT, connection.ping()).await {
        Ok(answer) => answer,
        Err(_) => Err(Error::Io(std::io::ErrorKind::TimedOut.into())),
    }
}

fn refused(error: Error) -> StoreError {
    let is_refusal = matches!(&error, Error::Database(_) | Error::Tls(_) | Error::Configuration(_));
    let is_away = matches!(&error, Error::PoolTimedOut);
    match StoreError::from(DbErr::Conn(RuntimeErr::SqlxError(error.into()))) {
        StoreError::Retry { source, .. } if is_away => StoreError::Retry { why: Hindrance::Away, source },
        StoreError::Refuse { source, .. } | StoreError::Bug { source, .. } if is_refusal => {
            StoreError::Refuse { what: "PostgreSQL does not take the connection", source }
        }
        told @ (StoreError::Retry { .. } | StoreError::Refuse { .. } | StoreError::Bug { .. }) => told,
    }
}
