//! Figures in Redis: one hash for all branches, copied here by a task.
//!
//! In: figures put here since the last time. Out: everybody's, in this process's map, as long
//! as they are fresh by the server's clock. Never here: a reader that waits.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use contract::{BranchId, live::BranchFigures, wire};
use redis::Script;
use runtime::{Monotonic, Stop, Tasks};
use tokio::time::{MissedTickBehavior, interval};

use super::Figures;
use crate::{Absent, link::Link};

/// How often figures are sent and fetched.
const EVERY: Duration = Duration::from_millis(500);
/// How long Redis may take.
const WAIT: Duration = Duration::from_millis(500);
/// Age past which figures are nobody's; routers tell them every second.
const AGE_MS: i64 = 15_000;
/// How long figures put here are believed over what Redis gives.
const OWN_MS: i64 = 3_000;

static SCRIPT: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("share.lua")));

/// What was put here. Clones share it.
// The mutex guards two maps for the time of a look-up, never across an await.
#[derive(Debug, Clone, Default)]
pub(super) struct Shared(Arc<Mutex<Put>>);

#[derive(Debug, Default)]
struct Put {
    /// Not sent yet; `None` is to be forgotten.
    waiting: BTreeMap<BranchId, Option<Arc<BranchFigures>>>,
    /// When the branch was last put here or fetched.
    fresh_at: BTreeMap<BranchId, Monotonic>,
    /// When the branch was last put here.
    own_at: BTreeMap<BranchId, Monotonic>,
}

impl Shared {
    pub(super) fn open(link: &Link, figures: Figures, tasks: &Tasks) -> Self {
        let shared = Self::default();
        tasks.spawn("coord.figures", run(link.clone(), figures, shared.clone(), tasks.stop()));
        shared
    }

    pub(super) fn put(&self, at: Monotonic, branch: &BranchId, figures: Option<Arc<BranchFigures>>) {
        let mut put = self.lock();
        match &figures {
            Some(_) => {
                put.own_at.insert(branch.clone(), at);
                put.fresh_at.insert(branch.clone(), at);
            }
            None => {
                put.own_at.remove(branch);
                put.fresh_at.remove(branch);
            }
        }
        put.waiting.insert(branch.clone(), figures);
    }

    fn lock(&self) -> MutexGuard<'_, Put> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn run(link: Link, figures: Figures, shared: Shared, stop: Stop) {
    let sharing = async {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let waiting = std::mem::take(&mut shared.lock().waiting);
            // What was not sent is told again within a second, and forgotten by its age.
            let fetched = exchange(&link, &waiting).await.ok();
            shared.lock().take(&figures, fetched, link.clock().monotonic());
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = sharing => {}
    }
}

/// Sends what is waiting, fetches all there is.
async fn exchange(
    link: &Link,
    waiting: &BTreeMap<BranchId, Option<Arc<BranchFigures>>>,
) -> Result<Vec<(String, Vec<u8>)>, Absent> {
    let mut call = SCRIPT.key(link.name("figures", "all"));
    call.arg(AGE_MS);
    for (branch, figures) in waiting {
        call.arg(branch.as_str()).arg(figures.as_ref().map_or_else(Vec::new, |figures| wire::encode(&**figures)));
    }
    link.ask(WAIT, async |to| call.invoke_async(to).await).await
}

impl Put {
    /// Takes what was fetched, but not over what was just put here. What Redis does not have any
    /// more is gone; while Redis is away it ages.
    fn take(&mut self, figures: &Figures, fetched: Option<Vec<(String, Vec<u8>)>>, now: Monotonic) {
        let mut latest = figures.lock();
        let own = |own_at: &BTreeMap<BranchId, Monotonic>, branch: &BranchId| {
            own_at.get(branch).is_some_and(|at| now.since(*at).get() < OWN_MS)
        };
        if fetched.is_some() {
            self.fresh_at.retain(|branch, _| own(&self.own_at, branch));
        }
        for (branch, bytes) in fetched.unwrap_or_default() {
            // Another version's figures are none.
            let (Ok(branch), Ok(told)) = (branch.parse::<BranchId>(), wire::decode::<BranchFigures>(&bytes)) else {
                continue;
            };
            if own(&self.own_at, &branch) || self.waiting.contains_key(&branch) {
                continue;
            }
            self.fresh_at.insert(branch.clone(), now);
            if latest.get(&branch).is_none_or(|known| **known != told) {
                latest.insert(branch, Arc::new(told));
            }
        }
        let fresh = |at: &Monotonic| now.since(*at).get() < AGE_MS;
        self.fresh_at.retain(|_, at| fresh(at));
        self.own_at.retain(|_, at| fresh(at));
        latest.retain(|branch, _| self.fresh_at.contains_key(branch));
    }
}
