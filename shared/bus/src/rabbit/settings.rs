//! Where the broker is and who we are there.
//!
//! In: addresses, user, password, a file of certificates. Out: endpoints to connect to, or a
//! word about the first that is none. Never here: a password in a text.

use std::{fmt, path::PathBuf, sync::Arc};

use lapin::{tcp::OwnedTLSConfig, uri::AMQPUri};
use zeroize::Zeroizing;

use crate::error::BusError;

/// How to reach the broker.
#[derive(Clone)]
pub struct Settings {
    /// Addresses of its nodes, `amqp://host:port/vhost` or `amqps://…`, tried in turn; without
    /// user and password.
    pub nodes: Vec<String>,
    /// The user.
    pub user: String,
    /// The password.
    pub password: Zeroizing<String>,
    /// Certificates (PEM) to trust beside those of the system.
    pub ca: Option<PathBuf>,
    /// What the broker's operators see as the name of our connections.
    pub name: String,
}

/// One node, ready to be connected to.
#[derive(Clone)]
pub(super) struct Endpoint {
    /// The address as configured, for words.
    pub(super) address: Arc<str>,
    pub(super) uri: AMQPUri,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Settings({:?} as {}, ca {:?})", self.nodes, self.user, self.ca)
    }
}

impl Settings {
    /// Reads the addresses.
    pub(super) fn endpoints(&self) -> Result<Vec<Endpoint>, BusError> {
        if self.nodes.is_empty() {
            return Err(unfit("there is no address of a broker"));
        }
        let endpoints: Vec<Endpoint> =
            self.nodes.iter().map(|address| self.endpoint(address)).collect::<Result<_, _>>()?;
        if let Some((first, others)) = endpoints.split_first()
            && let Some(other) = others.iter().find(|other| other.uri.vhost != first.uri.vhost)
        {
            return Err(unfit(&format!("{} names another virtual host than {}", other.address, first.address)));
        }
        Ok(endpoints)
    }

    /// Reads the certificates.
    pub(super) fn tls(&self) -> Result<OwnedTLSConfig, BusError> {
        let Some(file) = &self.ca else { return Ok(OwnedTLSConfig::default()) };
        let chain =
            std::fs::read_to_string(file).map_err(|error| unfit(&format!("reading {}: {error}", file.display())))?;
        Ok(OwnedTLSConfig { cert_chain: Some(chain), ..OwnedTLSConfig::default() })
    }

    fn endpoint(&self, address: &str) -> Result<Endpoint, BusError> {
        // Not repeated before it is known to hold no password.
        if address.contains('@') {
            return Err(unfit("an address of a broker holds no user and no password"));
        }
        // The parser takes the host of such an address for `localhost`.
        if address.contains('[') {
            return Err(unfit(&format!("{address}: write a name or an IPv4 address")));
        }
        let mut uri: AMQPUri = address.parse().map_err(|error| unfit(&format!("{address}: {error}")))?;
        uri.authority.userinfo.username.clone_from(&self.user);
        uri.authority.userinfo.password = self.password.to_string();
        Ok(Endpoint { address: address.into(), uri })
    }
}

fn unfit(why: &str) -> BusError {
    BusError::Unfit(why.into())
}

#[cfg(test)]
mod tests;
