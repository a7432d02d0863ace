//! What one consumer has been given by the broker: what waits for its user, and what its
//! user holds.
//!
//! In: deliveries, takings, decisions, the loss of a channel. Out: batches; what is to be
//! acknowledged. Never here: IO, a wait. Everything the broker gave belongs to one channel
//! and is named by its epoch: an acknowledgement never goes to another channel than the one
//! its delivery came on.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
};

use tokio::sync::Notify;

use crate::message::{Delivery, Message, Tag};

/// From this count on a message is delivered alone.
const ALONE_COUNT: u32 = 2;

/// A consumer's hand.
// The mutex lets a user take and settle without a turn through the task that owns the
// channel; it is held for memory work only, never across an await.
#[derive(Debug)]
pub(super) struct Hand {
    cards: Mutex<Cards>,
    /// Wakes whoever waits for a batch.
    pub(super) news: Notify,
    /// Wakes whoever acknowledges.
    pub(super) settled: Notify,
}

#[derive(Debug)]
struct Cards {
    prefetch: usize,
    /// Of the channel in use.
    epoch: u64,
    /// Given by the broker on this channel and not acknowledged there.
    outstanding: BTreeSet<u64>,
    /// Of these, what the user is done with.
    settled: BTreeSet<u64>,
    /// Waits for the user, by order of arrival.
    ready: BTreeMap<u64, Card>,
    /// In the user's hands, by tag.
    held: BTreeMap<u64, Card>,
    next_place: u64,
    next_tag: u64,
    is_suspect_out: bool,
}

/// A message and where it came from.
#[derive(Debug)]
struct Card {
    place: u64,
    epoch: u64,
    /// The broker's number of it on the channel of that epoch.
    number: u64,
    count: u32,
    message: Message,
}

/// What to acknowledge: everything up to a number, and single ones beyond.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Acks {
    pub(super) up_to: Option<u64>,
    pub(super) single: Vec<u64>,
    /// How many deliveries that are.
    pub(super) deliveries: u64,
}

impl Hand {
    pub(super) fn new(prefetch: usize) -> Self {
        let cards = Cards {
            prefetch,
            epoch: 0,
            outstanding: BTreeSet::new(),
            settled: BTreeSet::new(),
            ready: BTreeMap::new(),
            held: BTreeMap::new(),
            next_place: 1,
            next_tag: 1,
            is_suspect_out: false,
        };
        Self { cards: Mutex::new(cards), news: Notify::new(), settled: Notify::new() }
    }

    /// Notes that the channel is lost. What waited comes again on the next; what the user holds
    /// stays with him, and is his again when it comes again.
    pub(super) fn lose(&self) {
        self.with(|cards| {
            cards.epoch += 1;
            cards.outstanding.clear();
            cards.settled.clear();
            cards.ready.clear();
        });
    }

    /// Takes a delivery in. One that the user holds from an earlier channel is not given to
    /// him twice; equal messages are the same to everybody.
    pub(super) fn arrive(&self, number: u64, count: u32, message: Message) {
        self.with(|cards| {
            let epoch = cards.epoch;
            cards.outstanding.insert(number);
            let orphan = cards.held.values_mut().find(|card| card.epoch < epoch && card.message == message);
            if count > 0
                && let Some(orphan) = orphan
            {
                (orphan.epoch, orphan.number) = (epoch, number);
                return;
            }
            let place = cards.next_place;
            cards.next_place += 1;
            cards.ready.insert(place, Card { place, epoch, number, count, message });
        });
    }

    /// Gives the user up to `max` messages; nothing when he has to wait.
    pub(super) fn take(&self, max: usize) -> Vec<Delivery> {
        self.with(|cards| cards.take(max))
    }

    /// Notes that the user is done with a delivery.
    pub(super) fn settle(&self, tag: Tag) {
        self.with(|cards| {
            if let Some(card) = cards.release(tag.0) {
                cards.settle(&card);
            }
        });
        self.tell();
    }

    /// Notes that the user is done with all deliveries up to one.
    pub(super) fn settle_up_to(&self, tag: Tag) {
        self.with(|cards| {
            while let Some((&first, _)) = cards.held.first_key_value()
                && first <= tag.0
                && let Some(card) = cards.release(first)
            {
                cards.settle(&card);
            }
        });
        self.tell();
    }

    /// Takes a delivery back, counted. It stays in this process: the broker's own count has a
    /// limit, and would put it behind what was given out already.
    pub(super) fn requeue(&self, tag: Tag) {
        self.with(|cards| {
            if let Some(mut card) = cards.release(tag.0)
                && card.epoch == cards.epoch
            {
                card.count = card.count.saturating_add(1);
                cards.ready.insert(card.place, card);
            }
        });
        self.tell();
    }

    /// Gives what is to be acknowledged, once.
    pub(super) fn acks(&self) -> Acks {
        self.with(Cards::acks)
    }

    /// Says whether so much is settled, or so little left, that the broker should hear at once.
    pub(super) fn is_urgent(&self, enough: usize) -> bool {
        self.with(|cards| {
            cards.settled.len() >= enough.min(cards.prefetch.div_ceil(2))
                || cards.settled.len() == cards.outstanding.len()
        })
    }

    /// Gives how many deliveries were taken in so far.
    pub(super) fn arrivals(&self) -> u64 {
        self.with(|cards| cards.next_place)
    }

    /// Gives how much of this channel is not acknowledged.
    pub(super) fn unacked(&self) -> u64 {
        self.with(|cards| cards.outstanding.len().saturating_sub(cards.settled.len()) as u64)
    }

    fn tell(&self) {
        self.news.notify_waiters();
        self.settled.notify_one();
    }

    fn with<T>(&self, work: impl FnOnce(&mut Cards) -> T) -> T {
        work(&mut self.cards.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Cards {
    fn take(&mut self, max: usize) -> Vec<Delivery> {
        let Some((_, first)) = self.ready.first_key_value() else { return Vec::new() };
        let alone = first.count >= ALONE_COUNT;
        if self.is_suspect_out || self.held.len() >= self.prefetch || (alone && !self.held.is_empty()) {
            return Vec::new();
        }
        let max = if alone { 1 } else { max.min(self.prefetch - self.held.len()) };
        let mut batch = Vec::new();
        while batch.len() < max
            && let Some(next) = self.ready.first_entry()
        {
            if !alone && next.get().count >= ALONE_COUNT {
                break;
            }
            let card = next.remove();
            let tag = self.next_tag;
            self.next_tag += 1;
            batch.push(Delivery { tag: Tag(tag), count: card.count, message: card.message.clone() });
            self.held.insert(tag, card);
        }
        self.is_suspect_out = alone;
        batch
    }

    fn release(&mut self, tag: u64) -> Option<Card> {
        let card = self.held.remove(&tag)?;
        self.is_suspect_out &= !self.held.is_empty();
        Some(card)
    }

    /// What came on another channel is not there to be acknowledged on this one.
    fn settle(&mut self, card: &Card) {
        if card.epoch == self.epoch {
            self.settled.insert(card.number);
        }
    }

    fn acks(&mut self) -> Acks {
        let settled = std::mem::take(&mut self.settled);
        let head = self.outstanding.iter().take_while(|number| settled.contains(number)).last().copied();
        let single = head.map_or_else(|| settled.clone(), |head| settled.range(head + 1..).copied().collect());
        self.outstanding.retain(|number| !settled.contains(number));
        Acks { up_to: head, single: single.into_iter().collect(), deliveries: settled.len() as u64 }
    }
}

#[cfg(test)]
mod tests;
