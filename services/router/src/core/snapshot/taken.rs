//! A State from its snapshot.

use contract::{
    CaseId, Kind, Timestamp,
    journal::FirmChanged,
    wire::{Wire, WireError, v1},
};

use super::{OLDEST_VERSION, SNAPSHOT_VERSION};
use crate::core::{
    arena::{DeskNo, Number, QueueNo},
    case::{Case, Clock, Exclusion, Last, Offer, Phase, Place},
    desk::Desk,
    state::{Away, Call, Promise, State},
};

/// Builds a State from a snapshot.
pub fn restore(snapshot: v1::Snapshot) -> Result<State, WireError> {
    if !(OLDEST_VERSION..=SNAPSHOT_VERSION).contains(&snapshot.version) {
        return Err(WireError::Invalid("a snapshot of another version"));
    }
    let mut state = State::new();
    state.now = Wire::take(snapshot.now)?;
    if let Some(firm) = snapshot.firm {
        state.book.take(&FirmChanged::take(firm)?);
    }
    let mut held = Vec::with_capacity(snapshot.desks.len());
    for desk in snapshot.desks {
        let cases: Vec<CaseId> = Wire::take(desk.cases.clone())?;
        held.push((take_desk(&mut state, desk)?, cases));
    }
    for case in snapshot.cases {
        take_case(&mut state, case)?;
    }
    state.opened = snapshot.opened;
    for (desk, cases) in held {
        for case in cases {
            let number = state.case_no(case).ok_or(WireError::Absent)?;
            state.desks[desk].cases.push(number);
        }
    }
    for promise in snapshot.promises {
        take_promise(&mut state, promise)?;
    }
    for call in snapshot.calls {
        take_call(&mut state, call)?;
    }
    for short in snapshot.shorts {
        state.shorts.insert(Wire::take(short.client)?, Wire::take(short.at)?);
    }
    for one in snapshot.links {
        let key = (Wire::take(one.client)?, Kind::take(one.kind)?);
        state.links.insert(key, (Wire::take(one.case)?, Wire::take(one.at)?));
    }
    for one in snapshot.links_due {
        state.links_due.push_back((Wire::take(one.at)?, Wire::take(one.client)?, Wire::take(one.kind)?));
    }
    for away in snapshot.away {
        let left = Away {
            to: Wire::take(away.to)?,
            kind: Wire::take(away.kind)?,
            moves: away.moves,
            at: Wire::take(away.at)?,
        };
        state.away.insert(Wire::take(away.case)?, left);
    }
    state.grow();
    for tally in snapshot.tallies {
        take_tally(&mut state, tally)?;
    }
    state.rebuild();
    state.settled();
    Ok(state)
}

fn queue(state: &mut State, id: String) -> Result<QueueNo, WireError> {
    Ok(state.book.queue(&Wire::take(id)?))
}

fn desk(state: &State, id: String) -> Result<DeskNo, WireError> {
    state.desk_no(&Wire::take(id)?).ok_or(WireError::Absent)
}

fn take_desk(state: &mut State, held: v1::Desk) -> Result<DeskNo, WireError> {
    let mut desk = Desk::new(Wire::take(held.id)?, Wire::take(held.since)?);
    desk.employed = held.employed;
    desk.units = held.units;
    desk.state = Wire::take(held.state)?;
    desk.reason = held.reason;
    desk.rested = Wire::take(held.rested)?;
    desk.misses = held.misses;
    for skill in held.skills {
        let (skill, level) = Wire::take(skill)?;
        desk.skills.push((state.book.skill(&skill), level));
    }
    for id in held.queues {
        desk.queues.push((queue(state, id)?, Number::new(0)));
    }
    let id = desk.id.clone();
    let number = state.desks.push(desk);
    state.desk_by_id.insert(id, number);
    Ok(number)
}

fn take_case(state: &mut State, held: v1::HeldCase) -> Result<(), WireError> {
    let last = held.last.ok_or(WireError::Absent)?;
    let phase = held.phase.and_then(|phase| phase.what).ok_or(WireError::Absent)?;
    let case = Case {
        id: Wire::take(held.id)?,
        number: held.number,
        kind: Wire::take(held.kind)?,
        queue: queue(state, held.queue)?,
        priority: Wire::take(held.priority)?,
        class: Wire::take(held.class)?,
        channel: Wire::take(held.channel)?,
        account: Wire::take(held.account)?,
        client: Wire::take(held.client)?,
        manager: held.manager.map(|id| desk(state, id)).transpose()?,
        owner: Wire::take(held.owner)?,
        owner_desk: held.owner_desk.map(|id| desk(state, id)).transpose()?,
        skills: Wire::take(held.skills)?,
        language: Wire::take(held.language)?,
        marks: Wire::take(held.marks)?,
        receipted: held.receipted,
        excluded: held.excluded.into_iter().map(|one| take_exclusion(state, one)).collect::<Result<_, _>>()?,
        linked: Wire::take(held.linked)?,
        opened_at: Wire::take(held.opened_at)?,
        phase: take_phase(state, phase)?,
        target: Wire::take(held.target)?,
        rungs: Wire::take(held.rungs)?,
        clock: held.clock.map(take_clock).transpose()?,
        answered_at: Wire::take(held.answered_at)?,
        on_time: held.on_time,
        relaxed: held.relaxed,
        lifted: held.lifted,
        transfers: held.transfers,
        declines: held.declines,
        contacts: held.contacts,
        moves: held.moves,
        came_from: Wire::take(held.came_from)?,
        last: Last {
            contact: Wire::take(last.contact)?,
            channel: Wire::take(last.channel)?,
            account: Wire::take(last.account)?,
            answerable: last.answerable,
        },
        promises: Wire::take(held.promises)?,
        older: None,
        want: None,
        place: Place::Nowhere,
        due: None,
        in_line: None,
        dirty: false,
    };
    for (skill, _) in &case.skills {
        state.book.skill(skill);
    }
    state.keep(case);
    Ok(())
}

fn take_exclusion(state: &State, held: v1::HeldExclusion) -> Result<Exclusion, WireError> {
    Ok(Exclusion { desk: desk(state, held.agent)?, until: Wire::take(held.until)?, recused: held.recused })
}

fn take_phase(state: &mut State, held: v1::held_phase::What) -> Result<Phase, WireError> {
    use v1::held_phase::What;
    Ok(match held {
        What::Waiting(waiting) => {
            let alone = waiting
                .alone
                .map(|alone| Ok::<_, WireError>((desk(state, alone.agent)?, Timestamp::take(alone.until)?)));
            let entered = Wire::take(waiting.entered)?;
            Phase::Waiting { stage: Wire::take(waiting.stage)?, alone: alone.transpose()?, entered }
        }
        What::Offered(offer) => Phase::Offered {
            offer: Offer {
                id: Wire::take(offer.id)?,
                desk: held_by(state, offer.agent, offer.held)?,
                held: offer.held,
                made_at: Wire::take(offer.made_at)?,
                expires_at: Wire::take(offer.expires_at)?,
                shown: offer.shown,
            },
            entered: Wire::take(offer.entered)?,
        },
        What::Active(work) => Phase::Active { desk: held_by(state, work.agent, work.held)?, held: work.held },
        What::WrapUp(work) => Phase::WrapUp {
            desk: held_by(state, work.agent, work.held)?,
            held: work.held,
            until: Wire::take(work.until)?,
            outcome: Wire::take(work.outcome)?,
        },
        What::Pending(until) => Phase::Pending { until: Wire::take(until)? },
        What::Moving(_) => Phase::Moving,
        What::Closed(end) => Phase::Closed { at: Wire::take(end.at)?, outcome: Wire::take(end.outcome)? },
    })
}

/// Finds a desk and burdens it with the units that a case holds of it.
fn held_by(state: &mut State, agent: String, units: u32) -> Result<DeskNo, WireError> {
    let number = desk(state, agent)?;
    let desk = &mut state.desks[number];
    desk.used = desk.used.saturating_add(units);
    Ok(number)
}

fn take_clock(held: v1::HeldClock) -> Result<Clock, WireError> {
    Ok(Clock {
        since: Wire::take(held.since)?,
        within: Wire::take(held.within)?,
        warn: Wire::take(held.warn)?,
        first: held.first,
        told: held.told,
        rung: held.rung,
        order_at: Wire::take(held.order_at)?,
        ladder_at: Wire::take(held.ladder_at)?,
    })
}

fn take_promise(state: &mut State, held: v1::HeldPromise) -> Result<(), WireError> {
    let promise = Promise {
        kind: Wire::take(held.kind)?,
        case: Wire::take(held.case)?,
        client: Wire::take(held.client)?,
        made_at: Wire::take(held.made_at)?,
        due_at: Wire::take(held.due_at)?,
        state: Wire::take(held.state)?,
        tries: held.tries,
        told: held.told,
        by: Wire::take(held.by)?,
        soon: held.soon,
    };
    state.keep_promise(Wire::take(held.id)?, promise);
    Ok(())
}

fn take_call(state: &mut State, held: v1::HeldCall) -> Result<(), WireError> {
    let contact = Wire::take(held.contact)?;
    let call = Call {
        facts: Wire::take(held.facts)?,
        legs: Wire::take(held.legs)?,
        case: Wire::take(held.case)?,
        first_at: Wire::take(held.first_at)?,
        answered: held.answered,
        picked_up: held.picked_up,
        settled: held.settled,
        due_at: Wire::take(held.due_at)?,
    };
    state.due_calls.insert((call.due_at, contact));
    state.calls.insert(contact, call);
    Ok(())
}

fn take_tally(state: &mut State, held: v1::QueueTally) -> Result<(), WireError> {
    let number = queue(state, held.queue)?;
    state.grow();
    let tally = &mut state.tallies[number];
    for at in held.accepts {
        tally.accepts.push_back(Wire::take(at)?);
    }
    for count in held.answers {
        tally.answers.insert(count.quarter, (count.met, count.late));
    }
    tally.short_abandons = held.short_abandons;
    tally.withheld = held.withheld;
    tally.missed_calls = held.missed_calls;
    Ok(())
}
