//! Sealing: personal data is encrypted from the door on, found again by a blind index.
//!
//! In: the house's keys, nonces from the caller, plain bytes. Out: `Sealed` bytes (key id,
//! nonce, AES-256-GCM-SIV), blind indexes, digests, signatures of the journal.
//! Never here: reading a key file; making a nonce.

use std::fmt;

use aes_gcm_siv::{
    Aes256GcmSiv, KeyInit,
    aead::{Aead, Payload},
};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{address::Address, inbound::BlindAddress};

/// Bytes of a key.
pub const KEY_BYTES: usize = 32;
/// Bytes of a nonce.
pub const NONCE_BYTES: usize = 12;
/// Bytes before the ciphertext: key id and nonce.
const HEAD_BYTES: usize = 1 + NONCE_BYTES;

/// Sealed personal data: may rest and travel anywhere.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Sealed(Vec<u8>);

/// Says that sealed bytes cannot be opened; never why in detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The key that sealed it is not in the key file.
    #[error("sealed with key {0}, which the key file does not hold")]
    UnknownKey(u8),
    /// The bytes were changed, cut, or belong elsewhere.
    #[error("sealed data is damaged or belongs elsewhere")]
    Damaged,
}

/// The secrets of a house. Losing them loses every sealed word.
pub struct Keys {
    sealing: Vec<(u8, Zeroizing<[u8; KEY_BYTES]>)>,
    index: Zeroizing<[u8; KEY_BYTES]>,
    journal: Zeroizing<[u8; KEY_BYTES]>,
}

impl Sealed {
    /// Wraps bytes that came from a table or a message.
    #[must_use]
    pub const fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
    /// Gives the bytes for a table or a message.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({} sealing)", self.sealing.len())
    }
}

impl Keys {
    /// Takes the sealing keys by id, the newest first, the key of blind indexes and the key
    /// of journal hashes.
    ///
    /// # Panics
    /// When there is no sealing key.
    #[must_use]
    pub fn new(sealing: Vec<(u8, [u8; KEY_BYTES])>, index: [u8; KEY_BYTES], journal: [u8; KEY_BYTES]) -> Self {
        assert!(!sealing.is_empty(), "a house has at least one sealing key");
        let sealing = sealing.into_iter().map(|(id, key)| (id, Zeroizing::new(key))).collect();
        Self { sealing, index: Zeroizing::new(index), journal: Zeroizing::new(journal) }
    }

    /// Seals `plain` for the place that `about` names (table and row, or message and id):
    /// it opens nowhere else.
    #[must_use]
    pub fn seal(&self, nonce: [u8; NONCE_BYTES], about: &[u8], plain: &[u8]) -> Sealed {
        let (id, key) = self.sealing.first().expect("checked in new");
        let cipher = Aes256GcmSiv::new((&**key).into());
        let sealed = cipher
            .encrypt(&nonce.into(), Payload { msg: plain, aad: about })
            .expect("AES-GCM-SIV takes any message below 64 GiB");
        let mut bytes = Vec::with_capacity(HEAD_BYTES + sealed.len());
        bytes.push(*id);
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&sealed);
        Sealed(bytes)
    }

    /// Opens what was sealed for the same place.
    pub fn open(&self, about: &[u8], sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (head, body) = sealed.0.split_at_checked(HEAD_BYTES).ok_or(SealError::Damaged)?;
        let (id, nonce) = head.split_first().ok_or(SealError::Damaged)?;
        let key =
            self.sealing.iter().find(|(known, _)| known == id).map(|(_, key)| key).ok_or(SealError::UnknownKey(*id))?;
        let nonce = <[u8; NONCE_BYTES]>::try_from(nonce).map_err(|_| SealError::Damaged)?;
        Aes256GcmSiv::new((&**key).into())
            .decrypt(&nonce.into(), Payload { msg: body, aad: about })
            .map(Zeroizing::new)
            .map_err(|_| SealError::Damaged)
    }

    /// Gives the look-up key of an address.
    #[must_use]
    pub fn blind(&self, address: &Address) -> BlindAddress {
        let (kind, namespace) = (address.kind().as_str().as_bytes(), address.namespace().as_bytes());
        let mac = keyed_hash(&*self.index, &[b"address", kind, namespace, address.value().as_bytes()]);
        let mut hash = [0; 16];
        hash.copy_from_slice(mac.split_at(16).0);
        BlindAddress { kind: address.kind(), hash }
    }

    /// Gives a keyed hash for a purpose, for look-ups and comparisons that must not be
    /// guessable: a command's digest, a token's thread mark.
    #[must_use]
    pub fn mark(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut all = vec![purpose.as_bytes()];
        all.extend_from_slice(parts);
        keyed_hash(&*self.index, &all)
    }

    /// Says in constant time whether bytes are the beginning of a keyed hash for a purpose.
    #[must_use]
    pub fn is_mark(&self, purpose: &str, parts: &[&[u8]], beginning: &[u8]) -> bool {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&*self.index).expect("HMAC takes a key of any length");
        for part in [purpose.as_bytes()].iter().chain(parts) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.verify_truncated_left(beginning).is_ok()
    }

    /// Gives the hash of a journal record, chained to the one before it.
    #[must_use]
    pub fn chain(&self, prev_hash: &[u8], record: &[u8]) -> [u8; 32] {
        keyed_hash(&*self.journal, &[prev_hash, record])
    }
}

/// Gives HMAC-SHA-256 over length-prefixed parts.
#[must_use]
pub fn keyed_hash(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}
