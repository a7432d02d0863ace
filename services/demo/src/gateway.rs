//! The providers of short messages and of the firm's app: they take what the house submits, give
//! it an id, and send a receipt a moment later.
//!
//! In: posts of the house. Out: ids that never repeat, receipts; now and then a provider that is
//! busy or cannot deliver, as providers are. Never here: an address outside of this machine.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use runtime::{Chance, Stop, Tasks};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::mpsc, time::Instant};

use crate::{doors::Doors, pace::between, trouble::Trouble};

/// Receipts on their way at most; beyond that one is lost, as receipts are.
const RECEIPTS_MAX: usize = 4096;
/// Of so many submits one is answered that the provider is busy.
const BUSY_ONE_OF: u64 = 60;
/// Of so many messages one cannot be delivered.
const LOST_ONE_OF: u64 = 80;
/// The largest submit in bytes.
const BODY_BYTES_MAX: usize = 256 << 10;

/// A message that a client got, by whatever way.
#[derive(Clone, PartialEq, Eq)]
pub struct Got {
    /// The channel it came by.
    pub channel: &'static str,
    /// His address there.
    pub to: String,
    /// What it says.
    pub text: String,
}

/// Where messages go that clients got: bounded, and a client who does not look loses one.
pub type Inbox = mpsc::Sender<Got>;

/// The providers that speak the neutral form.
#[derive(Debug)]
pub struct Gateway {
    url: String,
    doors: Arc<OnceLock<Doors>>,
}

struct Desk {
    run: u64,
    count: AtomicU64,
    chance: Chance,
    receipts: mpsc::Sender<Receipt>,
    inbox: Inbox,
}

struct Receipt {
    channel: &'static str,
    provider_id: String,
    delivered: bool,
    due: Instant,
}

impl Gateway {
    /// Starts listening; `run` sets the ids of this start apart from those of every other.
    pub async fn start(run: u64, inbox: Inbox, tasks: &Tasks) -> Result<Self, Trouble> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let (receipts, due) = mpsc::channel(RECEIPTS_MAX);
        let desk = Desk { run, count: AtomicU64::new(0), chance: Chance::machine(), receipts, inbox };
        let router = Router::new().route("/{channel}", post(take)).layer(DefaultBodyLimit::max(BODY_BYTES_MAX));
        let router = router.with_state(Arc::new(desk));
        let doors: Arc<OnceLock<Doors>> = Arc::default();
        let stop = tasks.stop();
        tasks.spawn("demo.gateway", async move {
            // It ends with the stop signal; whoever submits after that is told by the connection.
            drop(axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await);
        });
        tasks.spawn("demo.receipts", deliver(due, doors.clone(), tasks.stop()));
        Ok(Self { url, doors })
    }

    /// Gives the address to configure as `send_url` of a channel.
    #[must_use]
    pub fn send_url(&self, channel: &str) -> String {
        format!("{}/{channel}", self.url)
    }

    /// Says where receipts go from here on.
    pub fn connect(&self, doors: Doors) {
        drop(self.doors.set(doors));
    }
}

async fn take(State(desk): State<Arc<Desk>>, Path(channel): Path<String>, Json(submit): Json<Value>) -> Response {
    let channel = match channel.as_str() {
        "sms" => "sms",
        "app" => "webhook",
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    if desk.chance.below(BUSY_ONE_OF) == 0 {
        return (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "2")]).into_response();
    }
    let provider_id = format!("{channel}-{}-{}", desk.run, desk.count.fetch_add(1, Ordering::Relaxed));
    let delivered = desk.chance.below(LOST_ONE_OF) != 0;
    let due = Instant::now() + between(&desk.chance, 300, 1500);
    let receipt = Receipt { channel, provider_id: provider_id.clone(), delivered, due };
    // A lane that is full loses receipts and messages to nobody's harm.
    drop(desk.receipts.try_send(receipt));
    if delivered {
        let text = |key: &str| submit.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        drop(desk.inbox.try_send(Got { channel, to: text("to"), text: text("text") }));
    }
    Json(json!({ "provider_id": provider_id })).into_response()
}

async fn deliver(mut due: mpsc::Receiver<Receipt>, doors: Arc<OnceLock<Doors>>, stop: Stop) {
    loop {
        // Both arms may be dropped midway: a receipt that was not taken stays in the lane.
        let receipt = tokio::select! {
            () = stop.cancelled() => return,
            receipt = due.recv() => receipt,
        };
        let Some(receipt) = receipt else { return };
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep_until(receipt.due) => {}
        }
        if let Some(doors) = doors.get() {
            // Providers try again for hours; here the next one is as good.
            drop(doors.receipt(receipt.channel, &receipt.provider_id, receipt.delivered).await);
        }
    }
}

/// How long somebody looks at what he got before he does anything.
pub const LOOK: Duration = Duration::from_secs(6);
