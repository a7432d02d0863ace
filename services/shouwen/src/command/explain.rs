//! `shouwen explain CASE [--all]`: why a case is where it is.
//!
//! In: a case's id. Out: its steps with reasons, from the house; with `--all` every agent
//! judged as things stood before each offer, from the journal. Never here: a write.

use std::process::ExitCode;

use anyhow::{Context, Result};
use contract::{
    AgentId, BranchId, CaseId, Role,
    journal::{Event, Record},
    wire,
};
use router::{
    core::{RULES, Verdict},
    replay::explain_all,
};
use serde_json::{Value, json};
use store::Store;

use super::journal::{named, read_store};
use crate::{cli::Common, client::Client, out};

pub(super) async fn run(common: &Common, case: CaseId, all: bool) -> Result<ExitCode> {
    if all { judge(common, case).await } else { steps(common, case).await }
}

async fn steps(common: &Common, case: CaseId) -> Result<ExitCode> {
    let client = Client::connect(common, Role::Supervisor).await?;
    let told = client.get(&format!("cases/{case}/explain")).await;
    client.close().await;
    let told = told?;
    if common.json {
        out::json(&told);
        return Ok(ExitCode::SUCCESS);
    }
    for step in told.get("steps").and_then(Value::as_array).into_iter().flatten() {
        let text = |key: &str| step.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let by = step.get("by").and_then(Value::as_str).map(|by| format!(" (by {by})")).unwrap_or_default();
        out::line(&format!("{}  {}{by}", text("at"), text("text")));
        if let Some(reason) = step.get("reason") {
            out::line(&format!("    {}", why(reason)));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn why(reason: &Value) -> String {
    let number = |key: &str| reason.get(key).and_then(Value::as_i64).unwrap_or_default();
    let choice = reason.get("choice").and_then(Value::as_str).unwrap_or_default();
    let best = reason.get("best").and_then(Value::as_array).into_iter().flatten().map(|one| {
        let agent = one.get("agent").and_then(Value::as_str).unwrap_or_default();
        let figure = |key: &str| one.get(key).and_then(Value::as_i64).unwrap_or_default();
        format!("{agent} (short by {}, idle {} s)", figure("shortfall"), figure("idle_s"))
    });
    format!(
        "{choice}: {} could take it, {} away, {} busy, {} unskilled, {} excluded; {} waiting; best {}",
        number("candidates"),
        number("away"),
        number("busy"),
        number("unskilled"),
        number("excluded"),
        number("waiting"),
        best.collect::<Vec<_>>().join(", ")
    )
}

/// Judges every agent at each offer of the case, and as things stand.
async fn judge(common: &Common, case: CaseId) -> Result<ExitCode> {
    let store = read_store(common).await?;
    let moments = moments(&store, case).await?;
    let mut judged = Vec::new();
    for moments in moments.chunk_by(|one, next| one.branch == next.branch) {
        let seqs: Vec<u64> = moments.iter().map(|moment| moment.seq).collect();
        let Some(branch) = moments.first().map(|moment| &moment.branch) else { continue };
        let verdicts = explain_all(&store, branch, case, &seqs).await?;
        judged.extend(moments.iter().zip(verdicts).map(|(moment, verdicts)| moment.json(&verdicts)));
    }
    if common.json {
        out::json(&json!({ "case_id": case.to_string(), "rules": RULES, "moments": judged }));
        return Ok(ExitCode::SUCCESS);
    }
    for moment in &judged {
        let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        out::line(&format!("{}  {}", text(moment, "at"), text(moment, "when")));
        for agent in moment.get("agents").and_then(Value::as_array).into_iter().flatten() {
            out::line(&format!("    {}: {}", text(agent, "agent"), text(agent, "verdict")));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A moment at which agents are judged.
struct Moment {
    branch: BranchId,
    seq: u64,
    at: String,
    /// The rules by which the case was offered then.
    rules: u32,
    when: String,
}

impl Moment {
    fn offered(branch: BranchId, record: &Record) -> Self {
        let mut when = "when it was offered".to_owned();
        if record.rules != RULES {
            when += &format!(" by {}; judged here by rules {RULES}", named(record.rules));
        }
        Self { branch, seq: record.seq, at: record.now.to_string(), rules: record.rules, when }
    }

    fn json(&self, verdicts: &[(AgentId, Verdict)]) -> Value {
        let agent =
            |(agent, verdict): &(AgentId, Verdict)| json!({ "agent": agent.as_str(), "verdict": verdict.to_string() });
        json!({
            "branch": self.branch.as_str(),
            "seq": self.seq,
            "at": self.at,
            "rules": self.rules,
            "when": self.when,
            "agents": verdicts.iter().map(agent).collect::<Vec<_>>(),
        })
    }
}

/// Gives the records in which the case was offered, and the place after the last record of
/// its branch: as things stand.
async fn moments(store: &Store, case: CaseId) -> Result<Vec<Moment>> {
    let records = store.records().of_case(case).await?;
    let mut moments = Vec::new();
    let mut last = None;
    for (stream, stored) in records {
        let Some(branch) = stream.as_str().strip_prefix("branch/") else { continue };
        let branch: BranchId = branch.parse()?;
        let record: Record = wire::decode(&stored.body).context("a record of the case does not decode")?;
        if record.events.iter().any(|event| matches!(event, Event::Offered(offer) if offer.case == case)) {
            moments.push(Moment::offered(branch.clone(), &record));
        }
        last = Some((stream, branch));
    }
    let (stream, branch) = last.with_context(|| format!("the journal knows no case {case}"))?;
    let head = store.journal().head(&stream).await?.map_or(0, |head| head.seq);
    let (at, when) = (store.clock().now().to_string(), "as things stand".to_owned());
    moments.push(Moment { branch, seq: head + 1, at, rules: RULES, when });
    Ok(moments)
}
