//! `journal.proto`: records, inputs and events.

use super::{Wire, WireError, choices, envelopes, messages, pairs, v1};
use crate::{
    id::AgentId,
    journal::{
        AgentSet, Answered, CallNoted, CallSettled, Candidate, CaseOpened, Clocked, Closed, CommandFacts, ContactFacts,
        ContactTaken, Decided, Elsewhere, Event, Excluded, Fact, FirmChanged, Forwarded, Input, LanguageSet, Late,
        LegNoted, Marked, Moved, MovedClock, MovedExclusion, MovedIn, MovedLast, MovedPromise, OfferEnded, Offered,
        OwnerSet, Pended, PromiseMade, PromiseSet, PromiseTold, Queued, Reason, Record, Rekinded, Relaxed, Replied,
        Said, Saying, TargetSet, ToldOf, ToldWhy, Took, Transferred, Who, WrappedUp,
    },
    time::Timestamp,
};

messages! {
    Record => Record { seq, epoch, now, input, events, prev_hash, reader, rules }
    Input => Input { id, fresh, fact }
    ContactFacts => ContactFacts {
        contact, channel, account, received_at, accepted_at, client, class, manager, kind, queue, priority, skills,
        rules, named, thread, answerable, matter, hop, elsewhere, asks,
    }
    Elsewhere => Elsewhere { case, branch, kind }
    CommandFacts => CommandFacts { digest, by, verb, way_back }
    FirmChanged => FirmChanged { version, digest, firm, branch }
    AgentSet => AgentSet { agent, state, reason }
    ContactTaken => ContactTaken { contact, input, case, client, kind, channel, account, answerable, joining, asks }
    Forwarded => Forwarded { contact, input, client, to, case }
    Moved => Moved {
        case, moves, from, to, whom, kind, priority, class, channel, account, client, manager, owner, taken, skills,
        excluded, linked, opened_at, target, rungs, clock, answered_at, on_time, lifted, transfers, declines,
        contacts, last, promises, marks, language, receipted,
    }
    MovedExclusion => MovedExclusion { agent, until, recused }
    MovedClock => MovedClock { since, within, warn, first, told, rung }
    MovedLast => MovedLast { contact, channel, account, answerable }
    MovedPromise => MovedPromise { promise, kind, made_at, due_at, state, tries, told, by, soon }
    MovedIn => MovedIn { moved, queue }
    CaseOpened => CaseOpened {
        case, kind, queue, priority, channel, account, client, class, manager, owner, skills, recused, linked, since,
        target, rungs, rules,
    }
    TargetSet => TargetSet { within, warn, next, rule }
    Queued => Queued { case, queue, stage, alone, cause }
    Relaxed => Relaxed { case, step }
    Late => Late { case, rung }
    Offered => Offered { offer, case, agent, expires_at, reason }
    Candidate => Candidate { agent, shortfall, idle }
    OfferEnded => OfferEnded { offer, case, agent, made_at, expires_at, state, cause, reason }
    Took => Took { case, agent, cause }
    Answered => Answered { case, at, on_time }
    Replied => Replied { case, contact, delivery, channel, account, agent }
    Said => ClientSaid { delivery, case, saying, kind, owner, client, last }
    Clocked => Clocked { case, since }
    Pended => Pended { case, until }
    WrappedUp => WrappedUp { case, outcome, until }
    Closed => Closed { case, outcome, cause }
    Transferred => Transferred { case, by }
    OwnerSet => OwnerSet { case, owner, taken, cause }
    Excluded => Excluded { case, agent, until, cause }
    Rekinded => Rekinded { case, kind, queue, target, rungs, since, skills }
    Marked => Marked { case, mark }
    LanguageSet => LanguageSet { case, language, skills }
    PromiseMade => PromiseMade { promise, kind, case, client, due_at, soon }
    PromiseSet => PromiseSet { promise, state, due_at, tries, cause, by }
    PromiseTold => PromiseTold { promise, case, who, step }
    ToldOf => ToldOf { case, who, why }
    CallNoted => CallNoted { contact, input, event, case }
    LegNoted => LegNoted { input, leg, facts, contact, settle_at }
    CallSettled => CallSettled { contact, client, queue, case, cause }
    Decided => Decided { input, digest, problem }
}

choices! {
    Fact => Fact in fact { Tick; Contact, Command, Firm; }
    Saying => Saying in saying { Kept; Receipt, Booked, Owed, Tried; Moved }
    ToldWhy => ToldWhy in told_why { Warn, Declines, Transfers, OwnerBusy, Tries, Upset, NoSpeaker; Breach; }
    Event => Event in event {
        ;
        FirmSet, AgentSet, ContactTaken, Forwarded, MovedOut, MovedIn, MoveDone, CaseOpened, Queued, Relaxed, Late, Lifted, Offered, OfferShown, OfferEnded,
        Took, Answered, Replied, Clocked, Pended, WrappedUp, Closed, Reactivated, Transferred, OwnerSet, Excluded,
        Rekinded, Raised, Noted, PromiseMade, PromiseSet, PromiseTold, Told, CallNoted, LegNoted, CallSettled,
        CallForgotten, Decided, Retired, Marked, LanguageSet, Said;
    }
}

pairs! {
    (AgentId, Timestamp) => Alone { agent, until }
    (Timestamp, Timestamp) => MovedTime { was, at }
}

envelopes!(Record => Record, Input => Input, Event => Event, Reason => Reason);

impl Wire<String> for Who {
    fn put(&self) -> String {
        self.as_str().to_owned()
    }
    fn take(shape: String) -> Result<Self, WireError> {
        Ok(Self::new(&shape))
    }
}

impl Wire<v1::Reason> for Reason {
    fn put(&self) -> v1::Reason {
        v1::Reason {
            choice: self.choice.put(),
            candidates: self.candidates,
            away: self.away,
            busy: self.busy,
            unskilled: self.unskilled,
            excluded: self.excluded,
            waiting: self.waiting,
            slack: self.slack.put(),
            firm: self.firm,
            best: self.best().iter().map(Wire::put).collect(),
        }
    }
    fn take(shape: v1::Reason) -> Result<Self, WireError> {
        let mut reason = Self::new(Wire::take(shape.choice)?, shape.firm);
        reason.candidates = shape.candidates;
        reason.away = shape.away;
        reason.busy = shape.busy;
        reason.unskilled = shape.unskilled;
        reason.excluded = shape.excluded;
        reason.waiting = shape.waiting;
        reason.slack = Wire::take(shape.slack)?;
        Ok(reason.with_best(Wire::take(shape.best)?))
    }
}

super::required!(Reason => Reason);

/// A snapshot is made and read by the core that owns its meaning.
impl Wire<v1::Snapshot> for v1::Snapshot {
    fn put(&self) -> v1::Snapshot {
        self.clone()
    }
    fn take(shape: v1::Snapshot) -> Result<Self, WireError> {
        Ok(shape)
    }
}

impl super::Envelope for v1::Snapshot {
    type Shape = Self;
}
