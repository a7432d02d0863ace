//! Proxies: who made a call that a proxy of ours hands on.
//!
//! In: the address at the other end, `X-Forwarded-For`. Out: the client's address, by which limits
//! count. What a header says is believed only as far as proxies of the configuration wrote it: from
//! the right, up to the first address that is none of theirs. Never here: another header.

use std::{
    net::{IpAddr, SocketAddr},
    sync::atomic::{AtomicBool, Ordering},
};

use axum::http::{HeaderMap, HeaderName};

use crate::config::Prefix;

const FORWARDED: HeaderName = HeaderName::from_static("x-forwarded-for");
/// Proxies that one call may have come through.
const HOPS_MAX: usize = 16;

/// The proxies that are believed.
#[derive(Debug)]
pub(in crate::serve) struct Proxies {
    trusted: Vec<Prefix>,
    /// Whether somebody was met who hands calls on and is not believed.
    met_another: AtomicBool,
}

impl Proxies {
    /// Believes these, and nobody else.
    pub(in crate::serve) const fn new(trusted: Vec<Prefix>) -> Self {
        Self { trusted, met_another: AtomicBool::new(false) }
    }

    /// Says whether an address is a proxy's.
    pub(super) fn knows(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|prefix| prefix.holds(address))
    }

    /// Gives who made a call; a client behind proxies has no port that anybody knows.
    pub(super) fn client(&self, peer: SocketAddr, headers: &HeaderMap) -> SocketAddr {
        let peer = SocketAddr::new(peer.ip().to_canonical(), peer.port());
        if !self.knows(peer.ip()) {
            self.meet(headers);
            return peer;
        }
        let lines = headers.get_all(FORWARDED);
        let lines: Vec<_> = lines.iter().map(|line| line.to_str().unwrap_or_default()).collect();
        let hops = lines.iter().rev().flat_map(|line| line.rsplit(','));
        let mut client = peer;
        for hop in hops.take(HOPS_MAX).map(address) {
            // What no address can be read from was not written by a proxy as it should be.
            let Some(hop) = hop else { break };
            client = SocketAddr::new(hop, 0);
            if !self.knows(hop) {
                break;
            }
        }
        client
    }

    /// Says once that somebody hands calls on whom the configuration does not name.
    fn meet(&self, headers: &HeaderMap) {
        if headers.contains_key(FORWARDED) && !self.met_another.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "a call came with X-Forwarded-For from an address that [http] trusted_proxies does not name: \
                 the header counts for nothing, and limits count whoever sent it as one client"
            );
        }
    }
}

/// Reads one address of the header, perhaps with a port.
fn address(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let with_port = || hop.parse::<SocketAddr>().ok().map(|address| address.ip());
    let bare = hop.strip_prefix('[').and_then(|hop| hop.strip_suffix(']')).unwrap_or(hop);
    bare.parse::<IpAddr>().ok().or_else(with_port).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests;
