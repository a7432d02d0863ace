//! What a holder does every second: figures, the sweep, absent agents, a changed firm,
//! a snapshot when one is due.
//!
//! In: the State between two decisions. Out: figures and heads for screens; commands and firm
//! changes through the one door. Never here: a decision of its own.

use std::{sync::Arc, time::Duration};

use contract::{
    AgentId, Millis, Role, Timestamp,
    command::{Actor, Verb},
    journal::{CommandFacts, FirmChanged},
};
use coord::{BEAT_EVERY, BranchFigures};
use prost::Message as _;
use store::{
    directory::FirmVersion,
    journal::{Snapshot, Stream},
};
use tokio::time::Instant;

use super::{Broken, Ports, enrich::Enricher, holder::Holder};
use crate::{classify::Classifier, core};

/// Seconds between two signs of life of an idle branch.
const BEAT_SECONDS: u64 = 2;
/// After so long a sleep a holder asks whether it still holds, before it says anything.
const SLEEP: Duration = Duration::from_secs(4);

/// Records between two snapshots.
const SNAPSHOT_RECORDS: u64 = 100_000;
/// Time between two snapshots, if there was a record.
const SNAPSHOT_EVERY: Millis = Millis::from_secs(600);

/// A sweep rests so many times as long as it took.
const SWEEP_REST: u32 = 200;

/// The reason that an agent who is no longer seen is away.
const LOST: &str = "lost";

/// The holder's once-a-second work.
pub(super) struct Seconds {
    next: Instant,
    count: u64,
    /// The version of the firm that was looked at last; 0 before the first.
    firm_version: u64,
    /// The record in which the branch took its firm.
    firm_seq: u64,
    beaten_seq: u64,
    violations: u64,
    sweep_at: Instant,
    snapshot_seq: u64,
    snapshot_at: Instant,
}

impl Seconds {
    pub(super) fn start() -> Self {
        let at = Instant::now();
        Self {
            next: at,
            count: 0,
            firm_version: 0,
            firm_seq: 0,
            beaten_seq: 0,
            violations: 0,
            sweep_at: at,
            snapshot_seq: 0,
            snapshot_at: at,
        }
    }

    pub(super) const fn next_at(&self) -> Instant {
        self.next
    }

    /// Makes the enricher for the firm in force.
    pub(super) async fn enricher(&mut self, ports: &Ports) -> Result<Enricher, Broken> {
        let firm = ports.store.firms().latest().await?;
        let classifier = match &firm {
            Some(version) => classifier(version)?.1,
            None => Classifier::new(&contract::firm::Firm::default(), &[]),
        };
        let (store, chance) = (ports.store.clone(), ports.chance.clone());
        Ok(Enricher::new(store, chance, classifier, ports.answerable.clone()))
    }

    /// Does the work of this second.
    pub(super) async fn tell(&mut self, holder: &mut Holder<'_>) -> Result<(), Broken> {
        let now = Instant::now();
        let slept = now.saturating_duration_since(self.next) >= SLEEP;
        self.next = now + BEAT_EVERY.to_duration();
        self.count += 1;
        self.beat(holder, slept).await?;
        self.follow_firm(holder).await?;
        self.miss_agents(holder).await?;
        self.figures(holder);
        self.snapshot(holder);
        holder.check_drift();
        Ok(())
    }

    /// Takes a firm that was applied since the last look.
    async fn follow_firm(&mut self, holder: &mut Holder<'_>) -> Result<(), Broken> {
        let newer = holder.ports.store.firms().newer(self.firm_version).await?;
        let Some(latest) = newer else { return Ok(()) };
        self.firm_version = latest.version;
        if holder.state.firm_digest() != latest.digest {
            let (firm, rules) = classifier(&latest)?;
            holder.enricher = Arc::new(holder.enricher.with(rules));
            holder.change_firm(FirmChanged {
                version: latest.version,
                digest: latest.digest.clone(),
                firm: Arc::new(firm),
                branch: holder.branch.clone(),
            })?;
            self.firm_seq = holder.decided_seq();
            tracing::info!(branch = %holder.branch, version = latest.version, "the branch decides by another firm");
        }
        Ok(())
    }

    /// Sets agents away whom no console has seen for the grace time. Presence that does not
    /// answer is no evidence.
    async fn miss_agents(&mut self, holder: &mut Holder<'_>) -> Result<(), Broken> {
        let ready = holder.state.ready_agents();
        let grace = holder.state.presence_grace();
        let presence = &holder.ports.coord.presence;
        let unseen = presence.unseen(holder.branch, &ready, grace).await.unwrap_or_default();
        for agent in unseen {
            holder.command_itself(lost(agent))?;
        }
        Ok(())
    }

    fn figures(&mut self, holder: &mut Holder<'_>) {
        let now = holder.time.now();
        self.sweep(holder);
        let branch = holder.branch.to_string();
        metrics::counter!("shouwen_router_fit_waits_total", "branch" => branch).absolute(self.violations);
        let queues = core::figures(&holder.state, now, midnight(&holder.state, now));
        let firm = (holder.committed_seq >= self.firm_seq).then(|| holder.state.firm_digest().to_vec());
        let figures = BranchFigures { at: now, firm, queues, violations: self.violations };
        let coord = &holder.ports.coord;
        coord.figures.put(holder.branch, figures);
        coord.fanout.tell_head(holder.branch, holder.lease.epoch, holder.committed_seq);
    }

    /// Looks for cases that wait in vain (I-3); the longer a look takes, the rarer it is.
    fn sweep(&mut self, holder: &Holder<'_>) {
        let began = Instant::now();
        if began < self.sweep_at {
            return;
        }
        let found = core::sweep(&holder.state);
        for idle in &found.named {
            tracing::error!(branch = %holder.branch, case.id = %idle.case, agents = idle.agents, "a case waits although a free agent may take it");
        }
        self.violations += u64::try_from(found.violations).unwrap_or(u64::MAX);
        self.sweep_at = began + BEAT_EVERY.to_duration().max(began.elapsed() * SWEEP_REST);
    }

    /// Shows that the holder lives, when no commit did it.
    async fn beat(&mut self, holder: &Holder<'_>, slept: bool) -> Result<(), Broken> {
        let quiet = self.beaten_seq == holder.committed_seq;
        self.beaten_seq = holder.committed_seq;
        if slept || (quiet && self.count.is_multiple_of(BEAT_SECONDS)) {
            holder.ports.store.journal().beat(&holder.lease.stream, holder.lease.epoch).await?;
        }
        Ok(())
    }
}

impl Seconds {
    /// Keeps a snapshot when one is due and the State is exactly what is committed; it is
    /// encoded and written beside the deciding task.
    fn snapshot(&mut self, holder: &Holder<'_>) {
        let since = holder.committed_seq.saturating_sub(self.snapshot_seq);
        let is_old = self.snapshot_at.elapsed() >= SNAPSHOT_EVERY.to_duration();
        if !(holder.is_settled() && (since >= SNAPSHOT_RECORDS || (is_old && since > 0))) {
            return;
        }
        self.snapshot_seq = holder.committed_seq;
        self.snapshot_at = Instant::now();
        let (seq, state) = (holder.committed_seq, core::snapshot(&holder.state));
        let (store, stream) = (holder.ports.store.clone(), Stream::branch(holder.branch));
        holder.ports.tasks.spawn(&format!("snapshot.{}", holder.branch), async move {
            let snapshot = Snapshot { seq, version: core::SNAPSHOT_VERSION, bytes: state.encode_to_vec() };
            if let Err(error) = store.snapshots().put(&stream, snapshot).await {
                tracing::warn!(stream = stream.as_str(), %error, "a snapshot was not kept; the next one will be");
            }
        });
    }
}

fn lost(agent: AgentId) -> CommandFacts {
    let by =
        Actor { user: "presence".parse().expect("a plain word is a user name"), role: Role::Supervisor, agent: None };
    CommandFacts { digest: Vec::new().into(), by, verb: Verb::Away(agent, LOST.to_owned()), way_back: false }
}

fn classifier(version: &FirmVersion) -> Result<(contract::firm::Firm, Classifier), Broken> {
    let (book, _) =
        firm::read("firm", &version.text).map_err(|_| Broken::Journal("the applied firm file does not read"))?;
    let rules = Classifier::of(&book);
    Ok((book.firm, rules))
}

/// Gives the last midnight in the branch's time zone; in UTC when the zone is not known.
fn midnight(state: &core::State, now: Timestamp) -> Timestamp {
    let zone = state.time_zone().and_then(|name| jiff::tz::TimeZone::get(name).ok()).unwrap_or(jiff::tz::TimeZone::UTC);
    let day = jiff::Timestamp::from_millisecond(now.as_ms()).ok().and_then(|at| at.to_zoned(zone).start_of_day().ok());
    day.map_or(now, |day| Timestamp::from_ms(day.timestamp().as_millisecond()))
}
