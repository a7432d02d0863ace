//! From a delivery to the call that submits it.
//!
//! In: a delivery. Out: a signed post to `send_url`. Never here: the post itself.

use channel::{
    Call, Outbound, Unsendable,
    neutral::{self, Threads},
};
use contract::{AddressKind, Timestamp};

/// The longest text in characters.
pub(crate) const TEXT_CHARS_MAX: usize = 20_000;

/// Writes the submit of a delivery.
pub(crate) fn submit(
    send_url: Option<&str>,
    secret: &[u8],
    outbound: &Outbound,
    now: Timestamp,
) -> Result<Call, Unsendable> {
    let send_url = send_url.ok_or(Unsendable::NoReplyChannel)?;
    if outbound.to.kind() != AddressKind::Webhook {
        return Err(Unsendable::WrongAddress);
    }
    if outbound.text.chars().count() > TEXT_CHARS_MAX {
        return Err(Unsendable::TooLong);
    }
    Ok(neutral::submit(send_url, secret, outbound, outbound.to.value(), Threads::Named, now))
}
