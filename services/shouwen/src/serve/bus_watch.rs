//! How the bus is: in words for `/readyz`, in figures for `/metrics`.
//!
//! In: the figures of the bus. Out: the condition of a part, gauges and counters by queue.
//! Never here: what a message holds.

use std::time::Duration;

use bus::{Bus, Figures};
use runtime::{Part, Stop, health::Condition};

/// How often the condition is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long a refusal of the disk counts when nobody tried again.
const TROUBLE_COUNTS: Duration = Duration::from_secs(30);

/// Keeps the part of health until told to stop.
pub(super) async fn keep(bus: Bus, part: Part, stop: Stop) {
    while !stop.is_cancelled() {
        match condition(&bus.figures()) {
            Condition::Failed(why) => part.failed(&why),
            Condition::Hindered(by) => part.hindered(&by),
            Condition::Awaiting(what) => part.awaiting(&what),
            Condition::Starting | Condition::Well => part.well(),
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

/// Says how the bus is: without its disk it fails, and a full queue hinders its own branch or
/// account alone.
fn condition(figures: &Figures) -> Condition {
    if let Some(trouble) = figures.trouble.as_ref().filter(|trouble| trouble.ago < TROUBLE_COUNTS) {
        return Condition::Failed(format!("refuses messages, for it cannot write: {}", trouble.what));
    }
    if figures.full.is_empty() {
        return Condition::Well;
    }
    let full: Vec<_> = figures.full.iter().map(ToString::to_string).collect();
    Condition::Hindered(format!("refuses messages of full queues: {}", full.join(", ")))
}

/// Brings the figures to the recorder; called before each reading.
pub(super) fn record(figures: &Figures) {
    metrics::counter!("shouwen_bus_flushes_total").absolute(figures.flushes);
    metrics::counter!("shouwen_bus_published_messages_total").absolute(figures.published);
    metrics::counter!("shouwen_bus_acknowledged_messages_total").absolute(figures.acked);
    let refused = figures.refused;
    for (reason, count) in
        [("full", refused.full), ("too_large", refused.too_large), ("unavailable", refused.unavailable)]
    {
        metrics::counter!("shouwen_bus_refused_messages_total", "reason" => reason).absolute(count);
    }
    for (queue, depth) in &figures.queues {
        let queue = [("queue", queue.to_string())];
        metrics::gauge!("shouwen_bus_queue_messages", &queue).set(float(depth.messages));
        metrics::gauge!("shouwen_bus_queue_bytes", &queue).set(float(depth.bytes));
        metrics::gauge!("shouwen_bus_queue_unacknowledged_messages", &queue).set(float(depth.unacked));
    }
}

#[expect(clippy::cast_precision_loss, reason = "what a queue holds is far below 2^52")]
const fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests;
