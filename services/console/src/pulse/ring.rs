//! The ring: one number per series and step, for an hour back.
//!
//! In: the numbers of a step. Out: what is kept, oldest first; sums over the last steps. Pure.

use std::collections::{BTreeMap, VecDeque};

/// Steps that are kept.
pub(super) const STEPS_MAX: usize = 360;
/// Series that are kept; what comes after them is left out.
pub(super) const SERIES_MAX: usize = 4096;

/// The last steps of every series.
#[derive(Debug)]
pub(super) struct Ring<K> {
    steps: usize,
    series: BTreeMap<K, VecDeque<u32>>,
}

impl<K: Ord + Clone> Ring<K> {
    pub(super) const fn new() -> Self {
        Self { steps: 0, series: BTreeMap::new() }
    }

    /// Ends a step with these numbers; a series that has none gets 0, and one that had nothing
    /// else for the whole time is forgotten.
    pub(super) fn push(&mut self, mut step: BTreeMap<K, u64>) {
        for (key, values) in &mut self.series {
            values.push_back(step.remove(key).map_or(0, small));
            if values.len() > STEPS_MAX {
                values.pop_front();
            }
        }
        self.series.retain(|_, values| values.iter().any(|value| *value > 0));
        self.steps = (self.steps + 1).min(STEPS_MAX);
        for (key, value) in step {
            if value > 0 && self.series.len() < SERIES_MAX {
                let mut values: VecDeque<u32> = std::iter::repeat_n(0, self.steps - 1).collect();
                values.push_back(small(value));
                self.series.insert(key, values);
            }
        }
    }

    /// Gives how many steps there are.
    pub(super) const fn steps(&self) -> usize {
        self.steps
    }

    /// Gives every series, oldest number first, as many as there are steps.
    pub(super) fn series(&self) -> impl Iterator<Item = (&K, &VecDeque<u32>)> {
        self.series.iter()
    }

    /// Adds up the last numbers of a series.
    pub(super) fn sum(&self, key: &K, steps: usize) -> u64 {
        let values = self.series.get(key);
        values.map_or(0, |values| values.iter().rev().take(steps).map(|value| u64::from(*value)).sum())
    }
}

fn small(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
