//! Applying what is known about calls.

use contract::{
    Cause, ContactId, Millis, Timestamp,
    inbound::CallWhat,
    journal::{CallNoted, CallSettled, LegNoted},
};

use crate::core::state::{Call, State};

/// How long a call without an end is held to be under way.
const CALL_KEPT: Millis = Millis::from_secs(4 * 3600);
/// How long a settled call is remembered for late records of it.
const SETTLED_KEPT: Millis = Millis::from_secs(3600);
/// How long a call that was given up at once counts as the first of two.
pub(crate) const SHORT_KEPT: Millis = Millis::from_secs(3600);
/// Clients whose short calls are remembered before old ones are cleared away.
const SHORTS_MAX: usize = 10_000;

impl State {
    pub(crate) fn call_noted(&mut self, noted: &CallNoted) {
        let now = self.now;
        self.with_call(noted.contact, noted.event.at, |call| {
            call.case = noted.case.or(call.case);
            let by_agent = noted.event.agent.is_some();
            call.answered |= noted.event.what == CallWhat::Answered && by_agent;
            call.picked_up |= noted.event.what == CallWhat::Answered && !by_agent;
            if !call.settled {
                call.due_at = now + CALL_KEPT;
            }
        });
    }

    pub(crate) fn leg_noted(&mut self, noted: &LegNoted) {
        self.with_call(noted.contact, noted.leg.started_at, |call| {
            if call.settled {
                return;
            }
            call.facts = noted.facts.clone().or(call.facts.take());
            call.legs.push(noted.leg.clone());
            call.due_at = noted.settle_at;
        });
    }

    pub(crate) fn call_settled(&mut self, settled: &CallSettled) {
        let now = self.now;
        self.with_call(settled.contact, now, |call| {
            call.settled = true;
            call.case = settled.case.or(call.case);
            call.facts = None;
            call.legs = Vec::new();
            call.due_at = now + SETTLED_KEPT;
        });
        let queue = self.book.queue(&settled.queue);
        self.grow();
        let tally = &mut self.tallies[queue];
        tally.short_abandons += u64::from(settled.cause == Cause::ShortAbandon);
        tally.withheld += u64::from(settled.cause == Cause::Withheld);
        tally.missed_calls += u64::from(settled.cause == Cause::MissedCall);
        if let (Cause::ShortAbandon, Some(client)) = (settled.cause, settled.client) {
            if self.shorts.len() >= SHORTS_MAX {
                self.shorts.retain(|_, at| *at + SHORT_KEPT > now);
            }
            self.shorts.insert(client, now);
        }
    }

    pub(crate) fn call_forgotten(&mut self, contact: ContactId) {
        if let Some(call) = self.calls.remove(&contact) {
            self.due_calls.remove(&(call.due_at, contact));
        }
    }

    fn with_call(&mut self, contact: ContactId, at: Timestamp, change: impl FnOnce(&mut Call)) {
        let due_at = self.now + CALL_KEPT;
        let call = self.calls.entry(contact).or_insert_with(|| Call {
            facts: None,
            legs: Vec::new(),
            case: None,
            first_at: at,
            answered: false,
            picked_up: false,
            settled: false,
            due_at,
        });
        self.due_calls.remove(&(call.due_at, contact));
        call.first_at = call.first_at.min(at);
        change(call);
        self.due_calls.insert((call.due_at, contact));
    }
}
