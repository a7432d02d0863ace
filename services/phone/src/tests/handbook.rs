//! The bodies that `docs/channels.md` shows are taken as they stand there.

use channel::Content;
use contract::{Millis, inbound::CallWhat};

use super::{contact, leg};
use crate::Profile::{Freeswitch, Generic};

const HANDBOOK: &str = include_str!("../../../../docs/channels.md");

/// Gives the fenced block with this mark.
fn block(mark: &str) -> &'static str {
    let (_, rest) = HANDBOOK.split_once(&format!("```json {mark}\n")).unwrap();
    rest.split_once("```").unwrap().0
}

#[test]
fn the_handbooks_events_are_taken() {
    let answered = contact(Generic, "", block("phone-generic").as_bytes());
    let Content::Call(call) = answered.content else { panic!("no event") };
    assert_eq!((call.what, call.wait), (CallWhat::Answered, Some(Millis::from_secs(34))));
    let queueing = contact(Generic, "route", block("phone-route").as_bytes());
    let Content::Call(call) = queueing.content else { panic!("no event") };
    assert_eq!((call.what, call.agent), (CallWhat::Ringing, None));
}

#[test]
fn the_handbooks_record_is_an_abandoned_call() {
    let incoming = contact(Freeswitch, "", block("phone-freeswitch").as_bytes());
    let leg = leg(&incoming);
    assert!(leg.inbound && leg.abandoned && leg.queued_at.is_some());
    assert_eq!(incoming.from.unwrap().value(), "+8613800000001");
}
