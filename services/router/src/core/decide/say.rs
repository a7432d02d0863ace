//! What the house itself tells clients: receipts, and what becomes of call-backs.
//!
//! In: a case and what is to be said. Out: `Said`, with a delivery whose id goes by what is said,
//! so that it is said once. Never here: words, an address, whether there is a way to say it.

use contract::{
    CaseId, Cause, DeliveryId, Kind, PromiseId, PromiseKind, PromiseState, Timestamp,
    id::derived,
    journal::{Event, MovedLast, Said, Saying},
};

use super::Decision;
use crate::core::{arena::CaseNo, state::Promise};

/// Tries that were in vain before the client is told of them.
const TRIES_TOLD: u32 = 2;

impl Decision<'_> {
    /// Gives the client a receipt of his complaint, once, whatever became of its kind since.
    pub(crate) fn say_receipt(&mut self, number: CaseNo) {
        let case = self.case(number);
        if case.kind != Kind::Complaint || case.receipted {
            return;
        }
        let (id, by) = (case.id, case.clock.map_or(self.now + case.target.within, |clock| clock.due_at()));
        self.say(number, id.bits(), Saying::Receipt(by.max(self.now)));
    }

    /// Tells of a call-back that was agreed or is owed.
    pub(crate) fn say_promised(&mut self, number: CaseNo, promise: PromiseId, due_at: Timestamp, soon: bool) {
        let saying = if soon { Saying::Owed(due_at) } else { Saying::Booked(due_at) };
        self.say(number, promise.bits(), saying);
    }

    /// Tells that a call-back goes to another time.
    pub(crate) fn say_moved(&mut self, number: CaseNo, promise: PromiseId, was: Timestamp, at: Timestamp) {
        let about = derived(&[&promise.to_bytes(), &self.input.to_bytes()]);
        self.say(number, about, Saying::Moved(was, at));
    }

    /// Tells that a call-back was made. Who got through by himself, or whose matter ended without
    /// it, needs no word.
    pub(crate) fn say_kept(&mut self, promise: PromiseId, owed: &Promise, state: PromiseState, cause: Cause) {
        let made = state == PromiseState::Kept && matches!(cause, Cause::Kept | Cause::Closed);
        if made
            && owed.kind == PromiseKind::Callback
            && let Some(number) = self.state.case_no(owed.case)
        {
            self.say(number, promise.bits(), Saying::Kept);
        }
    }

    /// Tells that the client could not be reached, when it was tried often enough.
    pub(crate) fn say_tried(&mut self, number: CaseNo, promise: PromiseId, owed: &Promise, next: Timestamp) {
        let called = matches!(owed.kind, PromiseKind::Callback | PromiseKind::MissedCall);
        if called && owed.tries + 1 == TRIES_TOLD {
            self.say(number, promise.bits(), Saying::Tried(next));
        }
    }

    fn say(&mut self, number: CaseNo, about: u128, saying: Saying) {
        let case = self.case(number);
        let id: CaseId = case.id;
        let delivery = derived(&[b"said", saying.as_str().as_bytes(), &id.to_bytes(), &about.to_be_bytes()]);
        let said = Said {
            delivery: DeliveryId::new(delivery),
            case: id,
            saying,
            kind: case.kind,
            owner: case.owner.clone(),
            client: case.client,
            last: MovedLast {
                contact: case.last.contact,
                channel: case.last.channel,
                account: case.last.account.clone(),
                answerable: case.last.answerable,
            },
        };
        self.emit(Event::Said(Box::new(said)));
    }
}
