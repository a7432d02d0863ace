//! `delivery.proto`: what is due.

use super::{envelopes, messages};
use crate::delivery::Due;

messages! {
    Due => Due { delivery, attempt }
}

envelopes!(Due => Due);
