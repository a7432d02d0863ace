//! The share of a router: which branches it takes, and which it hands over to others. Pure.
//!
//! In: what a look into the store found, and when. Out: what to take, what to hand over, who
//! gave no sign of life. All routers judge by the same rows and come to the same plan; where
//! their looks differ, a branch is taken under the store's own condition. Never here: IO, a
//! wall clock.

mod plan;
mod watch;

use std::collections::{BTreeMap, BTreeSet};

use contract::{BranchId, Millis, journal::READER};
use runtime::Monotonic;
use store::leases::{BranchLease, Hold, Living, Mark, RouterId, Sight};

use plan::Wanted;
pub(crate) use watch::STANDS_STILL;
use watch::Watch;

/// How long a free branch is left to the router that it is meant for; then anybody takes it.
const LEFT_TO_ITS_OWN: Millis = Millis::from_secs(1);

/// Whether other routers may live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Company {
    /// None does, which the lock of the data folder proves: what somebody held, he holds no
    /// longer, and nobody is waited for.
    Alone,
    /// Others may: what is held is believed to be until it stood still.
    Others,
}

/// Which router this process is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// By this name the others know it.
    pub me: RouterId,
    /// The router that was in this data folder before. The folder's lock proves that it is dead:
    /// nobody waits for it here.
    pub before: Option<RouterId>,
}

/// What a router has come to know by looking.
#[derive(Debug)]
pub(crate) struct Share {
    me: RouterId,
    before: Option<RouterId>,
    company: Company,
    looks: u64,
    routers: Watch<RouterId, u64>,
    branches: Watch<BranchId, Mark>,
    free_since: BTreeMap<BranchId, Monotonic>,
}

/// The router itself at the time of a look.
#[derive(Debug)]
pub(crate) struct Me<'a> {
    /// The branches of the firm in force.
    pub(crate) in_force: &'a BTreeSet<BranchId>,
    /// Those that it routes, or is about to.
    pub(crate) mine: &'a BTreeSet<BranchId>,
    /// Whether it can route at all.
    pub(crate) is_fit: bool,
}

/// What follows from a look.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Steps {
    /// To be taken as they were seen.
    pub(crate) take: Vec<(BranchId, Mark)>,
    /// To be handed over.
    pub(crate) hand_over: Vec<BranchId>,
    /// Meant for this router, and not to be taken yet.
    pub(crate) awaited: Vec<BranchId>,
    /// Without a holder.
    pub(crate) without: Vec<Without>,
    /// Routers that stand still.
    pub(crate) dead: Vec<Living>,
    /// Routers that live, this one among them if it is fit.
    pub(crate) living: usize,
}

/// A branch without a holder.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Without {
    pub(crate) branch: BranchId,
    /// For how long.
    pub(crate) free: Millis,
    /// Whether this version reads its journal.
    pub(crate) reads: bool,
}

impl Share {
    pub(crate) fn new(identity: Identity, company: Company) -> Self {
        Self {
            me: identity.me,
            before: identity.before,
            company,
            looks: 0,
            routers: Watch::default(),
            branches: Watch::default(),
            free_since: BTreeMap::new(),
        }
    }

    /// Judges what a look found.
    pub(crate) fn look(&mut self, now: Monotonic, sight: &Sight, me: &Me<'_>) -> Steps {
        self.routers.see(now, sight.routers.iter().map(|router| (router.router.clone(), router.beat)));
        self.branches.see(now, sight.branches.iter().map(|found| (found.branch.clone(), found.mark)));
        self.looks += 1;
        let (alive, dead) = self.members(sight, me.is_fit);
        let known: BTreeMap<_, _> = sight.branches.iter().map(|found| (&found.branch, found)).collect();
        let found: Vec<_> = me.in_force.iter().map(|branch| (branch, known.get(branch).copied())).collect();
        let wanted = found.iter().map(|(branch, found)| wanted(branch, *found));
        let plan = plan::plan(&alive, wanted);
        let mut steps = Steps { dead, living: alive.len(), ..Steps::default() };
        for (branch, found) in found {
            let free = self.free_for(now, branch, found, me.mine);
            let planned = plan.get(branch);
            let is_planned = planned == Some(&self.me);
            if me.mine.contains(branch) {
                if planned.is_some() && !is_planned {
                    steps.hand_over.push(branch.clone());
                }
                continue;
            }
            let reads = found.is_none_or(|found| found.reader <= READER);
            if let Some(free) = free {
                steps.without.push(Without { branch: branch.clone(), free, reads });
            }
            let is_left = free.is_some_and(|free| free >= LEFT_TO_ITS_OWN);
            if free.is_some() && reads && me.is_fit && self.has_looked() && (is_planned || is_left) {
                steps.take.push((branch.clone(), found.map_or(Mark::default(), |found| found.mark)));
            } else if is_planned {
                steps.awaited.push(branch.clone());
            }
        }
        self.free_since.retain(|branch, _| me.in_force.contains(branch));
        steps
    }

    /// Gives the routers that share the branches, with the version of records that each reads;
    /// and the dead.
    fn members(&self, sight: &Sight, is_fit: bool) -> (BTreeMap<RouterId, u32>, Vec<Living>) {
        let mut alive = BTreeMap::new();
        let mut dead = Vec::new();
        for router in sight.routers.iter().filter(|router| router.router != self.me) {
            if self.is_dead(&router.router) || self.routers.stands_still(&router.router) {
                dead.push(router.clone());
            } else {
                alive.insert(router.router.clone(), router.reader);
            }
        }
        if is_fit {
            alive.insert(self.me.clone(), READER);
        }
        (alive, dead)
    }

    /// Says whether a lock proves that a router is dead.
    fn is_dead(&self, router: &RouterId) -> bool {
        self.company == Company::Alone || self.before.as_ref() == Some(router)
    }

    /// Says whether those who began together have had the time to see each other.
    const fn has_looked(&self) -> bool {
        matches!(self.company, Company::Alone) || self.looks > 1
    }

    /// Gives how long a branch has been without a holder; `None` = it has one.
    fn free_for(
        &mut self,
        now: Monotonic,
        branch: &BranchId,
        found: Option<&BranchLease>,
        mine: &BTreeSet<BranchId>,
    ) -> Option<Millis> {
        let is_free = !mine.contains(branch) && found.is_none_or(|found| self.is_free(found));
        if !is_free {
            self.free_since.remove(branch);
            return None;
        }
        Some(now.since(*self.free_since.entry(branch.clone()).or_insert(now)))
    }

    fn is_free(&self, found: &BranchLease) -> bool {
        let is_held = match &found.hold {
            Hold::Free => false,
            // Taken in this router's name, and it does not know: the answer was lost.
            Hold::By(router) => *router != self.me && self.before.as_ref() != Some(router),
            Hold::Unnamed => true,
        };
        let is_proven = self.company == Company::Alone && self.looks == 1;
        !is_held || is_proven || self.branches.stands_still(&found.branch)
    }
}

fn wanted<'a>(branch: &'a BranchId, found: Option<&'a BranchLease>) -> Wanted<'a> {
    let holder = found.and_then(|found| match &found.hold {
        Hold::By(router) => Some(router),
        Hold::Free | Hold::Unnamed => None,
    });
    Wanted { branch, holder, reader: found.map_or(0, |found| found.reader) }
}

#[cfg(test)]
mod tests;
