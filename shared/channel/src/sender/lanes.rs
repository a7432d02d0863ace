//! The lanes of an account: urgent before normal before bulk, with room kept for the better.
//!
//! In: three queues, what is under way. Out: the next deliveries to try. Never here: a try.

use bus::{Bus, BusError, Consumer, Delivery, QueueName};
use contract::Lane;

use super::After;
use crate::account::Account;

/// Of so many submits at once, one is kept for `urgent`.
const URGENT_KEPT: usize = 8;
/// Of so many, one is kept from `bulk`.
const BULK_KEPT: usize = 2;

/// The consumers of an account's lanes, best first.
pub(super) struct Lanes {
    urgent: Consumer,
    normal: Consumer,
    bulk: Consumer,
}

/// How many submits of each lane are under way.
#[derive(Debug)]
pub(super) struct Load {
    window: usize,
    urgent: usize,
    normal: usize,
    bulk: usize,
}

impl Lanes {
    pub(super) async fn open(bus: &Bus, account: &Account, window: usize) -> Result<Self, BusError> {
        let open = async |lane| {
            let queue = QueueName::Send(account.channel, account.id.clone(), lane);
            bus.consume(&queue, window, 0).await
        };
        Ok(Self { urgent: open(Lane::Urgent).await?, normal: open(Lane::Normal).await?, bulk: open(Lane::Bulk).await? })
    }

    /// Waits for the next deliveries of the best lane that has some and room for them.
    pub(super) async fn next(&self, load: &Load) -> Result<(Lane, Vec<Delivery>), BusError> {
        let room = |lane| load.room(lane);
        tokio::select! {
            biased;
            batch = self.urgent.next_batch(room(Lane::Urgent)), if room(Lane::Urgent) > 0 => Ok((Lane::Urgent, batch?)),
            batch = self.normal.next_batch(room(Lane::Normal)), if room(Lane::Normal) > 0 => Ok((Lane::Normal, batch?)),
            batch = self.bulk.next_batch(room(Lane::Bulk)), if room(Lane::Bulk) > 0 => Ok((Lane::Bulk, batch?)),
            // All is under way that may be; the caller waits for a landing.
            else => std::future::pending().await,
        }
    }

    /// Settles a message after its try.
    pub(super) async fn settle(&self, lane: Lane, delivery: &Delivery, after: After) -> Result<(), BusError> {
        let consumer = match lane {
            Lane::Urgent => &self.urgent,
            Lane::Normal => &self.normal,
            Lane::Bulk => &self.bulk,
        };
        match after {
            After::Ack => consumer.ack(delivery.tag),
            After::Keep => {}
            After::Park => consumer.park(delivery, "names no delivery").await?,
        }
        Ok(())
    }
}

impl Load {
    pub(super) const fn new(window: usize) -> Self {
        Self { window, urgent: 0, normal: 0, bulk: 0 }
    }

    pub(super) fn took(&mut self, lane: Lane) {
        *self.of(lane) += 1;
    }

    pub(super) fn landed(&mut self, lane: Lane) {
        let of = self.of(lane);
        *of = of.saturating_sub(1);
    }

    /// Gives how many more of a lane may be under way.
    pub(super) fn room(&self, lane: Lane) -> usize {
        let free = self.window.saturating_sub(self.urgent + self.normal + self.bulk);
        let below_urgent = self.window - self.window / URGENT_KEPT;
        let bulk_max = self.window - self.window / BULK_KEPT;
        match lane {
            Lane::Urgent => free,
            Lane::Normal => free.min(below_urgent.saturating_sub(self.normal + self.bulk)),
            Lane::Bulk => {
                free.min(below_urgent.saturating_sub(self.normal + self.bulk)).min(bulk_max.saturating_sub(self.bulk))
            }
        }
    }

    fn of(&mut self, lane: Lane) -> &mut usize {
        match lane {
            Lane::Urgent => &mut self.urgent,
            Lane::Normal => &mut self.normal,
            Lane::Bulk => &mut self.bulk,
        }
    }
}
