//! Quotas in Redis: one script call for each taking, on the server's clock.
//!
//! In: a key and a rate. Out: yes, or how long to wait. When Redis is away or slow, this
//! process's share of the rate decides; a call that timed out may have taken one as well,
//! which errs on the side of waiting. Never here: the key itself in Redis, only its digest.

use std::{sync::LazyLock, time::Duration};

use contract::Millis;
use redis::Script;
use sha2::{Digest as _, Sha256};

use super::{Rate, local::Limiters};
use crate::link::Link;

/// Bytes of a key's digest that name it.
const DIGEST_BYTES: usize = 16;
/// Microseconds in a minute.
const MINUTE_US: u64 = 60_000_000;

static GCRA: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("gcra.lua")));

/// The quotas that all processes share. Clones share them.
#[derive(Debug, Clone)]
pub(super) struct Shared {
    link: Link,
    /// How long Redis may take; a message waits for it.
    wait: Duration,
    share: Limiters,
}

impl Shared {
    pub(super) fn new(link: &Link, wait: Duration) -> Self {
        Self { link: link.clone(), wait, share: Limiters::new(link.clock()) }
    }

    pub(super) async fn take(&self, key: &[u8], rate: Rate) -> Result<(), Millis> {
        let mut call = GCRA.key(self.name(key, rate));
        call.arg(MINUTE_US / u64::from(rate.per_minute.get())).arg(rate.burst.get());
        match self.link.ask(self.wait, async |to| call.invoke_async(to).await).await {
            Ok(0) => Ok(()),
            Ok(wait_ms) => Err(Millis::new(wait_ms)),
            Err(_) => {
                metrics::counter!("shouwen_coord_quotas_alone_total").increment(1);
                self.share.take(key, rate.share(self.link.processes()))
            }
        }
    }

    fn name(&self, key: &[u8], rate: Rate) -> String {
        let mut digest = Sha256::new();
        digest.update(rate.per_minute.get().to_be_bytes());
        digest.update(rate.burst.get().to_be_bytes());
        digest.update(key);
        let digest: [u8; 32] = digest.finalize().into();
        self.link.name("quota", &hex::encode(digest.first_chunk::<DIGEST_BYTES>().unwrap_or(&[0; DIGEST_BYTES])))
    }
}
