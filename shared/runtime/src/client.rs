//! Clients of HTTP by their addresses: whom a limit counts as one.
//!
//! In: addresses. Out: the one that limits count by; how much of something each holds, and no more
//! than its share. Never here: what is shared out; an address in a log or a figure.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, PoisonError},
};

/// Bits of an IPv6 address behind the network: who has a network has all of them.
const HOST_BITS: u32 = 64;

/// Gives the address that limits count by: of IPv6 the network.
#[must_use]
pub fn counted(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from(u128::from(address) >> HOST_BITS << HOST_BITS).into(),
        address @ IpAddr::V4(_) => address,
    }
}

type Counts = Mutex<BTreeMap<IpAddr, usize>>;

/// Shares of something that every address may hold so much of. Clones are the same.
// The mutex guards counts that are touched when a share begins and ends, never across an await.
#[derive(Debug, Clone)]
pub struct Shares {
    most: usize,
    held: Arc<Counts>,
}

/// A share of one; given back when it is dropped.
#[derive(Debug)]
pub struct Share {
    address: IpAddr,
    held: Arc<Counts>,
}

impl Shares {
    /// Lets every address hold so many.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { most, held: Arc::default() }
    }

    /// Gives an address one more, unless it holds as many as it may.
    #[must_use]
    pub fn take(&self, address: IpAddr) -> Option<Share> {
        let address = counted(address);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let count = held.entry(address).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Share { address, held: Arc::clone(&self.held) })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let left = held.get_mut(&self.address).map(|count| {
            *count -= 1;
            *count
        });
        if left == Some(0) {
            held.remove(&self.address);
        }
    }
}

#[cfg(test)]
mod tests;
