//! Parked calls: what could not be read, sealed whole for `dead`, and opened again for a replay.
//!
//! In: a call and the id of its letter, or that letter's body. Out: the other of the two. What is
//! too large for a message lies beside as a blob of the same id. Never here: the bus, a reason.

use contract::{
    BlobId, DeadId, Timestamp, about,
    inbound::INLINE_BYTES_MAX,
    parked::{Parked, ParkedCall, ParkedPlace},
    wire,
};

use crate::{Store, StoreError};

/// The room of parked calls.
#[derive(Debug, Clone)]
pub struct ParkedCalls(Store);

impl Store {
    /// Gives the room of parked calls.
    #[must_use]
    pub fn parked_calls(&self) -> ParkedCalls {
        ParkedCalls(self.clone())
    }
}

impl ParkedCalls {
    /// Seals a call for the letter of this id; gives the letter's body.
    pub async fn seal(&self, id: u128, call: &ParkedCall, accepted_at: Timestamp) -> Result<Vec<u8>, StoreError> {
        let (keys, nonce) = (self.0.keys(), self.0.chance().nonce());
        let plain = wire::encode(call);
        let place = if plain.len() <= INLINE_BYTES_MAX {
            ParkedPlace::Inline(keys.seal(nonce, &about::dead(DeadId::new(id)), &plain))
        } else {
            let blob = BlobId::new(id);
            self.0.blobs().put(blob, &keys.seal(nonce, &about::blob(blob), &plain)).await?;
            ParkedPlace::Blob(blob)
        };
        Ok(wire::encode(&Parked { accepted_at, place }))
    }

    /// Opens the letter of this id, with when its call was taken; `None` when it is damaged or
    /// its key is gone.
    pub async fn open(&self, id: u128, letter: &[u8]) -> Result<Option<(ParkedCall, Timestamp)>, StoreError> {
        let Ok(parked) = wire::decode::<Parked>(letter) else { return Ok(None) };
        let keys = self.0.keys();
        let plain = match parked.place {
            ParkedPlace::Inline(sealed) => keys.open(&about::dead(DeadId::new(id)), &sealed).ok(),
            ParkedPlace::Blob(blob) => {
                let sealed = self.0.blobs().get(blob).await?;
                sealed.and_then(|sealed| keys.open(&about::blob(blob), &sealed).ok())
            }
        };
        Ok(plain.and_then(|plain| wire::decode(&plain).ok()).map(|call| (call, parked.accepted_at)))
    }
}
