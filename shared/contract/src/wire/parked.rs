//! `parked.proto`: calls that were signed and not understood.

use super::{choices, envelopes, messages, pairs};
use crate::parked::{Parked, ParkedCall, ParkedPlace};

messages! {
    Parked => Parked { accepted_at, place }
    ParkedCall => ParkedCall { method, tail, query, headers, body }
}

choices! {
    ParkedPlace => ParkedPlace in parked_place { ; Inline, Blob; }
}

pairs! {
    (String, String) => Header { name, value }
}

envelopes!(Parked => Parked, ParkedCall => ParkedCall);
