//! The book: every queue as the process holds it, shared by the writer and the consumers.
//!
//! In: what either did. Out: the queues, one look at a time. Never here: IO.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::time::Instant;

use super::queue::Queue;
use crate::{
    bus::{Depth, Figures, Refused, Trouble},
    limits::{Limits, MESSAGE_BYTES_MAX},
    name::QueueName,
};

/// The shared book.
// The mutex lets a consumer take and settle without a turn through the writer, which spends
// its time waiting for the disk; it is held for memory work only, never across an await.
#[derive(Debug, Clone)]
pub(super) struct Book(Arc<Mutex<Pages>>);

/// What the book holds.
#[derive(Debug)]
pub(super) struct Pages {
    pub(super) queues: Vec<Queue>,
    by_name: BTreeMap<QueueName, usize>,
    pub(super) limits: Limits,
    pub(super) flushes: u64,
    pub(super) published: u64,
    pub(super) acked: u64,
    pub(super) refused: Refused,
    /// When something that takes room could not be written, and why; nothing was since then.
    pub(super) trouble: Option<(Instant, String)>,
    pub(super) closed: bool,
    /// Positions of dead letters that were replayed or dropped, so that none is twice.
    pub(super) letters_gone: BTreeSet<u64>,
    next_consumer: u64,
}

impl Book {
    pub(super) fn new(queues: Vec<Queue>, limits: Limits) -> Self {
        let by_name = queues.iter().enumerate().map(|(index, queue)| (queue.name.clone(), index)).collect();
        let pages = Pages {
            queues,
            by_name,
            limits,
            flushes: 0,
            published: 0,
            acked: 0,
            refused: Refused::default(),
            trouble: None,
            closed: false,
            letters_gone: BTreeSet::new(),
            next_consumer: 0,
        };
        Self(Arc::new(Mutex::new(pages)))
    }

    /// Looks into the book.
    pub(super) fn with<T>(&self, look: impl FnOnce(&mut Pages) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn knows(&self, queue: &QueueName) -> bool {
        self.with(|pages| pages.by_name.contains_key(queue))
    }
}

impl Pages {
    pub(super) fn index(&self, queue: &QueueName) -> Option<usize> {
        self.by_name.get(queue).copied()
    }

    /// Gives a queue that is known to be there.
    pub(super) fn queue(&mut self, queue: &QueueName) -> &mut Queue {
        let index = self.index(queue).expect("consumers hold names of declared queues");
        self.queues.get_mut(index).expect("queues are never taken away")
    }

    pub(super) fn add(&mut self, queue: Queue) {
        self.by_name.insert(queue.name.clone(), self.queues.len());
        self.queues.push(queue);
    }

    pub(super) fn consumer_id(&mut self) -> u64 {
        self.next_consumer += 1;
        self.next_consumer
    }

    /// Gives the places in the book of every queue of events.
    pub(super) fn events(&self) -> Vec<usize> {
        let all = self.by_name.iter().filter(|(name, _)| matches!(name, QueueName::Events(_)));
        all.map(|(_, index)| *index).collect()
    }

    pub(super) fn figures(&self) -> Figures {
        let depth = |queue: &Queue| Depth {
            messages: queue.messages.saturating_sub(queue.settled.len() as u64),
            bytes: queue.bytes.saturating_sub(queue.settled.iter().map(|(_, bytes)| bytes).sum()),
            unacked: queue.unacked(),
            consumers: queue.consumer_count(),
        };
        let by_name = || self.by_name.iter().filter_map(|(name, index)| Some((name, self.queues.get(*index)?)));
        let is_full = |name: &QueueName, queue: &Queue| {
            let limit = self.limits.of(name);
            let room = limit.bytes.saturating_sub(queue.bytes);
            queue.messages >= limit.messages || room < MESSAGE_BYTES_MAX as u64
        };
        let trouble = self.trouble.as_ref().map(|(at, what)| Trouble { ago: at.elapsed(), what: what.clone() });
        Figures {
            flushes: self.flushes,
            published: self.published,
            acked: self.acked,
            refused: self.refused,
            trouble,
            full: by_name().filter(|(name, queue)| is_full(name, queue)).map(|(name, _)| name.clone()).collect(),
            queues: by_name().map(|(name, queue)| (name.clone(), depth(queue))).collect(),
        }
    }
}
