//! Peer: who is at the other end of a call, as limits count him.
//!
//! In: what the listener found out about a call. Out: a word that is the same for the same client.
//! Never here: headers; the listener knows which of them are believed.

use std::{fmt, net::SocketAddr};

use axum::{extract::ConnectInfo, http::Extensions};
use runtime::client;

/// Who calls; nobody in particular where no listener said so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer(String);

impl Peer {
    /// Reads who makes a call.
    #[must_use]
    pub fn of(call: &Extensions) -> Self {
        let address = call.get::<ConnectInfo<SocketAddr>>().map(|peer| client::counted(peer.0.ip()));
        Self(address.map(|address| address.to_string()).unwrap_or_default())
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
