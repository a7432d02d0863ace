//! What must hold of the surge's chronicle and of the screens beside it.
//!
//! In: steps in the order of the journal; frames in the order of a socket. Out: the first
//! thing that is wrong. Never here: a time of the test's own.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use it::{
    chronicle::{Chronicle, Has},
    transcript::Transcript,
};
use serde_json::Value;

use crate::ending::{Holding, Staff};

/// O1: while an incident waits, nobody who may take it is offered anything else.
pub(super) fn incidents_first(chronicle: &Chronicle, staff: &Staff, traders: &[&str]) -> Result<()> {
    let incidents: Vec<&str> =
        chronicle.cases.keys().map(String::as_str).filter(|case| chronicle.word(case, "kind") == "incident").collect();
    ensure!(incidents.len() == 15, "{} incidents", incidents.len());
    let (mut holding, mut waited) = (Holding::default(), 0);
    for record in chronicle.records() {
        let waiting = |holding: &Holding<'_>| -> BTreeSet<&str> {
            incidents.iter().copied().filter(|case| *holding.has(case) == Has::Nobody).collect()
        };
        let before = waiting(&holding);
        record.iter().for_each(|step| drop(holding.take(step)));
        let passed_over: Vec<&str> = waiting(&holding).intersection(&before).copied().collect();
        waited += passed_over.len();
        for agent in traders {
            let given = record
                .iter()
                .filter(|step| step.offered_to() == Some(*agent) && !incidents.contains(&step.case.as_str()));
            let weight = |case: &str| (staff.weight)(chronicle.word(case, "channel"));
            let taken: u32 = given.map(|step| weight(&step.case)).sum();
            let units = staff.units.iter().find(|(known, _)| known == agent).context("an agent of no story")?.1;
            let held = holding.used(agent, chronicle, staff) - taken;
            let fits = passed_over.iter().find(|case| held == 0 || held + weight(case) <= units);
            ensure!(
                taken == 0 || fits.is_none(),
                "record {}: {agent} was offered something else while incident {fits:?} waited",
                record[0].seq
            );
        }
    }
    ensure!(waited > 0, "no incident ever waited: the surge was none");
    Ok(())
}

/// O4: every case has a promised time and the rule that set it; a warning comes before a
/// breach, and each level is told once.
pub(super) fn told_once_and_in_time(chronicle: &Chronicle, staff: &Staff) -> Result<()> {
    for case in chronicle.cases.values() {
        ensure!(case["target_s"].as_u64() > Some(0), "{case}");
        ensure!(case["target_rule"].as_str().is_some_and(|rule| !rule.is_empty()), "{case}");
    }
    let mut told: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    for step in &chronicle.steps {
        if let Some(word) = step.text.split_once(" was told: ") {
            told.entry(&step.case).or_default().push(word);
        }
    }
    let mut farthest = 0;
    for (case, words) in &told {
        let once: BTreeSet<_> = words.iter().collect();
        ensure!(once.len() == words.len(), "{case}: somebody was told twice: {words:?}");
        let levels: Vec<u32> = words.iter().map(|(_, why)| level(why)).collect::<Result<_>>()?;
        let rises = levels.windows(2).all(|pair| pair[0] <= pair[1] && pair[1] <= pair[0] + 1);
        ensure!(levels.first() == Some(&0) && rises, "{case}: told out of order: {words:?}");
        ensure!(staff.units.iter().any(|(agent, _)| *agent == words[0].0), "{case}: not its owner: {words:?}");
        farthest = farthest.max(levels.last().copied().unwrap_or_default());
    }
    ensure!(farthest >= 2, "nothing waited long enough to be told to the second level");
    Ok(())
}

fn level(why: &str) -> Result<u32> {
    match why.strip_prefix("late, level ") {
        Some(level) => Ok(level.parse()?),
        None if why == "about to be late" => Ok(0),
        None => anyhow::bail!("told for another reason: {why}"),
    }
}

/// Gives the frames that speak of the cases of a text, without their words.
fn of_these(shown: &Transcript, text: &str) -> String {
    let about = |frame: &Value| frame["case"]["id"].as_str().is_some_and(|id| text.contains(id));
    let line = |frame: &Value| {
        let case = &frame["case"];
        format!(
            "{} {} {} {} {} {}",
            frame["seq"], frame["type"], case["seq"], case["id"], case["channel"], case["state"]
        )
    };
    shown.frames().iter().filter(|frame| about(frame)).map(line).collect::<Vec<_>>().join("\n")
}

/// O2, O4: what an agent's socket showed is what was decided, never more than he can hold,
/// each offer with its time and the rule of it.
pub(super) fn screen(agent: &str, shown: &Transcript, chronicle: &Chronicle, staff: &Staff) -> Result<()> {
    let units = staff.units.iter().find(|(known, _)| *known == agent).context("an agent of no story")?.1;
    let (held, at) = shown.units_max(agent, staff.weight);
    ensure!(
        (1..=units).contains(&held),
        "{agent} has {units} units, and his screen showed {held} {at}; {}",
        of_these(shown, &at)
    );
    let decided: BTreeSet<(&str, &str)> = chronicle
        .steps
        .iter()
        .filter(|step| step.offered_to() == Some(agent))
        .map(|step| (step.case.as_str(), step.word(4)))
        .collect();
    for offer in shown.frames().iter().filter(|frame| frame["type"] == "offer") {
        let case = &offer["case"];
        let known = (case["id"].as_str().unwrap_or_default(), offer["expires_at"].as_str().unwrap_or_default());
        ensure!(decided.contains(&known), "{agent} was shown an offer that nobody decided: {offer}");
        // A screen that is late shows a case that somebody else may have answered meanwhile.
        ensure!(case["due_at"].is_string() || case["state"] != "offered", "{offer}");
        ensure!(case["target_rule"].is_string(), "{offer}");
    }
    Ok(())
}
