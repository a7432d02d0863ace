//! Standing still: what has not moved for so long that its owner must be gone.
//!
//! In: marks, look by look. Out: how long each stood. Time counts only as far as the looker
//! himself was looking: who was stopped, or could not see, knows nothing of the meantime.
//! Never here: a wall clock.

use std::collections::BTreeMap;

use contract::Millis;
use runtime::Monotonic;

/// What stands still so long is believed to have no owner any more.
pub(crate) const STANDS_STILL: Millis = Millis::from_secs(8);

/// What the time between two looks counts at most.
const GAP_MAX: Millis = Millis::from_secs(1);

/// Marks by key, and how long each stood.
#[derive(Debug)]
pub(super) struct Watch<K, M> {
    looked: Option<Monotonic>,
    stood: BTreeMap<K, (M, Millis)>,
}

impl<K, M> Default for Watch<K, M> {
    fn default() -> Self {
        Self { looked: None, stood: BTreeMap::new() }
    }
}

impl<K: Ord, M: PartialEq> Watch<K, M> {
    /// Notes what a look found; what it did not find is forgotten.
    pub(super) fn see(&mut self, now: Monotonic, found: impl Iterator<Item = (K, M)>) {
        let gap = self.looked.map_or(Millis::ZERO, |looked| now.since(looked).min(GAP_MAX));
        let mut before = std::mem::take(&mut self.stood);
        for (key, mark) in found {
            let stood = match before.remove(&key) {
                Some((known, stood)) if known == mark => stood + gap,
                _ => Millis::ZERO,
            };
            self.stood.insert(key, (mark, stood));
        }
        self.looked = Some(now);
    }

    /// Says whether something stood so long that its owner must be gone.
    pub(super) fn stands_still(&self, key: &K) -> bool {
        self.stood.get(key).is_some_and(|(_, stood)| *stood >= STANDS_STILL)
    }
}
