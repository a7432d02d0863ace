//! Signed links: the way of a client, who has no password, to his own subscriptions.
//!
//! In: whose page it is, until when. Out: a token that only this house makes, and the reading of
//! one. Whoever has it may order and cancel for that address, so it is a secret: it stands in
//! messages to that address, never in a log. A link that ended opens no page, and cancels still:
//! who keeps a mail for long may want no more of them. Never here: what the page shows.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{
    id::{AddressId, ClientId},
    seal::Keys,
    time::{Millis, Timestamp},
};

/// How long a link leads somewhere.
pub const LINK_LIFE: Millis = Millis::from_secs(7 * 24 * 3600);
/// Where the page of a link is, under the house's public address.
pub const PAGE: &str = "/s/";
/// What the MAC is for.
const PURPOSE: &str = "subscriptions link";
/// Bytes before the MAC: client, address, seconds.
const HEAD_BYTES: usize = 16 + 16 + 8;
/// Bytes of the MAC.
const MAC_BYTES: usize = 16;

/// What a link says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// Whose page it opens.
    pub client: ClientId,
    /// The address that it went to, for which he may act.
    pub address: AddressId,
    /// Until when.
    pub expires_at: Timestamp,
}

/// Why a token opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// This house did not make it.
    #[error("the link is not one of this house")]
    Forged,
    /// Its time is over.
    #[error("the link has ended")]
    Expired,
}

impl Link {
    /// Makes the link of an address for the usual time.
    #[must_use]
    pub fn new(client: ClientId, address: AddressId, now: Timestamp) -> Self {
        Self { client, address, expires_at: now + LINK_LIFE }
    }

    /// Gives its token.
    #[must_use]
    pub fn token(&self, keys: &Keys) -> String {
        let head = self.head();
        let mac = keys.mark(PURPOSE, &[&head]);
        URL_SAFE_NO_PAD.encode([head.as_slice(), mac.split_at(MAC_BYTES).0].concat())
    }

    /// Gives the address to open, under the house's public one, `https://kf.example`.
    #[must_use]
    pub fn url(&self, public_url: &str, keys: &Keys) -> String {
        format!("{}{PAGE}{}", public_url.trim_end_matches('/'), self.token(keys))
    }

    /// Reads a token that leads somewhere.
    pub fn read(token: &str, keys: &Keys, now: Timestamp) -> Result<Self, LinkError> {
        let link = Self::read_for_cancel(token, keys)?;
        if link.expires_at > now { Ok(link) } else { Err(LinkError::Expired) }
    }

    /// Reads a token, however old it is. Whether it is forged takes the same time wherever it is
    /// wrong.
    pub fn read_for_cancel(token: &str, keys: &Keys) -> Result<Self, LinkError> {
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| LinkError::Forged)?;
        if bytes.len() != HEAD_BYTES + MAC_BYTES {
            return Err(LinkError::Forged);
        }
        let (head, mac) = bytes.split_at(HEAD_BYTES);
        if !keys.is_mark(PURPOSE, &[head], mac) {
            return Err(LinkError::Forged);
        }
        let (client, rest) = head.split_at(16);
        let (address, until) = rest.split_at(16);
        let until = <[u8; 8]>::try_from(until).map_err(|_| LinkError::Forged)?;
        Ok(Self {
            client: ClientId::from_bytes(client).map_err(|_| LinkError::Forged)?,
            address: AddressId::from_bytes(address).map_err(|_| LinkError::Forged)?,
            expires_at: Timestamp::from_ms(i64::from_be_bytes(until)),
        })
    }

    fn head(&self) -> [u8; HEAD_BYTES] {
        let mut head = [0; HEAD_BYTES];
        let until = self.expires_at.as_ms().to_be_bytes();
        let bytes = self.client.to_bytes().into_iter().chain(self.address.to_bytes()).chain(until);
        head.iter_mut().zip(bytes).for_each(|(place, byte)| *place = byte);
        head
    }
}

#[cfg(test)]
mod tests;
