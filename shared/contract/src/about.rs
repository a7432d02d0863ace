//! The places that sealed data belongs to: what `Keys::seal` and `Keys::open` are told.
//!
//! In: the id of what is sealed. Out: the bytes that bind it there. Whoever seals and
//! whoever opens take them from here. Never here: a key.

use crate::id::{AddressId, BlobId, ClientId, ContactId, DeadId};

/// Binds a contact's `Body`.
#[must_use]
pub fn contact(id: ContactId) -> Vec<u8> {
    bound(b"contact", id.bits())
}

/// Binds what a person wrote: an answer by its delivery's id, a note or a number to call by
/// its command's id.
#[must_use]
pub fn text(id: u128) -> Vec<u8> {
    bound(b"text", id)
}

/// Binds a client's name.
#[must_use]
pub fn client(id: ClientId) -> Vec<u8> {
    bound(b"client", id.bits())
}

/// Binds the value of a client's address.
#[must_use]
pub fn address(id: AddressId) -> Vec<u8> {
    bound(b"address", id.bits())
}

/// Binds a body kept beside the messages.
#[must_use]
pub fn blob(id: BlobId) -> Vec<u8> {
    bound(b"blob", id.bits())
}

/// Binds the body of a message that could not be taken.
#[must_use]
pub fn dead(id: DeadId) -> Vec<u8> {
    bound(b"dead", id.bits())
}

fn bound(place: &[u8], id: u128) -> Vec<u8> {
    [place, &id.to_be_bytes()].concat()
}
