//! The morning as a plan: what clients do, and after what pause.
//!
//! In: chance. Out: an endless sequence of pauses and acts; a morning that is over begins again.
//! Never here: a clock, a call.

use std::time::Duration;

use runtime::Chance;

use crate::{
    pace::{between, one_of},
    words,
};

/// Clients of the book.
pub const CLIENTS: u64 = 120;

/// By what way somebody writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// A short message.
    Sms,
    /// The official account.
    Wechat,
    /// The firm's app.
    App,
    /// A mail.
    Mail,
}

/// Something that somebody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Another part of the morning begins.
    Opens(&'static Part),
    /// A client writes.
    Writes(Way, &'static str),
    /// A client rings and waits in a queue.
    Rings(&'static str),
    /// A client hangs up while he queues.
    HangsUp,
    /// A client comes to the counter of a branch.
    WalksIn(&'static str),
    /// A client orders a topic by short message.
    Orders,
    /// The one who ordered last cancels.
    Cancels,
    /// A client complains by mail.
    Complains,
    /// A client rings, and is upset.
    Shouts,
    /// The firm's risk system warns all who ordered it.
    Warns,
}

/// A part of the morning.
#[derive(Debug, PartialEq, Eq)]
pub struct Part {
    /// Its name.
    pub zh: &'static str,
    /// Its name in English, and what is seen in it.
    pub en: &'static str,
    lasts_s: u64,
    /// Between two contacts, about.
    every_ms: u64,
    /// Of so many contacts one is an incident; 0 for none.
    incident_one_of: u64,
    /// What happens besides, after so many seconds of the part.
    scenes: &'static [(u64, Act)],
}

/// The first part of the morning.
static BEFORE: Part = Part {
    zh: "开盘前",
    en: "before the open: the desk fills, a question here and there",
    lasts_s: 40,
    every_ms: 5000,
    incident_one_of: 0,
    scenes: &[(8, Act::Orders), (20, Act::HangsUp)],
};

/// The parts that follow.
static FURTHER: &[Part] = &[
    Part {
        zh: "集合竞价与开盘",
        en: "the opening surge: many at once, and some whose orders do not go through",
        lasts_s: 90,
        every_ms: 1900,
        incident_one_of: 6,
        scenes: &[(12, Act::Rings("trading")), (30, Act::HangsUp), (45, Act::Rings("trading")), (60, Act::HangsUp)],
    },
    Part {
        zh: "盘中",
        en: "trading hours: orders and cancels, a complaint, a risk alert, an upset caller",
        lasts_s: 150,
        every_ms: 4000,
        incident_one_of: 15,
        scenes: &[
            (10, Act::Orders),
            (25, Act::Complains),
            (40, Act::Warns),
            (60, Act::Shouts),
            (75, Act::WalksIn("huang")),
            (90, Act::Cancels),
            (105, Act::Complains),
            (120, Act::WalksIn("luo")),
            (130, Act::Warns),
        ],
    },
    Part {
        zh: "午间",
        en: "lunch: half the desk rests, what was promised is done",
        lasts_s: 45,
        every_ms: 7000,
        incident_one_of: 0,
        scenes: &[(10, Act::Complains), (25, Act::Cancels)],
    },
];

/// Somebody who knows what comes next.
#[derive(Debug)]
pub struct Morning {
    chance: Chance,
    part: &'static Part,
    /// Which part it is.
    place: usize,
    /// How long it has lasted.
    at: Duration,
    /// How many of its scenes were played.
    played: usize,
    begun: bool,
}

impl Morning {
    /// Begins before the open.
    #[must_use]
    pub fn new(chance: Chance) -> Self {
        Self { chance, part: &BEFORE, place: 0, at: Duration::ZERO, played: 0, begun: false }
    }

    /// Gives the next pause and what is done after it.
    pub fn turn(&mut self) -> (Duration, Act) {
        if !self.begun {
            self.begun = true;
            return (Duration::ZERO, Act::Opens(self.part));
        }
        let pause = between(&self.chance, self.part.every_ms / 2, self.part.every_ms * 3 / 2);
        let scene = self.part.scenes.get(self.played);
        if let Some((after_s, act)) = scene {
            let due = Duration::from_secs(*after_s);
            if due <= self.at + pause {
                self.played += 1;
                let pause = due.saturating_sub(self.at);
                self.at += pause;
                return (pause, *act);
            }
        }
        self.at += pause;
        if self.at >= Duration::from_secs(self.part.lasts_s) {
            self.next_part();
            return (pause, Act::Opens(self.part));
        }
        (pause, self.contact())
    }

    fn next_part(&mut self) {
        self.place = (self.place + 1) % (FURTHER.len() + 1);
        self.part = self.place.checked_sub(1).and_then(|place| FURTHER.get(place)).unwrap_or(&BEFORE);
        (self.at, self.played) = (Duration::ZERO, 0);
    }

    fn contact(&self) -> Act {
        let one_in = |many: u64| many > 0 && self.chance.below(many) == 0;
        if one_in(self.part.incident_one_of) {
            return self.writes(words::INCIDENTS);
        }
        match self.chance.below(10) {
            0 => Act::Rings("enquiries"),
            _ => self.writes(words::QUESTIONS),
        }
    }

    fn writes(&self, sentences: &'static [&'static str]) -> Act {
        let way = match self.chance.below(10) {
            0..=2 => Way::Sms,
            3..=6 => Way::Wechat,
            7 | 8 => Way::App,
            _ => Way::Mail,
        };
        Act::Writes(way, one_of(&self.chance, sentences).copied().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_morning_plays_every_scene_in_its_part_and_begins_again() {
        let parts: Vec<&Part> = std::iter::once(&BEFORE).chain(FURTHER).collect();
        let mut morning = Morning::new(Chance::seeded(7));
        let (mut opened, mut scenes, mut lasted) = (Vec::new(), 0, Duration::ZERO);
        while opened.len() < 2 * parts.len() + 1 {
            let (pause, act) = morning.turn();
            lasted += pause;
            if let Act::Opens(part) = act {
                opened.push(part.zh);
            } else if !matches!(act, Act::Writes(..) | Act::Rings("enquiries")) {
                scenes += 1;
            }
        }
        let names: Vec<_> = parts.iter().map(|part| part.zh).collect();
        assert_eq!(opened, [names.clone(), names, vec![BEFORE.zh]].concat());
        assert_eq!(scenes, 2 * parts.iter().map(|part| part.scenes.len()).sum::<usize>());
        let seconds: u64 = parts.iter().map(|part| part.lasts_s).sum();
        assert!(lasted.as_secs().abs_diff(2 * seconds) < 40, "{lasted:?}");
    }
}
