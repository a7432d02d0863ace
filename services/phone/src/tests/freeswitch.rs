//! Records of legs: encodings, the shared id, and what became of the call.

use base64::{Engine, engine::general_purpose::STANDARD};
use contract::{Millis, Timestamp};
use serde_json::{Value, json};

use super::{contact, leg, reason_of, undecodable};
use crate::Profile::Freeswitch;

const CALLER: &str = "a0000000-0000-4000-8000-000000000001";
const AGENT: &str = "b0000000-0000-4000-8000-000000000002";
const START: i64 = 1_700_000_000;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_ms((START + seconds) * 1000)
}

fn epoch(seconds: i64) -> String {
    (START + seconds).to_string()
}

/// Gives a record with these variables over those of a caller's leg of 60 s that an automatic
/// menu answered at once.
fn record(variables: &Value) -> Value {
    let mut all = json!({
        "uuid": CALLER, "direction": "inbound", "start_epoch": epoch(0), "answer_epoch": epoch(1), "bridge_epoch": "0",
        "end_epoch": epoch(60), "start_stamp": "1999-01-01 00:00:00", "billsec": "59", "hangup_cause": "NORMAL_CLEARING",
    });
    for (name, value) in variables.as_object().unwrap() {
        all[name] = value.clone();
    }
    json!({
        "core-uuid": "c", "switchname": "pbx", "channel_data": {"state": "CS_REPORTING"}, "variables": all,
        "callflow": [{"caller_profile": {"caller_id_number": "13800000001", "caller_id_name": "Zhang", "destination_number": "95500"}}],
    })
}

fn agents(variables: Value) -> Value {
    let mut all =
        json!({"uuid": AGENT, "direction": "outbound", "start_epoch": epoch(30), "progress_epoch": epoch(31)});
    for (name, value) in variables.as_object().unwrap() {
        all[name] = value.clone();
    }
    record(&all)
}

fn taken(record: &Value) -> (channel::Incoming, contract::inbound::CallLeg) {
    let incoming = contact(Freeswitch, "", record.to_string().as_bytes());
    let leg = leg(&incoming);
    (incoming, leg)
}

#[test]
fn every_encoding_gives_the_same_leg() {
    let record = record(
        &json!({"cc_queue": "enquiries@default", "cc_queue_joined_epoch": epoch(5), "effective_caller_id_name": "+++~~~???"}),
    );
    let plain = record.to_string();
    let expected = contact(Freeswitch, "", plain.as_bytes());
    let percent: String = form_urlencoded::byte_serialize(plain.as_bytes()).collect();
    let base64 = STANDARD.encode(&plain);
    let bodies = [
        serde_json::to_string_pretty(&record).unwrap(),
        format!("cdr={percent}"),
        format!("uuid={CALLER}&cdr={}", percent.replace('+', "%20")),
        format!("cdr={base64}"),
        format!("cdr={}", base64.trim_end_matches('=')),
        format!("cdr={}\n", form_urlencoded::byte_serialize(base64.as_bytes()).collect::<String>()),
    ];
    for body in bodies {
        assert!(contact(Freeswitch, "", body.as_bytes()) == expected, "{body}");
    }
}

#[test]
fn values_may_be_percent_encoded_or_numbers() {
    let mut encoded =
        record(&json!({"cc_queue": "enquiries%40default", "start_epoch": START, "cc_agent": "lin%40desk"}));
    encoded["callflow"][0]["caller_profile"] =
        json!({"caller_id_number": "%2B8613800000001", "caller_id_name": "%E5%BC%A0", "destination_number": 95500});
    let (incoming, leg) = taken(&encoded);
    assert_eq!(incoming.from.unwrap().value(), "+8613800000001");
    assert_eq!(incoming.from_name.as_deref(), Some("张"));
    assert_eq!(incoming.to, ["95500"]);
    assert_eq!(leg.queue.unwrap().as_str(), "enquiries");
    assert_eq!(leg.agent.unwrap().as_str(), "lin");
    assert_eq!(leg.started_at, at(0));
}

#[test]
fn a_queued_call_that_an_agent_answered() {
    let queue = json!({
        "cc_queue": "enquiries@default", "cc_queue_joined_epoch": epoch(5), "cc_queue_answered_epoch": epoch(35),
        "cc_queue_terminated_epoch": epoch(60), "cc_cause": "answered", "cc_cancel_reason": "NONE", "cc_agent": "lin@default",
        "cc_side": "member", "cc_member_uuid": "m1", "cc_member_session_uuid": CALLER, "shouwen_language": "cantonese",
    });
    let (callers, caller) = taken(&record(&queue));
    assert!(caller.inbound && !caller.abandoned);
    assert_eq!((caller.queued_at, caller.answered_at, caller.ended_at), (Some(at(5)), Some(at(35)), at(60)));
    assert_eq!(caller.agent.as_ref().unwrap().as_str(), "lin");
    assert_eq!(caller.language.unwrap().as_str(), "cantonese");
    assert_eq!(caller.ring, None, "a queueing caller rings nowhere");

    let desk = json!({
        "cc_queue": "enquiries@default", "cc_side": "agent", "cc_agent": "lin@default", "cc_member_uuid": "m1",
        "cc_member_session_uuid": CALLER, "answer_epoch": epoch(35), "bridge_epoch": epoch(35),
    });
    let (agents, agent) = taken(&agents(desk));
    assert_eq!(agents.provider_id, callers.provider_id);
    assert_ne!(agents.distinction, callers.distinction);
    assert_eq!(agents.from, None, "the caller's leg alone tells who called");
    assert!(!agent.inbound && agent.queued_at.is_none());
    assert_eq!((agent.answered_at, agent.ring), (Some(at(35)), Some(Millis::from_secs(4))));
}

#[test]
fn answered_by_a_machine_is_not_answered_by_an_agent() {
    let (_, menu) = taken(&record(&json!({})));
    assert_eq!((menu.answered_at, menu.abandoned), (None, false));
    let voicemail = json!({"cc_queue": "q", "cc_queue_joined_epoch": epoch(5), "cc_cause": "cancel", "cc_cancel_reason": "TIMEOUT", "last_app": "voicemail"});
    let (_, overflow) = taken(&record(&voicemail));
    assert_eq!((overflow.answered_at, overflow.abandoned), (None, false));
}

#[test]
fn who_hangs_up_in_the_queue_abandons() {
    let ended = |cause: Value| {
        let mut queue = json!({"cc_queue": "q", "cc_queue_joined_epoch": epoch(5)});
        for (name, value) in cause.as_object().unwrap() {
            queue[name] = value.clone();
        }
        let (_, leg) = taken(&record(&queue));
        assert_eq!(leg.answered_at, None);
        leg.abandoned
    };
    assert!(ended(json!({"cc_cause": "cancel", "cc_cancel_reason": "BREAK_OUT"})));
    assert!(ended(
        json!({"cc_cause": "cancel", "cc_cancel_reason": "BREAK_OUT", "cc_queue_answered_epoch": "0", "bridge_epoch": epoch(2)})
    ));
    assert!(ended(json!({})), "a queue that never said how it ended");
    assert!(!ended(json!({"cc_cause": "cancel", "cc_cancel_reason": "NO_AGENT_TIMEOUT"})));
    assert!(!ended(json!({"cc_cause": "cancel", "cc_cancel_reason": "EXIT_WITH_KEY"})));
    let elsewhere = json!({
        "cc_queue": "q", "cc_queue_joined_epoch": epoch(5), "cc_cause": "cancel", "cc_cancel_reason": "TIMEOUT",
        "cc_queue_canceled_epoch": epoch(20), "bridge_epoch": epoch(25),
    });
    assert_eq!(taken(&record(&elsewhere)).1.answered_at, Some(at(25)), "put through after the queue gave up");
    let (_, direct) = taken(&record(&json!({})));
    assert!(!direct.abandoned, "who never queued cannot leave a queue");
}

#[test]
fn a_call_put_through_directly() {
    let (_, caller) = taken(&record(&json!({"progress_epoch": epoch(2), "bridge_epoch": epoch(9)})));
    assert_eq!((caller.answered_at, caller.ring), (Some(at(9)), Some(Millis::from_secs(7))));
    let (_, menu) = taken(&record(&json!({"progress_epoch": epoch(2), "answer_epoch": epoch(4)})));
    assert_eq!((menu.answered_at, menu.ring), (None, None), "a menu picked up, no desk rang");
    let (_, rung) = taken(&record(&json!({"progress_epoch": epoch(2), "answer_epoch": "0"})));
    assert_eq!((rung.answered_at, rung.ring), (None, Some(Millis::from_secs(58))));
    let (_, missed) = taken(&agents(json!({"answer_epoch": "0", "end_epoch": epoch(45), "dialed_user": "1002"})));
    assert_eq!((missed.answered_at, missed.ring), (None, Some(Millis::from_secs(14))));
    assert_eq!(missed.agent.unwrap().as_str(), "1002");
}

#[test]
fn every_leg_finds_the_callers_id() {
    let session = |name: &str, id: &str| agents(json!({name: id}));
    let mut profile = agents(json!({"signal_bond": "somebody-else"}));
    profile["callflow"][0]["caller_profile"]["originator"] = json!({"originator_caller_profiles": [{"uuid": CALLER}]});
    let legs = [
        session("cc_member_session_uuid", CALLER),
        session("originating_leg_uuid", CALLER),
        session("ent_originate_aleg_uuid", CALLER),
        session("originator", CALLER),
        session("call_uuid", CALLER),
        session("other_leg_uuid", CALLER),
        session("signal_bond", CALLER),
        session("last_bridge_to", CALLER),
        session("cc_member_uuid", CALLER),
        agents(json!({"call_uuid": AGENT, "signal_bond": CALLER})),
        profile,
        record(
            &json!({"signal_bond": AGENT, "last_bridge_to": AGENT, "call_uuid": AGENT, "originating_leg_uuid": CALLER}),
        ),
    ];
    for record in &legs {
        assert_eq!(taken(record).0.provider_id.as_deref(), Some(CALLER), "{record}");
    }
    let (alone, leg) = taken(&agents(json!({})));
    assert_eq!(alone.provider_id.as_deref(), Some(AGENT));
    assert!(!leg.inbound, "a leg of nobody's call is not a caller's");
}

#[test]
fn without_a_direction_the_originator_decides() {
    let mut callers = record(&json!({}));
    callers["variables"].as_object_mut().unwrap().remove("direction");
    assert!(taken(&callers).1.inbound);
    let mut agents = callers.clone();
    agents["variables"]["originating_leg_uuid"] = json!("another");
    assert!(!taken(&agents).1.inbound);
    callers["channel_data"]["direction"] = json!("outbound");
    assert!(!taken(&callers).1.inbound);
}

#[test]
fn times_come_from_epochs_the_finer_first() {
    let (_, fine) = taken(&record(&json!({"start_uepoch": "1700000000123456", "end_uepoch": "1700000060999999"})));
    assert_eq!(fine.started_at, Timestamp::from_ms(1_700_000_000_123));
    assert_eq!(fine.ended_at, Timestamp::from_ms(1_700_000_060_999));
    let mut flow = record(&json!({"start_epoch": "0", "end_epoch": ""}));
    flow["callflow"][0]["times"] = json!({"created_time": "1700000000000000", "hangup_time": "1700000007000000", "bridged_time": "1700000003000000"});
    let (_, leg) = taken(&flow);
    assert_eq!((leg.started_at, leg.answered_at, leg.ended_at), (at(0), Some(at(3)), at(7)));
    let (_, counted) = taken(&record(&json!({"end_epoch": "0", "duration": "12"})));
    assert_eq!(counted.ended_at, at(12));
    let (_, backwards) = taken(&record(&json!({"end_epoch": epoch(-5)})));
    assert_eq!((backwards.started_at, backwards.ended_at), (at(0), at(-5)), "the core says what that is worth");
}

#[test]
fn no_leg_is_lost_by_a_wrong_clock() {
    for (start, end) in [
        ("253402300799", "253402300860"),
        ("99999999999999999999999", "99999999999999999999999"),
        ("5", "65"),
        ("-62135596800", "-62135596740"),
    ] {
        let (_, leg) = taken(&record(&json!({"start_epoch": start, "end_epoch": end})));
        assert!(leg.started_at <= leg.ended_at, "{start}");
    }
    for (duration, lasted) in [("-4", 0), ("99999999999", 86_400), ("12", 12)] {
        let (_, leg) = taken(&record(&json!({"end_epoch": "", "duration": duration})));
        assert_eq!(leg.ended_at, at(lasted), "{duration}");
    }
}

#[test]
fn what_cannot_be_read_is_said_by_its_field() {
    let reason = |variables: Value| reason_of(Freeswitch, record(&variables).to_string().as_bytes());
    assert_eq!(reason(json!({"start_epoch": "0"})), "start_epoch is no time");
    assert_eq!(reason(json!({"end_epoch": "soon"})), "end_epoch is no time, and there is no duration");
    assert_eq!(reason_of(Freeswitch, b"{}"), "variables is missing");
}

#[test]
fn a_withheld_number_is_none() {
    for number in ["anonymous", "Anonymous", "unknown", "Restricted", "0000000000"] {
        let mut withheld = record(&json!({"sip_from_user": "13800000009"}));
        withheld["callflow"][0]["caller_profile"]["caller_id_number"] = json!(number);
        let (incoming, _) = taken(&withheld);
        assert_eq!((incoming.from, incoming.from_name), (None, None), "{number}");
    }
    let mut bare = record(&json!({"caller_id": "\"Zhang\" <13800000001>"}));
    bare["callflow"] = json!([]);
    assert_eq!(taken(&bare).0.from.unwrap().value(), "+8613800000001");
}

#[test]
fn what_is_no_record_is_kept_undecoded() {
    let without = |name: &str| {
        let mut record = record(&json!({}));
        record["variables"].as_object_mut().unwrap().remove(name);
        record.to_string()
    };
    let cases = [
        String::new(),
        "{}".to_owned(),
        "[]".to_owned(),
        "cdr=".to_owned(),
        "cdr=%7B".to_owned(),
        "cdr=AAAA".to_owned(),
        "xml=1".to_owned(),
        r#"{"variables":[]}"#.to_owned(),
        without("uuid"),
        without("start_epoch"),
        without("end_epoch"),
        record(&json!({"uuid": "x".repeat(300)})).to_string(),
        record(&json!({"start_epoch": "123ss"})).to_string(),
    ];
    for body in cases {
        assert!(undecodable(Freeswitch, body.as_bytes()), "{body}");
    }
}
