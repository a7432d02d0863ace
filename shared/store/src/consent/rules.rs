//! The rules of consent: what an act makes of what an address allows.
//!
//! In: how an address stands, an act, the topics' terms. Out: how it stands then, and what the
//! act did. Acts may come in any order; of two the one with the later stamp counts. Never here:
//! a row, a clock.

use std::collections::BTreeMap;

use contract::{
    AddressId, Category, ClientId, Effect, Granted, Timestamp, TopicId,
    consent::{Asks, Permits, Terms},
};

/// The bits of a stamp below its milliseconds.
const SEQ_BITS: u32 = 20;

/// The place of an act among all acts: its time, and within a millisecond the record that tells
/// of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Stamp(i64);

impl Stamp {
    /// Makes the stamp of what a record of that time tells.
    #[must_use]
    pub const fn new(at: Timestamp, seq: u64) -> Self {
        let low = seq % (1 << SEQ_BITS);
        Self((at.as_ms() << SEQ_BITS) | low.cast_signed())
    }

    pub(super) const fn from_bits(bits: i64) -> Self {
        Self(bits)
    }

    pub(super) const fn bits(self) -> i64 {
        self.0
    }
}

/// Consent to one category, and since which act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Consent {
    pub(super) granted: Granted,
    pub(super) as_of: Stamp,
}

/// A subscription, live or ended, and since which act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Subscribed {
    pub(super) client: ClientId,
    pub(super) live: bool,
    pub(super) as_of: Stamp,
    pub(super) at: Timestamp,
}

/// How an address stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Place {
    pub(super) commercial: Consent,
    pub(super) advice: Consent,
    pub(super) held: bool,
    pub(super) held_as_of: Stamp,
    pub(super) ended_as_of: Stamp,
    pub(super) topics: BTreeMap<(AddressId, TopicId), Subscribed>,
}

/// Whose word it is, about which address, and when it was said.
#[derive(Debug, Clone, Copy)]
pub(super) struct Said {
    pub(super) client: ClientId,
    pub(super) address: AddressId,
    pub(super) stamp: Stamp,
    pub(super) at: Timestamp,
}

impl Default for Consent {
    fn default() -> Self {
        Self { granted: Granted::None, as_of: Stamp::default() }
    }
}

impl Place {
    /// Gives what may be sent there.
    pub(super) fn permits(&self) -> Permits {
        let live = self.topics.iter().filter(|(_, one)| one.live).map(|((_, topic), _)| topic.clone());
        let mut topics: Vec<TopicId> = live.collect();
        topics.sort();
        topics.dedup();
        Permits { topics, commercial: self.commercial.granted, advice: self.advice.granted, held: self.held }
    }

    /// Lets an act do what it does.
    pub(super) fn ask(&mut self, asks: &Asks, said: Said, terms: &[Terms]) -> Effect {
        let of = |topic: &TopicId| terms.iter().find(|terms| terms.topic == *topic);
        match asks {
            Asks::Order(topic) => match of(topic) {
                Some(terms) => self.order(terms, said),
                None => Effect::Refused,
            },
            Asks::Cancel(topic) if of(topic).is_some_and(|terms| !terms.cancel) => Effect::Refused,
            Asks::Cancel(topic) => self.cancel(topic, said),
            Asks::CancelAll => {
                let first = self.ended_as_of == Stamp::default();
                self.ended_as_of = self.ended_as_of.max(said.stamp);
                let ended = self.end_all(said, |topic| of(topic).is_none_or(|terms| terms.cancel));
                let withdrawn = self.withdraw(said.stamp);
                match self.is_later(|topic| of(topic).is_none_or(|terms| terms.cancel)) {
                    _ if ended || withdrawn => Effect::Done,
                    true => Effect::Overtaken,
                    false if first => Effect::Done,
                    false => Effect::Nothing,
                }
            }
            Asks::Hold => self.hold(said.stamp),
            Asks::Release => self.release(said.stamp),
            Asks::Show => Effect::Nothing,
        }
    }

    /// Lets go what an act withdraws beside the address it came from.
    pub(super) fn ask_beside(&mut self, asks: &Asks, stamp: Stamp) -> Effect {
        match asks {
            Asks::CancelAll if self.withdraw(stamp) => Effect::Done,
            Asks::Hold => self.hold(stamp),
            Asks::Release => self.release(stamp),
            Asks::CancelAll | Asks::Order(_) | Asks::Cancel(_) | Asks::Show => Effect::Nothing,
        }
    }

    fn order(&mut self, terms: &Terms, said: Said) -> Effect {
        let before = self.permits();
        if terms.cancel && said.stamp <= self.ended_as_of {
            return Effect::Overtaken;
        }
        // A later cancel of the topic takes the topic back, and not what the order allowed.
        self.allow(terms.category, said.stamp);
        let key = (said.address, terms.topic.clone());
        let known = self.topics.get(&key);
        if known.is_some_and(|known| said.stamp <= known.as_of) {
            return Effect::Overtaken;
        }
        let since = known.filter(|known| known.live).map_or(said.at, |known| known.at);
        self.topics.insert(key, Subscribed { client: said.client, live: true, as_of: said.stamp, at: since });
        if self.permits() == before { Effect::Nothing } else { Effect::Done }
    }

    fn allow(&mut self, category: Category, stamp: Stamp) {
        let consent = match category {
            Category::Commercial => &mut self.commercial,
            Category::Advice => &mut self.advice,
            Category::Risk | Category::Service | Category::Callback => return,
        };
        if stamp > consent.as_of {
            *consent = Consent { granted: Granted::Given, as_of: stamp };
        }
        self.held &= stamp <= self.held_as_of;
    }

    /// Ends a topic for everybody who ordered it to this address.
    fn cancel(&mut self, topic: &TopicId, said: Said) -> Effect {
        let is_new = !self.topics.contains_key(&(said.address, topic.clone()));
        let ended = self.end_all(said, |known| known == topic);
        if is_new {
            // One that was never ordered is noted as ended, so that an order on its way stays behind.
            let none = Subscribed { client: said.client, live: false, as_of: said.stamp, at: said.at };
            self.topics.insert((said.address, topic.clone()), none);
        }
        match self.topics.iter().any(|((_, known), one)| known == topic && one.live) {
            _ if ended => Effect::Done,
            true => Effect::Overtaken,
            false if is_new => Effect::Done,
            false => Effect::Nothing,
        }
    }

    fn end_all(&mut self, said: Said, may_end: impl Fn(&TopicId) -> bool) -> bool {
        let mut ended = false;
        for ((_, topic), one) in &mut self.topics {
            if said.stamp > one.as_of && may_end(topic) {
                ended |= one.live;
                if one.live {
                    (one.live, one.at) = (false, said.at);
                }
                one.as_of = said.stamp;
            }
        }
        ended
    }

    /// Says whether something is allowed that a cancel of all would have ended, had it been said
    /// after it.
    fn is_later(&self, may_end: impl Fn(&TopicId) -> bool) -> bool {
        let given = [self.commercial, self.advice].iter().any(|consent| consent.granted == Granted::Given);
        given || self.topics.iter().any(|((_, topic), one)| one.live && may_end(topic))
    }

    fn withdraw(&mut self, stamp: Stamp) -> bool {
        let mut changed = false;
        for consent in [&mut self.commercial, &mut self.advice] {
            if stamp > consent.as_of {
                changed |= consent.granted != Granted::Withdrawn;
                *consent = Consent { granted: Granted::Withdrawn, as_of: stamp };
            }
        }
        if stamp > self.held_as_of {
            self.held = false;
        }
        changed
    }

    fn hold(&mut self, stamp: Stamp) -> Effect {
        let given = [self.commercial, self.advice].into_iter().filter(|consent| consent.granted == Granted::Given);
        if given.map(|consent| consent.as_of).max().is_some_and(|given| stamp <= given) {
            return Effect::Overtaken;
        }
        if !self.held && stamp <= self.held_as_of {
            return Effect::Overtaken;
        }
        let changed = !self.held;
        self.held = true;
        self.held_as_of = self.held_as_of.max(stamp);
        if changed { Effect::Done } else { Effect::Nothing }
    }

    /// Lets promotion go on as it was allowed; a hold that was said before stays behind.
    fn release(&mut self, stamp: Stamp) -> Effect {
        if stamp <= self.held_as_of {
            return if self.held { Effect::Overtaken } else { Effect::Nothing };
        }
        self.held_as_of = stamp;
        if std::mem::take(&mut self.held) { Effect::Done } else { Effect::Nothing }
    }
}

#[cfg(test)]
mod tests;
