//! `audit.proto`: who signed in, changed users, tokens, the firm, dead letters.

use super::{choices, envelopes, messages};
use crate::audit::{AlertEnded, AlertPosted, Deed, FirmApplied, Letter, SignInsRefused, TokenOf, UserMade, What};

messages! {
    Deed => Deed { at, by, role, what }
    UserMade => UserMade { user, role, agent, branch }
    TokenOf => TokenOf { user, token }
    FirmApplied => FirmApplied { version, digest }
    Letter => Letter { letter, source }
    AlertPosted => AlertPosted { notice, branch, category, topic, asked, digest, expires_at, firm }
    SignInsRefused => SignInsRefused { user, from }
    AlertEnded => AlertEnded { notice, total, sent, failed, expired, unknown, withheld }
}

choices! {
    What => DeedWhat in deed_what {
        ;
        UserMade, UserEnded, PasswordSet, TokenMade, TokenEnded, FirmApplied, LetterReplayed, LetterDropped,
        LinkMade,
        AlertPosted, AlertPaused, AlertResumed, AlertStopped, AlertEnded,
        SignedIn, SignedInByLink, SignedOut, SignInsRefused;
    }
}

envelopes!(Deed => Deed);
