//! A provider's call that was signed and not understood: kept whole, to be decoded again.
//!
//! In: what a door could not decode, or a router of what other programs publish. Out: a message
//! for `dead`, and after a replay for the queue it came from, as a rule
//! `raw.<channel>.<account>`. Never here: why, which stands in the dead letter's marks.

use crate::{id::BlobId, seal::Sealed, time::Timestamp};

/// The header that tells what kind of message it is, where its queue does not.
pub const KIND: &str = "kind";
/// That kind: a parked call.
pub const PARKED: &str = "parked";

/// A parked call, as it lies on the bus. The message's id names it (`about::dead`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parked {
    /// When the door took it; a replay judges its signature and its age by this time.
    pub accepted_at: Timestamp,
    /// Where the encoded and sealed `ParkedCall` is.
    pub place: ParkedPlace,
}

/// Where a parked call is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParkedPlace {
    /// In the message itself, sealed for `about::dead` of the message's id.
    Inline(Sealed),
    /// In the store's blobs, sealed for `about::blob`.
    Blob(BlobId),
}

/// What the provider sent: personal data.
#[derive(Clone, PartialEq, Eq)]
pub struct ParkedCall {
    /// The method; of a mail `LMTP` or `SMTP`, of a message on the bus `AMQP`.
    pub method: String,
    /// What followed the account in the path.
    pub tail: String,
    /// The query.
    pub query: String,
    /// Header names in lower case with their values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl std::fmt::Debug for ParkedCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ParkedCall({}, {} bytes)", self.method, self.body.len())
    }
}
