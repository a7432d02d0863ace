//! A queue's figures: who waits since when, how fast it goes, how many answers were in time.
//!
//! In: what `apply` counts. Out: live figures. They decide nothing.

use std::collections::{BTreeMap, VecDeque};

use contract::{Millis, Timestamp};

use super::lineup::Lineup;

/// The span of one bucket of counts: every time zone's midnight falls on its edge.
const BUCKET_MS: i64 = 15 * 60 * 1000;
/// Buckets kept: a day of 25 hours and some.
const BUCKETS_MAX: usize = 110;
/// Acceptances that the prediction looks back on.
const ACCEPTS_MAX: usize = 32;

/// A queue's figures.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    /// Who waits since when.
    pub(crate) line: Lineup,
    /// When the last cases were taken.
    pub(crate) accepts: VecDeque<Timestamp>,
    /// First answers in time and late, by quarter of an hour.
    pub(crate) answers: BTreeMap<i64, (u64, u64)>,
    /// Calls that ended otherwise than by an agent's answer, since the State began.
    pub(crate) short_abandons: u64,
    pub(crate) withheld: u64,
    pub(crate) missed_calls: u64,
}

impl Tally {
    pub(crate) fn accepted(&mut self, now: Timestamp) {
        if self.accepts.len() == ACCEPTS_MAX {
            self.accepts.pop_front();
        }
        self.accepts.push_back(now);
    }

    pub(crate) fn answered(&mut self, now: Timestamp, on_time: bool) {
        let bucket = self.answers.entry(now.as_ms().div_euclid(BUCKET_MS)).or_default();
        if on_time {
            bucket.0 += 1;
        } else {
            bucket.1 += 1;
        }
        while self.answers.len() > BUCKETS_MAX {
            self.answers.pop_first();
        }
    }

    /// Counts first answers in time and late since an instant.
    pub(crate) fn answers_since(&self, since: Timestamp) -> (u64, u64) {
        let first = since.as_ms().div_euclid(BUCKET_MS);
        self.answers.range(first..).fold((0, 0), |sum, (_, (met, late))| (sum.0 + met, sum.1 + late))
    }

    /// Predicts what a contact arriving now would wait with so many before it; `None` when
    /// nothing was taken yet.
    pub(crate) fn predicted(&self, waiting: u64, now: Timestamp) -> Option<Millis> {
        let first = self.accepts.front()?;
        let taken = i64::try_from(self.accepts.len()).ok()?;
        let ahead = i64::try_from(waiting).ok()?.saturating_add(1);
        Some(Millis::new(now.since(*first).get().saturating_mul(ahead) / taken))
    }
}
