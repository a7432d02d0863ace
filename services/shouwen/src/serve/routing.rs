//! The routing of branches: begun, ended, asked which firm each decides by.
//!
//! In: the rooms, branches by id. Out: a router under way for each; what keeps one from being
//! ended. Never here: a decision of a branch; which branches there are.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use bus::{Bus, QueueName};
use contract::{AccountId, BranchId, ChannelKind};
use router::shell;
use runtime::{Health, Stop, Tasks};
use store::Store;

use super::rooms::Rooms;

/// How long a router may take to finish what is under way.
const END_LIMIT: Duration = Duration::from_secs(5);

/// The routers of a process.
pub(super) struct Routing {
    ports: shell::Ports,
    health: Health,
    running: BTreeMap<BranchId, Running>,
}

/// How a router is told to end, and how it tells that it did.
struct Running {
    stop: Stop,
    ended: Stop,
}

impl Routing {
    /// Prepares the routing; these accounts have a way back to the client.
    pub(super) fn of(
        rooms: &Rooms,
        answerable: BTreeSet<(ChannelKind, AccountId)>,
        tasks: &Tasks,
        health: &Health,
    ) -> Self {
        let ports = shell::Ports {
            bus: rooms.bus.clone(),
            store: rooms.store.clone(),
            coord: rooms.coord.clone(),
            clock: rooms.clock.clone(),
            chance: rooms.chance.clone(),
            tasks: tasks.clone(),
            answerable,
        };
        Self { ports, health: health.clone(), running: BTreeMap::new() }
    }

    /// Gives the branches that are routed.
    pub(super) fn branches(&self) -> Vec<BranchId> {
        self.running.keys().cloned().collect()
    }

    /// Begins the routing of a branch.
    pub(super) fn open(&mut self, branch: &BranchId) {
        let name = format!("router.{branch}");
        let part = self.health.part(&name);
        part.starting();
        let running = Running { stop: self.ports.tasks.stop().child_token(), ended: Stop::new() };
        let router = shell::run(branch.clone(), self.ports.clone(), part, running.stop.clone());
        let ended = running.ended.clone();
        self.ports.tasks.spawn(&name, async move {
            router.await;
            ended.cancel();
        });
        self.running.insert(branch.clone(), running);
    }

    /// Ends the routing of a branch; returns when it has finished what was under way.
    pub(super) async fn close(&mut self, branch: &BranchId) -> Result<()> {
        let Some(running) = self.running.remove(branch) else { return Ok(()) };
        running.stop.cancel();
        let ended = tokio::time::timeout(END_LIMIT, running.ended.cancelled()).await;
        ended.with_context(|| format!("the router of branch {branch} does not end"))?;
        self.health.part(&format!("router.{branch}")).beside("tail").gone();
        self.ports.coord.figures.forget(branch);
        Ok(())
    }

    /// Says whether a branch has journalled a firm.
    pub(super) fn decides_by(&self, branch: &BranchId, digest: &[u8]) -> bool {
        let figures = self.ports.coord.figures.get(branch);
        figures.is_some_and(|figures| figures.firm.as_deref() == Some(digest))
    }
}

/// Refuses the end of a branch in which something is open: nobody would watch it any more.
pub(super) async fn ensure_idle(store: &Store, bus: &Bus, branch: &BranchId) -> Result<()> {
    let open = store.views().open(branch).await?;
    let figures = bus.figures();
    let queues = [QueueName::Route(branch.clone()), QueueName::Command(branch.clone())];
    let messages: u64 = queues.iter().map(|queue| figures.depth(queue).messages).sum();
    let counted = [(open.cases, "open case"), (open.promises, "open promise"), (messages, "waiting message")];
    let counted = counted.iter().filter(|(count, _)| *count > 0).map(|(count, what)| {
        let ending = if *count == 1 { "" } else { "s" };
        format!("{count} {what}{ending}")
    });
    let counted: Vec<_> = counted.collect();
    ensure!(counted.is_empty(), "branch {branch} cannot leave the firm: it has {}", counted.join(", "));
    Ok(())
}
