//! Cases, promises and calls as messages.

use contract::{
    CaseId, ContactId, PromiseId,
    wire::{Wire, v1},
};

use crate::core::{
    case::{Case, Clock, Exclusion, Phase},
    state::{Away, Call, Promise, State},
};

pub(super) fn case_held(state: &State, case: &Case) -> v1::HeldCase {
    let agent = |desk| state.desks[desk].id.put();
    v1::HeldCase {
        id: case.id.put(),
        number: case.number,
        kind: case.kind.put(),
        queue: state.book.queues[case.queue].id.put(),
        priority: case.priority.put(),
        class: case.class.put(),
        channel: case.channel.put(),
        account: case.account.put(),
        client: case.client.put(),
        manager: case.manager.map(agent),
        owner: case.owner.put(),
        owner_desk: case.owner_desk.map(agent),
        skills: case.skills.put(),
        excluded: case.excluded.iter().map(|one| exclusion_held(state, one)).collect(),
        linked: case.linked.put(),
        opened_at: case.opened_at.put(),
        phase: Some(v1::HeldPhase { what: Some(phase_held(state, case.phase)) }),
        target: case.target.put(),
        rungs: case.rungs.put(),
        clock: case.clock.as_ref().map(clock_held),
        answered_at: case.answered_at.put(),
        on_time: case.on_time,
        relaxed: case.relaxed,
        lifted: case.lifted,
        transfers: case.transfers,
        declines: case.declines,
        contacts: case.contacts,
        last: Some(v1::LastContact {
            contact: case.last.contact.put(),
            channel: case.last.channel.put(),
            account: case.last.account.put(),
            answerable: case.last.answerable,
        }),
        promises: case.promises.put(),
        moves: case.moves,
        came_from: case.came_from.put(),
        language: case.language.put(),
        marks: case.marks.put(),
        receipted: case.receipted,
    }
}

fn exclusion_held(state: &State, one: &Exclusion) -> v1::HeldExclusion {
    v1::HeldExclusion { agent: state.desks[one.desk].id.put(), until: one.until.put(), recused: one.recused }
}

fn phase_held(state: &State, phase: Phase) -> v1::held_phase::What {
    use v1::held_phase::What;
    let agent = |desk| state.desks[desk].id.put();
    match phase {
        Phase::Waiting { stage, alone, entered } => What::Waiting(v1::HeldWaiting {
            stage: stage.put(),
            alone: alone.map(|(desk, until)| v1::Alone { agent: agent(desk), until: until.put() }),
            entered: entered.put(),
        }),
        Phase::Offered { offer, entered } => What::Offered(v1::HeldOffer {
            id: offer.id.put(),
            agent: agent(offer.desk),
            held: offer.held,
            made_at: offer.made_at.put(),
            expires_at: offer.expires_at.put(),
            shown: offer.shown,
            entered: entered.put(),
        }),
        Phase::Active { desk, held } => What::Active(v1::HeldWork { agent: agent(desk), held, until: 0, outcome: 0 }),
        Phase::WrapUp { desk, held, until, outcome } => {
            What::WrapUp(v1::HeldWork { agent: agent(desk), held, until: until.put(), outcome: outcome.put() })
        }
        Phase::Pending { until } => What::Pending(until.put()),
        Phase::Moving => What::Moving(v1::Empty {}),
        Phase::Closed { at, outcome } => What::Closed(v1::HeldEnd { at: at.put(), outcome: outcome.put() }),
    }
}

fn clock_held(clock: &Clock) -> v1::HeldClock {
    v1::HeldClock {
        since: clock.since.put(),
        within: clock.within.put(),
        warn: clock.warn.put(),
        first: clock.first,
        told: clock.told,
        rung: clock.rung,
        order_at: clock.order_at.put(),
        ladder_at: clock.ladder_at.put(),
    }
}

pub(super) fn promise_held(id: PromiseId, promise: &Promise) -> v1::HeldPromise {
    v1::HeldPromise {
        id: id.put(),
        kind: promise.kind.put(),
        case: promise.case.put(),
        client: promise.client.put(),
        made_at: promise.made_at.put(),
        due_at: promise.due_at.put(),
        state: promise.state.put(),
        tries: promise.tries,
        told: promise.told,
        by: promise.by.put(),
        soon: promise.soon,
    }
}

pub(super) fn away_held(case: CaseId, away: &Away) -> v1::HeldAway {
    v1::HeldAway { case: case.put(), to: away.to.put(), kind: away.kind.put(), moves: away.moves, at: away.at.put() }
}

pub(super) fn call_held(id: ContactId, call: &Call) -> v1::HeldCall {
    v1::HeldCall {
        contact: id.put(),
        facts: call.facts.put(),
        legs: call.legs.put(),
        case: call.case.put(),
        first_at: call.first_at.put(),
        answered: call.answered,
        picked_up: call.picked_up,
        settled: call.settled,
        due_at: call.due_at.put(),
    }
}
