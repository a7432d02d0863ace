//! Moves: which deliveries stand elsewhere than before, for whoever shows them.
//!
//! In: ids of rows, once they are committed. Out: the same, in order, to listeners of this
//! process; one that is too slow misses some. Never here: a state; whoever hears reads it.

use contract::DeliveryId;
use tokio::sync::broadcast::{Receiver, Sender, channel, error::RecvError};

use crate::Store;

/// Moves that a listener may be behind before it misses some.
const BEHIND_MAX: usize = 4096;

/// The way to listeners.
#[derive(Debug)]
pub(crate) struct Moves(Sender<DeliveryId>);

/// One listener.
#[derive(Debug)]
pub struct Moved(Receiver<DeliveryId>);

impl Default for Moves {
    fn default() -> Self {
        Self(channel(BEHIND_MAX).0)
    }
}

impl Moves {
    /// Tells what was committed; without listeners nobody misses it.
    pub(crate) fn tell(&self, ids: impl IntoIterator<Item = DeliveryId>) {
        for id in ids {
            self.0.send(id).ok();
        }
    }
}

impl Store {
    /// Listens from here on to deliveries that are sent, ended or put off.
    #[must_use]
    pub fn moved(&self) -> Moved {
        Moved(self.moves().0.subscribe())
    }
}

impl Moved {
    /// Waits for the next moves and gives up to `max` that are there; may be dropped midway
    /// without losing one.
    pub async fn next(&mut self, max: usize) -> Vec<DeliveryId> {
        let first = loop {
            match self.0.recv().await {
                Ok(id) => break id,
                Err(RecvError::Lagged(missed)) => tracing::warn!(missed, "moves of deliveries were not heard"),
                // The store holds the other end, so this is the end of the process.
                Err(RecvError::Closed) => std::future::pending().await,
            }
        };
        let mut moved = vec![first];
        while moved.len() < max
            && let Ok(id) = self.0.try_recv()
        {
            moved.push(id);
        }
        moved
    }
}
