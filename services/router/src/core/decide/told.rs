//! Times that the world outside tells, and how far they are believed.
//!
//! In: what a provider or an exchange says, and when the door took it. Out: the times that
//! decisions count by. What was told stays in the input. Never here: the house's own times.
//! The bound is one for every channel: nothing lies ahead of its acceptance, and what claims
//! to be over a day older than that counts from its acceptance.

use contract::{
    Millis, Timestamp,
    inbound::{CallEvent, CallLeg},
    journal::ContactFacts,
};

/// How old anything may claim to be, and how long a leg may have lasted.
const AGE_MAX: Millis = Millis::from_secs(24 * 3600);

/// Gives the time that counts.
pub(crate) fn believed(told: Timestamp, accepted_at: Timestamp) -> Timestamp {
    if accepted_at.since(told) > AGE_MAX { accepted_at } else { told.min(accepted_at) }
}

/// Gives from when the promised time of a contact counts.
pub(crate) fn count_from(facts: &ContactFacts) -> Timestamp {
    believed(facts.received_at, facts.accepted_at)
}

/// Gives an event of a call with the time that counts.
pub(crate) fn event(told: &CallEvent, accepted_at: Timestamp) -> CallEvent {
    CallEvent { at: believed(told.at, accepted_at), ..told.clone() }
}

/// Gives a leg with the times that count: moved as a whole, so that a clock that is wrong all
/// the time still tells how long the caller waited. A leg that ends before it begins stays so.
pub(crate) fn leg(told: &CallLeg, accepted_at: Timestamp) -> CallLeg {
    let ended_at = believed(told.ended_at, accepted_at);
    let off = ended_at.since(told.ended_at);
    let at = |time: Timestamp| (time + off).clamp(ended_at - AGE_MAX, ended_at + AGE_MAX);
    CallLeg {
        started_at: at(told.started_at),
        answered_at: told.answered_at.map(at),
        ended_at,
        queued_at: told.queued_at.map(at),
        ..told.clone()
    }
}
