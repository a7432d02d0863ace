//! Applying what is owed to clients.

use contract::{
    Cause, PromiseId, PromiseState, Timestamp,
    journal::{PromiseMade, PromiseSet, PromiseTold},
};

use crate::core::state::{Promise, State};

/// How long before its time a promise is told to who owes it.
pub(crate) const NEAR: contract::Millis = contract::Millis::from_secs(300);
/// How long after its time a promise that was not kept is told to the first level.
pub(crate) const LATE: contract::Millis = contract::Millis::from_secs(300);

impl Promise {
    /// Gives when somebody is told next; `None` when nothing more is told.
    pub(crate) fn next_at(&self) -> Option<Timestamp> {
        if self.state != PromiseState::Open {
            return None;
        }
        match self.told {
            0 => Some((self.due_at - NEAR).max(self.made_at)),
            1 => Some(self.due_at),
            2 => Some(self.due_at + LATE),
            _ => None,
        }
    }
}

impl State {
    pub(crate) fn promise_made(&mut self, made: &PromiseMade) {
        // A promise that is due soon is near from the start; nobody has to be told that too.
        let told = u32::from(made.due_at - NEAR <= self.now);
        let promise = Promise {
            kind: made.kind,
            case: made.case,
            client: made.client,
            made_at: self.now,
            due_at: made.due_at,
            state: PromiseState::Open,
            tries: 0,
            told,
            by: None,
            soon: made.soon,
        };
        self.keep_promise(made.promise, promise);
        self.with_case(made.case, |case| case.promises.push(made.promise));
    }

    /// Keeps a promise.
    pub(crate) fn keep_promise(&mut self, id: PromiseId, promise: Promise) {
        self.due_promises.extend(promise.next_at().map(|at| (at, id)));
        self.promises.insert(id, promise);
    }

    pub(crate) fn promise_set(&mut self, set: &PromiseSet) {
        let now = self.now;
        let case = self.promises.get(&set.promise).map(|promise| promise.case);
        self.with_promise(set.promise, |promise| {
            if promise.due_at != set.due_at {
                promise.told = u32::from(set.due_at - NEAR <= now);
            }
            promise.state = set.state;
            promise.due_at = set.due_at;
            promise.tries = set.tries;
            promise.soon &= set.cause != Cause::Moved;
            promise.by = set.by.or(promise.by);
        });
        if let Some(number) = case.and_then(|case| self.case_no(case)) {
            self.touch_case(number);
        }
    }

    pub(crate) fn promise_told(&mut self, told: &PromiseTold) {
        self.with_promise(told.promise, |promise| promise.told = promise.told.max(told.step));
    }

    pub(crate) fn promise_gone(&mut self, id: PromiseId) {
        if let Some(promise) = self.promises.remove(&id)
            && let Some(at) = promise.next_at()
        {
            self.due_promises.remove(&(at, id));
        }
    }

    fn with_promise(&mut self, id: PromiseId, change: impl FnOnce(&mut Promise)) {
        let Some(promise) = self.promises.get_mut(&id) else { return };
        let before = promise.next_at();
        change(promise);
        let after = promise.next_at();
        if before != after {
            if let Some(at) = before {
                self.due_promises.remove(&(at, id));
            }
            self.due_promises.extend(after.map(|at| (at, id)));
        }
    }
}
