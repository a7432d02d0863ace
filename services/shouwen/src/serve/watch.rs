//! `/healthz`, `/readyz`, `/metrics`: how the process is, for whoever watches it.
//!
//! In: health, the recorder of figures. Out: three routes. Never here: personal data.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use bus::Bus;
use metrics_exporter_prometheus::PrometheusHandle;
use runtime::{Health, Stop, health::Condition};
use serde_json::{Value, json};

use super::{bus_watch, report};

/// The media type of Prometheus's text form.
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// How often the recorder of figures drains what it gathered.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// Keeps the recorder of figures from growing while nobody reads it.
pub(super) async fn keep(figures: PrometheusHandle, stop: Stop) {
    while !stop.is_cancelled() {
        figures.run_upkeep();
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(UPKEEP_EVERY) => {}
        }
    }
}

/// The bus, once it is there.
pub(super) type LateBus = Arc<OnceLock<Bus>>;

/// Makes the routes; `figures` is absent when another recorder was installed first.
pub(super) fn routes(health: Health, figures: Option<PrometheusHandle>, bus: LateBus) -> Router {
    Router::new()
        .route("/healthz", get(async || "alive\n"))
        .route("/readyz", get(ready))
        .with_state(health)
        .merge(Router::new().route("/metrics", get(metrics)).with_state((figures, bus)))
}

async fn ready(State(health): State<Health>) -> Response {
    let parts: Vec<Value> = health.parts().into_iter().map(|(name, condition)| part(&name, condition)).collect();
    let status = if health.is_well() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(json!({ "ready": health.is_well(), "parts": parts }))).into_response()
}

fn part(name: &str, condition: Condition) -> Value {
    match report::words(condition) {
        (state, None) => json!({ "name": name, "state": state }),
        (state, Some(why)) => json!({ "name": name, "state": state, "why": why }),
    }
}

async fn metrics(State((figures, bus)): State<(Option<PrometheusHandle>, LateBus)>) -> Response {
    if let Some(bus) = bus.get() {
        bus_watch::record(&bus.figures());
    }
    match figures {
        Some(figures) => ([(header::CONTENT_TYPE, PROMETHEUS)], figures.render()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
