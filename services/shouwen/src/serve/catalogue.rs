//! The catalogue: every figure of `/metrics`, with its kind, its unit and what it says.
//!
//! In: nothing. Out: descriptions for the recorder. A name ends as Prometheus wants it: `_total`
//! for what only grows, else the unit. Labels come from the firm file, the configuration and
//! closed lists of words, so that their number is bounded; none is personal. Never here: a value.

use metrics::Unit;

/// What kind of figure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Sorts spans by length.
    Histogram,
}
use Kind::{Counter, Gauge, Histogram};

/// A figure: name, kind, unit where it has one, labels, what it says.
type Figure = (&'static str, Kind, Option<Unit>, &'static [&'static str], &'static str);

const ACCOUNT: &[&str] = &["channel", "account"];
const ROAD: &[&str] = &["channel", "account", "lane"];
const QUEUE: &[&str] = &["branch", "queue"];
const BRANCH: &[&str] = &["branch"];
const BUS: &[&str] = &["queue"];
const NONE: &[&str] = &[];
const COUNT: Option<Unit> = Some(Unit::Count);
const SECONDS: Option<Unit> = Some(Unit::Seconds);

#[rustfmt::skip]
pub(super) const CATALOGUE: &[Figure] = &[
    ("shouwen_bus_acknowledged_messages_total", Counter, COUNT, NONE, "Deliveries of the bus that were acknowledged"),
    ("shouwen_bus_flushes_total", Counter, COUNT, NONE, "Flushes to disk, or rounds of confirms"),
    ("shouwen_bus_published_messages_total", Counter, COUNT, NONE, "Messages published on the bus"),
    ("shouwen_bus_queue_bytes", Gauge, Some(Unit::Bytes), BUS, "Bytes that a queue of the bus holds; 0 on a broker, which does not tell"),
    ("shouwen_bus_queue_messages", Gauge, COUNT, BUS, "Messages that a queue of the bus holds"),
    ("shouwen_bus_queue_unacknowledged_messages", Gauge, COUNT, BUS, "Messages of a queue that are out at consumers of this process"),
    ("shouwen_bus_refused_messages_total", Counter, COUNT, &["reason"], "Messages that the bus refused"),
    ("shouwen_calls_parked_total", Counter, COUNT, ACCOUNT, "Providers' calls that could not be decoded and lie among the dead letters"),
    ("shouwen_case_offer_seconds", Histogram, SECONDS, QUEUE, "How long a client had waited when his case was offered to an agent"),
    ("shouwen_commands_given_total", Counter, COUNT, &["outcome"], "Commands of people and programs"),
    ("shouwen_connections_refused_total", Counter, COUNT, NONE, "Connections refused since their address held as many as one may"),
    ("shouwen_consent_acts_total", Counter, COUNT, &["outcome"], "What contacts asked of subscriptions and consent"),
    ("shouwen_consent_confirmations_total", Counter, COUNT, NONE, "Orders and cancels that were confirmed to the client"),
    ("shouwen_contacts_accepted_total", Counter, COUNT, ACCOUNT, "Contacts accepted: durable, and answered with 2xx or 250"),
    ("shouwen_contacts_refused_total", Counter, COUNT, &["channel", "account", "reason"], "Providers' calls refused"),
    ("shouwen_contacts_repeated_total", Counter, COUNT, ACCOUNT, "Contacts that came again"),
    ("shouwen_coord_quotas_alone_total", Counter, COUNT, NONE, "Shared quotas that this process judged alone, since Redis did not answer"),
    ("shouwen_coord_words_dropped_total", Counter, COUNT, NONE, "Words to other processes that were dropped; screens read the store instead"),
    ("shouwen_deliveries_given_back_total", Counter, COUNT, NONE, "Deliveries that were claimed and not begun in time"),
    ("shouwen_deliveries_oldest_seconds", Gauge, SECONDS, ROAD, "How long the first delivery that waits has been due"),
    ("shouwen_deliveries_queued", Gauge, COUNT, ROAD, "Deliveries that wait for their time or turn"),
    ("shouwen_deliveries_repeated_total", Counter, COUNT, NONE, "Risk notices sent again, since nobody knew whether they had been taken"),
    ("shouwen_deliveries_submitting", Gauge, COUNT, ROAD, "Deliveries that a provider is being called for"),
    ("shouwen_deliveries_swept_total", Counter, COUNT, &["channel", "account", "lane", "to"], "Deliveries that ended because nobody ended them in time"),
    ("shouwen_deliveries_wanted_total", Counter, COUNT, NONE, "Answers to deliver"),
    ("shouwen_delivery_first_submit_seconds", Histogram, SECONDS, ROAD, "How long a delivery waited from the wish to its first submit"),
    ("shouwen_looks_total", Counter, COUNT, &["outcome"], "Looks at personal data, journalled before they are shown"),
    ("shouwen_offer_answer_seconds", Histogram, SECONDS, BRANCH, "How long an offer stood before it was accepted"),
    ("shouwen_queue_attainment_ratio", Gauge, None, QUEUE, "Share of first answers in time since the branch's midnight; NaN without any"),
    ("shouwen_queue_endangered_cases", Gauge, COUNT, QUEUE, "Waiting cases that will be late if it goes on like this"),
    ("shouwen_queue_late_cases", Gauge, COUNT, QUEUE, "Waiting cases whose promised time has ended"),
    ("shouwen_queue_oldest_seconds", Gauge, SECONDS, QUEUE, "Age of the oldest waiting case"),
    ("shouwen_queue_predicted_wait_seconds", Gauge, SECONDS, QUEUE, "What a contact arriving now would wait"),
    ("shouwen_queue_ready_agents", Gauge, COUNT, QUEUE, "Agents ready to take from a queue"),
    ("shouwen_queue_waiting_cases", Gauge, COUNT, QUEUE, "Cases that wait or are offered"),
    ("shouwen_receipts_total", Counter, COUNT, &["channel", "account", "lane", "status", "joined"], "Receipts; one that came first is counted again, joined, when its delivery is known"),
    ("shouwen_recipients_planned_total", Counter, COUNT, NONE, "Recipients of alerts made deliveries or withheld"),
    ("shouwen_router_clock_drift_seconds", Gauge, SECONDS, BRANCH, "How far a branch's time is from the machine's"),
    ("shouwen_router_fit_waits_total", Counter, COUNT, BRANCH, "Cases that waited although a free agent might have taken them (I-3): 0 unless there is a fault"),
    ("shouwen_router_holds", Gauge, None, BRANCH, "1 where this process routes the branch"),
    ("shouwen_router_leases_total", Counter, COUNT, &["branch", "how"], "Leases of branches taken"),
    ("shouwen_router_living", Gauge, COUNT, NONE, "Routers that this process takes for living"),
    ("shouwen_router_reloads_total", Counter, COUNT, BRANCH, "Times a branch was read again from the journal after a failure"),
    ("shouwen_router_reused_ids_total", Counter, COUNT, NONE, "Ids of inputs that came with other content"),
    ("shouwen_router_unread_total", Counter, COUNT, BRANCH, "Messages of a branch that could not be read"),
    ("shouwen_screens", Gauge, COUNT, NONE, "Agents' screens that are open"),
    ("shouwen_sign_ins_total", Counter, COUNT, &["outcome"], "Tries to sign in"),
    ("shouwen_spool_forwarded_messages_total", Counter, COUNT, BUS, "Messages that went from a door's spool to the bus"),
    ("shouwen_spool_kept_messages_total", Counter, COUNT, BUS, "Messages that a door kept on its own disk"),
    ("shouwen_spool_messages", Gauge, COUNT, BUS, "Messages in a door's spool"),
    ("shouwen_submits_total", Counter, COUNT, &["channel", "account", "lane", "outcome"], "Tries of deliveries by how they ended: sent, retry, failed, expired, unknown, withheld"),
    ("shouwen_submits_without_id_total", Counter, COUNT, ROAD, "Submits that a provider took and gave no id for; a receipt finds them by our own id only"),
];

/// Tells the recorder what every figure says.
pub(super) fn describe() {
    for (name, kind, unit, _, help) in CATALOGUE.iter().copied() {
        match (kind, unit) {
            (Counter, Some(unit)) => metrics::describe_counter!(name, unit, help),
            (Counter, None) => metrics::describe_counter!(name, help),
            (Gauge, Some(unit)) => metrics::describe_gauge!(name, unit, help),
            (Gauge, None) => metrics::describe_gauge!(name, help),
            (Histogram, Some(unit)) => metrics::describe_histogram!(name, unit, help),
            (Histogram, None) => metrics::describe_histogram!(name, help),
        }
    }
}

#[cfg(test)]
mod tests;
