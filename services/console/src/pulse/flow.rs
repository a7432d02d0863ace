//! Flow: what happened since the console began to listen, whoever counted it, and however often
//! he started anew.
//!
//! In: the counts of every process. Out: how much more there was since the last look. Pure.

use std::{collections::BTreeMap, sync::Arc};

use contract::{
    Timestamp,
    live::{CountReport, ProcessReport},
};

/// Series that are counted at most.
const SERIES_MAX: usize = 4096;

/// What is counted: what happened, at which account, in which lane.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Counted {
    pub(super) what: String,
    pub(super) channel: String,
    pub(super) account: String,
    /// Empty where there is none.
    pub(super) lane: String,
}

/// What every process has counted so far.
#[derive(Debug, Default)]
pub(super) struct Flow {
    /// By process: when it started, and its counts.
    known: BTreeMap<String, (Timestamp, BTreeMap<Counted, u64>)>,
}

impl Flow {
    /// Takes what the processes say, and gives what came since. A process that counted before
    /// this one listened, `since`, tells the past the first time.
    pub(super) fn take(
        &mut self,
        reports: &[(String, Arc<ProcessReport>)],
        since: Timestamp,
    ) -> BTreeMap<Counted, u64> {
        let mut more = BTreeMap::new();
        for (process, report) in reports {
            let is_new = self.known.get(process).is_none_or(|(started, _)| *started != report.started_at);
            if is_new {
                let past = if report.started_at < since { counts(report).collect() } else { BTreeMap::new() };
                self.known.insert(process.clone(), (report.started_at, past));
            }
            let Some((_, before)) = self.known.get_mut(process) else { continue };
            for (counted, count) in counts(report).take(SERIES_MAX) {
                let earlier = before.insert(counted.clone(), count).unwrap_or(0);
                let grown = count.saturating_sub(earlier);
                if grown > 0 {
                    *more.entry(counted).or_default() += grown;
                }
            }
        }
        // Who left comes back as somebody who started later, or not at all.
        self.known.retain(|process, _| reports.iter().any(|(name, _)| name == process));
        more
    }
}

/// Gives the counts of a report, summed where it splits finer.
fn counts(report: &ProcessReport) -> impl Iterator<Item = (Counted, u64)> {
    let mut sums: BTreeMap<Counted, u64> = BTreeMap::new();
    for CountReport { what, channel, account, lane, count } in &report.counts {
        let counted =
            Counted { what: what.clone(), channel: channel.clone(), account: account.clone(), lane: lane.clone() };
        *sums.entry(counted).or_default() += count;
    }
    sums.into_iter()
}
