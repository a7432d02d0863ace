//! `shouwen journal replay`: branches decided anew, and what came of it in words.
//!
//! In: records to read. Out: a line a branch. Never here: a decision of what was altered, which
//! would prove nothing.

use std::{path::Path, process::ExitCode};

use anyhow::{Result, ensure};
use contract::BranchId;
use router::{
    core::RULES,
    replay::{Count, Difference, Replayed, replay},
};
use serde_json::{Value, json};
use store::{
    Store,
    journal::{Stream, Verdict},
};

use super::{judged, named, told, told_of_anchors};
use crate::{cli::Common, out};

/// What became of one branch.
struct Row {
    branch: BranchId,
    same: bool,
    /// The first record that is not as it was committed.
    broken_at: Option<u64>,
    count: Count,
    text: String,
}

pub(super) async fn run(common: &Common, store: &Store, only: Option<&BranchId>, anchors: &Path) -> Result<ExitCode> {
    let mut rows = Vec::new();
    for branch in branches(store, only).await? {
        rows.push(again(store, branch, anchors).await?);
    }
    let same = rows.iter().all(|row| row.same);
    if common.json {
        out::json(&json!({ "same": same, "rules": RULES, "branches": rows.iter().map(Row::json).collect::<Vec<_>>() }));
    } else {
        rows.iter().for_each(|row| out::line(&format!("branch/{}: {}", row.branch, row.text)));
    }
    Ok(if same { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

async fn branches(store: &Store, only: Option<&BranchId>) -> Result<Vec<BranchId>> {
    let heads = store.journal().heads().await?;
    let branches = heads.iter().filter_map(|head| head.stream.as_str().strip_prefix("branch/")?.parse().ok());
    let branches: Vec<BranchId> = branches.collect();
    let Some(only) = only else { return Ok(branches) };
    let known = branches.iter().map(BranchId::as_str).collect::<Vec<_>>().join(", ");
    ensure!(branches.contains(only), "the journal knows no branch {only}; it knows {known}");
    Ok(vec![only.clone()])
}

async fn again(store: &Store, branch: BranchId, anchors: &Path) -> Result<Row> {
    let (chain, anchored) = judged(store, &Stream::branch(&branch), anchors).await?;
    let failed = |branch, broken_at, text| Row { branch, same: false, broken_at, count: Count::default(), text };
    for (verdict, told) in [(&chain, told(&chain)), (&anchored, told_of_anchors(&anchored))] {
        if let Verdict::Broken { seq, .. } = verdict {
            return Ok(failed(branch, Some(*seq), format!("{told}; not decided anew")));
        }
    }
    Ok(match replay(store, &branch).await? {
        Replayed::Same(count) => Row { branch, same: true, broken_at: None, text: counted(&count), count },
        Replayed::Differs(difference) => failed(branch, None, otherwise(&difference)),
        Replayed::Unreadable(seq) => failed(branch, None, format!("record {seq} cannot be read")),
        Replayed::Later(seq) => {
            failed(branch, None, format!("record {seq} was written by a later build, and this one cannot read it"))
        }
    })
}

fn counted(count: &Count) -> String {
    let mut parts = Vec::new();
    if count.same > 0 || count.applied.is_empty() {
        parts.push(format!("{} records decided anew, all the same", count.same));
    }
    for (rules, records) in &count.applied {
        let whose = named(*rules);
        parts.push(format!("{records} records of {whose} applied, not compared (this build decides by rules {RULES})"));
    }
    parts.join("; ")
}

fn otherwise(difference: &Difference) -> String {
    let event =
        |event: &Option<_>| event.as_ref().map_or_else(|| "nothing more".to_owned(), |event| format!("{event:?}"));
    format!(
        "record {} comes out otherwise\n  recorded: {}\n  decided:  {}",
        difference.seq,
        event(&difference.recorded),
        event(&difference.decided)
    )
}

impl Row {
    fn json(&self) -> Value {
        let applied = self.count.applied.iter().map(|(rules, records)| json!({ "rules": rules, "records": records }));
        json!({
            "branch": self.branch.as_str(),
            "same": self.same,
            "broken_at": self.broken_at,
            "decided": self.count.same,
            "applied": applied.collect::<Vec<_>>(),
            "text": self.text,
        })
    }
}
