//! A firm as its file tells it: what cores decide by, and what screens call things.
//!
//! In: what was read and checked. Out: plain data. Never here: a file position.

use contract::{AgentId, BranchId, Category, QueueId, TopicId, firm::Firm};

/// The whole content of a firm file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Book {
    /// What cores decide by, ids only.
    pub firm: Firm,
    /// What screens and messages call things.
    pub names: Names,
    /// What clients may subscribe to, in file order.
    pub topics: Vec<Topic>,
}

/// Display names; they lie in the directory, never in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Names {
    /// The firm's name.
    pub firm: String,
    /// The signature of its short messages, `【…】`.
    pub signature: String,
    /// Names of branches, in file order.
    pub branches: Vec<(BranchId, String)>,
    /// Names of queues, in file order.
    pub queues: Vec<(QueueId, String)>,
    /// Names of agents, in file order.
    pub agents: Vec<(AgentId, String)>,
}

/// Something clients subscribe to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// Its id.
    pub id: TopicId,
    /// Its name.
    pub name: String,
    /// The word that orders and cancels it, normalised.
    pub keyword: String,
    /// What its notices are, for consent, caps and lanes.
    pub category: Category,
}
