//! What was decided and waits to be committed: one commit's worth.
//!
//! In: decisions, one by one, in order. Out: a `store::journal::Commit` and what is to be
//! done once it holds. Never here: an acknowledgement before that.

use bus::Tag;
use contract::{
    BranchId, CaseId, InputId, Timestamp,
    command::Command,
    inbound::Inbound,
    journal::{Event, Input, READER, Record},
    seal::Keys,
    view::Change,
    wire,
};
use store::{
    directory::Newcomer,
    journal::{Commit, Lease, Record as Stored, Stream, Text},
};

use super::tail::goes_out;
use crate::core::RULES;

/// Decided records that wait for their commit at most; no more is taken until then.
pub(super) const RECORDS_MAX: usize = 512;

/// A commit in the making.
#[derive(Debug)]
pub(super) struct Pending {
    branch: BranchId,
    epoch: u64,
    old_seq: u64,
    seq: u64,
    hash: [u8; 32],
    records: Vec<Stored>,
    changes: Vec<Change>,
    contacts: Vec<Inbound>,
    inputs: Vec<(InputId, u64)>,
    texts: Vec<Text>,
    touched: Vec<(CaseId, u64)>,
    newcomers: Vec<Newcomer>,
    settled: Settled,
}

/// What is to be done once the commit holds.
#[derive(Debug, Default)]
pub(super) struct Settled {
    /// The last contact message it settles.
    pub(super) contacts: Option<Tag>,
    /// The last command message it settles.
    pub(super) commands: Option<Tag>,
    /// The ids that are no longer in flight.
    pub(super) ids: Vec<InputId>,
    /// Whether it holds something for the tail to publish.
    pub(super) goes_out: bool,
}

/// A record in the making: what came in, what was decided, what it changed.
pub(super) struct Decision {
    pub(super) now: Timestamp,
    pub(super) input: Input,
    pub(super) events: Vec<Event>,
    pub(super) changes: Vec<Change>,
}

impl Pending {
    /// Begins at the head that a lease was taken at.
    pub(super) fn at(branch: &BranchId, lease: &Lease) -> Self {
        Self::after(branch.clone(), lease.epoch, lease.head_seq, lease.head_hash)
    }

    fn after(branch: BranchId, epoch: u64, seq: u64, hash: [u8; 32]) -> Self {
        Self {
            branch,
            epoch,
            old_seq: seq,
            seq,
            hash,
            records: Vec::new(),
            changes: Vec::new(),
            contacts: Vec::new(),
            inputs: Vec::new(),
            texts: Vec::new(),
            newcomers: Vec::new(),
            touched: Vec::new(),
            settled: Settled::default(),
        }
    }

    /// The seq that the next record gets.
    pub(super) const fn next_seq(&self) -> u64 {
        self.seq + 1
    }

    pub(super) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.records.len() >= RECORDS_MAX
    }

    /// Adds a decision as the next record.
    pub(super) fn add(&mut self, keys: &Keys, decision: Decision) {
        self.seq += 1;
        let seq = self.seq;
        self.settled.ids.push(decision.input.id);
        self.settled.goes_out |= decision.events.iter().any(goes_out);
        let passed_on = decision.events.iter().filter_map(passed_on);
        self.touched.extend(passed_on.map(|case| (case, seq)));
        let record = Record {
            seq,
            epoch: self.epoch,
            now: decision.now,
            input: decision.input,
            events: decision.events,
            prev_hash: self.hash.to_vec(),
            reader: READER,
            rules: RULES,
        };
        let body = wire::encode(&record);
        self.hash = keys.chain(&self.hash, &body);
        self.records.push(Stored { seq, hash: self.hash, body });
        self.touched.extend(decision.changes.iter().filter_map(case_of).map(|case| (case, seq)));
        self.changes.extend(decision.changes);
    }

    /// Says whether the last record did what the command asked.
    pub(super) fn did(&self, command: InputId) -> bool {
        let of_command = |change: &&Change| matches!(change, Change::Outcome(view) if view.input == command);
        self.changes
            .iter()
            .rfind(of_command)
            .is_some_and(|change| matches!(change, Change::Outcome(view) if view.problem.is_none()))
    }

    /// Adds the contact that the last record decided.
    pub(super) fn add_contact(&mut self, inbound: Inbound, newcomer: Option<Newcomer>) {
        self.newcomers.extend(newcomer);
        self.inputs.push((inbound.input, self.seq));
        self.contacts.push(inbound);
    }

    /// Notes for ever that the last record decided this command: what a router tells another may
    /// come again after any time.
    pub(super) fn add_input(&mut self, id: InputId) {
        self.inputs.push((id, self.seq));
    }

    /// Adds the sealed words of the command that the last record decided and did.
    pub(super) fn add_text(&mut self, command: &Command, id: u128, case: Option<CaseId>, at: Timestamp) {
        if let Some(sealed) = &command.sealed {
            let author = command.by.user.to_string();
            self.texts.push(Text { id, case, author, at, sealed: sealed.clone() });
        }
    }

    /// Notes that everything up to this contact message is decided.
    pub(super) fn settle_contacts(&mut self, tag: Tag) {
        self.settled.contacts = Some(tag);
    }

    /// Notes that everything up to this command message is decided.
    pub(super) fn settle_commands(&mut self, tag: Tag) {
        self.settled.commands = Some(tag);
    }

    /// Says whether there is something to settle without a record: repeats only.
    pub(super) fn take_settled(&mut self) -> Settled {
        std::mem::take(&mut self.settled)
    }

    /// Gives the commit and what follows it, and begins the next one behind it.
    pub(super) fn take(&mut self) -> (Commit, coord::Committed, Settled) {
        let next = Self::after(self.branch.clone(), self.epoch, self.seq, self.hash);
        let mut done = std::mem::replace(self, next);
        let settled = done.take_settled();
        let told = coord::Committed {
            branch: done.branch.clone(),
            epoch: done.epoch,
            first_seq: done.old_seq + 1,
            seq: done.seq,
            changes: done.changes.clone(),
        };
        let commit = Commit {
            stream: Stream::branch(&done.branch),
            epoch: done.epoch,
            old_seq: done.old_seq,
            new_seq: done.seq,
            new_hash: done.hash,
            reader: READER,
            records: done.records,
            changes: done.changes,
            contacts: done.contacts,
            inputs: done.inputs,
            texts: done.texts,
            touched: done.touched,
            newcomers: done.newcomers,
        };
        (commit, told, settled)
    }
}

/// Gives the case that an event is about which leaves no row of it here.
fn passed_on(event: &Event) -> Option<CaseId> {
    if let Event::Forwarded(forwarded) = event {
        return Some(forwarded.case);
    }
    if let Event::MoveDone(case) = event { Some(*case) } else { None }
}

fn case_of(change: &Change) -> Option<CaseId> {
    if let Change::Case(view) = change { Some(view.id) } else { None }
}
