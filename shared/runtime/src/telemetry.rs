//! Telemetry: structured logs on standard error, figures for Prometheus.
//!
//! In: the wanted level and form. Out: a subscriber for the process and a handle that
//! renders the figures. Never here: personal data; callers log ids only.

use std::io::IsTerminal;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogForm {
    /// For eyes.
    Text,
    /// For programs: one JSON object a line.
    Json,
}

/// Starts logging to standard error; `filter` is a `tracing` filter such as `info`.
pub fn start_logging(filter: &str, form: LogForm) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    // A second start in one process keeps the first subscriber.
    drop(match form {
        LogForm::Text => lines.with_target(false).try_init(),
        LogForm::Json => lines.json().flatten_event(true).try_init(),
    });
}

/// Installs the process's recorder of figures and gives the handle that renders them;
/// `None` when one is installed already.
#[must_use]
pub fn start_metrics() -> Option<PrometheusHandle> {
    PrometheusBuilder::new().install_recorder().ok()
}
