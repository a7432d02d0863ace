//! `audit.proto`: who changed users, tokens, the firm, dead letters.

use super::{choices, envelopes, messages};
use crate::audit::{Deed, FirmApplied, Letter, TokenOf, UserMade, What};

messages! {
    Deed => Deed { at, by, role, what }
    UserMade => UserMade { user, role, agent, branch }
    TokenOf => TokenOf { user, token }
    FirmApplied => FirmApplied { version, digest }
    Letter => Letter { letter, source }
}

choices! {
    What => DeedWhat in deed_what {
        ;
        UserMade, UserEnded, PasswordSet, TokenMade, TokenEnded, FirmApplied, LetterReplayed, LetterDropped,
        LinkMade;
    }
}

envelopes!(Deed => Deed);
