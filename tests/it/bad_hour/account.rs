//! The account after the bad hour: who was given what, and what became of every answer.
//!
//! In: the chronicle, what robots and the provider saw. Out: the first thing that is wrong.
//! Never here: a time of the test's own.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use it::{
    chronicle::{Chronicle, ms_between},
    robot::Robot,
    until,
};
use serde_json::Value;

use crate::town::Town;

/// The shortest time after which a refused submit is tried again, in milliseconds.
const BACK_OFF_MS: i64 = 5000;

/// O1, O8: every case was given once, by the word of whoever got it.
pub(super) fn given_once(chronicle: &Chronicle, robots: &[(&str, Robot)]) -> Result<()> {
    let mut times: BTreeMap<String, u32> = BTreeMap::new();
    for (agent, robot) in robots {
        let seen = robot.seen();
        ensure!(seen.held_max <= 3, "{agent} has 3 units and held {}", seen.held_max);
        for (case, accepted) in seen.accepted {
            *times.entry(case).or_default() += accepted;
        }
    }
    let twice: Vec<_> = times.iter().filter(|(_, times)| **times > 1).collect();
    ensure!(twice.is_empty(), "cases accepted more than once: {twice:?}");
    let accepted = |case: &str| {
        let ended = chronicle.of(case).filter(|step| step.what == "offer_ended" && step.word(4) == "accepted");
        ended.count()
    };
    let odd: Vec<_> = chronicle.cases.keys().filter(|case| accepted(case) != 1).collect();
    ensure!(odd.is_empty(), "cases that were not assigned once: {odd:?}");
    Ok(())
}

/// O5: every answer by the provider has left, but one whose submit died with the process; who met a
/// provider that was down waited before it tried again; nothing was submitted after it had
/// been taken.
pub(super) async fn answers(town: &Town, chronicle: &Chronicle) -> Result<()> {
    let mut deliveries = Vec::new();
    for case in chronicle.cases.keys().filter(|case| matches!(chronicle.word(case, "channel"), "sms" | "webhook")) {
        deliveries.extend(settled(town, case).await);
    }
    let mut submits: BTreeMap<String, Vec<bool>> = BTreeMap::new();
    for call in &town.provider.calls() {
        let id = call.body["id"].as_str().unwrap_or_default().to_owned();
        submits.entry(id).or_default().push(call.provider_id.is_some());
    }
    let again: Vec<_> = submits.iter().filter(|(_, taken)| taken.iter().rev().skip(1).any(|taken| *taken)).collect();
    ensure!(again.is_empty(), "submitted again after they were taken: {again:?}");

    let (mut waited, mut unknown) = (0, 0);
    for delivery in &deliveries {
        let tries = submits.get(delivery["id"].as_str().unwrap_or_default()).map_or(&[][..], Vec::as_slice);
        if delivery["state"] == "unknown" {
            // The process died while this one was under way; nobody knows, nobody repeats.
            unknown += 1;
            continue;
        }
        ensure!(delivery["state"] == "sent" && tries.ends_with(&[true]), "an answer has not left: {delivery}");
        if tries.len() > 1 {
            let [from, to] = ["at", "changed_at"].map(|time| delivery[time].as_str().unwrap_or_default());
            ensure!(ms_between(from, to) >= BACK_OFF_MS, "tried again too soon: {delivery}");
            waited += 1;
        }
    }
    ensure!(waited > 0, "no answer met the provider while it was down");
    println!("{} answers, {waited} of them tried again, {unknown} unknown", submits.len());
    Ok(())
}

/// Waits until every answer of a case has come to its end, and gives them.
async fn settled(town: &Town, case: &str) -> Vec<Value> {
    let ended = |delivery: &Value| !matches!(delivery["state"].as_str(), Some("queued" | "submitting"));
    until(&format!("every answer of case {case} has left"), || async {
        let deliveries = town.reader.all(&format!("deliveries?case_id={case}")).await.ok()?;
        deliveries.iter().all(ended).then_some(deliveries)
    })
    .await
}
