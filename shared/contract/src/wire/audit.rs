//! `audit.proto`: who changed users, tokens, the firm, dead letters.

use super::{choices, envelopes, messages};
use crate::audit::{AlertEnded, AlertPosted, Deed, FirmApplied, Letter, TokenOf, UserMade, What};

messages! {
    Deed => Deed { at, by, role, what }
    UserMade => UserMade { user, role, agent, branch }
    TokenOf => TokenOf { user, token }
    FirmApplied => FirmApplied { version, digest }
    Letter => Letter { letter, source }
    AlertPosted => AlertPosted { notice, branch, category, topic, asked, digest, expires_at, firm }
    AlertEnded => AlertEnded { notice, total, sent, failed, expired, unknown, withheld }
}

choices! {
    What => DeedWhat in deed_what {
        ;
        UserMade, UserEnded, PasswordSet, TokenMade, TokenEnded, FirmApplied, LetterReplayed, LetterDropped,
        LinkMade,
        AlertPosted, AlertPaused, AlertResumed, AlertStopped, AlertEnded;
    }
}

envelopes!(Deed => Deed);
