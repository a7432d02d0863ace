//! What a record says of its leg, and to which call it belongs.
//!
//! In: a record. Out: a `CallLeg` and the id that all legs of the call share.
//! `answered` and `billsec` are not asked: a menu or a queue answers the line too. An agent
//! has answered where two legs were bridged, or where the queue says so.
//! Never here: a look at other legs.

use std::str::FromStr;

use contract::{Millis, Timestamp, inbound::CallLeg};

use super::record::Record;
use crate::decode;

/// Reads the leg.
pub(crate) fn of(record: &Record) -> Result<CallLeg, &'static str> {
    let leg = record.variable("uuid").or_else(|| record.profile("uuid")).ok_or("no id of the leg")?;
    let leg = decode::call_id(&leg)?;
    let inbound = is_callers(record, &leg);
    let started_at = started(record).ok_or("start_epoch is no time")?;
    let ended_at = ended(record, started_at).ok_or("end_epoch is no time, and there is no duration")?;
    let queued_at = record.time("cc_queue_joined").filter(|_| inbound);
    let answered_at = if inbound { callers_answer(record) } else { agents_answer(record) };
    Ok(CallLeg {
        inbound,
        started_at,
        answered_at,
        ended_at,
        queued_at,
        queue: named(record, &["cc_queue", "shouwen_queue"]),
        agent: agent(record, inbound),
        ring: ring(record, inbound, started_at, answered_at, ended_at),
        abandoned: inbound && answered_at.is_none() && left_the_queue(record, queued_at),
        language: named(record, &["shouwen_language"]),
        leg,
    })
}

/// Gives the id that all legs of a call share: the id of the caller's leg. Each leg knows it
/// by another name, and none needs to have seen the others:
/// 1. the caller's leg: its own id;
/// 2. a leg to an agent, begun by the queue: `cc_member_session_uuid`;
/// 3. a leg begun by a bridge: the originator in its profile, or `originating_leg_uuid`;
/// 4. else the leg it was bridged with, and at last the queue's id of the caller.
pub(crate) fn call_id(record: &Record, leg: &CallLeg) -> Result<String, &'static str> {
    if leg.inbound {
        return Ok(leg.leg.clone());
    }
    const NAMES: [&str; 8] = [
        "originating_leg_uuid",
        "ent_originate_aleg_uuid",
        "originator",
        "call_uuid",
        "other_leg_uuid",
        "signal_bond",
        "last_bridge_to",
        "cc_member_uuid",
    ];
    let session = record.variable("cc_member_session_uuid").or_else(|| record.originator());
    let other = session.into_iter().chain(NAMES.iter().filter_map(|name| record.variable(name)));
    decode::call_id(&other.into_iter().find(|id| *id != leg.leg).unwrap_or_else(|| leg.leg.clone()))
}

/// Says whether this is the caller's leg: the exchange did not begin it itself.
fn is_callers(record: &Record, leg: &str) -> bool {
    match record.variable("cc_side").as_deref() {
        Some("agent") => return false,
        Some("member") => return true,
        _ => {}
    }
    match record.direction().as_deref() {
        Some("inbound") => true,
        Some("outbound") => false,
        _ => record.originator().is_none() && record.variable("originating_leg_uuid").is_none_or(|id| id == leg),
    }
}

fn started(record: &Record) -> Option<Timestamp> {
    record.time("start").or_else(|| record.flow_time("created_time"))
}

fn ended(record: &Record, started: Timestamp) -> Option<Timestamp> {
    let told = record.time("end").or_else(|| record.flow_time("hangup_time"));
    told.or_else(|| Some(started + record.span("duration")?))
}

/// Tells when an agent answered, from the caller's leg: a queue knows it; without a queue it
/// is the bridge to another leg.
fn callers_answer(record: &Record) -> Option<Timestamp> {
    let queued = record.variable("cc_queue").is_some() || record.time("cc_queue_joined").is_some();
    let gave_up = record.variable("cc_cause").as_deref() == Some("cancel");
    match (queued, gave_up) {
        (true, false) => record.time("cc_queue_answered"),
        // A caller who left the queue by time-out or key may be put through elsewhere.
        (true, true) => {
            bridged(record).filter(|at| Some(*at) >= record.time("cc_queue_canceled") && !broke_out(record))
        }
        (false, _) => bridged(record),
    }
}

/// Tells when an agent answered, from his own leg.
fn agents_answer(record: &Record) -> Option<Timestamp> {
    bridged(record).or_else(|| record.time("answer")).or_else(|| record.flow_time("answered_time"))
}

fn bridged(record: &Record) -> Option<Timestamp> {
    record.time("bridge").or_else(|| record.flow_time("bridged_time"))
}

fn broke_out(record: &Record) -> bool {
    record.variable("cc_cancel_reason").as_deref() == Some("BREAK_OUT")
}

/// Says whether the caller hung up while he queued: the queue calls it `BREAK_OUT`. Ends by
/// time-out or by a key are no abandons: the call went on elsewhere.
fn left_the_queue(record: &Record, queued_at: Option<Timestamp>) -> bool {
    match record.variable("cc_cancel_reason").as_deref() {
        Some("BREAK_OUT") => true,
        Some("TIMEOUT" | "NO_AGENT_TIMEOUT" | "EXIT_WITH_KEY") => false,
        _ => queued_at.is_some(),
    }
}

/// Tells how long a desk rang: from the first ring to the answer, or to the end.
fn ring(
    record: &Record,
    inbound: bool,
    started: Timestamp,
    answered: Option<Timestamp>,
    ended: Timestamp,
) -> Option<Millis> {
    let first = record.time("progress").or_else(|| record.flow_time("progress_time"));
    let span = match (inbound, record.variable("cc_queue").is_some()) {
        // While the caller queues, his own leg rings nowhere.
        (true, true) => return None,
        // Who hears a menu is not rung for.
        (true, false) if answered.is_none() && record.time("answer").is_some() => return None,
        (true, false) => answered.unwrap_or(ended).since(first?),
        (false, _) => answered.unwrap_or(ended).since(first.unwrap_or(started)),
    };
    Some(span.max(Millis::ZERO))
}

fn agent<T: FromStr>(record: &Record, inbound: bool) -> Option<T> {
    let names: &[&str] =
        if inbound { &["cc_agent", "shouwen_agent"] } else { &["cc_agent", "shouwen_agent", "dialed_user"] };
    named(record, names)
}

/// Reads an id of the firm from the first variable that is set: `lin@default` is `lin`.
fn named<T: FromStr>(record: &Record, names: &[&str]) -> Option<T> {
    let given = names.iter().find_map(|name| record.variable(name))?;
    given.split('@').next()?.to_lowercase().parse().ok()
}
