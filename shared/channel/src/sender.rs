//! The sender of an account: what is due becomes one submit, and its outcome a row.
//!
//! In: messages of `send.<channel>.<account>.<lane>`, ids only. Out: at most one submit per
//! try, and the delivery's new state. Never here: when something is due; that is the
//! notifier's. A try is committed as `submitting` before the provider is called; a message
//! that comes again and finds it so is never submitted, for nobody knows what the call did. Who
//! made that call may still be waiting for its answer, so a young try is left to him.

mod call;
mod lanes;
mod open;
mod token;

use std::{sync::Arc, time::Duration};

use bus::{Bus, BusError, Delivery};
use contract::{DeliveryId, DeliveryState, Lane, Millis, Timestamp, delivery::Due, wire};
use futures_util::{StreamExt, future::BoxFuture, stream::FuturesUnordered};
use runtime::{Chance, Clock, Monotonic, Part, Stop};
use store::{
    Store, StoreError,
    deliveries::{Begun, End, From, Joined, Settled},
};

use crate::{
    account::Account,
    adapter::Channel,
    outbound::{Outbound, SendOutcome},
    receipts, retry,
    submit::{SUBMIT_TIME_MAX, Submitter},
};
use call::{Answer, Caller};
use lanes::{Lanes, Load};
use open::{Hurdle, Opened, Pages, Said};
use token::Tokens;

/// Submits of one account that are under way at once, unless the configuration says otherwise.
pub const WINDOW: usize = 16;
/// The longest one call to a provider may take.
pub const CALL_LIMIT: Duration = Duration::from_secs(20);
/// After this much time since the try was begun, nothing is submitted any more.
const SUBMIT_LIMIT: Millis = Millis::from_secs(5);
const _: () = assert!(CALL_LIMIT.as_secs() + 5 <= SUBMIT_TIME_MAX.as_secs(), "a stop waits for a call under way");
/// After this much time since a try was begun whoever began it has told of it, or is gone.
const TRY_LIMIT: Millis = Millis::from_secs(SUBMIT_TIME_MAX.as_secs().cast_signed() + 5);
/// How long to wait when store or bus do not work.
const PAUSE: Duration = Duration::from_secs(1);

/// The way out of an account.
#[derive(Clone)]
pub enum Way {
    /// By an HTTP call that the adapter writes and reads.
    Http(Arc<dyn Channel>),
    /// By a protocol of the adapter's own.
    Own(Arc<dyn Submitter>),
}

/// What a sender touches.
#[derive(Debug, Clone)]
pub struct Ports {
    /// Where what is due comes from.
    pub bus: Bus,
    /// Where deliveries stand.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// Randomness for due times.
    pub chance: Chance,
}

/// The sender of one account.
pub struct Sender {
    account: Account,
    way: Way,
    ports: Ports,
    window: usize,
    caller: Caller,
    tokens: Tokens,
    said: Said,
    /// Where the pages of the house are for clients.
    public_url: Option<String>,
}

/// What becomes of a message after its try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum After {
    /// It is done with.
    Ack,
    /// The sender stops before it is; it comes again.
    Keep,
    /// It names no delivery.
    Park,
}

impl Sender {
    /// Makes the sender of an account with so many submits at once.
    pub fn new(account: Account, way: Way, ports: Ports, window: usize) -> Result<Self, reqwest::Error> {
        let caller = Caller::new(runtime::http::client(CALL_LIMIT)?);
        Ok(Self {
            account,
            way,
            ports,
            window: window.max(1),
            caller,
            tokens: Tokens::default(),
            said: Said::default(),
            public_url: None,
        })
    }

    /// Lets readers' mailers cancel promotion under the house's public address.
    #[must_use]
    pub fn with_pages_at(mut self, public_url: Option<String>) -> Self {
        self.public_url = public_url;
        self
    }

    /// Submits what is due until it is told to stop, and then what is under way.
    pub async fn run(self, part: Part, stop: Stop) {
        part.well();
        while !stop.is_cancelled() {
            match self.serve(&part, &stop).await {
                Ok(()) => return,
                Err(error) => {
                    tracing::error!(account = %self.account, %error, "the sender stands still");
                    part.failed("the bus does not give what is due");
                }
            }
            pause(&stop).await;
            part.well();
        }
    }

    async fn serve(&self, part: &Part, stop: &Stop) -> Result<(), BusError> {
        let lanes = Lanes::open(&self.ports.bus, &self.account, self.window).await?;
        let mut load = Load::new(self.window);
        let mut flights = FuturesUnordered::new();
        let mut broken = None;
        let mut stopping = false;
        while !stopping || !flights.is_empty() {
            // Every arm may be dropped midway: a batch is taken whole or not at all, and the
            // flights stay where they are.
            let next = tokio::select! {
                biased;
                Some((lane, delivery, after)) = flights.next(), if !flights.is_empty() => {
                    load.landed(lane);
                    lanes.settle(lane, &delivery, after).await.map(|()| None)
                }
                () = stop.cancelled(), if !stopping => {
                    stopping = true;
                    Ok(None)
                }
                next = lanes.next(&load), if !stopping => next.map(Some),
            };
            match next {
                Ok(None) => {}
                Ok(Some((lane, batch))) => {
                    for delivery in batch {
                        load.took(lane);
                        flights.push(self.fly(lane, delivery, part, stop));
                    }
                }
                // A call under way is not cut off: nobody would know what it did.
                Err(error) => {
                    stopping = true;
                    broken.get_or_insert(error);
                }
            }
        }
        broken.map_or(Ok(()), Err)
    }

    fn fly<'a>(
        &'a self,
        lane: Lane,
        delivery: Delivery,
        part: &'a Part,
        stop: &'a Stop,
    ) -> BoxFuture<'a, (Lane, Delivery, After)> {
        Box::pin(async move {
            let after = match wire::decode::<Due>(&delivery.message.body) {
                Ok(due) => self.deliver(due, lane, part, stop).await,
                Err(_) => After::Park,
            };
            (lane, delivery, after)
        })
    }

    /// Makes one try, and goes on until its outcome is committed.
    async fn deliver(&self, due: Due, lane: Lane, part: &Part, stop: &Stop) -> After {
        let (from, settled) = loop {
            match self.attempt(due, stop).await {
                Ok(Try::Ended(from, settled)) => break (from, settled),
                Ok(Try::Void) => return After::Ack,
                Ok(Try::Unsent(outcome)) => {
                    self.count(lane, outcome);
                    return After::Ack;
                }
                Ok(Try::NotBegun) => return After::Keep,
                Err(error) => self.complain(due, &error),
            }
            // Nothing was begun, as far as this process knows.
            if stop.is_cancelled() {
                return After::Keep;
            }
            pause(stop).await;
        };
        self.count(lane, word(&settled));
        self.count_nameless(lane, &settled);
        tell(part, &settled);
        loop {
            let now = self.ports.clock.now();
            match self.ports.store.submits().settle(due, from, settled.clone(), now).await {
                Ok(stands) => {
                    // A receipt was there before the provider's answer.
                    let early =
                        stands.filter(|state| matches!(settled, Settled::Sent(_)) && *state != DeliveryState::Sent);
                    if let Some(state) = early {
                        receipts::count(
                            &self.account,
                            state.as_str(),
                            Some(Joined { lane, ended: true, mended: false }),
                        );
                    }
                    return After::Ack;
                }
                Err(error) => self.complain(due, &error),
            }
            if stop.is_cancelled() {
                return After::Keep;
            }
            pause(stop).await;
        }
    }

    /// Opens, begins, submits; begins nothing once the sender stops. An error only before
    /// anything was begun, or when nobody knows whether it was: then the try ends as begun.
    async fn attempt(&self, due: Due, stop: &Stop) -> Result<Try, StoreError> {
        let pages = Pages { public_url: self.public_url.as_deref(), now: self.ports.clock.now() };
        let opened = open::open(&self.ports.store, &self.said, pages, due).await;
        let opened = match opened {
            Ok(opened) => opened,
            Err(Hurdle::Store(error)) => return Err(error),
            Err(Hurdle::Void) => return Ok(Try::Void),
            Err(Hurdle::Closed(why)) => return Ok(refused(why)),
        };
        let (outbound, expires_at) = (&opened.outbound, opened.expires_at);
        let answer = match self.ready(outbound).await {
            Ok(ready) => ready,
            Err(Unready::Never(why)) => return Ok(refused(why)),
            Err(Unready::Later(why)) => return Ok(Try::Ended(From::Queued, self.later(due, why, None, expires_at))),
        };
        if stop.is_cancelled() {
            return Ok(Try::NotBegun);
        }
        let began = Began { at: self.ports.clock.monotonic(), expires_at };
        match self.ports.store.submits().begin(due, self.ports.clock.now()).await? {
            Begun::Go => self.time_first(due, &opened),
            Begun::Expired => return Ok(Try::Unsent("expired")),
            Begun::Refused => return Ok(Try::Unsent("withheld")),
            Begun::Later | Begun::Void => return Ok(Try::Void),
            Begun::Already(since) => return Ok(self.begun_before(since)),
        }
        let outcome = self.submit(opened.outbound, answer, began).await;
        Ok(Try::Ended(From::Submitting, self.settled(due, outcome, expires_at)))
    }

    /// Prepares all that can be prepared before the try begins.
    async fn ready(&self, outbound: &Outbound) -> Result<Option<Arc<str>>, Unready> {
        let Way::Http(channel) = &self.way else { return Ok(None) };
        let token = self.tokens.get(channel.as_ref(), &self.caller, &self.ports.clock).await;
        let token = token.map_err(|token::Missing| Unready::Later("the provider gave no access token"))?;
        match channel.send(outbound, token.as_deref(), self.ports.clock.now()) {
            Ok(_) => Ok(token),
            Err(why) => Err(Unready::Never(why.to_string())),
        }
    }

    async fn submit(&self, outbound: Outbound, token: Option<Arc<str>>, began: Began) -> SendOutcome {
        let channel = match &self.way {
            Way::Own(_) if self.is_late(began) => return came_late(),
            Way::Own(submitter) => return submitter.submit(outbound).await,
            Way::Http(channel) => channel.as_ref(),
        };
        let first = self.call(channel, &outbound, token.as_deref(), began).await;
        let (SendOutcome::TokenRefused, Some(token)) = (&first, token) else { return first };
        self.tokens.refused(&token).await;
        if self.is_late(began) {
            return came_late();
        }
        match self.tokens.get(channel, &self.caller, &self.ports.clock).await {
            Ok(fresh) => self.call(channel, &outbound, fresh.as_deref(), began).await,
            Err(token::Missing) => SendOutcome::Retry("the provider gave no access token".to_owned(), None),
        }
    }

    async fn call(&self, channel: &dyn Channel, outbound: &Outbound, token: Option<&str>, began: Began) -> SendOutcome {
        let call = match channel.send(outbound, token, self.ports.clock.now()) {
            Ok(call) => call,
            Err(why) => return SendOutcome::Failed(why.to_string()),
        };
        if self.is_late(began) {
            return came_late();
        }
        match self.caller.make(call).await {
            Answer::Reply(reply) => channel.outcome(&reply),
            Answer::NotSent(why) => SendOutcome::Retry(why.to_owned(), None),
            Answer::Lost(why) => SendOutcome::Unknown(why.to_owned()),
        }
    }

    /// Judges a try that was begun and not ended. A message comes again when its sender is gone, and
    /// also when only the bus lost him: as long as he may be at it he alone tells of it.
    fn begun_before(&self, since: Timestamp) -> Try {
        if self.ports.clock.now().since(since) <= TRY_LIMIT {
            return Try::Void;
        }
        let why = "the sender ended before it knew the outcome".to_owned();
        Try::Ended(From::Submitting, Settled::Ended(End::Unknown, why))
    }

    /// Says whether a call may begin no more: too long after its try began, or after its expiry.
    fn is_late(&self, began: Began) -> bool {
        let clock = &self.ports.clock;
        clock.monotonic().since(began.at) > SUBMIT_LIMIT || clock.now() >= began.expires_at
    }

    fn settled(&self, due: Due, outcome: SendOutcome, expires_at: Timestamp) -> Settled {
        match outcome {
            SendOutcome::Sent(provider_id) => Settled::Sent(provider_id),
            SendOutcome::Failed(why) => Settled::Ended(End::Failed, why),
            SendOutcome::Unknown(why) => Settled::Ended(End::Unknown, why),
            SendOutcome::Retry(why, asked) => self.later(due, &why, asked, expires_at),
            SendOutcome::TokenRefused => self.later(due, "the provider refused its own token", None, expires_at),
        }
    }

    fn later(&self, due: Due, why: &str, asked: Option<Millis>, expires_at: Timestamp) -> Settled {
        let chance = self.ports.chance.below(retry::CHANCE_RANGE);
        match retry::due(due.attempt, asked, chance, self.ports.clock.now(), expires_at) {
            Some(at) => Settled::Retry(at, why.to_owned()),
            None => Settled::Ended(End::Expired, why.to_owned()),
        }
    }

    fn complain(&self, due: Due, error: &StoreError) {
        let delivery: DeliveryId = due.delivery;
        tracing::error!(account = %self.account, delivery.id = %delivery, %error, "a delivery waits for the store");
    }

    /// Counts what the provider took and gave no id for: a receipt finds it by our own id only.
    fn count_nameless(&self, lane: Lane, settled: &Settled) {
        if matches!(settled, Settled::Sent(None)) {
            metrics::counter!("shouwen_submits_without_id_total", &self.road(lane)).increment(1);
        }
    }

    fn road(&self, lane: Lane) -> [(&'static str, String); 3] {
        [
            ("channel", self.account.channel.as_str().to_owned()),
            ("account", self.account.id.to_string()),
            ("lane", lane.as_str().to_owned()),
        ]
    }

    /// Records how long a delivery waited from the wish to its first submit.
    fn time_first(&self, due: Due, opened: &Opened) {
        if due.attempt > 1 {
            return;
        }
        let waited = self.ports.clock.now().since(opened.made_at).max(Millis::ZERO);
        metrics::histogram!("shouwen_delivery_first_submit_seconds", &self.road(opened.lane))
            .record(waited.to_duration().as_secs_f64());
    }

    fn count(&self, lane: Lane, outcome: &'static str) {
        let labels = [
            ("channel", self.account.channel.as_str().to_owned()),
            ("account", self.account.id.to_string()),
            ("lane", lane.as_str().to_owned()),
            ("outcome", outcome.to_owned()),
        ];
        metrics::counter!("shouwen_submits_total", &labels).increment(1);
    }
}

const fn word(settled: &Settled) -> &'static str {
    match settled {
        Settled::Sent(_) => "sent",
        Settled::Retry(..) => "retry",
        Settled::Ended(End::Failed, _) => "failed",
        Settled::Ended(End::Expired, _) => "expired",
        Settled::Ended(End::Unknown, _) => "unknown",
    }
}

/// Tells whoever watches the house whether the provider takes what is due.
fn tell(part: &Part, settled: &Settled) {
    match settled {
        Settled::Retry(_, why) => part.hindered(&format!("answers wait: {why}")),
        Settled::Sent(_) => part.well(),
        // About one answer, or nobody knows.
        Settled::Ended(..) => {}
    }
}

/// A try that was begun.
#[derive(Debug, Clone, Copy)]
struct Began {
    at: Monotonic,
    /// From when on no call of it begins.
    expires_at: Timestamp,
}

/// How a try ended.
enum Try {
    /// So, for the row.
    Ended(From, Settled),
    /// The store ended it unsent, so.
    Unsent(&'static str),
    /// There is nothing to end.
    Void,
    /// Nothing was begun, and nothing will be: the sender stops.
    NotBegun,
}

/// Why a try cannot begin.
enum Unready {
    /// It never will.
    Never(String),
    /// It may, later.
    Later(&'static str),
}

fn refused(why: impl Into<String>) -> Try {
    Try::Ended(From::Queued, Settled::Ended(End::Failed, why.into()))
}

fn came_late() -> SendOutcome {
    SendOutcome::Retry("the sender came too late".to_owned(), None)
}

async fn pause(stop: &Stop) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = tokio::time::sleep(PAUSE) => {}
    }
}

#[cfg(test)]
mod tests;
