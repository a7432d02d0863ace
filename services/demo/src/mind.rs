//! What a simulated agent does next: a pure core.
//!
//! In: frames of his screen, the time in milliseconds, chance. Out: keys he presses, each at its
//! time. Never here: a socket, a clock.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use runtime::Chance;
use serde_json::{Value, json};

use crate::{
    pace::{Pace, between, one_of},
    words,
};

/// Cases that are kept in mind at most: more than anybody's units.
const CASES_MAX: usize = 64;
/// How long a case may stand without a plan.
const FORGOTTEN_MS: u64 = 25_000;
/// The longest somebody thinks about an offer: it ends after 15 seconds.
const THINK_MAX: Duration = Duration::from_secs(9);
/// Of so many offers one is declined.
const DECLINES_ONE_OF: u64 = 20;
/// At one of so many offers somebody has left his desk.
const AWAY_FROM_DESK_ONE_OF: u64 = 60;
/// Offers that he then misses.
const MISSES: u8 = 3;
/// How long somebody works between two breaks, at least and at most.
const WORK_MS: (u64, u64) = (180_000, 420_000);

/// A key to be pressed.
#[derive(Debug, Clone, PartialEq)]
pub struct Press {
    /// The frame's type.
    pub kind: &'static str,
    /// The frame's fields.
    pub body: Value,
    /// Fills `at` or `until` with the moment so far ahead.
    pub ahead: Option<(&'static str, Duration)>,
}

/// A simulated agent's mind.
#[derive(Debug)]
pub struct Mind {
    agent: String,
    chance: Chance,
    pace: Pace,
    offers: BTreeMap<String, Choice>,
    cases: BTreeMap<String, Plan>,
    /// When he is back, while he is away.
    back_at: Option<u64>,
    break_at: u64,
    /// Offers that he will miss.
    misses: u8,
}

#[derive(Debug)]
struct Choice {
    at: u64,
    press: Option<Press>,
}

#[derive(Debug, Default)]
struct Plan {
    steps: VecDeque<(u64, Press)>,
    /// When it was last looked at.
    seen: u64,
    wraps_up: bool,
}

impl Mind {
    /// Makes the mind of an agent.
    #[must_use]
    pub fn new(agent: &str, pace: Pace, chance: Chance, now: u64) -> Self {
        let mut mind = Self {
            agent: agent.to_owned(),
            chance,
            pace,
            offers: BTreeMap::new(),
            cases: BTreeMap::new(),
            back_at: None,
            break_at: 0,
            misses: 0,
        };
        mind.break_at = mind.after(now, WORK_MS.0, WORK_MS.1);
        mind
    }

    /// Takes in a frame.
    pub fn hear(&mut self, now: u64, frame: &Value) {
        match text(frame, "/type") {
            "hello" => self.greet(now, frame),
            "offer" => self.offered(now, frame),
            "rescinded" => drop(self.offers.remove(text(frame, "/offer_id"))),
            "case" => self.case(now, frame.pointer("/case").unwrap_or(&Value::Null)),
            "message" if frame.pointer("/contact").is_some() => self.told(now, text(frame, "/case_id")),
            "agent" if text(frame, "/state") == "away" => {
                self.misses = 0;
                self.back_at = Some(self.after(now, 5000, 12_000));
            }
            _ => {}
        }
    }

    /// Says when he wants to do something next.
    #[must_use]
    pub fn due(&self) -> u64 {
        let offers = self.offers.values().map(|choice| choice.at);
        let steps = self.cases.values().map(|plan| plan.steps.front().map_or(plan.seen + FORGOTTEN_MS, |(at, _)| *at));
        let state = self.back_at.unwrap_or(self.break_at);
        offers.chain(steps).fold(state, u64::min)
    }

    /// Gives a key whose time has come.
    pub fn act(&mut self, now: u64) -> Option<Press> {
        self.state(now).or_else(|| self.answer(now)).or_else(|| self.step(now))
    }

    fn state(&mut self, now: u64) -> Option<Press> {
        match self.back_at {
            Some(at) if at <= now => {
                self.back_at = None;
                self.break_at = self.after(now, WORK_MS.0, WORK_MS.1);
                Some(press("ready", json!({})))
            }
            None if self.break_at <= now => {
                self.back_at = Some(self.after(now, 20_000, 45_000));
                Some(press("away", json!({ "reason": "break" })))
            }
            _ => None,
        }
    }

    fn answer(&mut self, now: u64) -> Option<Press> {
        let due = self.offers.iter().find(|(_, choice)| choice.at <= now).map(|(id, _)| id.clone())?;
        self.offers.remove(&due)?.press
    }

    fn step(&mut self, now: u64) -> Option<Press> {
        let forgotten = |plan: &Plan| plan.steps.is_empty() && plan.seen + FORGOTTEN_MS <= now;
        let (id, plan) = self
            .cases
            .iter_mut()
            .find(|(_, plan)| plan.steps.front().is_some_and(|(at, _)| *at <= now) || forgotten(plan))?;
        plan.seen = now;
        let step = plan.steps.pop_front().map(|(_, press)| press);
        Some(step.unwrap_or_else(|| if plan.wraps_up { done(id) } else { close(id) }))
    }

    fn greet(&mut self, now: u64, hello: &Value) {
        let list = |name: &str| hello.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
        self.offers.clear();
        self.cases.clear();
        self.misses = 0;
        self.back_at = (text(hello, "/state") != "ready").then(|| self.after(now, 500, 4000));
        for case in list("cases") {
            self.case(now, &case);
        }
        for offer in list("offers") {
            self.offered(now, &offer);
        }
    }

    /// Most offers are taken; a few are declined, and now and then somebody left his desk without
    /// a word, until the house sets him away.
    fn offered(&mut self, now: u64, offer: &Value) {
        let id = text(offer, "/offer_id").to_owned();
        if self.offers.len() >= CASES_MAX {
            return;
        }
        let body = json!({ "offer_id": id });
        if self.misses == 0 && self.chance.below(AWAY_FROM_DESK_ONE_OF) == 0 {
            self.misses = MISSES;
        }
        let press = match self.chance.below(DECLINES_ONE_OF) {
            _ if self.misses > 0 => {
                self.misses -= 1;
                None
            }
            0 => Some(press("decline", json!({ "offer_id": id, "reason": "busy" }))),
            _ => Some(press("accept", body)),
        };
        let think = self.pace.of(between(&self.chance, 800, 4000)).min(THINK_MAX);
        self.offers.insert(id, Choice { at: now + ms(think), press });
    }

    fn case(&mut self, now: u64, case: &Value) {
        let id = text(case, "/id");
        let is_his = text(case, "/agent") == self.agent;
        match text(case, "/state") {
            "active" if is_his => {
                if self.cases.get(id).is_none_or(|plan| plan.wraps_up) && self.cases.len() < CASES_MAX {
                    let plan = self.plan(now, case);
                    self.cases.insert(id.to_owned(), plan);
                }
            }
            "wrap_up" if is_his => {
                let at = self.after(now, 1500, 4000);
                let steps = VecDeque::from([(at, done(id))]);
                self.cases.insert(id.to_owned(), Plan { steps, seen: now, wraps_up: true });
            }
            _ => drop(self.cases.remove(id)),
        }
    }

    /// Plans what is done with a case, step after step.
    fn plan(&self, now: u64, case: &Value) -> Plan {
        let id = text(case, "/id");
        let said = case.pointer("/contacts").and_then(Value::as_array).and_then(|said| said.last());
        let said = said.map_or("", |contact| text(contact, "/text"));
        let by_voice = matches!(text(case, "/channel"), "phone" | "counter") || text(case, "/kind") == "callback";
        let is_incident = words::INCIDENT_SIGNS.iter().any(|sign| said.contains(sign));
        let mut steps = VecDeque::new();
        let mut at = now;
        let mut then = |at: &mut u64, pause: (u64, u64), press: Press| {
            *at = self.after(*at, pause.0, pause.1);
            steps.push_back((*at, press));
        };
        if is_incident && text(case, "/kind") != "incident" {
            // It goes to those who may mend it, with the client's wait.
            let body = json!({ "case_id": id, "kind": "incident", "queue": "trading" });
            then(&mut at, (800, 2000), press("rekind", body));
            return Plan { steps, seen: now, wraps_up: false };
        }
        if text(case, "/queue") == "complaints" && text(case, "/channel") == "phone" {
            then(&mut at, (3000, 6000), press("upset", json!({ "case_id": id })));
        }
        if by_voice {
            if text(case, "/kind") != "callback" && self.chance.below(6) == 0 {
                let mut promised = press("callback", json!({ "case_id": id }));
                promised.ahead = Some(("at", self.pace.of(between(&self.chance, 90_000, 180_000))));
                then(&mut at, (8000, 20_000), promised);
                return Plan { steps, seen: now, wraps_up: false };
            }
            then(&mut at, (12_000, 35_000), close(id));
            return Plan { steps, seen: now, wraps_up: false };
        }
        let urgent = text(case, "/kind") == "incident";
        if !urgent && self.chance.below(4) == 0 {
            then(&mut at, (3000, 7000), self.reply(id, words::ASKED_BACK));
        }
        let reading = if urgent { (1500, 4000) } else { (4000, 12_000) };
        then(&mut at, reading, self.reply(id, words::ANSWERS));
        then(&mut at, (3000, 9000), close(id));
        Plan { steps, seen: now, wraps_up: false }
    }

    /// Answers what a client adds, before anything else is done.
    fn told(&mut self, now: u64, case: &str) {
        let at = self.after(now, 2500, 6000);
        let reply = self.reply(case, words::ANSWERS);
        if let Some(plan) = self.cases.get_mut(case)
            && !plan.wraps_up
            && !plan.steps.iter().any(|(_, step)| step.kind == "reply")
            && plan.steps.iter().any(|(_, step)| step.kind == "close")
        {
            plan.steps.push_front((at, reply));
        }
    }

    fn reply(&self, case: &str, sentences: &[&str]) -> Press {
        let words = one_of(&self.chance, sentences).copied().unwrap_or("您好");
        press("reply", json!({ "case_id": case, "text": words }))
    }

    fn after(&self, now: u64, shortest_ms: u64, longest_ms: u64) -> u64 {
        now + ms(self.pace.of(between(&self.chance, shortest_ms, longest_ms)))
    }
}

fn press(kind: &'static str, body: Value) -> Press {
    Press { kind, body, ahead: None }
}

fn close(case: &str) -> Press {
    press("close", json!({ "case_id": case, "outcome": "solved" }))
}

fn done(case: &str) -> Press {
    press("done", json!({ "case_id": case }))
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn ms(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
