//! A router process: a shell on a runtime of its own, whose time stands until it is moved.
//!
//! In: the ports of the house. Out: a process that can be stopped as SIGSTOP stops one (nothing
//! of it is polled), killed as SIGKILL does (all of it is dropped), or ended as it should; one
//! behind a network goes by itself. Never here: what is common to all.

use std::{collections::BTreeSet, sync::mpsc, time::Duration};

use contract::{BranchId, Millis, Timestamp};
use router::shell::{self, Company, Identity, Ports};
use runtime::{Chance, Clock, Health, Tasks, health::Condition};
use store::{Store, leases::RouterId};
use tokio::{
    runtime::{Builder, Runtime},
    sync::watch,
};

/// Rounds in which answers of the store are waited for after a move of the time.
const ROUNDS: u32 = 3;
/// Turns that tasks get in a round.
const TURNS: u32 = 24;

/// How the time of processes goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// It stands until it is moved.
    Told,
    /// By itself, for a network is waited for; the clock is moved all the same.
    Own,
}

/// A router process.
pub(crate) struct Process {
    pub(crate) id: RouterId,
    pace: Pace,
    // As long as this is there a thread of the runtime waits for it, and time does not move by
    // itself while an answer is under way. Dropped before the runtime, which waits for the thread.
    _awaited: mpsc::Sender<()>,
    runtime: Runtime,
    store: Store,
    clock: Clock,
    health: Health,
    tasks: Tasks,
    /// How long it has slept; `None` = it is awake.
    pub(crate) slept: Option<i64>,
    in_force: watch::Sender<BTreeSet<BranchId>>,
}

impl Process {
    /// Starts it; `ports` makes what it touches.
    pub(crate) fn start(
        pace: Pace,
        seed: u64,
        now: Timestamp,
        branches: BTreeSet<BranchId>,
        ports: impl FnOnce(Clock, Chance, Tasks) -> Ports,
    ) -> Self {
        let runtime = match pace {
            Pace::Told => Builder::new_current_thread().enable_all().start_paused(true).build().unwrap(),
            Pace::Own => Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap(),
        };
        let (awaited, waits) = mpsc::channel::<()>();
        drop(runtime.spawn_blocking(move || waits.recv().ok()));
        let health = Health::default();
        let (clock, tasks) = (Clock::by_hand(now), Tasks::new(health.clone()));
        let ports = ports(clock.clone(), Chance::seeded(seed), tasks.clone());
        let store = ports.store.clone();
        let (in_force, branches) = watch::channel(branches);
        let id = RouterId::fresh(&Chance::seeded(seed));
        let identity = Identity { me: id.clone(), before: None };
        let sharing = shell::share(ports, identity, Company::Others, branches, health.clone(), tasks.stop());
        runtime.block_on(async { tasks.spawn("share", sharing) });
        Self { id, pace, runtime, store, clock, health, tasks, slept: None, in_force, _awaited: awaited }
    }

    /// Moves its time, and lets it do what is due.
    pub(crate) fn advance(&self, ms: i64) {
        self.clock.advance(Millis::new(ms));
        if self.pace == Pace::Own {
            return;
        }
        let span = Duration::from_millis(u64::try_from(ms).unwrap());
        self.runtime.block_on(async {
            tokio::time::advance(span).await;
            self.settle().await;
        });
    }

    /// Waits for the answers of the store to what was asked so far.
    async fn settle(&self) {
        for _ in 0..ROUNDS {
            for _ in 0..TURNS {
                tokio::task::yield_now().await;
            }
            self.store.write(|_| Box::pin(async { Ok(()) })).await.unwrap();
            self.store.leases().look().await.unwrap();
        }
    }

    /// Ends it as it should.
    pub(crate) fn end(self) {
        assert!(!self.in_force.is_closed(), "it has not ended by itself");
        self.tasks.stop().cancel();
        for _ in 0..200 {
            self.advance(10);
            if self.in_force.is_closed() {
                return self.kill();
            }
        }
        panic!("{} does not end", self.id);
    }

    /// Ends it at once.
    pub(crate) fn kill(self) {
        let Self { runtime, _awaited: awaited, .. } = self;
        drop(awaited);
        drop(runtime);
    }

    /// Gives what its parts say that are not simply well.
    pub(crate) fn words(&self) -> Vec<String> {
        let parts = self.health.parts().into_iter();
        parts.filter(|(_, condition)| *condition != Condition::Well).map(|part| format!("{part:?}")).collect()
    }
}
