//! What a house says it decided: every step of every case, in the order of the journal.
//!
//! In: a reader who may see all. Out: cases, steps, and who had what after each record.
//! Never here: the journal's own bytes; what a person can ask for is asked for.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::Value;

use crate::rest::Rest;

/// Explanations asked for at the same time.
const ASKED_AT_ONCE: usize = 8;

/// One thing that happened to a case.
#[derive(Debug, Clone)]
pub struct Step {
    /// The record that holds it.
    pub seq: u64,
    /// The branch's time.
    pub at: String,
    /// The case.
    pub case: String,
    /// What happened, in a word.
    pub what: String,
    /// The same in words.
    pub text: String,
    /// Of an offer: why this agent; else null.
    pub reason: Value,
}

/// Who has a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Has {
    /// It waits for somebody.
    Nobody,
    /// It is put before him.
    Offered(String),
    /// He works on it.
    Agent(String),
    /// It is laid aside or closed.
    Done,
}

/// The story of a house.
#[derive(Debug)]
pub struct Chronicle {
    /// Cases by id, as they stand.
    pub cases: BTreeMap<String, Value>,
    /// Steps in order of the journal; of one record, case by case.
    pub steps: Vec<Step>,
}

impl Chronicle {
    /// Reads the story so far.
    pub async fn read(reader: &Rest) -> Result<Self> {
        let listed = reader.all("cases?limit=200").await?;
        let cases: BTreeMap<String, Value> = listed.into_iter().map(|case| (text(&case["id"]), case)).collect();
        let told = stream::iter(cases.keys()).map(|case| explain(reader, case)).buffer_unordered(ASKED_AT_ONCE);
        let mut steps: Vec<Step> = told.try_collect::<Vec<_>>().await?.concat();
        steps.sort_by_key(|step| step.seq);
        Ok(Self { cases, steps })
    }

    /// Gives the steps of a case.
    pub fn of<'a>(&'a self, case: &'a str) -> impl Iterator<Item = &'a Step> {
        self.steps.iter().filter(move |step| step.case == case)
    }

    /// Gives the steps record by record.
    pub fn records(&self) -> impl Iterator<Item = &[Step]> {
        self.steps.chunk_by(|one, other| one.seq == other.seq)
    }

    /// Gives a field of a case in words.
    #[must_use]
    pub fn word(&self, case: &str, field: &str) -> &str {
        self.cases.get(case).and_then(|case| case[field].as_str()).unwrap_or_default()
    }
}

impl Step {
    /// Gives a word of its text, from 0.
    #[must_use]
    pub fn word(&self, place: usize) -> &str {
        self.text.split(' ').nth(place).unwrap_or_default()
    }

    /// Gives to whom it is offered, if it is.
    #[must_use]
    pub fn offered_to(&self) -> Option<&str> {
        (self.what == "offered").then(|| self.word(2))
    }

    /// Gives who has the case after it; `before` says who had.
    #[must_use]
    pub fn has(&self, before: &Has) -> Has {
        match self.what.as_str() {
            "opened" | "queued" => Has::Nobody,
            "offered" => Has::Offered(self.word(2).to_owned()),
            "offer_ended" if self.word(4) == "accepted" => Has::Agent(self.word(2).to_owned()),
            "offer_ended" => Has::Nobody,
            "took" => Has::Agent(self.word(0).to_owned()),
            "pended" | "closed" => Has::Done,
            _ => before.clone(),
        }
    }
}

async fn explain(reader: &Rest, case: &str) -> Result<Vec<Step>> {
    let (status, told) = reader.get(&format!("cases/{case}/explain")).await?;
    ensure!(status == 200, "explaining {case}: {status} {told}");
    let steps = told["steps"].as_array().context("an explanation without steps")?;
    let step = |step: &Value| Step {
        seq: step["seq"].as_u64().unwrap_or_default(),
        at: text(&step["at"]),
        case: case.to_owned(),
        what: text(&step["what"]),
        text: text(&step["text"]),
        reason: step["reason"].clone(),
    };
    Ok(steps.iter().map(step).collect())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Gives the milliseconds from one time of a story to a later one; they are less than half a
/// day apart.
#[must_use]
pub fn ms_between(earlier: &str, later: &str) -> i64 {
    let passed = (of_day(later) - of_day(earlier)).rem_euclid(DAY_MS);
    if passed > DAY_MS / 2 { passed - DAY_MS } else { passed }
}

const DAY_MS: i64 = 86_400_000;

/// Reads the time of day of an RFC 3339 instant, in milliseconds.
fn of_day(instant: &str) -> i64 {
    let time = instant.split_once('T').map_or("", |(_, time)| time.trim_end_matches('Z'));
    let mut parts = time.split([':', '.']).map(|part| part.parse::<i64>().unwrap_or_default());
    let mut next = || parts.next().unwrap_or_default();
    ((next() * 60 + next()) * 60 + next()) * 1000 + next()
}
