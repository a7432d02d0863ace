//! `access.proto`: who looked at which client's data.

use super::{envelopes, messages};
use crate::access::Look;

messages! {
    Look => Look { at, user, role, place, case, contacts, deliveries, clients, letters }
}

envelopes!(Look => Look);
