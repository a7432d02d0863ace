//! Refusals of a branch, in words of what was asked.
//!
//! In: a verb and the branch's code. Out: a problem that says what would have been needed.
//! Never here: a code that the branch did not give; the State, so the words name no fact of it.

use contract::{
    command::{TransferTo, Verb},
    problem::Code,
};

use crate::api::error::Problem;

/// Says why a branch refused.
pub(super) fn refusal(verb: &Verb, code: Code) -> Problem {
    match code {
        Code::NotFound => absent(verb),
        Code::WrongState => Problem::new(code, needed(verb)),
        Code::NotYours => Problem::new(code, foreign(verb)),
        Code::OfferGone => Problem::new(code, "the offer was answered, taken back, or its time ran out"),
        Code::OverCapacity => Problem::new(code, "the agent holds as much as he has units for"),
        Code::NoReplyChannel => Problem::new(code, "the client's last contact came by a way that takes no answer"),
        Code::Invalid if matches!(verb, Verb::Pend(..)) => not_then("until"),
        Code::Invalid if matches!(verb, Verb::Callback(..)) => not_then("at"),
        Code::Invalid if matches!(verb, Verb::Dialect(..)) => {
            Problem::field("language", "none of the firm's languages")
        }
        Code::Invalid
        | Code::Unauthenticated
        | Code::Forbidden
        | Code::TooLarge
        | Code::RateLimited
        | Code::Unavailable
        | Code::OutcomeUnknown => code.into(),
    }
}

fn not_then(field: &'static str) -> Problem {
    Problem::field(field, "lies in the past of the branch, or too far ahead")
}

fn absent(verb: &Verb) -> Problem {
    let (field, detail) = match verb {
        Verb::Transfer(_, TransferTo::Queue(_)) => ("to", "the branch knows no such case or no such queue"),
        Verb::Transfer(_, TransferTo::Agent(_)) => ("to", "the branch knows no such case or no such agent"),
        Verb::Rekind(_, _, Some(_)) => ("queue", "the branch knows no such case or no such queue"),
        Verb::Assign(..) | Verb::Recuse(..) => ("agent", "the branch knows no such case or no such agent"),
        Verb::Ready(_) | Verb::Away(..) => return Problem::new(Code::NotFound, "the branch knows no such agent"),
        Verb::Keep(_) | Verb::Tried(_) | Verb::Drop(_) => {
            return Problem::new(Code::NotFound, "the branch knows no such promise");
        }
        Verb::OffersShown(_)
        | Verb::Accept(_)
        | Verb::Decline(..)
        | Verb::Reply(..)
        | Verb::Callback(..)
        | Verb::Pend(..)
        | Verb::Close(..)
        | Verb::Done(_)
        | Verb::Rekind(_, _, None)
        | Verb::Raise(_)
        | Verb::Note(_)
        | Verb::Upset(_)
        | Verb::Dialect(..)
        | Verb::MoveIn(_)
        | Verb::MoveDone(..) => return Problem::new(Code::NotFound, "the branch holds no such case any more"),
    };
    Problem::new(Code::NotFound, detail).of_field(field)
}

const fn needed(verb: &Verb) -> &'static str {
    match verb {
        Verb::Reply(..) => "a client is answered while the case is active; accept it first",
        Verb::Callback(..) => "a call-back is agreed while the case is active",
        Verb::Pend(..) => "a case is laid aside while it is active",
        Verb::Close(..) => "a case is closed while it is active; one that waits, by a shift leader",
        Verb::Done(_) => "the case is not in wrap-up",
        Verb::Transfer(_, TransferTo::Queue(_)) => {
            "a case is given on while it is active; one that waits, by a leader; to other branches three times at \
             most, and not while it rings"
        }
        Verb::Transfer(_, TransferTo::Agent(_)) => {
            "the case is not active, or the agent is away, excluded from it, or has it already; to other branches it \
             goes three times at most, and not while it rings"
        }
        Verb::Assign(..) => "the case has ended, or the agent is away, excluded from it, or has it already",
        Verb::Rekind(..) => "a case gets another kind while it is active; one that waits, by a shift leader",
        Verb::Dialect(..) => "a speaker is looked for while the case is active; of one that waits, by a shift leader",
        Verb::Recuse(..) | Verb::Raise(_) | Verb::Note(_) | Verb::Upset(_) => {
            "the case is closed, or on its way to another branch"
        }
        Verb::Decline(..) => "the owner of a matter does not decline it",
        Verb::Keep(_) | Verb::Tried(_) | Verb::Drop(_) => "the promise is no longer open, or goes to another branch",
        Verb::Accept(_)
        | Verb::OffersShown(_)
        | Verb::Ready(_)
        | Verb::Away(..)
        | Verb::MoveIn(_)
        | Verb::MoveDone(..) => "not in the state it is in",
    }
}

const fn foreign(verb: &Verb) -> &'static str {
    match verb {
        Verb::Accept(_) | Verb::Decline(..) | Verb::OffersShown(_) => "that offer is before somebody else",
        Verb::Ready(_) | Verb::Away(..) => "that is another agent",
        Verb::Keep(_) | Verb::Tried(_) | Verb::Drop(_) => "that promise is somebody else's",
        Verb::Reply(..)
        | Verb::Transfer(..)
        | Verb::Callback(..)
        | Verb::Pend(..)
        | Verb::Close(..)
        | Verb::Done(_)
        | Verb::Recuse(..)
        | Verb::Rekind(..)
        | Verb::Assign(..)
        | Verb::Raise(_)
        | Verb::Note(_)
        | Verb::Upset(_)
        | Verb::Dialect(..)
        | Verb::MoveIn(_)
        | Verb::MoveDone(..) => "that case is somebody else's",
    }
}
