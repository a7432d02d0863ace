//! Cases in the order of a time: who waits longest, what is due first.
//!
//! In: who joins, and that somebody left. Out: the head. Who left further back is dropped when
//! he comes to the head, or when most of the lineup are such: joining and leaving cost the
//! same however many stand there. Equal times go by the order of opening.

use std::{cmp::Reverse, collections::BinaryHeap};

use contract::Timestamp;

use super::arena::CaseNo;

/// A time, the case's number in opening order, the case.
pub(crate) type Standing = (Timestamp, u64, CaseNo);

/// A lineup is not worth compacting below this length.
const COMPACT_MIN: usize = 64;

/// Cases in the order of a time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lineup {
    /// How many truly stand here.
    count: usize,
    heap: BinaryHeap<Reverse<Standing>>,
}

impl Lineup {
    pub(crate) const fn len(&self) -> usize {
        self.count
    }

    pub(crate) fn join(&mut self, standing: Standing) {
        self.count += 1;
        self.heap.push(Reverse(standing));
    }

    /// Notes that somebody who joined is no longer here; `tidy` must follow.
    pub(crate) const fn leave(&mut self) {
        self.count -= 1;
    }

    /// Gives the head; it stands here truly after a `tidy`.
    pub(crate) fn first(&self) -> Option<Standing> {
        self.heap.peek().map(|Reverse(standing)| *standing)
    }

    /// Drops who no longer stands here from the head, and from everywhere when they are most.
    pub(crate) fn tidy(&mut self, stands: impl Fn(Standing) -> bool) {
        while let Some(Reverse(first)) = self.heap.peek()
            && !stands(*first)
        {
            self.heap.pop();
        }
        if self.heap.len() > COMPACT_MIN + 3 * self.count {
            let mut all = std::mem::take(&mut self.heap).into_vec();
            all.retain(|Reverse(standing)| stands(*standing));
            // Who left and joined again at the same time stands here twice.
            all.sort_unstable();
            all.dedup();
            self.heap = all.into();
        }
    }
}

#[cfg(test)]
mod tests;
