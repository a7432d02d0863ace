//! Publishing: many callers, few channels, a confirm for every message.
//!
//! In: messages for a queue or for every reader of events. Out: an answer once the broker
//! has confirmed all of them. A lane takes what waits, publishes it as one round on a channel
//! of its own, and waits for all its confirms together. What is not confirmed is published
//! once more, on a new channel, under the same id; so a message may be there twice. Never
//! here: more in memory than `WAITING_KIB_MAX`.

mod round;

use std::{sync::Arc, time::Duration};

use runtime::{Clock, Stop, Tasks};
use tokio::{
    sync::{Mutex, OwnedSemaphorePermit, Semaphore, mpsc, oneshot},
    time::{Instant, timeout_at},
};

use self::round::Lane;
use super::{
    declare::Declarer,
    gauge::Gauge,
    link::{Link, State, User},
};
use crate::{bus::Target, error::BusError, message::Message, name::QueueName};

/// Messages of one round; more buys latency only.
const WINDOW: usize = 100;
/// Rounds under way at once, each on its own channel.
const LANES: usize = 4;
/// Publishes that wait for a lane; more wait in their callers.
const REQUESTS_MAX: usize = 4096;
/// Kibibytes of messages on their way to the broker; more wait in their callers.
const WAITING_KIB_MAX: usize = 64 * 1024;
/// The longest a publish may take, below what a provider waits for its answer.
pub(super) const PUBLISH_LIMIT: Duration = Duration::from_millis(2500);
/// A connection that is away for longer than this is not waited for.
const AWAY_MAX: Duration = Duration::from_secs(1);

/// Publishes. Clones share the lanes; they end when all are gone, or after the stop signal.
#[derive(Debug, Clone)]
pub(super) struct Publisher {
    requests: mpsc::Sender<Request>,
    room: Arc<Semaphore>,
    link: Link,
    gauge: Gauge,
}

/// One publish on its way.
#[derive(Debug)]
struct Request {
    target: Target,
    messages: Vec<Message>,
    until: Instant,
    done: oneshot::Sender<Result<(), BusError>>,
    // Given back when the request is gone.
    _room: OwnedSemaphorePermit,
}

/// Where lanes find what waits; one of them looks at a time.
type Inbox = Arc<Mutex<mpsc::Receiver<Request>>>;

impl Publisher {
    /// Starts the lanes.
    pub(super) fn start(
        link: &Link,
        user: &User,
        declarer: &Declarer,
        gauge: &Gauge,
        clock: &Clock,
        tasks: &Tasks,
    ) -> Self {
        let (requests, inbox) = mpsc::channel(REQUESTS_MAX);
        let inbox: Inbox = Arc::new(Mutex::new(inbox));
        for number in 0..LANES {
            let lane = Lane::new(link.clone(), declarer.clone(), gauge.clone(), clock.clone());
            let (inbox, user, stop) = (inbox.clone(), user.clone(), tasks.stop());
            tasks.spawn(&format!("broker, lane {number}"), serve(lane, inbox, user, stop));
        }
        let room = Arc::new(Semaphore::new(WAITING_KIB_MAX));
        Self { requests, room, link: link.clone(), gauge: gauge.clone() }
    }

    /// Publishes, and returns when all is confirmed; within `PUBLISH_LIMIT`.
    pub(super) async fn publish(&self, target: Target, messages: Vec<Message>) -> Result<(), BusError> {
        let count = messages.len() as u64;
        let queue = if let Target::Queue(queue) = &target { Some(queue.clone()) } else { None };
        let result = self.try_publish(target, messages, queue.as_ref()).await;
        self.gauge.note(queue.as_ref(), count, &result);
        result
    }

    async fn try_publish(
        &self,
        target: Target,
        messages: Vec<Message>,
        queue: Option<&QueueName>,
    ) -> Result<(), BusError> {
        self.is_worth_a_try()?;
        if let Some(queue) = queue.filter(|queue| self.gauge.is_full(queue)) {
            return Err(BusError::Full(queue.clone()));
        }
        let until = Instant::now() + PUBLISH_LIMIT;
        let kib: usize = messages.iter().map(Message::encoded_bytes).sum::<usize>() / 1024 + 1;
        let kib = u32::try_from(kib.min(WAITING_KIB_MAX)).expect("the bound fits");
        let publishing = async {
            let room = self.room.clone().acquire_many_owned(kib).await.map_err(|_| BusError::Closed)?;
            let (done, answer) = oneshot::channel();
            let request = Request { target, messages, until, done, _room: room };
            self.requests.send(request).await.map_err(|_| BusError::Closed)?;
            answer.await.map_err(|_| BusError::Closed)?
        };
        // Dropped midway the request is dropped too, unless a lane is at it already.
        timeout_at(until, publishing).await.unwrap_or_else(|_| {
            self.is_worth_a_try()?;
            Err(BusError::unavailable("the broker did not confirm in time"))
        })
    }

    /// Refuses at once what cannot be published soon.
    fn is_worth_a_try(&self) -> Result<(), BusError> {
        match self.link.now() {
            State::Up(up) => match up.blocked {
                Some(reason) => Err(BusError::unavailable(format!("the broker takes no messages: {reason}"))),
                None => Ok(()),
            },
            State::Down(since, why) if since.elapsed() > AWAY_MAX => Err(why),
            State::Down(..) => Ok(()),
            State::Ended => Err(BusError::Closed),
        }
    }
}

/// Serves one lane until the stop, and then what waits by then.
async fn serve(mut lane: Lane, inbox: Inbox, user: User, stop: Stop) {
    while let Some(requests) = next(&inbox, &stop).await {
        lane.deliver(requests).await;
    }
    drop(user);
}

/// Takes what waits, up to a window; waits when nothing does. `None` at the end.
async fn next(inbox: &Inbox, stop: &Stop) -> Option<Vec<Request>> {
    let mut inbox = inbox.lock().await;
    // Neither arm takes anything when it is dropped.
    let first = tokio::select! {
        biased;
        first = inbox.recv() => first?,
        () = stop.cancelled() => {
            inbox.close();
            inbox.try_recv().ok()?
        }
    };
    let mut messages = first.messages.len();
    let mut requests = vec![first];
    while messages < WINDOW
        && let Ok(request) = inbox.try_recv()
    {
        messages += request.messages.len();
        requests.push(request);
    }
    Some(requests)
}
