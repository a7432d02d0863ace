//! The tally: some counters of this process kept at hand, besides telling them to Prometheus.
//!
//! In: every counter, gauge and histogram. Out: all of them to the recorder behind; the counters
//! of the names that were asked for, as they stand. Never here: what a counter means.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use metrics::{Counter, CounterFn, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};

/// Series that are kept at most; what comes after them goes to the recorder behind alone.
const SERIES_MAX: usize = 4096;

/// Counters at hand. Clones share them.
// The mutex guards a list that is touched when a series is met first and when all are read.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    names: &'static [&'static str],
    kept: Arc<Mutex<Kept>>,
}

type Kept = Vec<(Key, Arc<AtomicU64>)>;

/// A counter as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    key: Key,
    /// How often.
    pub count: u64,
}

/// The recorder of a process.
#[derive(Debug)]
struct Teller<R> {
    behind: R,
    tally: Tally,
}

/// A counter that two keep.
struct Both(Counter, Arc<AtomicU64>);

impl Tally {
    /// Keeps counters of these names from now on, and hands everything to the recorder behind;
    /// `None` when the process has a recorder already.
    pub(crate) fn install(
        names: &'static [&'static str],
        behind: impl Recorder + Send + Sync + 'static,
    ) -> Option<Self> {
        let tally = Self { names, kept: Arc::default() };
        metrics::set_global_recorder(Teller { behind, tally: tally.clone() }).ok()?;
        Some(tally)
    }

    /// Gives the counters as they stand.
    #[must_use]
    pub fn read(&self) -> Vec<Count> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let count =
            |(key, count): &(Key, Arc<AtomicU64>)| Count { key: key.clone(), count: count.load(Ordering::Relaxed) };
        kept.iter().map(count).collect()
    }

    fn keep(&self, key: &Key, behind: Counter) -> Counter {
        if !self.names.contains(&key.name()) {
            return behind;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept.iter().find(|(known, _)| known == key).map(|(_, count)| count.clone());
        let count = match known {
            Some(count) => count,
            None if kept.len() == SERIES_MAX => return behind,
            None => {
                let count = Arc::<AtomicU64>::default();
                kept.push((key.clone(), count.clone()));
                count
            }
        };
        Counter::from_arc(Arc::new(Both(behind, count)))
    }
}

impl Count {
    /// Gives its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.key.name()
    }

    /// Gives what it says for a label; nothing where it has none.
    #[must_use]
    pub fn label(&self, name: &str) -> &str {
        self.key.labels().find(|label| label.key() == name).map_or("", |label| label.value())
    }
}

impl CounterFn for Both {
    fn increment(&self, value: u64) {
        self.0.increment(value);
        self.1.fetch_add(value, Ordering::Relaxed);
    }

    fn absolute(&self, value: u64) {
        self.0.absolute(value);
        self.1.fetch_max(value, Ordering::Relaxed);
    }
}

impl<R: Recorder> Recorder for Teller<R> {
    fn describe_counter(&self, name: KeyName, unit: Option<Unit>, description: SharedString) {
        self.behind.describe_counter(name, unit, description);
    }

    fn describe_gauge(&self, name: KeyName, unit: Option<Unit>, description: SharedString) {
        self.behind.describe_gauge(name, unit, description);
    }

    fn describe_histogram(&self, name: KeyName, unit: Option<Unit>, description: SharedString) {
        self.behind.describe_histogram(name, unit, description);
    }

    fn register_counter(&self, key: &Key, metadata: &Metadata<'_>) -> Counter {
        self.tally.keep(key, self.behind.register_counter(key, metadata))
    }

    fn register_gauge(&self, key: &Key, metadata: &Metadata<'_>) -> Gauge {
        self.behind.register_gauge(key, metadata)
    }

    fn register_histogram(&self, key: &Key, metadata: &Metadata<'_>) -> Histogram {
        self.behind.register_histogram(key, metadata)
    }
}

#[cfg(test)]
mod tests {
    use metrics_exporter_prometheus::PrometheusBuilder;

    use super::*;

    #[test]
    fn named_counters_are_kept_and_all_go_on() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let figures = recorder.handle();
        let tally = Tally::install(&["kept_total"], recorder).unwrap();
        for account in ["a", "b", "a"] {
            metrics::counter!("kept_total", "account" => account).increment(2);
        }
        metrics::counter!("other_total").increment(1);
        let read: Vec<_> = tally.read().iter().map(|one| (one.label("account").to_owned(), one.count)).collect();
        assert_eq!(read, [("a".to_owned(), 4), ("b".to_owned(), 2)]);
        assert!(tally.read().iter().all(|one| one.name() == "kept_total" && one.label("none").is_empty()));
        let told = figures.render();
        assert!(told.contains("kept_total{account=\"a\"} 4") && told.contains("other_total 1"), "{told}");
    }
}
