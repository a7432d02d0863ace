//! The account: what became of every input, by the journal alone.
//!
//! In: a house at rest. Out: so many inputs, each decided once; no case with two agents, no
//! agent above capacity; chains whole, decisions the same when they are made again. Never
//! here: what a router says of itself.

use std::collections::BTreeMap;

use contract::{
    AgentId, BranchId, CaseId, InputId, OfferState,
    journal::{Event, Fact, Record},
    wire,
};
use router::replay::{Count, Replayed, replay};
use store::journal::{Stream, Verdict};

use crate::house::{House, UNITS};

impl House {
    /// Accounts for everything that was given; gives how much that was.
    pub(crate) fn account(&self) -> usize {
        let mut decided: BTreeMap<InputId, (BranchId, u32)> = BTreeMap::new();
        for branch in &self.branches {
            let records = self.runtime.block_on(self.records(branch));
            let mut holding: BTreeMap<CaseId, AgentId> = BTreeMap::new();
            for record in &records {
                if matches!(record.input.fact, Fact::Contact(_) | Fact::Command(_)) {
                    decided.entry(record.input.id).or_insert((branch.clone(), 0)).1 += 1;
                }
                record.events.iter().for_each(|event| hold(&mut holding, event));
            }
        }
        for (input, branch) in &self.given {
            assert_eq!(decided.get(input), Some(&(branch.clone(), 1)), "{input} of {branch}");
        }
        self.given.len()
    }

    async fn records(&self, branch: &BranchId) -> Vec<Record> {
        let stream = Stream::branch(branch);
        let mut records: Vec<Record> = Vec::new();
        loop {
            let page = self.store.records().from(&stream, records.len() as u64 + 1, 1_000).await.unwrap();
            if page.is_empty() {
                break;
            }
            records.extend(page.iter().map(|stored| wire::decode::<Record>(&stored.body).unwrap()));
        }
        let seq = records.len() as u64;
        assert_eq!(self.store.records().verify(&stream).await.unwrap(), Verdict::Whole { seq }, "{branch}");
        let all = Replayed::Same(Count { same: seq, ..Count::default() });
        assert_eq!(replay(&self.store, branch).await.unwrap(), all, "{branch}");
        let in_order = records.windows(2).all(|two| two[0].epoch <= two[1].epoch && two[0].now <= two[1].now);
        assert!(in_order, "{branch}: an older holder wrote after a younger one");
        records
    }
}

/// Follows who has which case.
#[expect(clippy::wildcard_enum_match_arm, reason = "only what moves a case to an agent and away counts here")]
fn hold(holding: &mut BTreeMap<CaseId, AgentId>, event: &Event) {
    match event {
        Event::Offered(offered) => {
            let before = holding.insert(offered.case, offered.agent.clone());
            assert_eq!(before, None, "{} is offered while somebody has it", offered.case);
            let held = holding.values().filter(|agent| **agent == offered.agent).count();
            assert!(held <= usize::try_from(UNITS).unwrap(), "{} is offered {held} cases", offered.agent);
        }
        Event::OfferEnded(ended) if ended.state != OfferState::Accepted => drop(holding.remove(&ended.case)),
        Event::Closed(closed) => drop(holding.remove(&closed.case)),
        _ => {}
    }
}
