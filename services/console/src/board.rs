//! The board: how the queues of each branch stand, written once for all screens.
//!
//! In: figures from coordination, names of the firm. Out: queue shapes; their JSON, the same
//! piece of memory as long as nothing changed. Never here: history.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use contract::BranchId;
use coord::BranchFigures;
use serde_json::value::RawValue;

use crate::{api::shape::QueueShape, house::House};

/// What was written last, by branch.
// The mutex guards a small map for the time of a look-up, never across an await.
#[derive(Debug, Default)]
pub struct Board(Mutex<BTreeMap<BranchId, Written>>);

#[derive(Debug, Clone)]
struct Written {
    figures: Arc<BranchFigures>,
    firm: u64,
    text: Arc<RawValue>,
}

impl Board {
    /// Gives the queues of a branch as JSON; `None` before the branch has told any.
    #[must_use]
    pub fn queues(&self, house: &House, branch: &BranchId) -> Option<Arc<RawValue>> {
        let figures = house.ports.coord.figures.get(branch)?;
        let firm = house.ports.firm.now().version;
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |written: &&mut Written| {
            let figures_are = Arc::ptr_eq(&written.figures, &figures) || written.figures.queues == figures.queues;
            written.firm == firm && figures_are
        };
        if let Some(written) = known.get_mut(branch).filter(same) {
            written.figures = figures;
            return Some(written.text.clone());
        }
        let text = serde_json::to_string(&house.queues_of(&figures)).ok()?;
        let text: Arc<RawValue> = Arc::from(RawValue::from_string(text).ok()?);
        known.insert(branch.clone(), Written { figures, firm, text: text.clone() });
        Some(text)
    }
}

impl House {
    /// Shapes the queues of a branch.
    #[must_use]
    pub fn queues_of(&self, figures: &BranchFigures) -> Vec<QueueShape> {
        let firm = self.ports.firm.now();
        figures.queues.iter().map(|queue| QueueShape::new(queue, firm.queue_name(&queue.id))).collect()
    }
}
