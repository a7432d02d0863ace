//! The quotas of one process, by governor on the house's clock.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use contract::Millis;
use governor::{
    Quota, RateLimiter, clock::Clock as _, middleware::NoOpMiddleware, nanos::Nanos, state::keyed::DashMapStateStore,
};
use runtime::Clock;

use super::Rate;

/// Checks between two clean-ups of keys that have been quiet.
const CHECKS_PER_CLEANING: u32 = 10_000;

/// The quotas of all keys. Clones share them.
// The mutex guards the short list of rates for the time of a look-up.
#[derive(Debug, Clone)]
pub(super) struct Limiters {
    rates: Arc<Mutex<BTreeMap<Rate, Arc<Keyed>>>>,
    clock: Ticks,
}

#[derive(Debug)]
struct Keyed {
    limiter: RateLimiter<Vec<u8>, DashMapStateStore<Vec<u8>>, Ticks, NoOpMiddleware<Nanos>>,
    checks: AtomicU32,
}

/// The house's clock as the limiter reads it: it never steps back, and a test moves it by hand.
#[derive(Debug, Clone)]
struct Ticks(Clock);

impl Limiters {
    pub(super) fn new(clock: &Clock) -> Self {
        Self { rates: Arc::default(), clock: Ticks(clock.clone()) }
    }

    pub(super) fn take(&self, key: &[u8], rate: Rate) -> Result<(), Millis> {
        let keyed = self.keyed(rate);
        if keyed.checks.fetch_add(1, Ordering::Relaxed) % CHECKS_PER_CLEANING == CHECKS_PER_CLEANING - 1 {
            keyed.limiter.retain_recent();
            keyed.limiter.shrink_to_fit();
        }
        keyed.limiter.check_key(&key.to_vec()).map_err(|until| {
            let wait = until.wait_time_from(self.clock.now());
            Millis::new(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX).max(1))
        })
    }

    fn keyed(&self, rate: Rate) -> Arc<Keyed> {
        let mut rates = self.rates.lock().unwrap_or_else(PoisonError::into_inner);
        rates.entry(rate).or_insert_with(|| Arc::new(Keyed::new(rate, self.clock.clone()))).clone()
    }
}

impl Keyed {
    fn new(rate: Rate, clock: Ticks) -> Self {
        let quota = Quota::per_minute(rate.per_minute).allow_burst(rate.burst);
        Self { limiter: RateLimiter::dashmap_with_clock(quota, clock), checks: AtomicU32::new(0) }
    }
}

impl governor::clock::Clock for Ticks {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Duration::from_millis(u64::try_from(self.0.monotonic().as_ms()).unwrap_or(0)).into()
    }
}
