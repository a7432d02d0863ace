//! Words of the moment: what was just committed, where an answer stands, how queues stand.
//!
//! In: views. Out: what processes tell each other over coordination; each may be lost, for
//! the store has it. Never here: personal data.

use std::sync::Arc;

use crate::{
    delivery::DeliveryView,
    id::{AgentId, BranchId},
    time::Timestamp,
    view::{Change, QueueView},
};

/// What one commit of a branch changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Committed {
    /// The branch.
    pub branch: BranchId,
    /// The lease under which it was committed.
    pub epoch: u64,
    /// The first record of the commit.
    pub first_seq: u64,
    /// The last record of the commit.
    pub seq: u64,
    /// What changed, in order.
    pub changes: Vec<Change>,
}

/// How far a branch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The present lease.
    pub epoch: u64,
    /// The last committed record.
    pub seq: u64,
}

/// Where an answer of a branch stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The answer.
    pub delivery: DeliveryView,
    /// Who wrote it.
    pub author: Option<AgentId>,
}

/// What is said of a branch, to many at once.
#[derive(Debug, Clone, PartialEq)]
pub enum Said {
    /// A commit.
    Commit(Arc<Committed>),
    /// How far it is.
    Head(Head),
    /// Where an answer stands.
    Standing(Arc<Standing>),
}

/// What a process says of a branch to all others.
#[derive(Debug, Clone, PartialEq)]
pub struct Broadcast {
    /// The process, so that it does not hear itself.
    pub from: u128,
    /// What it says.
    pub said: Said,
}

/// How a branch stands.
#[derive(Debug, Clone, PartialEq)]
pub struct BranchFigures {
    /// When it was so.
    pub at: Timestamp,
    /// The digest of the firm that its committed decisions go by; `None` while another one waits
    /// for its commit.
    pub firm: Option<Vec<u8>>,
    /// Its queues, in firm order.
    pub queues: Vec<QueueView>,
    /// Cases that waited although a free agent might have taken them (invariant I-3), ever
    /// since the router started: always 0.
    pub violations: u64,
}

/// What a process says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessReport {
    /// When it started: what it counts began at 0 then.
    pub started_at: Timestamp,
    /// Its version.
    pub version: String,
    /// How its parts are, by name.
    pub parts: Vec<PartReport>,
    /// What the queues of the bus hold, as far as it uses them.
    pub depths: Vec<DepthReport>,
    /// What it has counted since it started.
    pub counts: Vec<CountReport>,
}

/// How one part of a process is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartReport {
    /// Its name.
    pub name: String,
    /// `starting`, `well`, `hindered` or `failed`.
    pub state: String,
    /// Why, in words.
    pub why: Option<String>,
}

/// What one queue of the bus holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DepthReport {
    /// Its name, `route.hq`.
    pub queue: String,
    /// Messages, with those that are out at consumers of this process.
    pub messages: u64,
}

/// How often something happened at an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountReport {
    /// What: `accepted`, `repeated`, `refused` of contacts; of deliveries the state they came to.
    pub what: String,
    /// The channel.
    pub channel: String,
    /// The channel's account.
    pub account: String,
    /// The lane; empty where there is none.
    pub lane: String,
    /// How often.
    pub count: u64,
}
