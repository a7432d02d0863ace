//! The digest by which two processes know that they decide by the same firm.
//!
//! In: a firm. Out: SHA-256 over its wire encoding, which is the same for equal firms.
//! Never here: names; a changed name changes no decision.

use contract::{firm::Firm, wire};
use sha2::{Digest, Sha256};

/// Gives the digest of a firm.
#[must_use]
pub fn digest(firm: &Firm) -> [u8; 32] {
    Sha256::digest(wire::encode(firm)).into()
}

#[cfg(test)]
mod tests;
