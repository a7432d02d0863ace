//! The notifier's shell: takes events in, plans alerts, hands out what is due, ends what nobody
//! ends.
//!
//! In: messages of `events.notifier`, alerts, rows that are due. Out: rows, messages of the send
//! lanes. Every step may be the last before a crash: an event is acknowledged after its row
//! is there, a claim whose message may be lost is taken back at the next start, and a message
//! that comes twice is submitted once. Never here: when and how often; the plan knows.

mod firm_in_force;
mod saying;
mod subscriptions;

use std::time::Duration;

use bus::{Bus, BusError, Consumer, Delivery, Message, QueueName, Target};
use contract::{
    Lane, Timestamp,
    consent::Asking,
    delivery::Due,
    view::{ReplyView, SaidView},
    wire,
};
use runtime::{Clock, Monotonic, Part, Stop};
use store::{
    Store, StoreError,
    deliveries::{Claims, EXPIRED_MAX, Ended, Patience, Road, Wish},
    notice::Way,
};

use self::{firm_in_force::FirmInForce, saying::Sayings, subscriptions::Subscriptions};
use crate::plan::{self, Ahead, Outlet};

/// Events taken at once.
const EVENTS_MAX: usize = 256;
/// The header that says what an event is.
const KIND: &str = "kind";
/// The kind of event that an answer is.
const REPLY: &str = "reply";
/// The kind of event that a contact is which asks something of subscriptions.
const ASKING: &str = "asking";
/// The kind of event that a word of the house is.
const SAID: &str = "said";
/// The time between two sweeps.
const SWEEP_EVERY: contract::Millis = contract::Millis::from_secs(1);
/// How long to wait when store or bus do not work.
const PAUSE: Duration = Duration::from_millis(500);
/// The lanes, best first.
const LANES: [Lane; 3] = [Lane::Urgent, Lane::Normal, Lane::Bulk];

/// What the notifier touches.
#[derive(Debug, Clone)]
pub struct Ports {
    /// By which name it claims what is due; of those that live no other one has it.
    pub name: String,
    /// Where events come from and what is due goes to.
    pub bus: Bus,
    /// Where deliveries stand.
    pub store: Store,
    /// The time.
    pub clock: Clock,
}

/// The notifier.
#[derive(Debug)]
pub struct Notifier {
    outlets: Vec<Outlet>,
    firm: FirmInForce,
    sayings: Sayings,
    ports: Ports,
    subscriptions: Subscriptions,
    swept: Option<Monotonic>,
}

/// Why the notifier begins anew; everything it had taken comes again.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("the bus does not do its work")]
    Bus(#[from] BusError),
    #[error("the store does not do its work")]
    Store(#[from] StoreError),
}

/// Gives the queue in which the notifier reads events.
#[must_use]
pub fn queue() -> QueueName {
    QueueName::events("notifier").expect("it is a slug")
}

impl Notifier {
    /// Makes the notifier of these outlets; its queue is there already.
    #[must_use]
    pub fn new(outlets: Vec<Outlet>, ports: Ports) -> Self {
        let subscriptions = Subscriptions::new(ports.store.clone());
        let firm = FirmInForce::new(ports.store.clone());
        Self { outlets, firm, sayings: Sayings::new(ports.store.clone()), ports, subscriptions, swept: None }
    }

    /// Lets clients hear of their own page under the house's public address.
    #[must_use]
    pub fn with_pages_at(mut self, public_url: Option<String>) -> Self {
        self.subscriptions.public_url = public_url;
        self
    }

    /// Works until it is told to stop, whatever fails in between.
    pub async fn run(mut self, part: Part, stop: Stop) {
        part.starting();
        while !stop.is_cancelled() {
            match self.serve(&part, &stop).await {
                Ok(()) => return,
                Err(broken) => {
                    let source = std::error::Error::source(&broken).map(ToString::to_string).unwrap_or_default();
                    tracing::error!(source, "the notifier begins anew: {broken}");
                    part.failed(&broken.to_string());
                }
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
    }

    async fn serve(&mut self, part: &Part, stop: &Stop) -> Result<(), Broken> {
        self.claims().take_back().await?;
        let events = self.ports.bus.consume(&queue(), EVENTS_MAX, 0).await?;
        part.well();
        loop {
            let wait = self.turn().await?;
            // Every arm may be dropped midway: a batch is taken whole or not at all.
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                batch = events.next_batch(EVENTS_MAX) => self.take(&events, batch?).await?,
                () = tokio::time::sleep(wait.to_duration()) => {}
            }
        }
    }

    /// Makes events rows, then acknowledges them.
    async fn take(&mut self, events: &Consumer, batch: Vec<Delivery>) -> Result<(), Broken> {
        let (mut wishes, mut asking): (Vec<Wish>, Vec<Asking>) = (Vec::new(), Vec::new());
        for delivery in &batch {
            let body = &delivery.message.body;
            match delivery.message.header(KIND) {
                Some(REPLY) => match wire::decode::<ReplyView>(body) {
                    Ok(reply) => wishes.push(plan::wish(&reply, &self.outlets)),
                    Err(_) => events.park(delivery, "not an encoded reply").await?,
                },
                Some(ASKING) => match wire::decode::<Asking>(body) {
                    Ok(one) => asking.push(one),
                    Err(_) => events.park(delivery, "not an encoded wish of a contact").await?,
                },
                Some(SAID) => match wire::decode::<SaidView>(body) {
                    Ok(view) => {
                        self.firm.follow().await?;
                        wishes.push(self.sayings.wish(&view, &self.firm.book, &self.outlets).await?);
                    }
                    Err(_) => events.park(delivery, "not an encoded word to a client").await?,
                },
                // Events of other kinds are for other readers.
                _ => {}
            }
        }
        if !wishes.is_empty() {
            let count = wishes.len() as u64;
            self.ports.store.deliveries().put(&wishes, self.ports.clock.now()).await?;
            metrics::counter!("shouwen_deliveries_wanted_total").increment(count);
        }
        if !asking.is_empty() {
            self.answer(&asking).await?;
        }
        if let Some(last) = batch.last() {
            events.ack_up_to(last.tag);
        }
        Ok(())
    }

    /// Does what contacts ask of subscriptions, and confirms what holds already.
    async fn answer(&mut self, asking: &[Asking]) -> Result<(), Broken> {
        self.firm.follow().await?;
        let now = self.ports.clock.now();
        for one in asking {
            self.subscriptions.ask(one, &self.firm.book, &self.outlets, now).await?;
        }
        Ok(self.subscriptions.confirm(&self.firm.book, &self.outlets, now).await?)
    }

    /// Sweeps when it is time, hands out what is due, and says how long to wait.
    async fn turn(&mut self) -> Result<contract::Millis, Broken> {
        let now = self.ports.clock.now();
        self.sweep(now).await?;
        let mut ahead = vec![self.plan(now).await?];
        for outlet in &self.outlets {
            let mut window = outlet.window;
            for lane in LANES {
                let road = Road { channel: outlet.channel, account: outlet.account.clone(), lane };
                let stands = self.hand_out(&road, window, now).await?;
                if stands == Ahead::Busy {
                    window = window.min(plan::left_over(outlet.window));
                }
                ahead.push(stands);
            }
        }
        Ok(plan::wait(ahead, now))
    }

    /// Makes the next recipients deliveries, of the alert of the best lane, and has deliveries
    /// follow an alert that was turned: a portion of each, so that what is due is handed out
    /// meanwhile.
    async fn plan(&self, now: Timestamp) -> Result<Ahead, Broken> {
        let notices = self.ports.store.notices();
        let follows = notices.has_moving().await? && notices.follow(now).await?;
        if !notices.has_unplanned().await? {
            return Ok(if follows { Ahead::More } else { Ahead::Nothing });
        }
        let ways: Vec<Way> = self.outlets.iter().map(Outlet::way).collect();
        let portion = notices.plan(&ways, now).await?;
        if let Some(portion) = &portion {
            metrics::counter!("shouwen_recipients_planned_total").increment(portion.recipients);
        }
        // Where another notifier is at it, it does the rest.
        Ok(if follows || portion.is_some() { Ahead::More } else { Ahead::Nothing })
    }

    async fn hand_out(&self, road: &Road, window: u64, now: Timestamp) -> Result<Ahead, Broken> {
        let claims = self.claims();
        let (claimed, next_due) = claims.load(road).await?;
        let Some(next_due) = next_due else { return Ok(Ahead::Nothing) };
        if next_due > now {
            return Ok(Ahead::At(next_due));
        }
        let room = plan::room(window, claimed);
        if room == 0 {
            return Ok(Ahead::Busy);
        }
        let due = claims.claim(road, now, room).await?;
        if let Err(error) = self.publish(road, &due).await {
            tracing::warn!(%error, "what is due is not handed out");
            claims.give_back(&due).await?;
        }
        // What else is due, if anything, shows at the next look.
        Ok(Ahead::Busy)
    }

    async fn publish(&self, road: &Road, due: &[Due]) -> Result<(), BusError> {
        let message = |due: &Due| Message::new(due.delivery.bits(), wire::encode(due));
        let lane = QueueName::Send(road.channel, road.account.clone(), road.lane);
        self.ports.bus.publish(Target::Queue(lane), due.iter().map(message).collect()).await
    }

    fn claims(&self) -> Claims {
        self.ports.store.claims(&self.ports.name)
    }

    async fn sweep(&mut self, now: Timestamp) -> Result<(), Broken> {
        let at = self.ports.clock.monotonic();
        if self.swept.is_some_and(|last| at.since(last) < SWEEP_EVERY) {
            return Ok(());
        }
        let patience = Patience { begun_before: now - plan::SUBMIT_SILENCE, claimed_before: now - plan::CLAIM_LIFE };
        let swept = self.claims().sweep(now, patience).await?;
        self.ports.store.receipts().forget(now - plan::RECEIPT_LIFE).await?;
        self.firm.follow().await?;
        self.subscriptions.confirm(&self.firm.book, &self.outlets, now).await?;
        let notices = self.ports.store.notices();
        let repeated = notices.repeat(now - plan::DOUBT_LIFE, now).await?;
        notices.finish(now, now - plan::COUNT_LIFE).await?;
        count_ended("expired", &swept.expired);
        count_ended("unknown", &swept.unknown);
        metrics::counter!("shouwen_deliveries_given_back_total").increment(swept.given_back);
        metrics::counter!("shouwen_deliveries_repeated_total").increment(repeated);
        // What one sweep cannot end waits for the next, not for a second.
        self.swept = (swept.expired.values().sum::<u64>() < EXPIRED_MAX).then_some(at);
        Ok(())
    }
}

fn count_ended(to: &'static str, ended: &Ended) {
    for (road, count) in ended {
        let labels = [
            ("channel", road.channel.as_str().to_owned()),
            ("account", road.account.to_string()),
            ("lane", road.lane.as_str().to_owned()),
            ("to", to.to_owned()),
        ];
        metrics::counter!("shouwen_deliveries_swept_total", &labels).increment(*count);
    }
}

#[cfg(test)]
mod tests;
