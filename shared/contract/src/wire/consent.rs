//! `consent.proto`: what is asked of subscriptions, and the evidence of it.

use super::{choices, envelopes, messages};
use crate::consent::{ActingUser, Asked, Asking, Asks, Confirmed, Evidence, Permits, Proof, Source};

messages! {
    Asking => Asking { contact, branch, channel, account, client, asks, at, seq }
    Permits => Permits { topics, commercial, advice, held }
    ActingUser => ActingUser { user, role }
    Evidence => Evidence { id, at, client, address, what }
    Asked => Asked { asks, by, before, after, effect, wording }
    Confirmed => Confirmed { of, delivery, wording }
}

choices! {
    Asks => Asks in asks { CancelAll, Show, Hold, Release; Order, Cancel; }
    Source => EvidenceSource in evidence_source { Page, Link; Contact, User; }
    Proof => Proof in proof { ; Asked, Confirmed; }
}

envelopes!(Asking => Asking, Evidence => Evidence);
