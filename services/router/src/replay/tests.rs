//! Replay over a store: what this build decided, what other rules did, and what is of no build
//! that it knows.

use std::{collections::BTreeMap, sync::Arc};

use contract::{
    AgentId, BranchId, InputId, Role, Timestamp,
    command::{Actor, Verb},
    journal::{CommandFacts, Event, Fact, FirmChanged, Input, READER, Record},
    seal::Keys,
    wire,
};
use runtime::{Chance, Clock, Health, Tasks};
use store::{
    Store, StoreConfig,
    journal::{Commit, Lease, Record as Stored, Stream},
};

use super::{Count, Replayed, replay};
use crate::core::{self, RULES, State};

const FIRM: &str = r#"
[[branch]]
id = "hq"
name = "总部热线"
time_zone = "Asia/Shanghai"

[[queue]]
id = "enquiries"
branch = "hq"
name = "咨询"
kinds = ["enquiry"]
within = "60s"
lead = "lin"
deputy = "lin"

[[agent]]
id = "lin"
name = "林晓雯"
branch = "hq"
queues = ["enquiries"]
units = 3
"#;

/// A branch whose decisions are put on disk one by one.
struct Branch {
    _folder: tempfile::TempDir,
    store: Store,
    state: State,
    lease: Lease,
}

impl Branch {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keys = Arc::new(Keys::new(vec![(1, [1; 32])], [2; 32], [3; 32]));
        let (config, tasks) = (StoreConfig::at(folder.path()), Tasks::new(Health::default()));
        let store = Store::open(&config, keys, Clock::machine(), Chance::machine(), &tasks).await.unwrap();
        let lease = store.journal().take_lease(&Stream::branch(&hq())).await.unwrap();
        let mut branch = Self { _folder: folder, store, state: State::new(), lease };
        let firm = Arc::new(firm::read("firm", FIRM).unwrap().0.firm);
        let changed = FirmChanged { version: 1, digest: vec![1], firm, branch: hq() };
        branch.decide(Fact::Firm(changed), |_| ()).await;
        branch
    }

    /// Decides a fact; `otherwise` may change the record before it is committed.
    async fn decide(&mut self, fact: Fact, otherwise: impl FnOnce(&mut Record)) {
        let seq = self.lease.head_seq + 1;
        let input = Input { id: InputId::new(u128::from(seq)), fresh: u128::from(seq), fact };
        let mut record = Record {
            seq,
            epoch: self.lease.epoch,
            now: Timestamp::from_ms(1_794_186_000_000),
            input,
            events: Vec::new(),
            prev_hash: self.lease.head_hash.to_vec(),
            reader: READER,
            rules: RULES,
        };
        let mut state = self.state.clone();
        core::decide(&mut state, &record.input, record.now, &mut record.events);
        otherwise(&mut record);
        core::replay(&mut self.state, &record);
        self.commit(seq, wire::encode(&record)).await;
    }

    async fn commit(&mut self, seq: u64, body: Vec<u8>) {
        let hash = self.store.keys().chain(&self.lease.head_hash, &body);
        let commit = Commit {
            stream: self.lease.stream.clone(),
            epoch: self.lease.epoch,
            old_seq: self.lease.head_seq,
            new_seq: seq,
            new_hash: hash,
            reader: READER,
            records: vec![Stored { seq, hash, body }],
            changes: Vec::new(),
            contacts: Vec::new(),
            inputs: Vec::new(),
            texts: Vec::new(),
            newcomers: Vec::new(),
            touched: Vec::new(),
        };
        self.store.journal().commit(commit).await.unwrap();
        (self.lease.head_seq, self.lease.head_hash) = (seq, hash);
    }

    async fn replayed(&self) -> Replayed {
        replay(&self.store, &hq()).await.unwrap()
    }
}

fn hq() -> BranchId {
    "hq".parse().unwrap()
}

/// The agent presses a key.
fn presses(verb: fn(AgentId) -> Verb) -> Fact {
    let lin: AgentId = "lin".parse().unwrap();
    let by = Actor { user: "lin".parse().unwrap(), role: Role::Agent, agent: Some(lin.clone()) };
    Fact::Command(Box::new(CommandFacts { digest: vec![1].into(), by, verb: verb(lin), way_back: true }))
}

/// What rules that knew no `Ready` would have decided.
fn nothing(record: &mut Record) {
    record.events.retain(|event| !matches!(event, Event::AgentSet(_)));
}

#[tokio::test]
async fn what_other_rules_decided_is_applied_and_not_compared() {
    let mut branch = Branch::open().await;
    for rules in [0, RULES + 1, 0] {
        let by_others = |record: &mut Record| {
            nothing(record);
            record.rules = rules;
        };
        branch.decide(presses(Verb::Ready), by_others).await;
    }
    branch.decide(presses(Verb::Ready), |_| ()).await;
    let expected = Count { same: 2, applied: BTreeMap::from([(0, 2), (RULES + 1, 1)]) };
    assert_eq!(branch.replayed().await, Replayed::Same(expected));
}

#[tokio::test]
async fn a_decision_that_comes_out_otherwise_is_shown_beside_the_recorded_one() {
    let mut branch = Branch::open().await;
    branch.decide(presses(Verb::Ready), nothing).await;
    let Replayed::Differs(difference) = branch.replayed().await else { panic!("it differs") };
    assert_eq!(difference.seq, 2);
    assert!(matches!(difference.decided, Some(Event::AgentSet(_))), "{difference:?}");
    assert_ne!(difference.decided, difference.recorded);
}

#[tokio::test]
async fn a_record_of_a_later_build_is_said_to_be_one() {
    let mut branch = Branch::open().await;
    branch.decide(presses(Verb::Ready), |record| record.reader = READER + 1).await;
    assert_eq!(branch.replayed().await, Replayed::Later(2));
}

#[tokio::test]
async fn bytes_that_are_no_record_are_named() {
    let mut branch = Branch::open().await;
    branch.commit(2, b"no record".to_vec()).await;
    assert_eq!(branch.replayed().await, Replayed::Unreadable(2));
}
