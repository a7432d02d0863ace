//! Telemetry: structured logs on standard error, figures for Prometheus.
//!
//! In: the wanted level and form. Out: a subscriber for the process and a handle that
//! renders the figures. Never here: personal data; callers log ids only.

use std::{any::Any, io::IsTerminal, panic};

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use crate::Tally;

/// The edges by which spans of time are sorted: from a commit to a promised hour.
const SECONDS: &[f64] =
    &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0];

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogForm {
    /// For eyes.
    Text,
    /// For programs: one JSON object a line.
    Json,
}

/// Says whether a text is a filter that `start_logging` understands.
#[must_use]
pub fn is_filter(text: &str) -> bool {
    EnvFilter::try_new(text).is_ok()
}

/// Starts logging to standard error; `filter` is a `tracing` filter such as `info`. Panics are
/// logged with their place, and with their words only where these are fixed ones: those of a
/// failed index or slice repeat the text that was being read.
pub fn start_logging(filter: &str, form: LogForm) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // Whoever read them went away: the complaint would go the same way, and panic.
        .log_internal_errors(false)
        .with_ansi(std::io::stderr().is_terminal());
    // A second start in one process keeps the first subscriber.
    drop(match form {
        LogForm::Text => lines.with_target(false).try_init(),
        LogForm::Json => lines.json().flatten_event(true).try_init(),
    });
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panicked: {}", words(info.payload()));
    }));
}

/// Gives a panic's words when they were written beforehand.
fn words(payload: &(dyn Any + Send)) -> &'static str {
    payload.downcast_ref::<&'static str>().copied().unwrap_or("its words may hold personal data and are not shown")
}

/// Installs the process's recorder of figures; gives the handle that renders them and the tally
/// of the counters of these names. `None` when a recorder is installed already.
#[must_use]
pub fn start_metrics(kept: &'static [&'static str]) -> Option<(PrometheusHandle, Tally)> {
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)
        .ok()?
        .build_recorder();
    let figures = recorder.handle();
    let tally = Tally::install(kept, recorder)?;
    Some((figures, tally))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_tells_fixed_words_only() {
        let fixed = panic::catch_unwind(|| panic!("a fixed word")).unwrap_err();
        assert_eq!(words(fixed.as_ref()), "a fixed word");
        let text = "长短".to_owned();
        let repeats = panic::catch_unwind(|| text.split_at(1).0.len()).unwrap_err();
        assert!(!words(repeats.as_ref()).contains('长'));
    }
}
