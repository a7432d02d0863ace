//! Places: how many connections may be open, and how many of them one address may hold.
//!
//! In: addresses that connect. Out: a place, given back when it is dropped. Never here: a stream.

use std::{net::IpAddr, sync::Arc};

use runtime::client::{Share, Shares};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The places of a listener.
#[derive(Debug)]
pub(super) struct Places {
    free: Arc<Semaphore>,
    shares: Shares,
}

/// A place.
#[derive(Debug)]
pub(super) struct Held {
    _place: OwnedSemaphorePermit,
    _share: Option<Share>,
}

impl Places {
    /// Makes so many; one address holds three quarters of them at most, so that nobody alone
    /// shuts everybody else out.
    pub(super) fn new(count: usize) -> Self {
        Self { free: Arc::new(Semaphore::new(count)), shares: Shares::new(count - count / 4) }
    }

    /// Waits for a free place.
    pub(super) async fn free(&self) -> OwnedSemaphorePermit {
        Arc::clone(&self.free).acquire_owned().await.expect("the places are never closed")
    }

    /// Gives the place to an address, unless it has its share; `None` stands for many.
    pub(super) fn give(&self, place: OwnedSemaphorePermit, address: Option<IpAddr>) -> Option<Held> {
        let share = match address {
            Some(address) => Some(self.shares.take(address).or_else(refused)?),
            None => None,
        };
        Some(Held { _place: place, _share: share })
    }
}

fn refused() -> Option<Share> {
    metrics::counter!("shouwen_connections_refused_total").increment(1);
    None
}
