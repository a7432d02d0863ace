//! Chance: random bytes and the ids made of them; a test's chance repeats from its seed.
//!
//! In: the machine's randomness, or a seed. Out: bytes, nonces, UUIDv7 bits.
//! Never here: a use in a core.

use std::sync::{Arc, Mutex};

use contract::{Timestamp, id, seal::NONCE_BYTES};
use rand::{Rng, SeedableRng, rngs::StdRng};

/// A source of randomness. Clones draw from the same source.
// The mutex is held for one draw and never across an await.
#[derive(Debug, Clone)]
pub struct Chance(Arc<Mutex<StdRng>>);

impl Chance {
    /// Draws from a generator seeded by the operating system.
    #[must_use]
    pub fn machine() -> Self {
        Self(Arc::new(Mutex::new(rand::make_rng())))
    }

    /// Draws what this seed gives, the same every time.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    /// Fills an array with random bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).fill_bytes(&mut bytes);
        bytes
    }

    /// Gives a nonce for `contract::seal`.
    #[must_use]
    pub fn nonce(&self) -> [u8; NONCE_BYTES] {
        self.bytes()
    }

    /// Gives the bits of a fresh UUIDv7, for `CaseId::new` and its like.
    #[must_use]
    pub fn id(&self, now: Timestamp) -> u128 {
        id::timed(u64::try_from(now.as_ms()).unwrap_or(0), u128::from_be_bytes(self.bytes()))
    }

    /// Gives a number below `bound`; 0 for a bound of 0.
    #[must_use]
    pub fn below(&self, bound: u64) -> u64 {
        u64::from_be_bytes(self.bytes()).checked_rem(bound).unwrap_or(0)
    }
}
