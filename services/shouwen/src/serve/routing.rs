//! The routing of branches: the share of this process, of the branches of the firm in force.
//!
//! In: the rooms, the firm as the store has it. Out: routers under way, which come and go with
//! the branches; what keeps a branch from being ended. Never here: a decision of a branch;
//! which process routes which.

use std::{collections::BTreeSet, path::Path, time::Duration};

use anyhow::{Context, Result, ensure};
use bus::{Bus, QueueName};
use console::FirmInForce;
use contract::{AccountId, BranchId, ChannelKind};
use firm::Book;
use router::shell::{self, Company, Identity};
use runtime::{Chance, Health, Stop, Tasks};
use store::{Store, leases::RouterId};
use tokio::sync::watch;

use super::rooms::Rooms;
use crate::private;

/// The file that keeps the name of the router of this process.
const ROUTER_FILE: &str = "router";
/// How often the store is asked whether another firm is in force.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Begins the routing; these accounts have a way back to the client. In the company of others
/// the branches are shared with them.
pub(super) fn start(
    firm: &FirmInForce,
    rooms: &Rooms,
    answerable: BTreeSet<(ChannelKind, AccountId)>,
    (company, identity): (Company, Identity),
    tasks: &Tasks,
    health: &Health,
) {
    let ports = shell::Ports {
        bus: rooms.bus.clone(),
        store: rooms.store.clone(),
        coord: rooms.coord.clone(),
        clock: rooms.clock.clone(),
        chance: rooms.chance.clone(),
        tasks: tasks.clone(),
        answerable,
    };
    // Before the first turn of the task: nobody may think the house ready without it.
    health.part("routing").starting();
    let (tell, in_force) = watch::channel(branches(&firm.book));
    tasks.spawn("routing.firm", follow(rooms.store.clone(), firm.version, tell, tasks.stop()));
    tasks.spawn("routing.share", shell::share(ports, identity, company, in_force, health.clone(), tasks.stop()));
}

/// Makes a router of this process, and gives the one that was in its data folder before. The folder
/// is under lock: who was here is dead, and what it holds need not be waited for.
pub(super) fn identity(company: Company, data: &Path, chance: &Chance) -> Result<Identity> {
    if company == Company::Alone {
        return Ok(Identity { me: RouterId::fresh(chance), before: None });
    }
    let path = data.join(ROUTER_FILE);
    let before = private::read(&path).ok().and_then(|kept| kept.parse().ok());
    let me = RouterId::fresh(chance);
    // Before anybody hears of it: a name that is not kept would be waited for.
    private::write(&path, &format!("{me}\n")).with_context(|| format!("writing {}", path.display()))?;
    Ok(Identity { me, before })
}

fn branches(book: &Book) -> BTreeSet<BranchId> {
    book.firm.branches.iter().map(|branch| branch.id.clone()).collect()
}

/// Follows the firm in force from a version on, whoever applies the next.
async fn follow(store: Store, mut version: u64, tell: watch::Sender<BTreeSet<BranchId>>, stop: Stop) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
        let newer = match store.firms().newer(version).await {
            Ok(Some(newer)) => newer,
            Ok(None) => continue,
            Err(error) => {
                tracing::warn!(%error, "the firm in force is not known at the moment");
                continue;
            }
        };
        version = newer.version;
        match firm::read("the firm in force", &newer.text) {
            Ok((book, _)) => {
                let branches = branches(&book);
                tell.send_if_modified(|known| {
                    let before = std::mem::replace(known, branches);
                    before != *known
                });
            }
            Err(_) => tracing::error!(version, "the applied firm file does not read; its branches are not known"),
        }
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

#[cfg(test)]
mod tests;
