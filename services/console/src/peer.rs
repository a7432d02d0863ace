//! Peer: who is at the other end of a call, as limits count him.
//!
//! In: what the listener found out about a call. Out: a word that is the same for the same client, and
//! one for the journal that does not tell the address.
//! Never here: headers; the listener knows which of them are believed.

use std::{fmt, net::SocketAddr};

use axum::{extract::ConnectInfo, http::Extensions};
use contract::audit;
use runtime::client;

use crate::house::House;

/// Bytes by which the journal tells one place from another.
const PLACE_BYTES: usize = 8;

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

impl House {
    /// Says for the journal from where somebody calls, without the address.
    #[must_use]
    pub fn place(&self, peer: &Peer) -> audit::From {
        self.ports.keys.mark("place of a sign-in", &[peer.0.as_bytes()]).into_iter().take(PLACE_BYTES).collect()
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
