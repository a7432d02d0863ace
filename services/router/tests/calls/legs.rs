//! Legs of one call, in any order and any company: one contact, and the right debt.

use contract::{
    AgentId, ClientId, ContactId, Millis, Timestamp,
    inbound::{CallEvent, CallLeg, CallWhat, Matter},
};

use crate::world::{World, firm};

const CALL: ContactId = ContactId::new(7);
const CLIENT: Option<ClientId> = Some(ClientId::new(42));
const START: Timestamp = Timestamp::from_ms(1_700_000_000_000);

fn at(seconds: i64) -> Timestamp {
    START + Millis::from_secs(seconds)
}

fn lin() -> AgentId {
    "lin".parse().unwrap()
}

fn world() -> World {
    World::new(firm([lin()]), START, false)
}

/// The leg of a caller who queued from second 5 to second 60.
fn callers() -> CallLeg {
    CallLeg {
        leg: "a".to_owned(),
        inbound: true,
        started_at: at(0),
        answered_at: None,
        ended_at: at(60),
        queued_at: Some(at(5)),
        queue: Some("enquiries".parse().unwrap()),
        agent: None,
        ring: None,
        abandoned: false,
        language: None,
    }
}

fn agents(answered: Option<i64>) -> CallLeg {
    CallLeg {
        leg: "b".to_owned(),
        inbound: false,
        started_at: at(30),
        answered_at: answered.map(at),
        queued_at: None,
        agent: Some(lin()),
        ..callers()
    }
}

impl World {
    /// Takes legs one second after each other and lets them settle.
    fn settle(&mut self, legs: &[(CallLeg, Option<ClientId>)]) {
        for (second, (leg, client)) in (61..).zip(legs) {
            self.call(at(second), CALL, *client, Matter::Leg(leg.clone()));
        }
        self.until(at(120));
        assert!(self.taken.contains(&CALL), "the call is no contact");
    }

    fn owes(&self) -> bool {
        !self.open_debts().is_empty()
    }
}

#[test]
fn an_unanswered_call_is_owed_whichever_leg_comes_first() {
    for legs in [[(agents(None), None), (callers(), CLIENT)], [(callers(), CLIENT), (agents(None), None)]] {
        let mut world = world();
        world.settle(&legs);
        assert!(world.owes());
    }
}

#[test]
fn an_answered_call_is_owed_nothing_whichever_leg_comes_first() {
    let callers = (CallLeg { answered_at: Some(at(35)), agent: Some(lin()), ..callers() }, CLIENT);
    let agents = (agents(Some(35)), None);
    for legs in [[agents.clone(), callers.clone()], [callers, agents]] {
        let mut world = world();
        world.settle(&legs);
        assert!(!world.owes());
        assert_eq!(world.cases.values().next().and_then(|case| case.client), CLIENT, "the agent's leg hid who called");
    }
}

#[test]
fn who_is_picked_up_as_he_leaves_the_queue_is_owed() {
    let mut world = world();
    world.settle(&[(CallLeg { abandoned: true, ..callers() }, CLIENT), (agents(Some(60)), None)]);
    assert!(world.owes());
}

#[test]
fn an_answer_by_somebody_unknown_settles_a_debt() {
    for agent in [None, Some("somebody".parse().unwrap())] {
        let mut world = world();
        world.call(at(0), ContactId::new(1), CLIENT, Matter::Leg(callers()));
        world.until(at(20));
        assert!(world.owes());
        world.settle(&[(CallLeg { answered_at: Some(at(35)), agent, ..callers() }, CLIENT)]);
        assert!(!world.owes());
    }
}

#[test]
fn legs_without_a_callers_owe_nothing() {
    let mut world = world();
    world.call(at(61), CALL, None, Matter::Leg(agents(None)));
    world.until(at(5 * 3600));
    assert!(world.taken.contains(&CALL) && !world.owes() && world.cases.is_empty());
}

#[test]
fn a_desk_that_rang_out_does_not_end_the_call() {
    for answered in [None, Some(at(55))] {
        let mut world = world();
        world.call(at(20), CALL, None, Matter::Leg(CallLeg { ended_at: at(18), started_at: at(6), ..agents(None) }));
        world.until(at(50));
        assert!(!world.taken.contains(&CALL), "the caller still queues");
        let agent = answered.map(|_| lin());
        world.settle(&[(CallLeg { abandoned: answered.is_none(), answered_at: answered, agent, ..callers() }, CLIENT)]);
        assert_eq!(world.owes(), answered.is_none());
    }
}

#[test]
fn a_withheld_call_that_was_announced_and_answered_is_one_matter() {
    let mut world = world();
    let queue = Some("enquiries".parse().unwrap());
    let ringing =
        CallEvent { what: CallWhat::Ringing, at: at(5), queue, agent: None, ring: None, wait: None, language: None };
    world.call(at(5), CALL, None, Matter::Call(ringing));
    world.settle(&[(CallLeg { answered_at: Some(at(35)), agent: Some(lin()), ..callers() }, None)]);
    assert_eq!(world.cases.len(), 1);
}

#[test]
fn legs_after_an_event_that_announced_the_call_settle_it() {
    let mut world = world();
    let queue = Some("enquiries".parse().unwrap());
    let ringing =
        CallEvent { what: CallWhat::Ringing, at: at(5), queue, agent: None, ring: None, wait: None, language: None };
    world.call(at(5), CALL, CLIENT, Matter::Call(ringing));
    world.settle(&[(CallLeg { abandoned: true, ..callers() }, CLIENT)]);
    assert!(world.owes());
    assert_eq!(world.cases.len(), 1, "one call, one matter");
}

#[test]
fn a_withheld_number_owes_nothing() {
    let mut world = world();
    world.settle(&[(CallLeg { abandoned: true, ..callers() }, None)]);
    assert!(!world.owes());
}
