//! The HTTP host of all channels: `/channels/<channel>/<account>[/<tail>]`.
//!
//! In: providers' calls. Out: contacts for the intake, receipts for their sink, letters for
//! `dead`, and the answer once all of it is durable. Never here: a provider's dialect.
//!
//! The order of checks: unknown account 404; too many calls at once 503; packed body 415;
//! body too large 413 or too slow 408; then the adapter's own (signature 401, …). A packed
//! body is refused, not unpacked: no provider packs callbacks, and what is not unpacked
//! cannot burst. An adapter's panic is a fault of ours that may come before the signature
//! was checked, so nothing of the call is stored; the provider is asked to repeat it (503)
//! and health says so.

mod answer;
mod body;
mod replay;

use std::{
    any::Any,
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::{
    Router,
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderValue, request::Parts},
    response::Response,
    routing::any,
};
use bus::TRACE;
use contract::{AccountId, ChannelKind, Timestamp, parked::ParkedCall};
use runtime::{
    Health, Part,
    client::{Share, Shares},
};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::{
    account::Account,
    adapter::{Arrival, Channel, Raw, Received, Refusal},
    incoming::Incoming,
    intake::{Accepted, Intake, NotAccepted, count_refused},
    receipts::ReceiptSink,
    spool::Spool,
};
use answer::{Outcome, Problem};
use body::BodyError;

/// Bytes of a `traceparent`: version, trace, span, flags.
const TRACE_BYTES: usize = 55;
/// Calls that are read and taken at the same time.
const CALLS_MAX: usize = 1024;
/// Of these, calls of one client: who sends slowly leaves room for others.
const CALLS_OF_ONE_MAX: usize = CALLS_MAX / 2;

/// An account with the adapter that speaks its provider's dialect.
pub struct Door {
    /// The account.
    pub account: Account,
    /// Its adapter.
    pub channel: Arc<dyn Channel>,
    /// What keeps its contacts while the bus does not take them; for a provider who does not
    /// ask again.
    pub spool: Option<Spool>,
}

/// The doors of a process. Clones are the same host.
#[derive(Clone)]
pub struct Host(Arc<Inner>);

struct Inner {
    doors: BTreeMap<(ChannelKind, AccountId), Kept>,
    intake: Intake,
    receipts: Arc<dyn ReceiptSink>,
    calls: Semaphore,
    shares: Shares,
}

/// A call's leave to be read.
struct Turn<'a> {
    _call: SemaphorePermit<'a>,
    _share: Option<Share>,
}

/// A door and how it is.
struct Kept {
    door: Door,
    intake: Intake,
    part: Part,
    failing: AtomicBool,
}

impl Host {
    /// Makes the host of these doors; each becomes a part of health, `sms.main`.
    #[must_use]
    pub fn new(doors: Vec<Door>, intake: Intake, receipts: Arc<dyn ReceiptSink>, health: &Health) -> Self {
        let keep = |door: Door| {
            let part = health.part(&door.account.to_string());
            part.well();
            intake.begin_figures(&door.account);
            let key = (door.account.channel, door.account.id.clone());
            let intake = door.spool.clone().map_or_else(|| intake.clone(), |spool| intake.with_spool(spool));
            (key, Kept { door, intake, part, failing: AtomicBool::new(false) })
        };
        let doors = doors.into_iter().map(keep).collect();
        Self(Arc::new(Inner {
            doors,
            intake,
            receipts,
            calls: Semaphore::new(CALLS_MAX),
            shares: Shares::new(CALLS_OF_ONE_MAX),
        }))
    }

    /// Gives the routes of all doors.
    pub fn routes(&self) -> Router {
        Router::new().route("/channels/{*rest}", any(call)).with_state(self.clone())
    }

    /// Lets a call be read, unless as many are as may.
    fn turn(&self, client: Option<IpAddr>) -> Option<Turn<'_>> {
        let call = self.0.calls.try_acquire().ok()?;
        let share = match client {
            Some(client) => Some(self.0.shares.take(client)?),
            None => None,
        };
        Some(Turn { _call: call, _share: share })
    }

    fn find(&self, path: &str) -> Option<(&Kept, String)> {
        let mut segments = path.strip_prefix("/channels/")?.splitn(3, '/');
        let key = (segments.next()?.parse().ok()?, segments.next()?.parse().ok()?);
        let tail = segments.next().unwrap_or_default().to_owned();
        self.0.doors.get(&key).map(|kept| (kept, tail))
    }
}

async fn call(State(host): State<Host>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Some((kept, tail)) = host.find(parts.uri.path()) else {
        count_refused("unknown", "unknown".to_owned(), "not_found");
        body::drain(body).await;
        return Problem::not_found("there is no such account").into_response();
    };
    let client = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|client| client.0.ip());
    let Some(_turn) = host.turn(client) else {
        return kept.refuses(Problem::unavailable("too many calls at once")).into_response();
    };
    let outcome = match admit(&parts, body).await {
        Ok(body) => host.serve(kept, raw(parts, tail, body)).await,
        Err(problem) => kept.refuses(problem),
    };
    outcome.into_response()
}

async fn admit(parts: &Parts, body: axum::body::Body) -> Result<bytes::Bytes, Problem> {
    if is_packed(&parts.headers) {
        body::drain(body).await;
        return Err(Problem::media_type("a packed body is not taken"));
    }
    body::read(&parts.headers, body).await.map_err(|error| match error {
        BodyError::TooLarge => Problem::too_large(),
        BodyError::TooSlow => Problem::too_slow(),
        BodyError::Broken => Problem::malformed("the body did not come in whole"),
    })
}

impl Host {
    async fn serve(&self, kept: &Kept, raw: Raw) -> Outcome {
        let now = self.0.intake.clock().now();
        let received = match decode(kept, &raw, now) {
            Ok(Ok(received)) => received,
            Ok(Err(refusal)) => return kept.refuses(Problem::of(&refusal)),
            Err(Panicked) => return Outcome::Refused(Problem::unavailable("this call cannot be read at the moment")),
        };
        match self.settle(kept, received.arrivals, &raw, now).await {
            Ok(settled) => {
                kept.works();
                received.answer.map_or(Outcome::Settled(settled), Outcome::Answered)
            }
            Err(why) => {
                kept.meets(&why);
                Outcome::Refused(Problem::of_not_accepted(&why))
            }
        }
    }

    /// Makes everything that a call brought durable; stops at the first that is refused, for
    /// the provider repeats the whole call and what is durable is known again.
    async fn settle(
        &self,
        kept: &Kept,
        arrivals: Vec<Arrival>,
        raw: &Raw,
        now: Timestamp,
    ) -> Result<Vec<Settled>, NotAccepted> {
        let account = &kept.door.account;
        let mut settled = Vec::with_capacity(arrivals.len());
        for arrival in arrivals {
            settled.push(match arrival {
                Arrival::Contact(incoming) => {
                    let incoming = Incoming { trace: trace(raw), ..*incoming };
                    Settled::Contact(kept.intake.accept(account, incoming).await?)
                }
                Arrival::Receipt(receipt) => {
                    self.0.receipts.take(account.clone(), receipt).await?;
                    Settled::Receipt
                }
                Arrival::Undecodable(reason) => {
                    kept.intake.park(account, &parked(raw), now, &reason).await?;
                    tracing::warn!(account = %account, reason, "a signed call was not understood and is parked");
                    Settled::Parked
                }
            });
        }
        Ok(settled)
    }
}

/// What became of one arrival, durably.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Settled {
    Contact(Accepted),
    Receipt,
    Parked,
}

/// Says that an adapter panicked.
struct Panicked;

fn decode(kept: &Kept, raw: &Raw, now: Timestamp) -> Result<Result<Received, Refusal>, Panicked> {
    // An adapter is pure: nothing of it is left half-changed.
    let result = catch_unwind(AssertUnwindSafe(|| kept.door.channel.receive(raw, now)));
    result.map_err(|panic: Box<dyn Any + Send>| {
        // What it says may repeat the content, so it is not looked at.
        drop(panic);
        let account = &kept.door.account;
        tracing::error!(account = %account, "the adapter panicked; nothing of the call is stored");
        count_refused(account.channel.as_str(), account.id.to_string(), "panic");
        kept.fails("the adapter panicked on a call; the log has the place");
        Panicked
    })
}

impl Kept {
    /// Counts a refusal; what the intake refuses it counts itself.
    fn refuses(&self, problem: Problem) -> Outcome {
        let account = &self.door.account;
        count_refused(account.channel.as_str(), account.id.to_string(), problem.word());
        Outcome::Refused(problem)
    }

    fn works(&self) {
        if self.failing.swap(false, Ordering::Relaxed) {
            self.part.well();
        }
    }

    fn meets(&self, why: &NotAccepted) {
        match why {
            NotAccepted::RateLimited(_) | NotAccepted::TooLarge => {}
            NotAccepted::Bus(_) | NotAccepted::Store(_) | NotAccepted::Late => {
                let source = std::error::Error::source(why).map(ToString::to_string).unwrap_or_default();
                tracing::error!(account = %self.door.account, source, "{why}");
                self.fails(&why.to_string());
            }
        }
    }

    fn fails(&self, why: &str) {
        self.failing.store(true, Ordering::Relaxed);
        self.part.failed(why);
    }
}

fn is_packed(headers: &HeaderMap) -> bool {
    headers.get_all("content-encoding").iter().any(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity"))
}

fn raw(parts: Parts, tail: String, body: bytes::Bytes) -> Raw {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Raw {
        method: parts.method.as_str().to_owned(),
        tail,
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect(),
        body,
    }
}

/// Gives where a call belongs in the traces of whoever made it, if it is written as W3C says.
fn trace(raw: &Raw) -> Option<String> {
    let trace = raw.header(TRACE)?;
    let fits = |(place, byte): (usize, u8)| match place {
        2 | 35 | 52 => byte == b'-',
        _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
    };
    (trace.len() == TRACE_BYTES && trace.bytes().enumerate().all(fits)).then(|| trace.to_owned())
}

fn parked(raw: &Raw) -> ParkedCall {
    ParkedCall {
        method: raw.method.clone(),
        tail: raw.tail.clone(),
        query: raw.query.clone(),
        headers: raw.headers.clone(),
        body: raw.body.to_vec(),
    }
}

#[cfg(test)]
mod tests;
