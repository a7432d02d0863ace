//! One queue as the process holds it: the front of it in memory, the rest on disk.
//!
//! In: what was written, taken, settled. Out: what may be handed out next. Never here: IO,
//! a lock, a wait.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use tokio::sync::Notify;

use crate::{
    message::{Delivery, Message, Tag},
    name::QueueName,
};

/// Messages of one queue kept in memory before they are taken.
const READY_MESSAGES_MAX: usize = 4096;
/// Bytes of them.
const READY_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// Bytes in the hands of one consumer; one message is always given.
const HELD_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// From this count on a message is delivered alone.
const ALONE_COUNT: u32 = 2;

/// One queue.
#[derive(Debug)]
pub(super) struct Queue {
    pub(super) id: i64,
    pub(super) name: QueueName,
    /// The highest position ever written.
    pub(super) tail: u64,
    /// Every position up to this one that is still there was loaded, or is held.
    loaded: u64,
    /// Positions up to this one may be handed out; on disk.
    reserved: u64,
    pub(super) messages: u64,
    pub(super) bytes: u64,
    ready: BTreeMap<u64, Entry>,
    ready_bytes: u64,
    suspects: BTreeSet<u64>,
    consumers: BTreeMap<u64, Holder>,
    /// Settled positions that the disk does not know of yet, with their bytes.
    pub(super) settled: Vec<(u64, u64)>,
    /// Raised counts that the disk does not know of yet.
    pub(super) recounted: Vec<(u64, u32)>,
    loading: bool,
    /// Wakes consumers that wait.
    pub(super) news: Arc<Notify>,
}

/// A message in memory.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) count: u32,
    pub(super) bytes: u64,
    pub(super) message: Message,
}

/// A consumer and what it holds.
#[derive(Debug)]
struct Holder {
    prefetch: usize,
    priority: u64,
    next_tag: u64,
    held: BTreeMap<u64, (u64, Entry)>,
    held_bytes: u64,
    suspect: bool,
}

/// What a consumer gets when it asks.
#[derive(Debug)]
pub(super) enum Take {
    /// These.
    Batch(Vec<Delivery>),
    /// Nothing before the positions after the first and up to the second are loaded, by it.
    Load(u64, u64),
    /// Nothing before the reserve has grown.
    Reserve,
    /// Nothing before there is news.
    Wait,
}

impl Queue {
    pub(super) fn new(id: i64, name: QueueName, tail: u64, messages: u64, bytes: u64) -> Self {
        // Nothing of an empty queue is left to load.
        let loaded = if messages == 0 { tail } else { 0 };
        Self {
            id,
            name,
            tail,
            loaded,
            reserved: 0,
            messages,
            bytes,
            ready: BTreeMap::new(),
            ready_bytes: 0,
            suspects: BTreeSet::new(),
            consumers: BTreeMap::new(),
            settled: Vec::new(),
            recounted: Vec::new(),
            loading: false,
            news: Arc::default(),
        }
    }

    /// Gives the messages that are held and not settled.
    pub(super) fn unacked(&self) -> u64 {
        self.consumers.values().map(|holder| holder.held.len() as u64).sum()
    }

    pub(super) fn consumer_count(&self) -> u64 {
        self.consumers.len() as u64
    }

    pub(super) fn join(&mut self, consumer: u64, prefetch: usize, priority: u64) {
        let holder = Holder { prefetch, priority, next_tag: 1, held: BTreeMap::new(), held_bytes: 0, suspect: false };
        self.consumers.insert(consumer, holder);
    }

    /// Takes a consumer off; all it holds comes back, counted.
    pub(super) fn leave(&mut self, consumer: u64) {
        if let Some(holder) = self.consumers.remove(&consumer) {
            holder.held.into_values().for_each(|(position, entry)| self.give_back(position, entry));
        }
        self.news.notify_waiters();
    }

    /// Takes every consumer off, as before an orderly end.
    pub(super) fn leave_all(&mut self) {
        let all: Vec<u64> = self.consumers.keys().copied().collect();
        all.into_iter().for_each(|consumer| self.leave(consumer));
    }

    /// Notes a message that was written at a position above all others. It stays in memory
    /// when all before it are, and there is room.
    pub(super) fn append(&mut self, position: u64, bytes: u64, message: &Message) {
        let follows = self.loaded == self.tail && self.name != QueueName::Dead;
        self.tail = position;
        self.messages += 1;
        self.bytes += bytes;
        if follows && self.ready.len() < READY_MESSAGES_MAX && self.ready_bytes + bytes <= READY_BYTES_MAX {
            self.insert(position, Entry { count: 0, bytes, message: message.clone() });
            self.loaded = position;
        }
    }

    /// Notes what was read from disk, and up to which position nothing more is there.
    pub(super) fn load(&mut self, entries: Vec<(u64, Entry)>, up_to: u64) {
        entries.into_iter().for_each(|(position, entry)| self.insert(position, entry));
        self.loaded = self.loaded.max(up_to);
        self.loading = false;
        self.news.notify_waiters();
    }

    /// Notes that a load did not come to its end.
    pub(super) fn load_failed(&mut self) {
        self.loading = false;
        self.news.notify_waiters();
    }

    /// Notes that settled messages are gone from the disk.
    pub(super) fn forget(&mut self, settled: &[(u64, u64)]) {
        self.messages = self.messages.saturating_sub(settled.len() as u64);
        self.bytes = self.bytes.saturating_sub(settled.iter().map(|(_, bytes)| bytes).sum());
    }

    /// Hands messages to a consumer.
    pub(super) fn take(&mut self, consumer: u64, max: usize) -> Take {
        if self.is_outranked(consumer) {
            return Take::Wait;
        }
        let Some(holder) = self.consumers.get_mut(&consumer) else { return Take::Wait };
        if !holder.has_room() {
            return Take::Wait;
        }
        let Some((&first, entry)) = self.ready.first_key_value() else {
            if self.loaded == self.tail || self.loading {
                return Take::Wait;
            }
            self.loading = true;
            return Take::Load(self.loaded, self.tail);
        };
        if first > self.reserved {
            return Take::Reserve;
        }
        let alone = entry.count >= ALONE_COUNT;
        if alone && !holder.held.is_empty() {
            return Take::Wait;
        }
        let max = if alone { 1 } else { max.min(holder.prefetch - holder.held.len()) };
        let mut batch = Vec::new();
        while batch.len() < max
            && let Some(next) = self.ready.first_entry()
        {
            let full = holder.held_bytes + next.get().bytes > HELD_BYTES_MAX && !holder.held.is_empty();
            let other = !alone && next.get().count >= ALONE_COUNT;
            if *next.key() > self.reserved || full || other {
                break;
            }
            let (position, entry) = next.remove_entry();
            self.ready_bytes -= entry.bytes;
            self.suspects.remove(&position);
            batch.push(holder.hold(position, entry));
        }
        holder.suspect = alone;
        // What this one leaves may be for those it kept waiting.
        if self.consumers.len() > 1 && !self.ready.is_empty() {
            self.news.notify_waiters();
        }
        Take::Batch(batch)
    }

    /// Takes a held delivery out of a consumer's hands.
    pub(super) fn settle(&mut self, consumer: u64, tag: Tag) {
        if let Some((position, entry)) = self.consumers.get_mut(&consumer).and_then(|holder| holder.release(tag.0)) {
            self.settled.push((position, entry.bytes));
        }
        self.news.notify_waiters();
    }

    /// Takes all deliveries up to a tag out of a consumer's hands.
    pub(super) fn settle_up_to(&mut self, consumer: u64, tag: Tag) {
        if let Some(holder) = self.consumers.get_mut(&consumer) {
            while let Some((&next, _)) = holder.held.first_key_value()
                && next <= tag.0
                && let Some((position, entry)) = holder.release(next)
            {
                self.settled.push((position, entry.bytes));
            }
        }
        self.news.notify_waiters();
    }

    /// Takes a held delivery out of a consumer's hands for the writer, who settles it on
    /// disk together with something else.
    pub(super) fn lift(&mut self, consumer: u64, tag: Tag) -> Option<(u64, Entry)> {
        self.consumers.get_mut(&consumer).and_then(|holder| holder.release(tag.0))
    }

    /// Puts back what was lifted: into the hands it came from, or to the front of the queue
    /// when they are gone.
    pub(super) fn restore(&mut self, consumer: u64, tag: Tag, position: u64, entry: Entry) {
        match self.consumers.get_mut(&consumer) {
            Some(holder) => holder.restore(tag.0, position, entry),
            None => self.give_back(position, entry),
        }
    }

    /// Gives a held delivery back to the queue, counted.
    pub(super) fn requeue(&mut self, consumer: u64, tag: Tag) {
        if let Some((position, entry)) = self.consumers.get_mut(&consumer).and_then(|holder| holder.release(tag.0)) {
            self.give_back(position, entry);
        }
        self.news.notify_waiters();
    }

    /// Says whether consumers will soon come to the end of the reserve.
    pub(super) fn wants_reserve(&self) -> bool {
        let ahead = self.prefetch();
        ahead > 0 && self.reserve_target() > self.reserved && self.reserved < self.next() + ahead / 2
    }

    /// Gives how far the next flush should let consumers go: as far ahead as they may hold,
    /// never past what is loaded while counts of the rest are not known, and never over a
    /// suspect together with others.
    pub(super) fn reserve_target(&self) -> u64 {
        let known = if self.loaded == self.tail { u64::MAX } else { self.loaded };
        let ahead = (self.next() + self.prefetch()).min(known);
        let target = match (self.suspects.first(), self.ready.first_key_value()) {
            (Some(suspect), Some((first, _))) if suspect == first => *suspect,
            (Some(suspect), _) => ahead.min(suspect - 1),
            (None, _) => ahead,
        };
        if self.consumers.is_empty() { self.reserved } else { self.reserved.max(target) }
    }

    /// Notes how far the disk lets consumers go.
    pub(super) fn reserve(&mut self, reserved: u64) {
        self.reserved = self.reserved.max(reserved);
    }

    pub(super) fn reserved(&self) -> u64 {
        self.reserved
    }

    fn next(&self) -> u64 {
        self.ready.first_key_value().map_or(self.loaded + 1, |(position, _)| *position)
    }

    fn prefetch(&self) -> u64 {
        self.consumers.values().map(|holder| holder.prefetch as u64).sum()
    }

    fn is_outranked(&self, consumer: u64) -> bool {
        let mine = self.consumers.get(&consumer).map_or(0, |holder| holder.priority);
        self.consumers.values().any(|holder| holder.priority > mine && holder.has_room())
    }

    fn insert(&mut self, position: u64, entry: Entry) {
        if entry.count >= ALONE_COUNT {
            self.suspects.insert(position);
        }
        self.ready_bytes += entry.bytes;
        self.ready.insert(position, entry);
    }

    fn give_back(&mut self, position: u64, mut entry: Entry) {
        entry.count = entry.count.saturating_add(1);
        self.recounted.push((position, entry.count));
        self.insert(position, entry);
    }
}

impl Holder {
    fn has_room(&self) -> bool {
        !self.suspect && self.held.len() < self.prefetch && self.held_bytes < HELD_BYTES_MAX
    }

    fn hold(&mut self, position: u64, entry: Entry) -> Delivery {
        let tag = self.next_tag;
        self.next_tag += 1;
        self.held_bytes += entry.bytes;
        let delivery = Delivery { tag: Tag(tag), count: entry.count, message: entry.message.clone() };
        self.held.insert(tag, (position, entry));
        delivery
    }

    fn restore(&mut self, tag: u64, position: u64, entry: Entry) {
        self.suspect = entry.count >= ALONE_COUNT;
        self.held_bytes += entry.bytes;
        self.held.insert(tag, (position, entry));
    }

    fn release(&mut self, tag: u64) -> Option<(u64, Entry)> {
        let (position, entry) = self.held.remove(&tag)?;
        self.held_bytes -= entry.bytes;
        self.suspect &= !self.held.is_empty();
        Some((position, entry))
    }
}
