//! The sealed envelope of safe mode: AES-256-CBC over `random(16) ‖ length ‖ message ‖ app id`.
//!
//! In: `Encrypt` in base64, the account's keys, its id. Out: the message. Whatever does not
//! open gets one and the same refusal, so that nobody learns from it which byte was wrong.
//! Never here: a signature; that is checked before anything is decrypted.

use aes::Aes256;
use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use cbc::cipher::{BlockModeDecrypt, KeyIvInit, block_padding::NoPadding};
use channel::Refusal;
use zeroize::Zeroizing;

/// Characters of an `EncodingAESKey`.
const KEY_CHARS: usize = 43;
/// Bytes of a key.
const KEY_BYTES: usize = 32;
/// Bytes of a cipher block, and of the initial vector.
const BLOCK_BYTES: usize = 16;
/// The most bytes of padding; WeChat pads to 32, not to the cipher's block of 16.
const PAD_BYTES_MAX: usize = 32;
/// Bytes before the message: 16 random ones and its length.
const HEAD_BYTES: usize = 20;

/// 43 characters hold 258 bits: most real keys have bits set in the last two, which a
/// strict decoder refuses.
const KEY_BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// A decoded `EncodingAESKey`.
pub(crate) struct EncodingKey(Zeroizing<[u8; KEY_BYTES]>);

impl EncodingKey {
    /// Decodes the 43 characters that WeChat's console shows.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() != KEY_CHARS {
            return None;
        }
        let bytes = Zeroizing::new(KEY_BASE64.decode(text).ok()?);
        Some(Self(Zeroizing::new(bytes.as_slice().try_into().ok()?)))
    }

    fn open(&self, sealed: &[u8], app_id: &str) -> Option<Vec<u8>> {
        let (iv, _) = self.0.split_at_checked(BLOCK_BYTES)?;
        let cipher = cbc::Decryptor::<Aes256>::new_from_slices(&*self.0, iv).ok()?;
        let padded = Zeroizing::new(cipher.decrypt_padded_vec::<NoPadding>(sealed).ok()?);
        let plain = unpad(&padded)?;
        let (head, rest) = plain.split_at_checked(HEAD_BYTES)?;
        let (_random, length) = head.split_last_chunk::<4>()?;
        let (message, owner) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
        (owner == app_id.as_bytes()).then(|| message.to_vec())
    }
}

/// Opens an envelope with the first key that fits.
pub(crate) fn open_with(keys: &[EncodingKey], encrypted: &str, app_id: &str) -> Result<Vec<u8>, Refusal> {
    let compact: Vec<u8> = encrypted.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let sealed = base64::engine::general_purpose::STANDARD.decode(compact).unwrap_or_default();
    keys.iter().find_map(|key| key.open(&sealed, app_id)).ok_or(Refusal::Signature("the sealed message does not open"))
}

/// Takes off a padding of 1 to 32 equal bytes.
fn unpad(padded: &[u8]) -> Option<&[u8]> {
    let pad = usize::from(*padded.last()?);
    if !(1..=PAD_BYTES_MAX).contains(&pad) {
        return None;
    }
    let (plain, tail) = padded.split_at_checked(padded.len().checked_sub(pad)?)?;
    tail.iter().all(|byte| usize::from(*byte) == pad).then_some(plain)
}
