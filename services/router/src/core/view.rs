//! What a decision changed, as the store projects and screens show it.
//!
//! In: the State right after a decision, and its events. Out: one `Change` per thing touched.
//! Never here: what the State does not say.

use std::collections::BTreeSet;

use contract::{
    AgentId, BranchId, CaseId, CaseState, OfferId, OfferState, Outcome, PromiseId, Timestamp,
    journal::{Event, OfferEnded, Offered, ToldWhy},
    view::{AgentView, CaseView, Change, ContactView, OfferView, OutcomeView, PromiseView, ReplyView, Told},
};

use super::{
    arena::DeskNo,
    book::{RULE_CHANNEL, RULE_QUEUE},
    case::{Case, Phase},
    state::State,
};

/// Gives what the events of the last decision changed; `seq` is the record's. To be asked
/// right after `decide` or `replay`, before the next.
#[must_use]
pub fn views(state: &State, seq: u64, events: &[Event]) -> Vec<Change> {
    let mut view = Viewing {
        state,
        seq,
        branch: branch(state),
        out: Vec::new(),
        cases: BTreeSet::new(),
        promises: BTreeSet::new(),
    };
    for event in events {
        view.event(event);
    }
    view.finish()
}

fn branch(state: &State) -> BranchId {
    state.book.branch.clone().unwrap_or_else(|| "unset".parse().expect("a slug"))
}

struct Viewing<'a> {
    state: &'a State,
    seq: u64,
    branch: BranchId,
    out: Vec<Change>,
    cases: BTreeSet<CaseId>,
    promises: BTreeSet<PromiseId>,
}

impl Viewing<'_> {
    fn event(&mut self, event: &Event) {
        self.cases.extend(case_of(event));
        let now = self.state.now();
        match event {
            Event::ContactTaken(taken) => self.out.push(Change::Contact(ContactView {
                id: taken.contact,
                input: taken.input,
                branch: self.branch.clone(),
                case: taken.case,
                client: taken.client,
                kind: taken.kind,
                seq: self.seq,
            })),
            Event::Offered(offered) => self.offered(offered, now),
            Event::OfferEnded(ended) => self.offer_ended(ended),
            Event::Replied(replied) => self.out.push(Change::Reply(ReplyView {
                delivery: replied.delivery,
                case: replied.case,
                contact: replied.contact,
                channel: replied.channel,
                account: replied.account.clone(),
                agent: replied.agent.clone(),
                at: now,
            })),
            Event::Said(said) => self.out.push(Change::Reply(ReplyView {
                delivery: said.delivery,
                case: said.case,
                contact: said.last.contact,
                channel: said.last.channel,
                account: said.last.account.clone(),
                agent: None,
                at: now,
            })),
            Event::Told(told) => {
                let why = why(told.why);
                self.told(told.case, told.who.as_str(), why, now);
            }
            Event::PromiseTold(told) => {
                self.promises.insert(told.promise);
                let why = if told.step >= 3 { "promise_late" } else { "promise_due" };
                self.told(told.case, told.who.as_str(), why, now);
            }
            Event::PromiseMade(made) => drop(self.promises.insert(made.promise)),
            Event::PromiseSet(set) => drop(self.promises.insert(set.promise)),
            Event::Decided(decided) => self.out.push(Change::Outcome(OutcomeView {
                input: decided.input,
                digest: decided.digest.to_vec(),
                problem: decided.problem,
                at: now,
                seq: self.seq,
            })),
            Event::FirmSet(_)
            | Event::AgentSet(_)
            | Event::Forwarded(_)
            | Event::MovedOut(_)
            | Event::MovedIn(_)
            | Event::MoveDone(_)
            | Event::CaseOpened(_)
            | Event::Queued(_)
            | Event::Relaxed(_)
            | Event::Late(_)
            | Event::Lifted(_)
            | Event::OfferShown(_)
            | Event::Took(_)
            | Event::Answered(_)
            | Event::Clocked(_)
            | Event::Pended(_)
            | Event::WrappedUp(_)
            | Event::Closed(_)
            | Event::Reactivated(_)
            | Event::Transferred(_)
            | Event::OwnerSet(_)
            | Event::Excluded(_)
            | Event::Rekinded(_)
            | Event::Raised(_)
            | Event::Noted(_)
            | Event::Marked(_)
            | Event::LanguageSet(_)
            | Event::CallNoted(_)
            | Event::LegNoted(_)
            | Event::CallSettled(_)
            | Event::CallForgotten(_)
            | Event::Retired(_) => {}
        }
    }

    fn told(&mut self, case: CaseId, who: &str, why: &str, at: Timestamp) {
        self.out.push(Change::Told(Told { case, who: who.to_owned(), why: why.to_owned(), at }));
    }

    fn offered(&mut self, offered: &Offered, now: Timestamp) {
        let state = (OfferState::Open, None);
        self.offer(offered.offer, offered.case, &offered.agent, (now, offered.expires_at), state);
    }

    fn offer_ended(&mut self, ended: &OfferEnded) {
        let reason = ended.reason.map_or(ended.cause.as_str(), contract::DeclineReason::as_str);
        let times = (ended.made_at, ended.expires_at);
        self.offer(ended.offer, ended.case, &ended.agent, times, (ended.state, Some(reason.to_owned())));
    }

    fn offer(
        &mut self,
        id: OfferId,
        case: CaseId,
        agent: &AgentId,
        (made_at, expires_at): (Timestamp, Timestamp),
        (state, reason): (OfferState, Option<String>),
    ) {
        let (agent, branch, seq) = (agent.clone(), self.branch.clone(), self.seq);
        self.out.push(Change::Offer(OfferView { id, case, agent, branch, made_at, expires_at, state, reason, seq }));
    }

    fn finish(mut self) -> Vec<Change> {
        for id in std::mem::take(&mut self.cases) {
            if let Some(number) = self.state.case_no(id) {
                self.promises.extend(self.owner_promises(number));
                let view = case_view(self.state, &self.state.cases[number], &self.branch, self.seq);
                self.out.push(Change::Case(Box::new(view)));
            }
        }
        for id in std::mem::take(&mut self.promises) {
            self.out.extend(promise_view(self.state, id, &self.branch, self.seq).map(Change::Promise));
        }
        let desks: BTreeSet<DeskNo> = self.state.changed_desks.iter().copied().collect();
        for number in desks {
            let desk = &self.state.desks[number];
            if self.state.book.works_elsewhere(&desk.id) {
                // His own branch says how he stands.
                continue;
            }
            self.out.push(Change::Agent(AgentView {
                id: desk.id.clone(),
                branch: self.branch.clone(),
                state: desk.state,
                reason: desk.reason.clone(),
                since: desk.since,
                used: desk.used,
                units: desk.units,
                seq: self.seq,
            }));
        }
        self.out
    }

    /// Open promises move with their case's owner.
    fn owner_promises(&self, number: super::arena::CaseNo) -> Vec<PromiseId> {
        self.state.cases[number].promises.clone()
    }
}

/// Gives a case as it stands.
#[must_use]
pub fn case_now(state: &State, id: CaseId) -> Option<CaseView> {
    let number = state.case_no(id)?;
    Some(case_view(state, &state.cases[number], &branch(state), 0))
}

fn case_view(state: &State, case: &Case, branch: &BranchId, seq: u64) -> CaseView {
    let (phase, until) = phase_view(case.phase);
    let (closed_at, outcome) = ending(case.phase);
    CaseView {
        id: case.id,
        branch: branch.clone(),
        state: phase,
        kind: case.kind,
        queue: state.book.queues[case.queue].id.clone(),
        priority: case.priority,
        channel: case.channel,
        account: case.account.clone(),
        client: case.client,
        class: case.class,
        owner: case.owner.to_string(),
        agent: case.holder().filter(|_| case.offer().is_none()).map(|desk| state.desks[desk].id.clone()),
        opened_at: case.opened_at,
        waiting_since: case.clock.map(|clock| clock.since),
        due_at: case.clock.map(|clock| clock.due_at()),
        target: case.within(),
        target_rule: match case.target.rule {
            RULE_QUEUE => "queue".to_owned(),
            RULE_CHANNEL => "channel".to_owned(),
            place => place.to_string(),
        },
        answered_at: case.answered_at,
        on_time: case.on_time,
        until,
        closed_at,
        outcome,
        linked: case.linked,
        skills: case.skills.clone(),
        language: case.language.clone(),
        marks: case.marks.clone(),
        recused: case.excluded.iter().filter(|one| one.recused).map(|one| state.desks[one.desk].id.clone()).collect(),
        transfers: case.transfers,
        declines: case.declines,
        moves: case.moves,
        came_from: case.came_from.clone(),
        seq,
    }
}

const fn phase_view(phase: Phase) -> (CaseState, Option<Timestamp>) {
    match phase {
        Phase::Waiting { .. } | Phase::Moving => (CaseState::Waiting, None),
        Phase::Offered { .. } => (CaseState::Offered, None),
        Phase::Active { .. } => (CaseState::Active, None),
        Phase::WrapUp { until, .. } => (CaseState::WrapUp, Some(until)),
        Phase::Pending { until } => (CaseState::Pending, Some(until)),
        Phase::Closed { .. } => (CaseState::Closed, None),
    }
}

const fn ending(phase: Phase) -> (Option<Timestamp>, Option<Outcome>) {
    match phase {
        Phase::WrapUp { outcome, .. } => (None, Some(outcome)),
        Phase::Closed { at, outcome } => (Some(at), Some(outcome)),
        Phase::Waiting { .. }
        | Phase::Offered { .. }
        | Phase::Active { .. }
        | Phase::Pending { .. }
        | Phase::Moving => (None, None),
    }
}

fn promise_view(state: &State, id: PromiseId, branch: &BranchId, seq: u64) -> Option<PromiseView> {
    let promise = state.promises.get(&id)?;
    let case = &state.cases[state.case_no(promise.case)?];
    Some(PromiseView {
        id,
        kind: promise.kind,
        branch: branch.clone(),
        case: promise.case,
        client: promise.client,
        due_at: promise.due_at,
        owner: case.owner.to_string(),
        state: promise.state,
        tries: promise.tries,
        moves: case.moves,
        seq,
    })
}

const fn why(why: ToldWhy) -> &'static str {
    match why {
        ToldWhy::Warn => "warn",
        ToldWhy::Breach(_) => "breach",
        ToldWhy::Declines => "declines",
        ToldWhy::Transfers => "transfers",
        ToldWhy::OwnerBusy => "owner_busy",
        ToldWhy::Tries => "tries",
        ToldWhy::Upset => "upset",
        ToldWhy::NoSpeaker => "no_speaker",
    }
}

/// Gives the case that an event is about.
pub(crate) fn case_of(event: &Event) -> Option<CaseId> {
    match event {
        Event::ContactTaken(taken) => taken.case,
        Event::MovedOut(moved) => Some(moved.case),
        Event::MovedIn(moved_in) => Some(moved_in.moved.case),
        Event::CaseOpened(opened) => Some(opened.case),
        Event::Queued(queued) => Some(queued.case),
        Event::Relaxed(relaxed) => Some(relaxed.case),
        Event::Late(late) => Some(late.case),
        Event::Offered(offered) => Some(offered.case),
        Event::OfferEnded(ended) => Some(ended.case),
        Event::Took(took) => Some(took.case),
        Event::Answered(answered) => Some(answered.case),
        Event::Replied(replied) => Some(replied.case),
        Event::Said(said) => Some(said.case),
        Event::Clocked(clocked) => Some(clocked.case),
        Event::Pended(pended) => Some(pended.case),
        Event::WrappedUp(wrapped) => Some(wrapped.case),
        Event::Closed(closed) => Some(closed.case),
        Event::Transferred(transferred) => Some(transferred.case),
        Event::OwnerSet(set) => Some(set.case),
        Event::Excluded(excluded) => Some(excluded.case),
        Event::Rekinded(rekinded) => Some(rekinded.case),
        Event::Marked(marked) => Some(marked.case),
        Event::LanguageSet(set) => Some(set.case),
        Event::PromiseMade(made) => Some(made.case),
        Event::Told(told) => Some(told.case),
        Event::Lifted(case) | Event::Reactivated(case) | Event::Raised(case) | Event::Noted(case) => Some(*case),
        Event::FirmSet(_)
        | Event::AgentSet(_)
        | Event::Forwarded(_)
        | Event::MoveDone(_)
        | Event::OfferShown(_)
        | Event::PromiseSet(_)
        | Event::PromiseTold(_)
        | Event::CallNoted(_)
        | Event::LegNoted(_)
        | Event::CallSettled(_)
        | Event::CallForgotten(_)
        | Event::Decided(_)
        | Event::Retired(_) => None,
    }
}
