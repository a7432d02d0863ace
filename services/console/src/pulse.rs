//! The pulse: how the house stands, looked at every second and remembered for an hour.
//!
//! In: figures and reports from coordination, counts from the store. Out: the present, what came
//! and went, a step every ten seconds, gauges for `/metrics`. A look that took long is followed
//! by a long rest, so that the cost stays the same however much waits. Every console looks for
//! itself at what all of them share. Never here: personal data, a case.

mod flow;
pub(crate) mod forecast;
mod ring;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use contract::{
    BranchId, Millis, QueueId, Timestamp,
    live::{BranchFigures, ProcessReport},
    view::QueueView,
};
use runtime::{Monotonic, Stop};
use store::deliveries::{OnWay, Road};
use tokio::time::{MissedTickBehavior, interval};

use crate::ports::Ports;
use flow::{Counted, Flow};
use forecast::Forecast;
use ring::Ring;

/// The time between two looks.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The time between two steps of the memory.
pub(crate) const STEP: Millis = Millis::from_secs(10);
/// Steps of a minute.
const MINUTE: usize = 6;
/// A look into the store rests so many times as long as it took.
const REST: i64 = 50;
/// Of the deliveries on their way that a gauge told of, what is not there any more is 0.
type Told = BTreeMap<Road, OnWay>;

/// The pulse. Clones share it.
// The mutex guards what is replaced once a second, never across an await.
#[derive(Debug, Clone)]
pub struct Pulse(Arc<Mutex<Beat>>);

/// What was found.
#[derive(Debug)]
struct Beat {
    since: Timestamp,
    branches: Vec<(BranchId, Arc<BranchFigures>)>,
    processes: Vec<(String, Arc<ProcessReport>)>,
    forecasts: BTreeMap<QueueId, Forecast>,
    on_way: BTreeMap<Road, OnWay>,
    flow: Flow,
    /// What came since the last step.
    step: BTreeMap<Counted, u64>,
    stepped_at: Option<Monotonic>,
    last_step: Timestamp,
    ring: Ring<Series>,
}

/// What one series is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Series {
    /// Cases that wait.
    Waiting(BranchId, QueueId),
    /// How long the oldest has waited, in seconds.
    Oldest(BranchId, QueueId),
    /// Deliveries of a road that wait.
    Queued(Road),
    /// What happened in a step: what, channel, account, lane.
    Happened(String, String, String, String),
}

/// What happened at an account lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Lately {
    pub(crate) minute: u64,
    pub(crate) hour: u64,
}

/// The hour that lies behind.
#[derive(Debug)]
pub(crate) struct Hour {
    /// When the last step ended.
    pub(crate) at: Timestamp,
    /// Steps that are known.
    pub(crate) steps: usize,
    /// The numbers of each series, oldest first.
    pub(crate) series: Vec<(Series, Vec<u32>)>,
}

/// When something may be looked at again.
#[derive(Debug, Default)]
struct Resting(Option<Monotonic>, Millis);

impl Pulse {
    /// Makes the pulse of a console that begins at this time.
    #[must_use]
    pub fn new(since: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(Beat {
            since,
            branches: Vec::new(),
            processes: Vec::new(),
            forecasts: BTreeMap::new(),
            on_way: BTreeMap::new(),
            flow: Flow::default(),
            step: BTreeMap::new(),
            stepped_at: None,
            last_step: since,
            ring: Ring::new(),
        })))
    }

    /// Looks until told to stop.
    pub async fn run(self, ports: Ports, stop: Stop) {
        let looking = async {
            let mut ticks = interval(LOOK_EVERY);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let (mut deliveries, mut cases) = (Resting::default(), Resting::default());
            loop {
                ticks.tick().await;
                self.look(&ports, &mut deliveries, &mut cases).await;
            }
        };
        // A look may be dropped midway: it changes nothing but what is shown.
        tokio::select! {
            () = stop.cancelled() => {}
            () = looking => {}
        }
    }

    async fn look(&self, ports: &Ports, deliveries: &mut Resting, cases: &mut Resting) {
        let at = ports.clock.monotonic();
        let mut on_way = None;
        if deliveries.is_over(at) {
            on_way = ports.store.deliveries().on_way().await.ok();
            deliveries.took(at, ports.clock.monotonic());
        }
        let branches = ports.coord.figures.all();
        let at = ports.clock.monotonic();
        let mut forecasts = None;
        if cases.is_over(at) {
            forecasts = judge(ports, &branches).await;
            cases.took(at, ports.clock.monotonic());
        }
        self.take(Look {
            now: ports.clock.now(),
            at: ports.clock.monotonic(),
            branches,
            processes: ports.coord.reports.all(),
            on_way,
            forecasts,
        });
    }

    /// Takes what a look found; what it did not look at stays.
    fn take(&self, look: Look) {
        let mut beat = self.lock();
        let before = beat.on_way.clone();
        beat.branches = look.branches;
        beat.processes = look.processes;
        if let Some(on_way) = look.on_way {
            beat.on_way = on_way;
        }
        if let Some(forecasts) = look.forecasts {
            beat.forecasts = forecasts;
        }
        let Beat { flow, processes, since, step, .. } = &mut *beat;
        for (counted, more) in flow.take(processes, *since) {
            *step.entry(counted).or_default() += more;
        }
        if beat.stepped_at.is_none_or(|last| look.at.since(last) >= STEP) {
            beat.end_step(look.at, look.now);
        }
        beat.tell(&before, look.now);
    }

    /// Says since when it looks.
    pub(crate) fn since(&self) -> Timestamp {
        self.lock().since
    }

    /// Gives how the branches stand.
    pub(crate) fn branches(&self) -> Vec<(BranchId, Arc<BranchFigures>)> {
        self.lock().branches.clone()
    }

    /// Gives what the processes say of themselves.
    pub(crate) fn processes(&self) -> Vec<(String, Arc<ProcessReport>)> {
        self.lock().processes.clone()
    }

    /// Gives what is to be feared for a queue.
    pub(crate) fn forecast(&self, queue: &QueueId) -> Forecast {
        self.lock().forecasts.get(queue).copied().unwrap_or_default()
    }

    /// Gives the deliveries on their way.
    pub(crate) fn on_way(&self) -> BTreeMap<Road, OnWay> {
        self.lock().on_way.clone()
    }

    /// Gives what happened in the last minute and hour, by what, channel, account and lane.
    pub(crate) fn lately(&self) -> BTreeMap<(String, String, String, String), Lately> {
        let beat = self.lock();
        let mut all: BTreeMap<_, Lately> = BTreeMap::new();
        for (series, _) in beat.ring.series() {
            let Series::Happened(what, channel, account, lane) = series else { continue };
            let lately = Lately { minute: beat.ring.sum(series, MINUTE), hour: beat.ring.sum(series, ring::STEPS_MAX) };
            all.insert((what.clone(), channel.clone(), account.clone(), lane.clone()), lately);
        }
        all
    }

    /// Gives the hour that lies behind.
    pub(crate) fn hour(&self) -> Hour {
        let beat = self.lock();
        let series = beat.ring.series().map(|(key, values)| (key.clone(), values.iter().copied().collect()));
        Hour { at: beat.last_step, steps: beat.ring.steps(), series: series.collect() }
    }

    fn lock(&self) -> MutexGuard<'_, Beat> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a look found; `None` where it rested.
#[derive(Debug)]
struct Look {
    now: Timestamp,
    at: Monotonic,
    branches: Vec<(BranchId, Arc<BranchFigures>)>,
    processes: Vec<(String, Arc<ProcessReport>)>,
    on_way: Option<BTreeMap<Road, OnWay>>,
    forecasts: Option<BTreeMap<QueueId, Forecast>>,
}

impl Beat {
    fn end_step(&mut self, at: Monotonic, now: Timestamp) {
        let mut step: BTreeMap<Series, u64> = BTreeMap::new();
        for queue in self.branches.iter().flat_map(|(_, figures)| &figures.queues) {
            let oldest = queue.oldest.map_or(0, Millis::whole_secs);
            step.insert(Series::Waiting(queue.branch.clone(), queue.id.clone()), queue.waiting);
            let oldest = u64::try_from(oldest).unwrap_or(0);
            step.insert(Series::Oldest(queue.branch.clone(), queue.id.clone()), oldest);
        }
        step.extend(self.on_way.iter().map(|(road, on_way)| (Series::Queued(road.clone()), on_way.queued)));
        for (counted, more) in std::mem::take(&mut self.step) {
            let Counted { what, channel, account, lane } = counted;
            step.insert(Series::Happened(what, channel, account, lane), more);
        }
        self.ring.push(step);
        (self.stepped_at, self.last_step) = (Some(at), now);
    }

    /// Sets the gauges of `/metrics`.
    fn tell(&self, before: &Told, now: Timestamp) {
        for queue in self.branches.iter().flat_map(|(_, figures)| &figures.queues) {
            tell_queue(queue, self.forecasts.get(&queue.id).copied().unwrap_or_default());
        }
        for road in before.keys().chain(self.on_way.keys()) {
            let on_way = self.on_way.get(road).copied().unwrap_or_default();
            let labels = [
                ("channel", road.channel.as_str().to_owned()),
                ("account", road.account.to_string()),
                ("lane", road.lane.as_str().to_owned()),
            ];
            metrics::gauge!("shouwen_deliveries_queued", &labels).set(float(on_way.queued));
            metrics::gauge!("shouwen_deliveries_submitting", &labels).set(float(on_way.submitting));
            let oldest = on_way.due_at.map_or(Millis::ZERO, |due| now.since(due).max(Millis::ZERO));
            metrics::gauge!("shouwen_deliveries_oldest_seconds", &labels).set(oldest.to_duration().as_secs_f64());
        }
    }
}

fn tell_queue(queue: &QueueView, forecast: Forecast) {
    let labels = [("branch", queue.branch.to_string()), ("queue", queue.id.to_string())];
    let seconds = |span: Option<Millis>| span.unwrap_or_default().to_duration().as_secs_f64();
    metrics::gauge!("shouwen_queue_waiting_cases", &labels).set(float(queue.waiting));
    metrics::gauge!("shouwen_queue_ready_agents", &labels).set(float(queue.ready_agents));
    metrics::gauge!("shouwen_queue_oldest_seconds", &labels).set(seconds(queue.oldest));
    metrics::gauge!("shouwen_queue_predicted_wait_seconds", &labels).set(seconds(queue.predicted_wait));
    metrics::gauge!("shouwen_queue_attainment_ratio", &labels).set(queue.attainment.unwrap_or(f64::NAN));
    metrics::gauge!("shouwen_queue_late_cases", &labels).set(float(forecast.late));
    metrics::gauge!("shouwen_queue_endangered_cases", &labels).set(float(forecast.endangered));
}

/// Judges the queues of all branches; `None` when the store does not say.
async fn judge(ports: &Ports, branches: &[(BranchId, Arc<BranchFigures>)]) -> Option<BTreeMap<QueueId, Forecast>> {
    let mut forecasts = BTreeMap::new();
    for (branch, figures) in branches {
        let waiting = ports.store.owed().waiting(branch).await.ok()?;
        let now = ports.clock.now();
        for queue in &figures.queues {
            let due = waiting.iter().filter(|(of, _)| *of == queue.id).map(|(_, due)| *due);
            forecasts.insert(queue.id.clone(), forecast::forecast(due, queue, now));
        }
    }
    Some(forecasts)
}

impl Resting {
    fn is_over(&self, now: Monotonic) -> bool {
        self.0.is_none_or(|since| now.since(since) >= self.1)
    }

    fn took(&mut self, from: Monotonic, to: Monotonic) {
        *self = Self(Some(to), to.since(from).times(REST));
    }
}

#[expect(clippy::cast_precision_loss, reason = "a count of people or messages is far below 2^52")]
const fn float(count: u64) -> f64 {
    count as f64
}
