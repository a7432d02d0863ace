//! The holder of a branch: one task that owns the State and everything decided on it.
//!
//! In: batches, due times, the end of a commit. Out: commits, one at a time; the next one is
//! decided meanwhile. Never here: an acknowledgement or a word to a screen before its commit.

use std::{
    collections::BTreeSet,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use bus::{Bus, Consumer, Delivery, QueueName, TRACE};
use contract::{
    BranchId, CaseId, InputId, Timestamp,
    command::{Command, Verb},
    journal::{CommandFacts, Fact, FirmChanged, Input},
};
use coord::Committed;
use runtime::{Part, Stop};
use store::journal::{CommitError, Lease};
use tokio::{sync::watch, time::Instant};

use super::{
    Broken, Company, Ports,
    branch_time::{BranchTime, DRIFT_REPORTED},
    enrich::{Enriched, Enricher, InFlight, Known},
    load,
    pending::{Decision, Pending, Settled},
    seconds::Seconds,
    spans,
    touch::{self, Touched},
};
use crate::core::{self, State};

/// Messages taken from a queue at once.
const BATCH_MAX: usize = 256;
/// Messages of a queue that may be unacknowledged.
const PREFETCH: usize = 1024;
/// Deliveries of one message after which a panic is its own fault and parks it.
const DELIVERIES_BEFORE_PARKED: u32 = 2;

type Committing = Pin<Box<dyn Future<Output = (Result<(), CommitError>, Committed, Settled)> + Send>>;

/// What a holder does next.
enum Next {
    Stop,
    Committed(Result<(), CommitError>, Box<Committed>, Settled),
    Commands(Vec<Delivery>),
    Contacts(Vec<Delivery>),
    Due,
    Second,
}

/// Both queues of a branch.
struct Queues {
    commands: Consumer,
    contacts: Consumer,
}

pub(super) struct Holder<'a> {
    pub(super) branch: &'a BranchId,
    pub(super) ports: &'a Ports,
    pub(super) part: &'a Part,
    pub(super) state: State,
    pub(super) time: BranchTime,
    pub(super) lease: Lease,
    pub(super) committed_seq: u64,
    pub(super) enricher: Arc<Enricher>,
    pending: Pending,
    in_flight: InFlight,
    goes_out: watch::Sender<u64>,
}

/// Routes under a lease until told to stop or something breaks. Stopped, it finishes what it
/// decided, lets the queues go, and then gives the branch back, if others may want it.
pub(super) async fn hold(
    branch: &BranchId,
    ports: &Ports,
    lease: Lease,
    company: Company,
    part: &Part,
    stop: &Stop,
) -> Result<(), Broken> {
    let loaded = load::load_head(&ports.store, branch, &lease).await?;
    let queues = Queues::open(&ports.bus, branch, lease.epoch).await?;
    let (goes_out, heard) = watch::channel(0);
    let mut seconds = Seconds::start();
    let mut holder = Holder {
        branch,
        ports,
        part,
        time: BranchTime::start(ports.clock.clone(), loaded.now),
        committed_seq: lease.head_seq,
        enricher: Arc::new(seconds.enricher(ports).await?),
        pending: Pending::at(branch, &lease),
        in_flight: InFlight::new(),
        state: loaded.state,
        lease,
        goes_out,
    };
    tracing::info!(%branch, epoch = holder.lease.epoch, seq = holder.lease.head_seq, "the router holds the branch");
    // Not a child of `stop`: the tail outlives the last commit.
    let tail_stop = Stop::new();
    let tail = super::run_tail(
        branch.clone(),
        ports.bus.clone(),
        ports.store.clone(),
        heard,
        part.beside("tail"),
        tail_stop.clone(),
    );
    let serving = async {
        let ended = holder.serve(&queues, &mut seconds, stop).await;
        drop(queues);
        if ended.is_ok() && company == Company::Others {
            give_back(ports, &holder.lease).await;
        }
        tail_stop.cancel();
        ended
    };
    let (ended, ()) = tokio::join!(serving, tail);
    ended
}

/// Gives a branch back; where that fails it is taken over once it stood still.
pub(super) async fn give_back(ports: &Ports, lease: &Lease) {
    let stream = lease.stream.as_str();
    match ports.store.leases().release(lease).await {
        Ok(true) => tracing::info!(stream, epoch = lease.epoch, "the router gave the branch back"),
        Ok(false) => tracing::warn!(stream, epoch = lease.epoch, "another router holds the branch already"),
        Err(error) => tracing::warn!(stream, %error, "the branch was not given back"),
    }
}

impl Queues {
    async fn open(bus: &Bus, branch: &BranchId, epoch: u64) -> Result<Self, Broken> {
        Ok(Self {
            commands: bus.consume(&QueueName::Command(branch.clone()), PREFETCH, epoch).await?,
            contacts: bus.consume(&QueueName::Route(branch.clone()), PREFETCH, epoch).await?,
        })
    }

    /// Waits for what comes first; commands go before contacts. Every arm may be dropped
    /// midway: a batch that is not returned stays with its consumer.
    async fn next(
        &self,
        committing: &mut Option<Committing>,
        has_room: bool,
        due: Option<Duration>,
        second: Instant,
        stop: &Stop,
    ) -> Result<Next, Broken> {
        tokio::select! {
            biased;
            () = stop.cancelled() => Ok(Next::Stop),
            (done, told, settled) = ended(committing) => Ok(Next::Committed(done, Box::new(told), settled)),
            () = tokio::time::sleep_until(second) => Ok(Next::Second),
            () = tokio::time::sleep(due.unwrap_or_default()), if has_room && due.is_some() => Ok(Next::Due),
            batch = self.commands.next_batch(BATCH_MAX), if has_room => Ok(Next::Commands(batch?)),
            batch = self.contacts.next_batch(BATCH_MAX), if has_room => Ok(Next::Contacts(batch?)),
        }
    }
}

async fn ended(committing: &mut Option<Committing>) -> (Result<(), CommitError>, Committed, Settled) {
    match committing {
        Some(commit) => {
            let done = commit.await;
            *committing = None;
            done
        }
        None => std::future::pending().await,
    }
}

impl Holder<'_> {
    async fn serve(&mut self, queues: &Queues, seconds: &mut Seconds, stop: &Stop) -> Result<(), Broken> {
        let mut committing: Option<Committing> = None;
        self.part.well();
        seconds.tell(self).await?;
        loop {
            self.commit_if_idle(&mut committing, queues);
            let due = core::next_due(&self.state).map(|at| at.since(self.time.now()).to_duration());
            match queues.next(&mut committing, !self.pending.is_full(), due, seconds.next_at(), stop).await? {
                Next::Stop => return self.finish(committing, queues).await,
                Next::Committed(done, told, settled) => self.committed(done, *told, settled, queues)?,
                Next::Commands(batch) => self.take_commands(batch, queues, &mut committing).await?,
                Next::Contacts(batch) => self.take_contacts(batch, queues, &mut committing).await?,
                Next::Due => self.tick()?,
                Next::Second => seconds.tell(self).await?,
            }
        }
    }

    /// Starts the next commit when none is under way.
    fn commit_if_idle(&mut self, committing: &mut Option<Committing>, queues: &Queues) {
        if committing.is_some() {
            return;
        }
        if self.pending.is_empty() {
            // Only repeats: what they repeat is committed, for nothing is under way.
            let settled = self.pending.take_settled();
            acknowledge(&settled, queues);
            return;
        }
        let (commit, told, settled) = self.pending.take();
        let journal = self.ports.store.journal();
        *committing = Some(Box::pin(async move { (journal.commit(commit).await, told, settled) }));
    }

    /// What follows a commit that holds: acknowledge, tell the screens, wake the tail.
    fn committed(
        &mut self,
        done: Result<(), CommitError>,
        told: Committed,
        settled: Settled,
        queues: &Queues,
    ) -> Result<(), Broken> {
        done?;
        self.committed_seq = told.seq;
        acknowledge(&settled, queues);
        for id in &settled.ids {
            self.in_flight.remove(id);
        }
        if settled.goes_out {
            self.goes_out.send_replace(told.seq);
        }
        spans::record(&told.changes, self.time.now());
        self.ports.coord.fanout.tell(told);
        Ok(())
    }

    /// Commits what is decided and stops.
    async fn finish(&mut self, mut committing: Option<Committing>, queues: &Queues) -> Result<(), Broken> {
        loop {
            self.commit_if_idle(&mut committing, queues);
            if committing.is_none() {
                return Ok(());
            }
            let (done, told, settled) = ended(&mut committing).await;
            self.committed(done, told, settled, queues)?;
        }
    }

    /// Waits for a look-up. A commit that ends meanwhile is followed up at once and the next one
    /// begins: nobody waits for a look-up that is not about him.
    async fn meanwhile<T>(
        &mut self,
        look_up: impl Future<Output = T>,
        queues: &Queues,
        committing: &mut Option<Committing>,
    ) -> Result<T, Broken> {
        tokio::pin!(look_up);
        loop {
            tokio::select! {
                biased;
                (done, told, settled) = ended(committing) => {
                    self.committed(done, told, settled, queues)?;
                    self.commit_if_idle(committing, queues);
                }
                found = &mut look_up => return Ok(found),
            }
        }
    }

    async fn take_commands(
        &mut self,
        batch: Vec<Delivery>,
        queues: &Queues,
        committing: &mut Option<Committing>,
    ) -> Result<(), Broken> {
        let queue = &queues.commands;
        let mut commands = Vec::with_capacity(batch.len());
        for delivery in batch {
            match touch::command(self.ports, delivery).await? {
                Touched::Read(delivery, command) => commands.push((delivery, command)),
                Touched::Unread(delivery, why) => self.park_unread(&delivery, queue, &why).await?,
            }
        }
        let ids: Vec<InputId> = commands.iter().map(|(_, command)| command.id).collect();
        // What was in flight before the look-up may be committed after it.
        let in_flight: BTreeSet<InputId> = ids.iter().filter(|id| self.in_flight.contains_key(id)).copied().collect();
        let views = self.ports.store.views();
        let committed = self.meanwhile(views.committed(&ids), queues, committing).await??;
        for (delivery, command) in commands {
            let id = command.id;
            let is_repeat = committed.contains(&id) || in_flight.contains(&id) || self.in_flight.contains_key(&id);
            if !is_repeat && let Err(broken) = self.decide_command(&command) {
                return self.blame(&delivery, queue, broken).await;
            }
            self.pending.settle_commands(delivery.tag);
        }
        Ok(())
    }

    async fn take_contacts(
        &mut self,
        batch: Vec<Delivery>,
        queues: &Queues,
        committing: &mut Option<Committing>,
    ) -> Result<(), Broken> {
        let queue = &queues.contacts;
        let mut decoded = Vec::with_capacity(batch.len());
        let mut inbound = Vec::with_capacity(batch.len());
        for delivery in batch {
            match touch::contact(self.ports, self.branch, delivery).await? {
                Touched::Read(delivery, message) => {
                    decoded.push(delivery);
                    inbound.push(message);
                }
                Touched::Unread(delivery, why) => self.park_unread(&delivery, queue, &why).await?,
            }
        }
        // As it is before the look-up: what is committed meanwhile is in one or the other.
        let (enricher, in_flight) = (self.enricher.clone(), self.in_flight.clone());
        let enriched = self.meanwhile(enricher.enrich(inbound, &in_flight), queues, committing).await??;
        for (delivery, enriched) in decoded.into_iter().zip(enriched) {
            match enriched {
                Enriched::Repeat => self.pending.settle_contacts(delivery.tag),
                Enriched::Unreadable(why) => queue.park(&delivery, why).await?,
                Enriched::Known(known) => {
                    if let Err(broken) = self.decide_contact(*known) {
                        return self.blame(&delivery, queue, broken).await;
                    }
                    self.pending.settle_contacts(delivery.tag);
                }
            }
        }
        Ok(())
    }

    async fn park_unread(&self, delivery: &Delivery, queue: &Consumer, why: &str) -> Result<(), Broken> {
        let trace = delivery.message.header(TRACE).unwrap_or_default();
        tracing::warn!(branch = %self.branch, trace, reason = why, "a message cannot be read and is parked");
        metrics::counter!("shouwen_router_unread_total", "branch" => self.branch.to_string()).increment(1);
        Ok(queue.park(delivery, why).await?)
    }

    /// A message whose decision panics takes the State with it; when it comes for the third
    /// time, alone, it is parked, so that it no longer does.
    async fn blame(&self, delivery: &Delivery, queue: &Consumer, broken: Broken) -> Result<(), Broken> {
        if delivery.count >= DELIVERIES_BEFORE_PARKED {
            queue.park(delivery, "its decision panics").await?;
        }
        Err(broken)
    }

    fn decide_command(&mut self, command: &Command) -> Result<(), Broken> {
        let facts = CommandFacts {
            digest: command.digest.as_slice().into(),
            by: command.by.clone(),
            verb: command.verb.clone(),
            way_back: self.has_way_back(&command.verb),
        };
        let now = self.decide(command.id, Fact::Command(Box::new(facts)))?;
        self.in_flight.insert(command.id, [0; 32]);
        if matches!(command.verb, Verb::MoveIn(_) | Verb::MoveDone(..)) {
            self.pending.add_input(command.id);
        }
        if let Some((id, case)) = text_of(command)
            && self.pending.did(command.id)
        {
            self.pending.add_text(command, id, case, now);
        }
        Ok(())
    }

    /// Says whether what a reply answers can be answered by the accounts there are now; the
    /// configuration may be another than when the contact came.
    fn has_way_back(&self, verb: &Verb) -> bool {
        let Verb::Reply(case, _) = verb else { return false };
        self.state.answered_by(*case).is_some_and(|account| self.ports.answerable.contains(&account))
    }

    fn decide_contact(&mut self, known: Known) -> Result<(), Broken> {
        let Known { inbound, facts, mark, newcomer } = known;
        self.decide(inbound.input, Fact::Contact(Box::new(facts)))?;
        self.in_flight.insert(inbound.input, mark);
        self.pending.add_contact(inbound, newcomer);
        Ok(())
    }

    /// Decides by another firm from here on.
    pub(super) fn change_firm(&mut self, changed: FirmChanged) -> Result<(), Broken> {
        let id = self.fresh_input();
        self.decide(id, Fact::Firm(changed)).map(drop)
    }

    /// Gives a command in the house's own name.
    pub(super) fn command_itself(&mut self, facts: CommandFacts) -> Result<(), Broken> {
        let id = self.fresh_input();
        self.decide(id, Fact::Command(Box::new(facts))).map(drop)
    }

    fn tick(&mut self) -> Result<(), Broken> {
        let id = self.fresh_input();
        self.decide(id, Fact::Tick).map(drop)
    }

    fn fresh_input(&self) -> InputId {
        InputId::new(self.ports.chance.id(self.ports.clock.now()))
    }

    /// The one way into the State. A panic is caught here, because the State is dropped then.
    fn decide(&mut self, id: InputId, fact: Fact) -> Result<Timestamp, Broken> {
        let now = self.time.now();
        let input = Input { id, fresh: self.ports.chance.id(now), fact };
        let seq = self.pending.next_seq();
        let state = &mut self.state;
        let decided = catch_unwind(AssertUnwindSafe(|| {
            let mut events = Vec::new();
            core::decide(state, &input, now, &mut events);
            let changes = core::views(state, seq, &events);
            (events, changes)
        }));
        let (events, changes) = decided.map_err(|_| Broken::Panic)?;
        self.pending.add(self.ports.store.keys(), Decision { now, input, events, changes });
        Ok(now)
    }

    /// Gives the last record that is decided, committed or not.
    pub(super) const fn decided_seq(&self) -> u64 {
        self.pending.next_seq() - 1
    }

    /// Says whether everything decided is committed.
    pub(super) const fn is_settled(&self) -> bool {
        self.decided_seq() == self.committed_seq
    }

    /// Reports a branch time that is far from the wall.
    pub(super) fn check_drift(&self) {
        let drift = self.time.drift();
        metrics::gauge!("shouwen_router_clock_drift_seconds", "branch" => self.branch.to_string())
            .set(drift_seconds(drift.get()));
        if drift > DRIFT_REPORTED || drift < contract::Millis::new(-DRIFT_REPORTED.get()) {
            tracing::warn!(branch = %self.branch, drift_ms = drift.get(), "the wall clock differs from the branch's time");
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a drift is far below 2^52 ms")]
fn drift_seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}

fn acknowledge(settled: &Settled, queues: &Queues) {
    if let Some(tag) = settled.contacts {
        queues.contacts.ack_up_to(tag);
    }
    if let Some(tag) = settled.commands {
        queues.commands.ack_up_to(tag);
    }
}

/// Gives the id under which a command's sealed words rest, and the case they belong to.
fn text_of(command: &Command) -> Option<(u128, Option<CaseId>)> {
    match &command.verb {
        Verb::Reply(case, delivery) => Some((delivery.bits(), Some(*case))),
        Verb::Callback(case, _) | Verb::Note(case) => Some((command.id.bits(), Some(*case))),
        Verb::Ready(_)
        | Verb::Away(..)
        | Verb::OffersShown(_)
        | Verb::Accept(_)
        | Verb::Decline(..)
        | Verb::Transfer(..)
        | Verb::Keep(_)
        | Verb::Tried(_)
        | Verb::Drop(_)
        | Verb::Pend(..)
        | Verb::Close(..)
        | Verb::Done(_)
        | Verb::Recuse(..)
        | Verb::Rekind(..)
        | Verb::Assign(..)
        | Verb::Raise(_)
        | Verb::Upset(_)
        | Verb::Dialect(..)
        | Verb::MoveIn(_)
        | Verb::MoveDone(..) => None,
    }
}
