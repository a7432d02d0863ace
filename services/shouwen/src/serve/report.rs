//! What this process says of itself to all: how its parts are, what its queues hold, what it
//! has counted.
//!
//! In: health, the bus, the tally. Out: one report a second to coordination, from which every
//! console knows the whole house. Never here: what `/readyz` and `/metrics` do not say too.

use std::time::Duration;

use bus::Bus;
use contract::{
    Timestamp,
    live::{CountReport, DepthReport, PartReport},
};
use coord::{ProcessReport, Reports};
use runtime::{Health, Stop, Tally, health::Condition, tally::Count};

/// How often it is said.
const EVERY: Duration = Duration::from_secs(1);

/// Counters that are told, with the label that says what was counted, or the word itself.
const TOLD: &[(&str, What)] = &[
    (ACCEPTED, What::Is("accepted")),
    (REPEATED, What::Is("repeated")),
    (REFUSED, What::Is("refused")),
    (SUBMITS, What::Label("outcome")),
    (SWEPT, What::Label("to")),
    (RECEIPTS, What::Label("status")),
];
const ACCEPTED: &str = "shouwen_contacts_accepted_total";
const REPEATED: &str = "shouwen_contacts_repeated_total";
const REFUSED: &str = "shouwen_contacts_refused_total";
const SUBMITS: &str = "shouwen_submits_total";
const SWEPT: &str = "shouwen_deliveries_swept_total";
const RECEIPTS: &str = "shouwen_receipts_total";

/// The names of the counters that are told.
pub(super) const NAMES: &[&str] = &[ACCEPTED, REPEATED, REFUSED, SUBMITS, SWEPT, RECEIPTS];

enum What {
    Is(&'static str),
    Label(&'static str),
}

/// What a report is made of.
pub(super) struct Reporter {
    pub(super) process: String,
    pub(super) started_at: Timestamp,
    pub(super) health: Health,
    pub(super) bus: Bus,
    pub(super) tally: Tally,
}

impl Reporter {
    /// Reports until told to stop; then it is forgotten at once.
    pub(super) async fn run(self, reports: Reports, stop: Stop) {
        while !stop.is_cancelled() {
            reports.put(&self.process, self.report());
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(EVERY) => {}
            }
        }
        reports.forget(&self.process);
    }

    fn report(&self) -> ProcessReport {
        let depth = |(queue, depth): (bus::QueueName, bus::Depth)| DepthReport {
            queue: queue.to_string(),
            messages: depth.messages,
        };
        ProcessReport {
            started_at: self.started_at,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            parts: self.health.parts().into_iter().map(|(name, condition)| part(name, condition)).collect(),
            depths: self.bus.figures().queues.into_iter().map(depth).collect(),
            counts: self.tally.read().iter().filter_map(count).collect(),
        }
    }
}

/// Gives a condition's word and its reason.
pub(super) fn words(condition: Condition) -> (&'static str, Option<String>) {
    match condition {
        Condition::Starting => ("starting", None),
        Condition::Awaiting(what) => ("starting", Some(what)),
        Condition::Well => ("well", None),
        Condition::Hindered(by) => ("hindered", Some(by)),
        Condition::Failed(why) => ("failed", Some(why)),
    }
}

fn part(name: String, condition: Condition) -> PartReport {
    let (state, why) = words(condition);
    PartReport { name, state: state.to_owned(), why }
}

fn count(kept: &Count) -> Option<CountReport> {
    let (_, what) = TOLD.iter().find(|(name, _)| *name == kept.name())?;
    // A receipt that joined nothing, or came again, moved nothing.
    if kept.count == 0 || kept.label("joined") == "false" {
        return None;
    }
    let what = match what {
        What::Is(word) => word,
        What::Label(label) => kept.label(label),
    };
    Some(CountReport {
        what: what.to_owned(),
        channel: kept.label("channel").to_owned(),
        account: kept.label("account").to_owned(),
        lane: kept.label("lane").to_owned(),
        count: kept.count,
    })
}
