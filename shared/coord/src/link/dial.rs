//! Dialling: a fresh connection, to the server, the cluster, or the master that sentinels name.
//!
//! In: settings that were read. Out: a connection within the time it may take. Never here: a
//! second attempt.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use redis::{
    AsyncConnectionConfig, Client, ConnectionInfo, ErrorKind, RedisError, RedisResult, TlsMode,
    aio::PubSub,
    cluster::ClusterClient,
    sentinel::{SentinelClientBuilder, SentinelServerType},
};
use tokio::time::timeout;

use super::Connection;
use crate::settings::{Kind, RedisSettings, SettingsError, is_tls, tcp};

/// How long it may take to be connected and known.
const DIAL_WAIT: Duration = Duration::from_secs(2);
/// How long a node may take to be connected to.
const CONNECT_WAIT: Duration = Duration::from_secs(1);
/// How long any answer may take at most; callers wait less.
const ANSWER_WAIT: Duration = Duration::from_secs(2);
/// How often a cluster's client asks again by itself, after a slot has moved.
const CLUSTER_RETRIES: u32 = 2;

/// Dials. What it was given parses.
pub(crate) struct Dialer {
    settings: RedisSettings,
    ways: Vec<ConnectionInfo>,
    /// The way to try next.
    turn: AtomicUsize,
}

impl Dialer {
    pub(crate) fn new(settings: &RedisSettings) -> Result<Self, SettingsError> {
        Ok(Self { ways: settings.ways()?, settings: settings.clone(), turn: AtomicUsize::new(0) })
    }

    /// Gives the database.
    pub(crate) fn database(&self) -> i64 {
        self.ways.first().map_or(0, |way| way.redis_settings().db())
    }

    /// Says where Redis is looked for.
    pub(crate) fn place(&self) -> String {
        self.ways.iter().map(|way| way.addr().to_string()).collect::<Vec<_>>().join(", ")
    }

    /// Connects for commands.
    pub(crate) async fn connect(&self) -> RedisResult<Connection> {
        in_time(async {
            if self.settings.kind == Kind::Cluster {
                return Ok(Connection::Many(self.cluster()?.get_async_connection().await?));
            }
            one(&self.client().await?).await
        })
        .await
    }

    /// Connects to one server for commands, in a cluster to the next node in turn; gives where it
    /// is, too.
    pub(crate) async fn node(&self) -> Result<(String, Connection), (String, RedisError)> {
        let client = in_time(self.client()).await.map_err(|error| (self.place(), error))?;
        let place = client.get_connection_info().addr().to_string();
        match in_time(one(&client)).await {
            Ok(connection) => Ok((place, connection)),
            Err(error) => Err((place, error)),
        }
    }

    /// Connects for listening; in a cluster any node hears what is published at another.
    pub(crate) async fn listen(&self) -> RedisResult<PubSub> {
        in_time(async { self.client().await?.get_async_pubsub().await }).await
    }

    /// Gives a client of one server: the next one in turn, or the master.
    pub(crate) async fn client(&self) -> RedisResult<Client> {
        match &self.settings.kind {
            Kind::Single | Kind::Cluster => self.client_of(self.next_way()?),
            Kind::Sentinel(master) => self.master(master).await,
        }
    }

    fn client_of(&self, way: ConnectionInfo) -> RedisResult<Client> {
        match self.settings.certificates().filter(|_| is_tls(&way)) {
            Some(certificates) => Client::build_with_tls(way, certificates),
            None => Client::open(way),
        }
    }

    fn next_way(&self) -> RedisResult<ConnectionInfo> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let way = self.ways.iter().cycle().nth(turn % self.ways.len().max(1));
        way.cloned().ok_or_else(|| RedisError::from((ErrorKind::InvalidClientConfig, "no address")))
    }

    fn cluster(&self) -> RedisResult<ClusterClient> {
        let builder = ClusterClient::builder(self.ways.clone())
            .retries(CLUSTER_RETRIES)
            .connection_timeout(CONNECT_WAIT)
            .response_timeout(ANSWER_WAIT)
            .tcp_settings(tcp());
        match self.settings.certificates().filter(|_| self.is_tls()) {
            Some(certificates) => builder.certs(certificates),
            None => builder,
        }
        .build()
    }

    async fn master(&self, name: &str) -> RedisResult<Client> {
        let sentinels = self.ways.iter().map(|way| way.addr().clone());
        let redis = self.ways.first().map(|way| way.redis_settings().clone()).unwrap_or_default();
        let login = self.settings.sentinel_login();
        let mut builder = SentinelClientBuilder::new(sentinels, name, SentinelServerType::Master)?
            .set_client_to_redis_db(redis.db())
            .set_client_to_redis_tcp_settings(tcp())
            .set_client_to_sentinel_tcp_settings(tcp());
        if let Some(user) = redis.username() {
            builder = builder.set_client_to_redis_username(user);
        }
        if let Some(password) = redis.password() {
            builder = builder.set_client_to_redis_password(password);
        }
        if let Some(user) = login.username() {
            builder = builder.set_client_to_sentinel_username(user);
        }
        if let Some(password) = login.password() {
            builder = builder.set_client_to_sentinel_password(password);
        }
        if self.is_tls() {
            builder = builder.set_client_to_redis_tls_mode(TlsMode::Secure);
            if let Some(certificates) = self.settings.certificates() {
                builder = builder
                    .set_client_to_redis_certificates(certificates.clone())
                    .set_client_to_sentinel_certificates(certificates);
            }
        }
        builder.build()?.async_get_client().await
    }

    fn is_tls(&self) -> bool {
        self.ways.first().is_some_and(is_tls)
    }
}

async fn one(client: &Client) -> RedisResult<Connection> {
    let config =
        AsyncConnectionConfig::new().set_connection_timeout(Some(CONNECT_WAIT)).set_response_timeout(Some(ANSWER_WAIT));
    Ok(Connection::One(client.get_multiplexed_async_connection_with_config(&config).await?))
}

async fn in_time<T>(dialling: impl Future<Output = RedisResult<T>>) -> RedisResult<T> {
    match timeout(DIAL_WAIT, dialling).await {
        Ok(dialled) => dialled,
        Err(_) => Err(RedisError::from(std::io::Error::from(std::io::ErrorKind::TimedOut))),
    }
}

impl std::fmt::Debug for Dialer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.settings.fmt(f)
    }
}
