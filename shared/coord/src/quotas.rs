//! Quotas: how much one key may still do, by the generic cell rate algorithm.
//!
//! In: a key and a rate. Out: yes, or how long to wait. Never here: what the key means.

mod local;
mod redis;

use std::{num::NonZeroU32, time::Duration};

use contract::Millis;
use runtime::Clock;

use crate::link::Link;

/// So many a minute on the long run, so many at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rate {
    /// Allowed each minute.
    pub per_minute: NonZeroU32,
    /// Allowed at once after a quiet time.
    pub burst: NonZeroU32,
}

/// The quotas of all keys. Clones share them.
#[derive(Debug, Clone)]
pub struct Quotas(Backend);

#[derive(Debug, Clone)]
enum Backend {
    Local(local::Limiters),
    Redis(redis::Shared),
}

impl Quotas {
    pub(crate) fn local(clock: &Clock) -> Self {
        Self(Backend::Local(local::Limiters::new(clock)))
    }

    pub(crate) fn redis(link: &Link, wait: Duration) -> Self {
        Self(Backend::Redis(redis::Shared::new(link, wait)))
    }

    /// Takes one from the key's quota, or says how long until there is one.
    pub async fn take(&self, key: &[u8], rate: Rate) -> Result<(), Millis> {
        match &self.0 {
            Backend::Local(limiters) => limiters.take(key, rate),
            Backend::Redis(shared) => shared.take(key, rate).await,
        }
    }
}

impl Rate {
    /// Gives the share of one of several processes, rounded down, but never nothing.
    fn share(self, processes: u32) -> Self {
        let part = |whole: NonZeroU32| NonZeroU32::new(whole.get() / processes.max(1)).unwrap_or(NonZeroU32::MIN);
        Self { per_minute: part(self.per_minute), burst: part(self.burst) }
    }
}

#[cfg(test)]
mod tests;
