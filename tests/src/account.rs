//! The full account after a load: every contact that was accepted, every case, every answer.
//!
//! In: a house, what it accepted, who worked. Out: an account that comes out even, printed; else the
//! first thing that is wrong. Never here: a fault, a load.

#![expect(clippy::indexing_slicing, reason = "an absent field of a JSON answer reads as null")]
#![expect(clippy::print_stdout, reason = "an account is to be seen")]

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use futures_util::{StreamExt, stream};
use serde_json::Value;

use crate::{house::House, provider::Provider, rest::Rest, robot::Robot, until, until_within};

/// How long people may take to work off what came.
pub const WORKING_OFF: Duration = Duration::from_secs(600);
/// Answers asked about at the same time.
const ASKED_AT_ONCE: usize = 8;

/// Every contact answered 2xx is listed exactly once, in one case that one agent got once.
/// Nobody held more than his units. Waits until all is worked off.
pub async fn account(house: &House, accepted: &BTreeSet<String>, robots: &[Robot], units: usize) -> Result<()> {
    let admin = house.user(&["--name", "auditor", "--role", "compliance"]).await?;
    let contacts = until("every accepted contact is listed with its case", || async {
        let contacts = admin.all("contacts?limit=200").await.ok()?;
        let listed: BTreeSet<String> = contacts.iter().filter(|c| c["case_id"].is_string()).filter_map(id_of).collect();
        accepted.is_subset(&listed).then_some(contacts)
    })
    .await;
    let listed: Vec<String> = contacts.iter().filter_map(id_of).collect();
    let once: BTreeSet<&String> = listed.iter().collect();
    ensure!(once.len() == listed.len(), "a contact is listed twice");
    until_within(WORKING_OFF, "every case is closed", || worked_off(&admin)).await;
    let cases = admin.all("cases?limit=200").await?;
    let open = cases.iter().filter(|case| case["state"] != "closed").count();
    ensure!(open == 0, "{open} of {} cases are still open", cases.len());
    let of_cases: u64 = cases.iter().filter_map(|case| case["contacts_total"].as_u64()).sum();
    ensure!(of_cases == listed.len() as u64, "{} contacts, but {of_cases} in cases", listed.len());

    let mut by_case: BTreeMap<String, u32> = BTreeMap::new();
    for robot in robots {
        let seen = robot.seen();
        ensure!(seen.held_max <= units, "an agent with {units} units held {}", seen.held_max);
        for (case, times) in seen.accepted {
            *by_case.entry(case).or_default() += times;
        }
    }
    let answered: BTreeSet<String> = robots.iter().flat_map(|robot| robot.seen().answered).collect();
    gone_out(&admin, &answered).await?;
    let twice: Vec<_> = by_case.iter().filter(|(_, times)| **times > 1).collect();
    ensure!(twice.is_empty(), "cases accepted more than once: {twice:?}");
    let (_, queues) = admin.get("queues").await?;
    ensure!(queues["violations"].as_u64().context("no count of violations")? == 0, "{queues}");
    println!("{} contacts listed, {} cases closed, none twice, violations 0", listed.len(), cases.len());
    Ok(())
}

/// Every answer that was accepted came to an end at the provider, or nobody knows.
async fn gone_out(reader: &Rest, cases: &BTreeSet<String>) -> Result<()> {
    let ends = stream::iter(cases).map(|case| async move {
        until_within(WORKING_OFF, &format!("an answer in case {case} has ended"), || async {
            let (_, listed) = reader.get(&format!("deliveries?case_id={case}")).await.ok()?;
            let state = listed["items"].as_array()?.first()?["state"].as_str()?.to_owned();
            (state != "queued" && state != "submitting").then_some(state)
        })
        .await
    });
    let ends: Vec<String> = ends.buffer_unordered(ASKED_AT_ONCE).collect().await;
    let unknown = ends.iter().filter(|state| *state == "unknown").count();
    let sent = ends.iter().filter(|state| *state == "sent" || *state == "delivered").count();
    ensure!(sent + unknown == ends.len(), "answers ended as {ends:?}");
    println!("{} answers accepted, {sent} sent, {unknown} unknown", ends.len());
    Ok(())
}

fn id_of(item: &Value) -> Option<String> {
    item["id"].as_str().map(str::to_owned)
}

/// No answer was submitted twice.
pub fn submits(provider: &Provider) {
    let calls = provider.calls();
    let ids: BTreeSet<String> = calls.iter().filter_map(|call| id_of(&call.body)).collect();
    println!("{} answers submitted", calls.len());
    assert_eq!(ids.len(), calls.len(), "an answer was submitted twice");
}

/// Asks for one case of each open state, which is cheap, until there is none.
pub async fn worked_off(admin: &Rest) -> Option<()> {
    for state in ["waiting", "offered", "active", "wrap_up", "pending"] {
        let (_, page) = admin.get(&format!("cases?state={state}&limit=1")).await.ok()?;
        if !page["items"].as_array()?.is_empty() {
            return None;
        }
    }
    Some(())
}
