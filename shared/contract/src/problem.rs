//! The stable codes of refusals (RFC 9457 problems carry them as `code`).
//!
//! In: a core's or a door's refusal. Out: a word that programs may rely on.
//! Never here: HTTP; `console::api` maps codes to statuses.

use std::{fmt, str::FromStr};

use crate::word::WordError;

/// Why something was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// Nobody signed in.
    Unauthenticated,
    /// The role may never.
    Forbidden,
    /// There is no such thing.
    NotFound,
    /// The offer ended already.
    OfferGone,
    /// Somebody else's case.
    NotYours,
    /// Not in the state it is in.
    WrongState,
    /// The agent holds all he can.
    OverCapacity,
    /// The channel has no way back.
    NoReplyChannel,
    /// More bytes than are taken.
    TooLarge,
    /// A field is wrong.
    Invalid,
    /// Too many requests.
    RateLimited,
    /// Cannot be taken at the moment.
    Unavailable,
    /// Nobody knows yet whether it was done.
    OutcomeUnknown,
}

impl Code {
    /// Every code, in order.
    pub const ALL: &'static [Self] = &[
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::OfferGone,
        Self::NotYours,
        Self::WrongState,
        Self::OverCapacity,
        Self::NoReplyChannel,
        Self::TooLarge,
        Self::Invalid,
        Self::RateLimited,
        Self::Unavailable,
        Self::OutcomeUnknown,
    ];

    /// Gives the code as it stands in answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::OfferGone => "offer_gone",
            Self::NotYours => "not_yours",
            Self::WrongState => "wrong_state",
            Self::OverCapacity => "over_capacity",
            Self::NoReplyChannel => "no_reply_channel",
            Self::TooLarge => "too_large",
            Self::Invalid => "invalid",
            Self::RateLimited => "rate_limited",
            Self::Unavailable => "unavailable",
            Self::OutcomeUnknown => "outcome_unknown",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Code {
    type Err = WordError;
    fn from_str(text: &str) -> Result<Self, WordError> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text).ok_or(WordError { list: "problem code" })
    }
}
