//! Calls: what the PBX says happened, and what is owed to who did not get through.

use contract::{
    CaseId, Cause, Choice, ClientId, ContactId, Joining, Kind, Millis, OfferState, Outcome, PromiseId, PromiseKind,
    PromiseState, QueueId, SkillId, Timestamp,
    inbound::{CallEvent, CallLeg, CallWhat},
    journal::{
        CallNoted, CallSettled, Clocked, Closed, ContactFacts, Event, LegNoted, PromiseMade, PromiseSet, Rekinded,
    },
};

use super::{Decision, contact::united, told::count_from};
use crate::core::{
    apply::SHORT_KEPT,
    arena::{CaseNo, DeskNo, QueueNo},
    case::Phase,
    pool::Found,
};

/// How long the legs of a call are waited for after the last one came.
const SETTLE_AFTER: Millis = Millis::from_secs(8);
/// How long legs wait for their caller's, whose call is not over before it comes.
const CALLER_AWAITED: Millis = Millis::from_secs(4 * 3600);

/// Calls of one client that are looked for when they rang at once.
const RINGING_AT_ONCE: u32 = 8;

/// A call that nobody answered.
struct GivenUp<'a> {
    facts: &'a ContactFacts,
    /// When the caller gave up.
    at: Timestamp,
    /// How long he had tried.
    tried: Option<Millis>,
    /// Whether he hung up by himself.
    abandoned: bool,
    language: Option<&'a SkillId>,
}

impl Decision<'_> {
    /// Takes an event of a call that needs no settling.
    pub(crate) fn call(&mut self, facts: &ContactFacts, event: &CallEvent) {
        let known = self.state.calls.get(&facts.contact);
        let answered = known.is_some_and(|call| call.answered);
        let picked_up = known.is_some_and(|call| call.picked_up);
        let settled = known.is_some_and(|call| call.settled);
        let first_at = known.map_or(event.at, |call| call.first_at.min(event.at));
        let agent = event.agent.as_ref().and_then(|agent| self.state.employed(agent));
        match event.what {
            CallWhat::Ringing => self.ringing(facts, event, agent),
            CallWhat::Answered => self.answered_call(facts, event, agent),
            CallWhat::Missed | CallWhat::Abandoned | CallWhat::Voicemail | CallWhat::Ended => {
                self.note(facts.contact, event, None);
                if answered || settled {
                    self.over(facts, answered && !settled);
                    return;
                }
                if picked_up && event.what == CallWhat::Ended {
                    self.served_elsewhere(facts);
                    return;
                }
                let tried = event.wait.or_else(|| Some(event.at.since(first_at)).filter(|_| first_at < event.at));
                let facts = self.asking(facts, event.queue.as_ref(), None);
                self.give_up(&GivenUp {
                    facts: &facts,
                    at: event.at.min(self.now),
                    tried,
                    abandoned: event.what == CallWhat::Abandoned,
                    language: event.language.as_ref(),
                });
            }
        }
    }

    fn note(&mut self, contact: ContactId, event: &CallEvent, case: Option<CaseId>) {
        let input = self.input;
        self.emit(Event::CallNoted(Box::new(CallNoted { contact, input, event: event.clone(), case })));
    }

    fn over(&mut self, facts: &ContactFacts, answered: bool) {
        if answered {
            let settled = CallSettled {
                contact: facts.contact,
                client: facts.client,
                queue: facts.queue.clone(),
                case: None,
                cause: Cause::Call,
            };
            self.emit(Event::CallSettled(settled));
        }
    }

    /// Ends a call that somebody answered whom the firm file does not know.
    fn served_elsewhere(&mut self, facts: &ContactFacts) {
        if let Some(number) = self.own_case(facts.contact) {
            self.end_offer(number, OfferState::Rescinded, Cause::Call);
            let case = self.case_id(number);
            self.emit(Event::Closed(Closed { case, outcome: Outcome::Solved, cause: Cause::Call }));
        }
        self.settle_debts(facts.client, facts.contact, None);
        self.over(facts, true);
    }

    /// Finds the case of a call under way, or the one it belongs to.
    fn call_case(&mut self, facts: &ContactFacts, event: &CallEvent) -> CaseNo {
        if let Some(number) = self.known_case(facts.contact) {
            return number;
        }
        let facts = self.asking(facts, event.queue.as_ref(), event.language.as_ref());
        self.join_or_open(&facts, count_from(&facts))
    }

    /// Gives the case that an earlier event of a call opened or joined.
    fn known_case(&self, contact: ContactId) -> Option<CaseNo> {
        let case = self.state.calls.get(&contact).and_then(|call| call.case)?;
        self.state.case_no(case).filter(|number| !self.case(*number).moving())
    }

    fn ringing(&mut self, facts: &ContactFacts, event: &CallEvent, agent: Option<DeskNo>) {
        if self.state.calls.get(&facts.contact).is_some_and(|call| call.answered || call.settled) {
            self.note(facts.contact, event, None);
            return;
        }
        let number = self.call_case(facts, event);
        self.note(facts.contact, event, Some(self.case_id(number)));
        let Some(desk) = agent else { return };
        let offered = self.case(number).offer();
        if offered.is_some_and(|offer| offer.desk == desk) || !self.case(number).queues() {
            return;
        }
        self.end_offer(number, OfferState::Rescinded, Cause::Ringing);
        if !self.case(number).excludes(desk, self.now) {
            self.offer(number, desk, Choice::Ringing, &Found::default());
            if self.state.desks[desk].used > self.state.desks[desk].units {
                self.withdraw_but(desk, number);
            }
        }
    }

    /// Takes back an agent's other open offers, because a call rings at his desk.
    fn withdraw_but(&mut self, desk: DeskNo, kept: CaseNo) {
        for number in self.state.desks[desk].cases.clone() {
            if number != kept && self.case(number).offer().is_some() {
                self.end_offer(number, OfferState::Rescinded, Cause::OverCapacity);
            }
        }
    }

    fn answered_call(&mut self, facts: &ContactFacts, event: &CallEvent, agent: Option<DeskNo>) {
        // It may have been a machine, so the call goes on waiting; how it ends tells.
        let Some(desk) = agent else {
            let number = self.call_case(facts, event);
            let unknown = CallEvent { agent: None, ..event.clone() };
            self.note(facts.contact, &unknown, Some(self.case_id(number)));
            return;
        };
        let number = self.call_case(facts, event);
        self.note(facts.contact, event, Some(self.case_id(number)));
        self.put_through(number, desk, event.at.min(self.now));
        self.settle_debts(facts.client, facts.contact, Some(number));
    }

    /// Lets a call that an agent answered count at once, whatever he holds (I-2).
    fn put_through(&mut self, number: CaseNo, desk: DeskNo, at: Timestamp) {
        let id = self.case_id(number);
        self.answer(id, number, at);
        let active = matches!(self.case(number).phase, Phase::Active { desk: has, .. } if has == desk);
        if !active {
            self.put_before(number, desk, Cause::Call);
        }
    }

    /// Settles what is owed to a client who got through by himself.
    fn settle_debts(&mut self, client: Option<ClientId>, by: ContactId, through: Option<CaseNo>) {
        let cases: Vec<CaseNo> = self.state.cases_of(client).map(|(number, _)| number).collect();
        for number in cases {
            let mut settled = false;
            for promise in self.case(number).promises.clone() {
                settled |= self.settle_promise(promise, by);
            }
            if settled && Some(number) != through && self.case(number).queues() {
                self.end_offer(number, OfferState::Rescinded, Cause::Settled);
                let case = self.case_id(number);
                self.emit(Event::Closed(Closed { case, outcome: Outcome::Solved, cause: Cause::Settled }));
            }
        }
    }

    fn settle_promise(&mut self, promise: PromiseId, by: ContactId) -> bool {
        let Some(owed) = self.state.promises.get(&promise) else { return false };
        if owed.kind != PromiseKind::MissedCall || owed.state != PromiseState::Open {
            return false;
        }
        self.emit(Event::PromiseSet(PromiseSet {
            promise,
            state: PromiseState::Settled,
            due_at: owed.due_at,
            tries: owed.tries,
            cause: Cause::Settled,
            by: Some(by),
        }));
        true
    }

    /// Makes good a call that nobody answered: one owed call-back per client.
    fn give_up(&mut self, call: &GivenUp<'_>) {
        let facts = call.facts;
        let own = self.own_case(facts.contact);
        if let Some(number) = own {
            self.stop_ringing(number);
        }
        let short =
            call.abandoned && call.tried.is_some_and(|tried| tried < self.state.book.firm.callback.short_abandon);
        let cause = match facts.client {
            None => Cause::Withheld,
            Some(client) if short && !self.tried_before(client) => Cause::ShortAbandon,
            Some(_) => Cause::MissedCall,
        };
        let case = if cause == Cause::MissedCall {
            Some(self.owe(call, own))
        } else {
            self.count_only(facts, own, cause);
            None
        };
        let (contact, client, queue) = (facts.contact, facts.client, facts.queue.clone());
        self.emit(Event::CallSettled(CallSettled { contact, client, queue, case, cause }));
    }

    /// Takes back the offer of a call that rings no more.
    fn stop_ringing(&mut self, number: CaseNo) {
        if let Some(offer) = self.case(number).offer() {
            let cause = if offer.shown { Cause::TimedOut } else { Cause::NotShown };
            self.end_offer(number, OfferState::TimedOut, cause);
        }
    }

    /// Says whether a matter that waits has nothing but calls that came at once and were all
    /// given up, the last of them this one.
    fn all_given_up(&self, number: CaseNo, last: ContactId) -> bool {
        let case = self.case(number);
        if case.kind == Kind::Callback || !case.queues() || !(2..=RINGING_AT_ONCE).contains(&case.contacts) {
            return false;
        }
        let calls = self.state.calls.iter().filter(|(_, call)| call.case == Some(case.id));
        let over = calls.filter(|(contact, call)| **contact == last || call.settled && !call.answered);
        over.count() == usize::try_from(case.contacts).unwrap_or(usize::MAX)
    }

    fn tried_before(&self, client: ClientId) -> bool {
        self.state.shorts.get(&client).is_some_and(|at| *at + SHORT_KEPT > self.now)
    }

    /// Gives the case that a call opened, as long as it has nothing but this call.
    fn own_case(&self, contact: ContactId) -> Option<CaseNo> {
        let case = self.state.calls.get(&contact).and_then(|call| call.case)?;
        let number = self.state.case_no(case)?;
        let case = self.case(number);
        (case.contacts == 1 && case.last.contact == contact && case.queues()).then_some(number)
    }

    fn count_only(&mut self, facts: &ContactFacts, own: Option<CaseNo>, cause: Cause) {
        if let Some(number) = own {
            let case = self.case_id(number);
            self.emit(Event::Closed(Closed { case, outcome: Outcome::Unsolved, cause }));
        } else if self.state.calls.get(&facts.contact).is_none_or(|call| call.case.is_none()) {
            self.take(facts, None, Joining::Apart);
        }
    }

    fn owe(&mut self, call: &GivenUp<'_>, own: Option<CaseNo>) -> CaseId {
        let facts = call.facts;
        let has_case = self.state.calls.get(&facts.contact).is_some_and(|known| known.case.is_some());
        if let Some((number, promise)) = self.owed_to(facts.client) {
            let case = self.case_id(number);
            if let Some(own) = own.filter(|own| *own != number) {
                let case = self.case_id(own);
                self.emit(Event::Closed(Closed { case, outcome: Outcome::Duplicate, cause: Cause::MissedCall }));
            } else if !has_case {
                self.take(facts, Some(case), Joining::Joined);
            }
            if own.is_none() && self.all_given_up(number, facts.contact) {
                self.stop_ringing(number);
                self.make_callback(number, call);
            }
            self.ask_language(number, call.language);
            self.wait_again(number, promise);
            return case;
        }
        let number = match own {
            Some(number) => {
                self.make_callback(number, call);
                number
            }
            None => self.callback_case(call),
        };
        let case = self.case(number);
        let target = self.state.book.target(case.queue, case.channel, Kind::Callback, case.class);
        let made = PromiseMade {
            promise: PromiseId::new(self.next_id()),
            kind: PromiseKind::MissedCall,
            case: self.case_id(number),
            client: facts.client,
            due_at: call.at + target.within,
            soon: false,
        };
        self.emit(Event::PromiseMade(Box::new(made)));
        self.case_id(number)
    }

    /// Finds what is owed to a client after an earlier missed call.
    fn owed_to(&self, client: Option<ClientId>) -> Option<(CaseNo, PromiseId)> {
        let owed = |promise: &&PromiseId| {
            let promise = self.state.promises.get(promise);
            promise.is_some_and(|p| p.kind == PromiseKind::MissedCall && p.state == PromiseState::Open)
        };
        let mut cases = self.state.cases_of(client);
        cases.find_map(|(number, case)| case.promises.iter().find(owed).map(|promise| (number, *promise)))
    }

    /// Lets a matter wait again whose client calls for what is owed to him.
    fn wait_again(&mut self, number: CaseNo, promise: PromiseId) {
        if matches!(self.case(number).phase, Phase::Pending { .. } | Phase::Closed { .. }) {
            let case = self.case_id(number);
            let since = self.state.promises.get(&promise).map_or(self.now, |promise| promise.made_at);
            self.emit(Event::Clocked(Clocked { case, since }));
            self.queue(number, Cause::MissedCall);
        }
    }

    fn callback_queue(&self, facts: &ContactFacts) -> Option<QueueNo> {
        let book = &self.state.book;
        let own = book.open_queue(&facts.queue);
        own.filter(|queue| book.queues[*queue].kinds.contains(&Kind::Callback)).or_else(|| {
            let other = book.queue_for(Kind::Callback);
            other.filter(|queue| book.queues[*queue].kinds.contains(&Kind::Callback)).or(own)
        })
    }

    /// Opens the case of an owed call-back, or finds the open matter that the call was about.
    fn callback_case(&mut self, call: &GivenUp<'_>) -> CaseNo {
        let facts = call.facts;
        if let Some(number) = self.known_case(facts.contact) {
            return number;
        }
        let queue = self.callback_queue(facts).unwrap_or_else(|| self.state.book.queue(&facts.queue));
        self.state.grow();
        let language: Vec<(SkillId, u8)> = call.language.map(|skill| (skill.clone(), 1)).into_iter().collect();
        self.open_in(facts, (Kind::Callback, queue), call.at, None, &language)
    }

    /// Turns the case that a call opened into the call-back that is owed for it.
    fn make_callback(&mut self, number: CaseNo, call: &GivenUp<'_>) {
        let queue = self.callback_queue(call.facts).unwrap_or(self.case(number).queue);
        let language: Vec<(SkillId, u8)> = call.language.map(|skill| (skill.clone(), 1)).into_iter().collect();
        let case = self.case(number);
        let book = &self.state.book;
        self.emit(Event::Rekinded(Box::new(Rekinded {
            case: case.id,
            kind: Kind::Callback,
            queue: self.queue_id(queue),
            target: book.target(queue, case.channel, Kind::Callback, case.class),
            rungs: book.rungs(queue, case.channel, Kind::Callback, case.class),
            since: Some(call.at),
            skills: united(&case.skills, &language),
        })));
    }

    /// Lets a call-back ask for the language that a later call told.
    fn ask_language(&mut self, number: CaseNo, language: Option<&SkillId>) {
        let case = self.case(number);
        let Some(language) = language.filter(|skill| !case.skills.iter().any(|(known, _)| known == *skill)) else {
            return;
        };
        if case.kind != Kind::Callback || !case.queues() {
            return;
        }
        self.emit(Event::Rekinded(Box::new(Rekinded {
            case: case.id,
            kind: case.kind,
            queue: self.queue_id(case.queue),
            target: case.target,
            rungs: case.rungs.clone(),
            since: None,
            skills: united(&case.skills, &[(language.clone(), 1)]),
        })));
    }

    /// Takes a leg of a call; its siblings may follow.
    pub(crate) fn leg(&mut self, facts: &ContactFacts, leg: &CallLeg) {
        let known = self.state.calls.get(&facts.contact);
        let settled = known.is_some_and(|call| call.settled);
        // The caller's own leg alone knows who he is; another may well come first.
        let tells = !settled && (leg.inbound || known.is_none_or(|call| call.facts.is_none()));
        // A desk that rings out is told of at once, while the caller still queues.
        let is_whole = leg.inbound || known.is_some_and(|call| call.legs.iter().any(|leg| leg.inbound));
        self.emit(Event::LegNoted(Box::new(LegNoted {
            input: self.input,
            leg: leg.clone(),
            facts: tells.then(|| facts.clone()),
            contact: facts.contact,
            settle_at: self.now + if is_whole { SETTLE_AFTER } else { CALLER_AWAITED },
        })));
        if settled && leg.answered_at.is_some() {
            self.settle_debts(facts.client, facts.contact, None);
        }
    }

    /// Does what is due for a call: settles its legs, or forgets it.
    pub(crate) fn call_due(&mut self, contact: ContactId) {
        let Some(call) = self.state.calls.get(&contact) else { return };
        if call.settled || call.legs.is_empty() {
            self.emit(Event::CallForgotten(contact));
            return;
        }
        let Some(facts) = call.facts.clone() else {
            self.emit(Event::CallForgotten(contact));
            return;
        };
        let mut legs = call.legs.clone();
        legs.sort_by(|a, b| (a.started_at, &a.leg).cmp(&(b.started_at, &b.leg)));
        self.settle_legs(&facts, &legs);
    }

    fn settle_legs(&mut self, facts: &ContactFacts, legs: &[CallLeg]) {
        let queue = legs.iter().find_map(|leg| leg.queue.as_ref());
        let language = legs.iter().find_map(|leg| leg.language.as_ref());
        let facts = self.asking(facts, queue, language);
        let began = legs.iter().map(|leg| leg.queued_at.unwrap_or(leg.started_at)).min().unwrap_or(self.now);
        let by = |leg: &CallLeg| Some((leg.answered_at?, self.state.employed(leg.agent.as_ref()?)?));
        // Who picks up as the caller hangs up in the queue has answered nobody.
        let abandoned = legs.iter().any(|leg| leg.inbound && leg.abandoned);
        let answered = legs.iter().filter(|leg| !abandoned && leg.answered_at.is_some());
        if !legs.iter().any(|leg| leg.inbound) {
            // Legs without a caller's, such as an agent's own call to somebody, owe nothing.
            self.take(&facts, None, Joining::Apart);
            self.emit(Event::CallForgotten(facts.contact));
        } else if let Some((at, desk)) = answered.clone().filter_map(by).min() {
            let known = self.known_case(facts.contact);
            let number = known.unwrap_or_else(|| self.join_or_open(&facts, began.min(count_from(&facts))));
            self.put_through(number, desk, at);
            self.settle_debts(facts.client, facts.contact, Some(number));
            self.over(&facts, true);
        } else if answered.count() > 0 {
            // By somebody whom the firm file does not know.
            if self.known_case(facts.contact).is_none() {
                self.take(&facts, None, Joining::Apart);
            }
            self.served_elsewhere(&facts);
        } else {
            let ended = legs.iter().map(|leg| leg.ended_at).max().unwrap_or(self.now).min(self.now);
            // What ended before it began was told by a clock that jumped.
            let tried = Some(ended.since(began)).filter(|tried| *tried >= Millis::ZERO);
            self.give_up(&GivenUp { facts: &facts, at: ended, tried, abandoned, language });
        }
    }

    /// Gives the facts of a call with the queue and the language that the PBX told.
    fn asking(&self, facts: &ContactFacts, queue: Option<&QueueId>, language: Option<&SkillId>) -> ContactFacts {
        let mut facts = facts.clone();
        if let Some(queue) = queue.filter(|queue| self.state.book.open_queue(queue).is_some()) {
            facts.queue = queue.clone();
        }
        if let Some(language) = language {
            facts.skills = united(&facts.skills, &[(language.clone(), 1)]);
        }
        facts
    }
}
