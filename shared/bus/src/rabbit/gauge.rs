//! What this process has done on the broker, and what its queues were seen to hold.
//!
//! In: what was published, acknowledged, refused; looks at queues. Out: figures. The broker
//! tells neither bytes nor what other processes hold: those are not in the figures. Never
//! here: IO.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

use super::{hand::Hand, link::State};
use crate::{
    bus::{Depth, Figures, Refused, Trouble},
    error::BusError,
    name::QueueName,
};

/// For so long after a refusal a full queue is not tried again: every try costs a channel.
const FULL_PAUSE: Duration = Duration::from_millis(250);
/// For so long a queue that was full counts as full, when nobody tried again.
const FULL_COUNTS: Duration = Duration::from_secs(10);

/// The figures in the making. Clones are the same.
// The mutex is held for memory work only, never across an await.
#[derive(Debug, Clone, Default)]
pub(super) struct Gauge(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    board: Mutex<Board>,
    asked: Notify,
}

#[derive(Debug, Default)]
struct Board {
    flushes: u64,
    published: u64,
    acked: u64,
    refused: Refused,
    trouble: Option<(Instant, String)>,
    full: BTreeMap<QueueName, Instant>,
    seen: BTreeMap<QueueName, (u64, u64)>,
    hands: Vec<(QueueName, Weak<Hand>)>,
}

impl Gauge {
    pub(super) fn confirmed(&self, messages: u64) {
        self.board(|board| {
            board.flushes += 1;
            board.published += messages;
        });
    }

    pub(super) fn acked(&self, deliveries: u64) {
        self.board(|board| board.acked += deliveries);
    }

    /// Notes what became of a publish of so many messages.
    pub(super) fn note(&self, queue: Option<&QueueName>, messages: u64, result: &Result<(), BusError>) {
        self.board(|board| match result {
            Ok(()) => {
                board.trouble = None;
                if let Some(queue) = queue {
                    board.full.remove(queue);
                }
            }
            Err(BusError::Full(_)) => board.refused.full += messages,
            Err(BusError::TooLarge(_)) => board.refused.too_large += messages,
            Err(BusError::Closed) => {}
            Err(error @ (BusError::Unavailable(_) | BusError::Unfit(_) | BusError::Damaged(_))) => {
                board.refused.unavailable += messages;
                board.trouble = Some((Instant::now(), error.words()));
            }
        });
    }

    /// Notes that the broker refused a message because a queue is full.
    pub(super) fn found_full(&self, queue: &QueueName) {
        self.board(|board| board.full.insert(queue.clone(), Instant::now()));
    }

    /// Says whether a queue was found full so lately that it is not worth a try.
    pub(super) fn is_full(&self, queue: &QueueName) -> bool {
        self.board(|board| board.full.get(queue).is_some_and(|at| at.elapsed() < FULL_PAUSE))
    }

    /// Notes a consumer and what it holds.
    pub(super) fn join(&self, queue: &QueueName, hand: &Arc<Hand>) {
        self.board(|board| {
            board.hands.retain(|(_, hand)| hand.strong_count() > 0);
            board.hands.push((queue.clone(), Arc::downgrade(hand)));
        });
    }

    /// Notes what waits in a queue, and its consumers.
    pub(super) fn saw(&self, queue: &QueueName, waiting: u64, consumers: u64) {
        self.board(|board| board.seen.insert(queue.clone(), (waiting, consumers)));
    }

    /// Waits until somebody asks for figures.
    pub(super) async fn asked(&self) {
        self.0.asked.notified().await;
    }

    /// Gives the figures of queues, known as of the last look.
    pub(super) fn figures(&self, queues: Vec<QueueName>, publishing: &State, consuming: &State) -> Figures {
        self.0.asked.notify_one();
        self.board(|board| {
            board.full.retain(|_, at| at.elapsed() < FULL_COUNTS);
            let last = board.trouble.as_ref().map(|(at, what)| Trouble { ago: at.elapsed(), what: what.clone() });
            Figures {
                flushes: board.flushes,
                published: board.published,
                acked: board.acked,
                refused: board.refused,
                trouble: trouble(publishing).or_else(|| trouble(consuming)).or(last),
                full: board.full.keys().cloned().collect(),
                queues: queues.into_iter().map(|queue| (queue.clone(), board.depth(&queue))).collect(),
            }
        })
    }

    fn board<T>(&self, work: impl FnOnce(&mut Board) -> T) -> T {
        work(&mut self.0.board.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Board {
    fn depth(&self, queue: &QueueName) -> Depth {
        let (waiting, consumers) = self.seen.get(queue).copied().unwrap_or_default();
        let hands = self.hands.iter().filter(|(name, _)| name == queue).filter_map(|(_, hand)| hand.upgrade());
        let unacked: u64 = hands.map(|hand| hand.unacked()).sum();
        Depth { messages: waiting + unacked, bytes: 0, unacked, consumers }
    }
}

/// Says what stands in the way right now.
fn trouble(state: &State) -> Option<Trouble> {
    match state {
        State::Up(up) => up
            .blocked
            .as_ref()
            .map(|reason| Trouble { ago: Duration::ZERO, what: format!("the broker takes no messages: {reason}") }),
        State::Down(_, why) => Some(Trouble { ago: Duration::ZERO, what: why.words() }),
        State::Ended => None,
    }
}
