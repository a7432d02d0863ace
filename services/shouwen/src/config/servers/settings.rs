//! What those who connect to servers are given.
//!
//! In: the tables as they were read. Out: settings of the bus, the store, the coordination.
//! Never here: a connection.

use anyhow::{Context, Result};
use bus::rabbit;
use coord::RedisSettings;
use store::Postgres;

use super::{BusServer, CoordServer, StoreServer};
use crate::config::{Address, Secret};

/// The name and the password of a RabbitMQ that nobody set up.
const GUEST: &str = "guest";

impl BusServer {
    /// Says how RabbitMQ is reached; its operators see this name.
    pub(crate) fn settings(&self, name: &str) -> rabbit::Settings {
        rabbit::Settings {
            nodes: self.urls.iter().map(Address::text).collect(),
            user: self.user.clone().unwrap_or_else(|| GUEST.to_owned()),
            password: self.password.as_ref().map_or_else(|| GUEST.to_owned(), Secret::text).into(),
            ca: self.ca.clone(),
            name: name.to_owned(),
        }
    }
}

impl StoreServer {
    /// Says how PostgreSQL is reached.
    pub(crate) fn settings(&self) -> Postgres {
        let password = self.password.as_ref().map(|password| password.text().into());
        Postgres { url: self.url.text(), password, connections: self.connections }
    }
}

impl CoordServer {
    /// Says how Redis is reached.
    pub(crate) fn settings(&self) -> Result<RedisSettings> {
        let ca = self.ca.as_ref().map(std::fs::read).transpose().context("reading the certificates of [coord]")?;
        let first = self.urls.first().context("[coord] names no address")?;
        let word = |secret: &Option<Secret>| secret.as_ref().map(|secret| secret.text().into());
        Ok(RedisSettings {
            addresses: self.urls.iter().map(Address::text).collect(),
            kind: self.kind.clone(),
            password: word(&self.password),
            sentinel_user: self.sentinel_user.clone(),
            sentinel_password: word(&self.sentinel_password),
            ca,
            ..RedisSettings::at(first.as_str())
        })
    }
}
