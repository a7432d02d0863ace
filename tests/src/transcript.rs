//! What an agent's sockets showed him, frame by frame, and how much he held by it.
//!
//! In: frames in the order they came. Out: them again; the most units that were before him at
//! one time. Never here: what the house says elsewhere.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::Value;

/// The frames of an agent's sockets. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Transcript(Arc<Mutex<Vec<Value>>>);

impl Transcript {
    /// Notes a frame.
    pub(crate) fn note(&self, frame: &Value) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(frame.clone());
    }

    /// Gives all frames so far.
    #[must_use]
    pub fn frames(&self) -> Vec<Value> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Gives the most units that were before the agent at one time, offers included, and what they
    /// were; `units` says how many a case by a channel takes.
    #[must_use]
    pub fn units_max(&self, agent: &str, units: impl Fn(&str) -> u32) -> (u32, String) {
        let mut screen = Screen {
            agent,
            units: &units,
            held: BTreeMap::new(),
            offers: BTreeMap::new(),
            seq: 0,
            offering: false,
            max: (0, String::new()),
        };
        for frame in &self.frames() {
            screen.show(frame);
        }
        screen.count();
        screen.max
    }
}

/// A screen as its frames build it.
struct Screen<'a> {
    agent: &'a str,
    units: &'a dyn Fn(&str) -> u32,
    held: BTreeMap<String, u32>,
    offers: BTreeMap<String, (String, u32)>,
    /// The branch's place that the last frames show. What one commit changes comes as several
    /// frames, so it is counted when the next begins. An offer shows its case as it is when
    /// the frame is written, which may be a little later than the rest of its commit.
    seq: u64,
    /// Whether the frames that came last are offers. Those of one commit come one after the other,
    /// before its cases; since each shows its case as it is then, a later place is no next commit.
    offering: bool,
    /// The most units so far, and the screen on which they were.
    max: (u32, String),
}

impl Screen<'_> {
    fn show(&mut self, frame: &Value) {
        match frame["type"].as_str() {
            Some("hello") => {
                self.count();
                self.offering = false;
                (self.held, self.offers) = (BTreeMap::new(), BTreeMap::new());
                list(&frame["cases"]).iter().for_each(|case| self.case(case));
                list(&frame["offers"]).iter().for_each(|offer| self.offer(offer));
            }
            Some("offer") => {
                if self.offering {
                    self.seq = self.seq.max(frame["case"]["seq"].as_u64().unwrap_or_default());
                } else {
                    self.at(&frame["case"]["seq"]);
                }
                self.offering = true;
                self.offer(frame);
            }
            Some("rescinded") => {
                if !self.offering {
                    self.count();
                }
                self.offers.remove(&text(&frame["offer_id"]));
            }
            Some("case") => {
                self.at(&frame["case"]["seq"]);
                self.offering = false;
                self.case(&frame["case"]);
            }
            _ => {}
        }
    }

    fn at(&mut self, seq: &Value) {
        let seq = seq.as_u64().unwrap_or_default();
        if seq > self.seq {
            self.count();
            self.seq = seq;
        }
    }

    fn count(&mut self) {
        let offered: u32 = self.offers.values().map(|(_, units)| units).sum();
        let held: u32 = self.held.values().sum();
        if held + offered > self.max.0 {
            let shown = format!("after record {}: offered {:?}, held {:?}", self.seq, self.offers, self.held);
            self.max = (held + offered, shown);
        }
    }

    fn offer(&mut self, offer: &Value) {
        let case = &offer["case"];
        self.offers.insert(text(&offer["offer_id"]), (text(&case["id"]), self.units_of(case)));
    }

    fn case(&mut self, case: &Value) {
        let id = text(&case["id"]);
        let held = case["agent"] == self.agent && (case["state"] == "active" || case["state"] == "wrap_up");
        self.offers.retain(|_, (offered, _)| *offered != id);
        if held {
            self.held.insert(id, self.units_of(case));
        } else {
            self.held.remove(&id);
        }
    }

    fn units_of(&self, case: &Value) -> u32 {
        (self.units)(case["channel"].as_str().unwrap_or_default())
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests;
