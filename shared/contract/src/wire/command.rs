//! `command.proto`: what people and programs ask a branch to do.

use super::{Wire, WireError, choices, envelopes, messages, pairs, required, v1};
use crate::{
    command::{Actor, Command, TransferTo, Verb},
    id::{AgentId, CaseId, DeliveryId, OfferId, SkillId},
    time::Timestamp,
    word::{DeclineReason, Outcome},
};

messages! {
    Command => Command { id, digest, branch, given_at, by, verb, sealed }
    Actor => Actor { user, role, agent }
}

choices! {
    TransferTo => TransferTo in transfer_to { ; Queue, Agent; }
}

pairs! {
    (AgentId, String) => AwayVerb { agent, reason }
    (OfferId, DeclineReason) => DeclineVerb { offer, reason }
    (CaseId, DeliveryId) => ReplyVerb { case, delivery }
    (CaseId, TransferTo) => TransferVerb { case, to }
    (CaseId, Timestamp) => CallbackVerb { case, at }
    (CaseId, Option<Timestamp>) => PendVerb { case, until }
    (CaseId, Outcome) => CloseVerb { case, outcome }
    (CaseId, AgentId) => CaseAgent { case, agent }
    (CaseId, u32) => MoveDoneVerb { case, moves }
    (CaseId, SkillId) => DialectVerb { case, language }
}

envelopes!(Command => Command);

impl Wire<v1::Verb> for Verb {
    fn put(&self) -> v1::Verb {
        use v1::verb::What;
        let what = match self {
            Self::Ready(agent) => What::Ready(agent.put()),
            Self::Away(agent, reason) => What::Away((agent.clone(), reason.clone()).put()),
            Self::OffersShown(offers) => What::OffersShown(v1::OffersShown { offers: offers.put() }),
            Self::Accept(offer) => What::Accept(offer.put()),
            Self::Decline(offer, reason) => What::Decline((*offer, *reason).put()),
            Self::Reply(case, delivery) => What::Reply((*case, *delivery).put()),
            Self::Transfer(case, to) => What::Transfer((*case, to.clone()).put()),
            Self::Callback(case, at) => What::Callback((*case, *at).put()),
            Self::Keep(promise) => What::Keep(promise.put()),
            Self::Tried(promise) => What::Tried(promise.put()),
            Self::Drop(promise) => What::Drop(promise.put()),
            Self::Pend(case, until) => What::Pend((*case, *until).put()),
            Self::Close(case, outcome) => What::Close((*case, *outcome).put()),
            Self::Done(case) => What::Done(case.put()),
            Self::Recuse(case, agent) => What::Recuse((*case, agent.clone()).put()),
            Self::Rekind(case, kind, queue) => {
                What::Rekind(v1::RekindVerb { case: case.put(), kind: kind.put(), queue: queue.put() })
            }
            Self::Assign(case, agent) => What::Assign((*case, agent.clone()).put()),
            Self::Raise(case) => What::Raise(case.put()),
            Self::Note(case) => What::Note(case.put()),
            Self::Upset(case) => What::Upset(case.put()),
            Self::Dialect(case, language) => What::Dialect((*case, language.clone()).put()),
            Self::MoveIn(moved) => What::MoveIn(moved.put()),
            Self::MoveDone(case, moves) => What::MoveDone((*case, *moves).put()),
        };
        v1::Verb { what: Some(what) }
    }

    fn take(shape: v1::Verb) -> Result<Self, WireError> {
        use v1::verb::What;
        Ok(match shape.what.ok_or(WireError::Absent)? {
            What::Ready(agent) => Self::Ready(Wire::take(agent)?),
            What::Away(both) => pair(both, Self::Away)?,
            What::OffersShown(all) => Self::OffersShown(Wire::take(all.offers)?),
            What::Accept(offer) => Self::Accept(Wire::take(offer)?),
            What::Decline(both) => pair(both, Self::Decline)?,
            What::Reply(both) => pair(both, Self::Reply)?,
            What::Transfer(both) => pair(both, Self::Transfer)?,
            What::Callback(both) => pair(both, Self::Callback)?,
            What::Keep(promise) => Self::Keep(Wire::take(promise)?),
            What::Tried(promise) => Self::Tried(Wire::take(promise)?),
            What::Drop(promise) => Self::Drop(Wire::take(promise)?),
            What::Pend(both) => pair(both, Self::Pend)?,
            What::Close(both) => pair(both, Self::Close)?,
            What::Done(case) => Self::Done(Wire::take(case)?),
            What::Recuse(both) => pair(both, Self::Recuse)?,
            What::Rekind(all) => Self::Rekind(Wire::take(all.case)?, Wire::take(all.kind)?, Wire::take(all.queue)?),
            What::Assign(both) => pair(both, Self::Assign)?,
            What::Raise(case) => Self::Raise(Wire::take(case)?),
            What::Note(case) => Self::Note(Wire::take(case)?),
            What::Upset(case) => Self::Upset(Wire::take(case)?),
            What::Dialect(both) => pair(both, Self::Dialect)?,
            What::MoveIn(moved) => Self::MoveIn(Wire::take(moved)?),
            What::MoveDone(both) => pair(both, Self::MoveDone)?,
        })
    }
}

required!(Verb => Verb);

fn pair<A, B, P>(shape: P, make: fn(A, B) -> Verb) -> Result<Verb, WireError>
where
    (A, B): Wire<P>,
{
    <(A, B)>::take(shape).map(|(a, b)| make(a, b))
}
