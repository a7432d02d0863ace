//! Sharing: the routers of a process, one for each branch that it holds.
//!
//! In: the branches of the firm in force, looks into the store. Out: branches taken and handed
//! over, so that all living routers hold alike many; how that goes, in words. Never here: what
//! the share is (`share` judges that); a decision of a branch.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use bus::QueueName;
use contract::{BranchId, journal::READER};
use runtime::{Health, Part, Stop};
use store::{
    StoreError,
    leases::{Living, Mark},
};
use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};

use super::{
    Company, Identity, Ports,
    router::{Ended, News, Router},
};
use crate::share::{Me, STANDS_STILL, Share, Steps, Without};

/// How often a router looks who lives and who holds what.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How often it gives a sign of life.
const ANNOUNCE_EVERY: Duration = Duration::from_secs(2);
/// How long the bus may do nothing before the branches are left to routers that reach it.
const BUS_AWAY_MAX: Duration = Duration::from_secs(4);
/// How long the bus may take to answer that it is there.
const PROBE_LIMIT: Duration = Duration::from_secs(2);
/// How long a branch may be without a holder before this is said to be wrong.
const WITHOUT_MAX: Duration = Duration::from_secs(10);
/// How long it is shown that another took a branch away.
const LOSS_SHOWN: Duration = Duration::from_secs(60);
/// News of routers that may wait.
const NEWS_MAX: usize = 64;

/// Routes this process's share of the branches in force until told to stop; gives back what it
/// holds then, if others may want it.
pub async fn share(
    ports: Ports,
    identity: Identity,
    company: Company,
    in_force: watch::Receiver<BTreeSet<BranchId>>,
    health: Health,
    stop: Stop,
) {
    let part = health.part("routing");
    part.starting();
    let me = identity.me.clone();
    let (tell, news) = mpsc::channel(NEWS_MAX);
    let sharing = Sharing {
        share: Share::new(identity, company),
        company,
        ports,
        in_force,
        health,
        part,
        stop,
        known: BTreeSet::new(),
        running: BTreeMap::new(),
        tell,
        news,
        living: Living { router: me, beat: 0, reader: READER },
        is_announced: false,
        announce_at: Instant::now(),
        bus_away_since: None,
        lost: BTreeMap::new(),
        is_complete: false,
    };
    sharing.run().await;
}

struct Sharing {
    company: Company,
    ports: Ports,
    in_force: watch::Receiver<BTreeSet<BranchId>>,
    health: Health,
    part: Part,
    stop: Stop,
    share: Share,
    /// The branches of the firm as it was at the last turn.
    known: BTreeSet<BranchId>,
    /// How each router of a branch is told to end.
    running: BTreeMap<BranchId, Stop>,
    tell: mpsc::Sender<News>,
    news: mpsc::Receiver<News>,
    /// This process, as the others see it.
    living: Living,
    is_announced: bool,
    announce_at: Instant,
    bus_away_since: Option<Instant>,
    /// Branches that another took away, and when.
    lost: BTreeMap<BranchId, Instant>,
    /// Whether all that is meant for this router was taken at some time.
    is_complete: bool,
}

impl Sharing {
    async fn run(mut self) {
        if self.company == Company::Others {
            tracing::info!(router = %self.living.router, "the router shares the branches with others");
        }
        let mut firm_changes = true;
        while !self.stop.is_cancelled() {
            self.turn().await;
            let next = tokio::time::sleep(LOOK_EVERY);
            tokio::pin!(next);
            // Every arm may be dropped midway: a piece of news that was not returned stays.
            loop {
                tokio::select! {
                    () = self.stop.cancelled() => break,
                    changed = self.in_force.changed(), if firm_changes => {
                        firm_changes = changed.is_ok();
                        break;
                    }
                    news = self.news.recv() => self.hear(news),
                    () = &mut next => break,
                }
            }
        }
        self.leave().await;
    }

    /// Looks once and does what follows from it.
    async fn turn(&mut self) {
        let in_force = self.in_force.borrow_and_update().clone();
        self.close_those_not_in(&in_force);
        self.known.clone_from(&in_force);
        let mine: BTreeSet<_> = self.running.keys().cloned().collect();
        if self.company == Company::Alone && in_force.is_subset(&mine) {
            // Nobody else can hold anything.
            return self.report(&Steps::default());
        }
        match self.look(&in_force, &mine).await {
            Ok(steps) => {
                self.step(&steps).await;
                self.report(&steps);
            }
            Err(error) => {
                tracing::warn!(%error, "the router cannot see who routes what");
                self.part.failed(&format!("cannot see who routes what: {error}"));
            }
        }
    }

    async fn look(&mut self, in_force: &BTreeSet<BranchId>, mine: &BTreeSet<BranchId>) -> Result<Steps, StoreError> {
        self.probe(in_force).await;
        let is_fit = self.is_fit();
        self.announce(is_fit).await?;
        let sight = self.ports.store.leases().look().await?;
        Ok(self.share.look(self.ports.clock.monotonic(), &sight, &Me { in_force, mine, is_fit }))
    }

    /// Asks whether the bus is there again.
    async fn probe(&mut self, in_force: &BTreeSet<BranchId>) {
        if let (Some(_), Some(branch)) = (self.bus_away_since, in_force.first()) {
            let queue = QueueName::Command(branch.clone());
            let answered = tokio::time::timeout(PROBE_LIMIT, self.ports.bus.declare(&queue)).await;
            if matches!(answered, Ok(Ok(()))) {
                self.bus_away_since = None;
            }
        }
    }

    /// Says whether this router can route: one that does not reach the bus leaves it to others.
    fn is_fit(&self) -> bool {
        self.bus_away_since.is_none_or(|since| since.elapsed() < BUS_AWAY_MAX)
    }

    async fn announce(&mut self, is_fit: bool) -> Result<(), StoreError> {
        if self.company == Company::Alone {
            return Ok(());
        }
        if !is_fit {
            return self.withdraw().await;
        }
        if Instant::now() >= self.announce_at {
            self.living.beat += 1;
            self.is_announced = true;
            self.ports.store.leases().announce(&self.living).await?;
            self.announce_at = Instant::now() + ANNOUNCE_EVERY;
        }
        Ok(())
    }

    async fn withdraw(&mut self) -> Result<(), StoreError> {
        self.announce_at = Instant::now();
        if std::mem::take(&mut self.is_announced) {
            self.ports.store.leases().withdraw(&self.living).await
        } else {
            Ok(())
        }
    }

    async fn step(&mut self, steps: &Steps) {
        for branch in &steps.hand_over {
            if let Some(router) = self.running.get(branch)
                && !router.is_cancelled()
            {
                tracing::info!(%branch, "the router hands the branch over: others hold less");
                router.cancel();
            }
        }
        if self.bus_away_since.is_none() {
            steps.take.iter().for_each(|(branch, seen)| self.open(branch, *seen));
        }
        for dead in &steps.dead {
            tracing::info!(router = %dead.router, "a router gave no sign of life; it is taken off the list");
            if let Err(error) = self.ports.store.leases().withdraw(dead).await {
                tracing::warn!(router = %dead.router, %error, "a dead router was not taken off the list");
            }
        }
        metrics::gauge!("shouwen_router_living").set(u32::try_from(steps.living).map_or(f64::MAX, f64::from));
    }

    /// Begins the routing of a branch.
    fn open(&mut self, branch: &BranchId, seen: Mark) {
        let part = self.health.part(&format!("router.{branch}"));
        part.starting();
        let stop = self.stop.child_token();
        let router = Router {
            branch: branch.clone(),
            me: self.living.router.clone(),
            company: self.company,
            ports: self.ports.clone(),
            part,
            news: self.tell.clone(),
            stop: stop.clone(),
        };
        self.ports.tasks.spawn(&format!("routing.{branch}"), router.run(seen));
        self.running.insert(branch.clone(), stop);
    }

    /// Ends the routing of branches that left the firm.
    fn close_those_not_in(&self, in_force: &BTreeSet<BranchId>) {
        for branch in self.known.difference(in_force) {
            match self.running.get(branch) {
                Some(router) => router.cancel(),
                None => self.ports.coord.figures.forget(branch),
            }
        }
    }

    fn hear(&mut self, news: Option<News>) {
        match news {
            Some(News::BusFailed) => drop(self.bus_away_since.get_or_insert_with(Instant::now)),
            Some(News::Ended(branch, ended)) => self.ended(&branch, ended),
            // This holds a sender itself.
            None => {}
        }
    }

    fn ended(&mut self, branch: &BranchId, ended: Ended) {
        self.running.remove(branch);
        let part = self.health.part(&format!("router.{branch}"));
        part.beside("tail").gone();
        part.gone();
        match ended {
            Ended::Fenced => drop(self.lost.insert(branch.clone(), Instant::now())),
            // Nobody else can have taken it: it is tried again, and nothing is complete till then.
            Ended::NotTaken if self.company == Company::Alone => {
                self.is_complete = false;
                self.part.starting();
            }
            Ended::NotTaken | Ended::Stopped => {}
        }
        if !self.in_force.borrow().contains(branch) {
            self.ports.coord.figures.forget(branch);
        }
    }

    /// Says how the sharing goes.
    fn report(&mut self, steps: &Steps) {
        self.lost.retain(|branch, at| at.elapsed() < LOSS_SHOWN && !self.running.contains_key(branch));
        self.is_complete |= steps.awaited.is_empty();
        if let Some(without) = steps.without.iter().find(|without| self.is_wrong(without)) {
            self.part.failed(&in_words(without));
        } else if self.bus_away_since.is_some_and(|since| since.elapsed() >= BUS_AWAY_MAX) {
            self.part.failed("the bus does not do its work here; the branches are left to other routers");
        } else if !self.is_complete {
            self.part.starting();
        } else if let Some(branch) = self.lost.keys().next() {
            self.part.hindered(&format!("another router took branch {branch}, for this one stood still"));
        } else if let Some(branch) = steps.awaited.first() {
            self.part.hindered(&format!("waits for branch {branch}, which another router holds"));
        } else {
            self.part.well();
        }
    }

    /// Says whether a branch has been without a router for longer than it should.
    fn is_wrong(&self, without: &Without) -> bool {
        let nobody_else = self.company == Company::Alone && !without.reads;
        nobody_else || without.free.to_duration() >= WITHOUT_MAX
    }

    /// Leaves: the others share without this router at once, and take what it gives back.
    async fn leave(mut self) {
        if let Err(error) = self.withdraw().await {
            let seconds = STANDS_STILL.to_duration().as_secs();
            tracing::warn!(%error, "the router is not taken off the list; others wait {seconds} s for it");
        }
        while !self.running.is_empty() {
            let news = self.news.recv().await;
            self.hear(news);
        }
        self.part.gone();
    }
}

fn in_words(without: &Without) -> String {
    let (branch, seconds) = (&without.branch, without.free.to_duration().as_secs());
    if without.reads {
        format!("branch {branch} has been without a router for {seconds} s")
    } else {
        format!("branch {branch} has no router: the journal has records that only a newer version of Shouwen reads")
    }
}
