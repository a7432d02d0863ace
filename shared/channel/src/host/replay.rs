//! Parked calls that are to be decoded again: `raw.<channel>.<account>`.
//!
//! In: what `dead replay` put back. Out: what the call brings when it is understood by now,
//! with the age it had; else a dead letter again. Never here: a provider to be answered.

use std::time::Duration;

use bus::{Consumer, Delivery, QueueName};
use contract::{Timestamp, parked::ParkedCall};
use runtime::{Stop, Tasks};

use super::{Host, Kept, Panicked, decode};
use crate::{
    adapter::{Arrival, Raw, Received},
    intake::NotAccepted,
};

/// How long to wait after the house could not take a replay.
const PAUSE: Duration = Duration::from_secs(1);

/// Why a replay did not work.
enum Failed {
    /// It is not understood, and why.
    Again(String),
    /// The house cannot take it at the moment.
    Later(NotAccepted),
}

impl From<NotAccepted> for Failed {
    fn from(why: NotAccepted) -> Self {
        if why.retry_after().is_none() { Self::Again(why.to_string()) } else { Self::Later(why) }
    }
}

impl Host {
    /// Starts decoding what is replayed, one task a door.
    pub fn start_replays(&self, tasks: &Tasks) {
        for ((channel, id), kept) in &self.0.doors {
            let (host, key) = (self.clone(), (*channel, id.clone()));
            let name = format!("{}.replay", kept.door.account);
            let stop = tasks.stop();
            tasks.spawn(&name, async move {
                if let Some(kept) = host.0.doors.get(&key) {
                    host.replays(kept, &stop).await;
                }
            });
        }
    }

    async fn replays(&self, kept: &Kept, stop: &Stop) {
        let account = &kept.door.account;
        let queue = QueueName::Raw(account.channel, account.id.clone());
        while !stop.is_cancelled() {
            let run = async {
                let consumer = self.0.intake.bus().consume(&queue, 1, 0).await?;
                loop {
                    // Dropped midway by the select below, it loses nothing; a call that is
                    // half settled then comes again and its contacts are known.
                    for delivery in consumer.next_batch(1).await? {
                        self.replay(kept, &consumer, &delivery).await?;
                    }
                }
            };
            let ended: Result<(), bus::BusError> = tokio::select! {
                () = stop.cancelled() => return,
                ended = run => ended,
            };
            if let Err(error) = ended {
                tracing::error!(account = %account, %error, "replays stand still");
            }
            pause(stop).await;
        }
    }

    async fn replay(&self, kept: &Kept, consumer: &Consumer, delivery: &Delivery) -> Result<(), bus::BusError> {
        match self.decode_again(kept, delivery).await {
            Ok(()) => consumer.ack(delivery.tag),
            Err(Failed::Again(reason)) => consumer.park(delivery, &reason).await?,
            Err(Failed::Later(why)) => {
                tracing::warn!(account = %kept.door.account, "a replay waits: {why}");
                tokio::time::sleep(PAUSE).await;
                consumer.requeue(delivery.tag);
            }
        }
        Ok(())
    }

    async fn decode_again(&self, kept: &Kept, delivery: &Delivery) -> Result<(), Failed> {
        let opened = self.0.intake.open_parked(&delivery.message).await?;
        let (call, accepted_at) = opened.ok_or_else(|| Failed::Again("the parked call cannot be opened".to_owned()))?;
        let received = match decode(kept, &raw(call), accepted_at) {
            Ok(Ok(received)) => received,
            Ok(Err(refusal)) => return Err(Failed::Again(refusal.to_string())),
            Err(Panicked) => return Err(Failed::Again("the adapter panicked".to_owned())),
        };
        self.settle_again(kept, received, accepted_at).await
    }

    async fn settle_again(&self, kept: &Kept, received: Received, accepted_at: Timestamp) -> Result<(), Failed> {
        let account = &kept.door.account;
        for arrival in received.arrivals {
            match arrival {
                Arrival::Contact(mut incoming) => {
                    incoming.received_at = incoming.received_at.or(Some(accepted_at));
                    self.0.intake.accept_replayed(account, *incoming).await?;
                }
                Arrival::Receipt(receipt) => self.0.receipts.take(account.clone(), receipt).await?,
                Arrival::Undecodable(reason) => return Err(Failed::Again(reason)),
            }
        }
        Ok(())
    }
}

async fn pause(stop: &Stop) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = tokio::time::sleep(PAUSE) => {}
    }
}

fn raw(call: ParkedCall) -> Raw {
    let ParkedCall { method, tail, query, headers, body } = call;
    Raw { method, tail, query, headers, body: body.into() }
}
