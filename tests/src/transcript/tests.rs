//! How much a screen shows at one time, by its frames.

use serde_json::{Value, json};

use super::Transcript;

fn case(id: &str, channel: &str, seq: u64, state: &str) -> Value {
    json!({ "id": id, "channel": channel, "seq": seq, "state": state, "agent": "lin" })
}

fn offer(id: &str, channel: &str, seq: u64) -> Value {
    json!({ "type": "offer", "offer_id": id, "case": case(id, channel, seq, "offered") })
}

fn told(id: &str, channel: &str, seq: u64, state: &str) -> Value {
    json!({ "type": "case", "case": case(id, channel, seq, state) })
}

fn most(frames: &[Value]) -> u32 {
    let transcript = Transcript::default();
    frames.iter().for_each(|frame| transcript.note(frame));
    transcript.units_max("lin", |channel| if channel == "phone" { 6 } else { 2 }).0
}

#[test]
fn what_one_commit_takes_and_gives_is_never_there_together() {
    // Record 5 closes the call and offers two messages; the second has moved on when it is shown.
    let frames = [
        told("call", "phone", 2, "active"),
        offer("a", "sms", 5),
        offer("b", "sms", 7),
        told("call", "phone", 5, "closed"),
    ];
    assert_eq!(most(&frames), 6);
}

#[test]
fn what_is_offered_beside_a_call_is_there_together() {
    let frames = [told("call", "phone", 2, "active"), offer("a", "sms", 5), told("call", "phone", 6, "closed")];
    assert_eq!(most(&frames), 8);
    let frames = [told("call", "phone", 2, "active"), offer("a", "sms", 5), offer("b", "sms", 6)];
    assert_eq!(most(&frames), 10);
}
