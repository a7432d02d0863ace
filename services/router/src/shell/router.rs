//! The router of one branch, from the taking of its lease to the end of it.
//!
//! In: a branch as it was seen. Out: it is routed, whatever fails in between, until told to
//! stop, or until another holds it. Never here: which branch is whose; a fight for one.

use bus::QueueName;
use contract::BranchId;
use runtime::{Part, Stop};
use store::{
    journal::Lease,
    leases::{Mark, RouterId},
};
use tokio::sync::mpsc;

use super::{Broken, Company, PAUSE_AFTER_FAILURE, Ports, holder};

/// The router of one branch, and what it is given.
pub(super) struct Router {
    pub(super) branch: BranchId,
    pub(super) me: RouterId,
    pub(super) company: Company,
    pub(super) ports: Ports,
    pub(super) part: Part,
    pub(super) news: mpsc::Sender<News>,
    pub(super) stop: Stop,
}

/// What the router of a branch has to tell.
#[derive(Debug)]
pub(super) enum News {
    /// The bus did not do its work.
    BusFailed,
    /// The branch is no longer routed here.
    Ended(BranchId, Ended),
}

/// How the routing of a branch ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// As it was told to; what was decided is committed.
    Stopped,
    /// Somebody else was faster, or the store did not answer: it was never held.
    NotTaken,
    /// Another holds it.
    Fenced,
}

impl Router {
    /// Takes the branch as it was seen and routes it.
    pub(super) async fn run(self, seen: Mark) {
        let ended = match self.ports.store.leases().take(&self.branch, seen, &self.me).await {
            Ok(Some(lease)) => {
                self.count("taken");
                self.shows(1.0);
                let ended = self.route(lease).await;
                self.shows(0.0);
                self.count(if ended == Ended::Fenced { "fenced" } else { "given_back" });
                ended
            }
            Ok(None) => Ended::NotTaken,
            Err(error) => {
                tracing::warn!(branch = %self.branch, %error, "the branch was not taken");
                Ended::NotTaken
            }
        };
        // Whoever listened is gone at the end of the process only.
        drop(self.news.send(News::Ended(self.branch, ended)).await);
    }

    async fn route(&self, mut lease: Lease) -> Ended {
        loop {
            let held = holder::hold(&self.branch, &self.ports, lease.clone(), self.company, &self.part, &self.stop);
            let Err(broken) = held.await else { return Ended::Stopped };
            if matches!(broken, Broken::Fenced) {
                return self.fenced(&lease);
            }
            tracing::warn!(branch = %self.branch, reason = %broken, "the router drops its state and reads it again");
            self.part.failed(&broken.to_string());
            metrics::counter!("shouwen_router_reloads_total", "branch" => self.branch.to_string()).increment(1);
            lease = match self.again(&lease, &broken).await {
                Ok(again) => again,
                Err(ended) => return ended,
            };
        }
    }

    /// Takes the lease again from itself, once bus and store answer. As long as they do not,
    /// nothing says that it lives: somebody who reaches them may take the branch over.
    async fn again(&self, lease: &Lease, broken: &Broken) -> Result<Lease, Ended> {
        let is_bus = matches!(broken, Broken::Bus(_));
        if is_bus {
            // A full list holds this news already.
            drop(self.news.try_send(News::BusFailed));
        }
        loop {
            tokio::select! {
                () = self.stop.cancelled() => {
                    if self.company == Company::Others {
                        holder::give_back(&self.ports, lease).await;
                    }
                    return Err(Ended::Stopped);
                }
                () = tokio::time::sleep(PAUSE_AFTER_FAILURE) => {}
            }
            if is_bus && self.ports.bus.declare(&QueueName::Command(self.branch.clone())).await.is_err() {
                continue;
            }
            match self.ports.store.leases().resume(lease).await {
                Ok(Some(again)) => return Ok(again),
                Ok(None) => return Err(self.fenced(lease)),
                Err(error) => self.part.failed(&error.to_string()),
            }
        }
    }

    fn fenced(&self, lease: &Lease) -> Ended {
        tracing::warn!(
            branch = %self.branch,
            epoch = lease.epoch,
            "another router holds the branch: what was decided here and is not committed is dropped"
        );
        Ended::Fenced
    }

    fn count(&self, what: &'static str) {
        let labels = [("branch", self.branch.to_string()), ("what", what.to_owned())];
        metrics::counter!("shouwen_router_leases_total", &labels).increment(1);
    }

    fn shows(&self, holds: f64) {
        metrics::gauge!("shouwen_router_holds", "branch" => self.branch.to_string()).set(holds);
    }
}
