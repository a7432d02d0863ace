//! Settings: which Redis, how it is reached, who asks.
//!
//! In: what an operator configured. Out: addresses that parse and fit each other. Never here:
//! a connection; a password in an error or in `Debug`.

use std::{fmt, num::NonZeroU32, time::Duration};

use redis::{
    ConnectionAddr, ConnectionInfo, IntoConnectionInfo as _, RedisConnectionInfo, TlsCertificates, io::tcp::TcpSettings,
};
use zeroize::Zeroizing;

/// The word that all keys and channels begin with.
const PREFIX: &str = "shouwen";
/// Processes that are supposed to share a rate before any was counted.
const PROCESSES: NonZeroU32 = NonZeroU32::new(4).expect("not zero");
/// How long a message waits for a shared quota.
const QUOTA_WAIT: Duration = Duration::from_millis(100);

/// Which Redis, how it is reached, who asks.
#[derive(Clone)]
pub struct RedisSettings {
    /// Addresses, `redis://host:port/db` or `rediss://…`: of the server, of some nodes of the
    /// cluster, or of the sentinels. They name the same database.
    pub addresses: Vec<String>,
    /// What answers there.
    pub kind: Kind,
    /// The user; over one in an address.
    pub user: Option<String>,
    /// The password; over one in an address.
    pub password: Option<Zeroizing<String>>,
    /// The user at sentinels, where they ask for one.
    pub sentinel_user: Option<String>,
    /// The password at sentinels, where they ask for one.
    pub sentinel_password: Option<Zeroizing<String>>,
    /// Certificates of authorities to believe, PEM, in place of the machine's own.
    pub ca: Option<Vec<u8>>,
    /// The word that all keys and channels begin with; two houses on one Redis differ in it or
    /// in the database.
    pub prefix: String,
    /// Processes that are supposed to share a rate while Redis has never told how many there are.
    pub processes: NonZeroU32,
    /// How long a message waits for a shared quota before this process's share decides.
    pub quota_wait: Duration,
}

/// What answers at the addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// One server; further addresses are other ways to it.
    Single,
    /// A cluster.
    Cluster,
    /// Sentinels that know the master of this name.
    Sentinel(String),
}

/// Says what is wrong with settings; never a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// There is none.
    #[error("there is no address of Redis")]
    NoAddress,
    /// One does not read.
    #[error("address {0} of Redis is not redis://host:port/db or rediss://host:port/db")]
    NotAnAddress(usize),
    /// They differ.
    #[error("address {0} of Redis differs from the first in its database or in TLS")]
    Differs(usize),
    /// A cluster has one database.
    #[error("a cluster has database 0 only")]
    Database,
    /// A certificate does not read.
    #[error("the certificates for Redis are no PEM")]
    Certificates,
}

impl RedisSettings {
    /// Gives the settings of one server at an address, everything else as usual.
    #[must_use]
    pub fn at(address: &str) -> Self {
        Self {
            addresses: vec![address.to_owned()],
            kind: Kind::Single,
            user: None,
            password: None,
            sentinel_user: None,
            sentinel_password: None,
            ca: None,
            prefix: PREFIX.to_owned(),
            processes: PROCESSES,
            quota_wait: QUOTA_WAIT,
        }
    }

    /// Reads the addresses.
    pub(crate) fn ways(&self) -> Result<Vec<ConnectionInfo>, SettingsError> {
        let mut ways: Vec<ConnectionInfo> = Vec::new();
        for (index, address) in self.addresses.iter().enumerate() {
            let way = self.way(address).ok_or(SettingsError::NotAnAddress(index + 1))?;
            let same = |first: &ConnectionInfo| {
                is_tls(first) == is_tls(&way) && first.redis_settings().db() == way.redis_settings().db()
            };
            if !ways.first().is_none_or(same) {
                return Err(SettingsError::Differs(index + 1));
            }
            ways.push(way);
        }
        let first = ways.first().ok_or(SettingsError::NoAddress)?;
        if self.kind == Kind::Cluster && first.redis_settings().db() != 0 {
            return Err(SettingsError::Database);
        }
        self.check_certificates(first)?;
        Ok(ways)
    }

    fn way(&self, address: &str) -> Option<ConnectionInfo> {
        let (scheme, rest) = address.split_once("://")?;
        // What comes after `#` or `?` could switch the checks of TLS off.
        if !matches!(scheme, "redis" | "rediss") || rest.contains(['?', '#']) {
            return None;
        }
        let way = address.into_connection_info().ok()?;
        let mut redis = way.redis_settings().clone();
        if let Some(user) = &self.user {
            redis = redis.set_username(user);
        }
        if let Some(password) = &self.password {
            redis = redis.set_password(password.as_str());
        }
        Some(way.set_redis_settings(redis).set_tcp_settings(tcp()))
    }

    /// Gives who asks the sentinels.
    pub(crate) fn sentinel_login(&self) -> RedisConnectionInfo {
        let mut login = RedisConnectionInfo::default();
        if let Some(user) = &self.sentinel_user {
            login = login.set_username(user);
        }
        if let Some(password) = &self.sentinel_password {
            login = login.set_password(password.as_str());
        }
        login
    }

    /// Gives the certificates to believe, if they are not the machine's own.
    pub(crate) fn certificates(&self) -> Option<TlsCertificates> {
        let root_cert = self.ca.clone()?;
        Some(TlsCertificates { client_tls: None, root_cert: Some(root_cert) })
    }

    fn check_certificates(&self, way: &ConnectionInfo) -> Result<(), SettingsError> {
        match self.certificates().filter(|_| is_tls(way)) {
            Some(certificates) => redis::Client::build_with_tls(way.clone(), certificates)
                .map(drop)
                .map_err(|_| SettingsError::Certificates),
            None => Ok(()),
        }
    }
}

/// Says whether a way is encrypted.
pub(crate) fn is_tls(way: &ConnectionInfo) -> bool {
    matches!(way.addr(), ConnectionAddr::TcpTls { .. })
}

/// Gives the socket settings: without `TCP_NODELAY` every answer may take 40 ms.
pub(crate) fn tcp() -> TcpSettings {
    TcpSettings::default().set_nodelay(true)
}

impl fmt::Debug for RedisSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = self.addresses.iter().map(|address| place(address)).collect::<Vec<_>>();
        f.debug_struct("RedisSettings").field("places", &places).field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// Gives an address without user and password.
fn place(address: &str) -> &str {
    address.rsplit_once('@').map_or(address, |(_, place)| place)
}

#[cfg(test)]
mod tests;
