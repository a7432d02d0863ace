//! An agent in the State: what he can, what he holds, since when he rests.
//!
//! In: the firm, events. Out: his room for more. Never here: which case he gets.

use std::collections::BTreeSet;

use contract::{AgentId, AgentState, Timestamp};

use super::arena::{CaseNo, ClassNo, QueueNo, SkillNo};

/// An agent's desk.
#[derive(Debug, Clone)]
pub(crate) struct Desk {
    pub(crate) id: AgentId,
    /// Whether he stands in the firm file, for this branch.
    pub(crate) employed: bool,
    pub(crate) units: u32,
    /// Units he holds, offers included.
    pub(crate) used: u32,
    pub(crate) state: AgentState,
    pub(crate) reason: Option<String>,
    pub(crate) since: Timestamp,
    /// When he last became ready, was offered or took a case or gave one back: the longest rested
    /// comes first.
    pub(crate) rested: Timestamp,
    /// Offers missed in a row.
    pub(crate) misses: u32,
    pub(crate) skills: Vec<(SkillNo, u8)>,
    pub(crate) queues: Vec<(QueueNo, ClassNo)>,
    /// Cases he is offered or holds, in the order he got them.
    pub(crate) cases: Vec<CaseNo>,
    // What the indexes hold of him; never decides.
    /// Cases that wait for him alone, in order.
    pub(crate) own: BTreeSet<(u128, CaseNo)>,
    pub(crate) listed: Option<(u8, Timestamp)>,
    pub(crate) dirty: bool,
}

impl Desk {
    pub(crate) fn new(id: AgentId, now: Timestamp) -> Self {
        Self {
            id,
            employed: true,
            units: 0,
            used: 0,
            state: AgentState::Away,
            reason: None,
            since: now,
            rested: now,
            misses: 0,
            skills: Vec::new(),
            queues: Vec::new(),
            cases: Vec::new(),
            own: BTreeSet::new(),
            listed: None,
            dirty: false,
        }
    }

    /// Says whether he takes offers.
    pub(crate) fn ready(&self) -> bool {
        self.employed && self.state == AgentState::Ready
    }

    /// Gives his level of a skill; 0 = none.
    pub(crate) fn level(&self, skill: SkillNo) -> u8 {
        self.skills.iter().find(|(own, _)| *own == skill).map_or(0, |(_, level)| *level)
    }
}
