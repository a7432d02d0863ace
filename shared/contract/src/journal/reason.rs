//! Why an agent got a case: bounded, so that every offer can carry it for twenty years.

use crate::{id::AgentId, time::Millis, word::Choice};

/// The longest encoded reason in bytes.
pub const REASON_BYTES_MAX: usize = 256;

/// The best candidates that a reason names.
const BEST_MAX: usize = 5;

/// The bytes that the named candidates may take together, so that the whole stays bounded.
const BEST_BYTES_MAX: usize = 180;

/// What one candidate takes besides his id: tags, lengths, shortfall, idle time.
const CANDIDATE_BYTES: usize = 16;

/// Why an agent got a case, then and not another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// What decided.
    pub choice: Choice,
    /// Agents who could take it at that moment.
    pub candidates: u32,
    /// Agents of the queue who are away.
    pub away: u32,
    /// Agents of the queue who are ready but hold too much.
    pub busy: u32,
    /// Free agents of the queue whose skills do not reach.
    pub unskilled: u32,
    /// Agents excluded from this case.
    pub excluded: u32,
    /// Cases that wait in the queue.
    pub waiting: u32,
    /// Time left until the promise to the client ends; negative when it ended.
    pub slack: Option<Millis>,
    /// The version of the firm it was decided by.
    pub firm: u64,
    /// The best candidates, the chosen one first.
    best: Vec<Candidate>,
}

/// A candidate and what ranks him.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Who.
    pub agent: AgentId,
    /// By how many levels his skills fall short of what was asked before waiting relaxed it.
    pub shortfall: u32,
    /// How long he had been idle.
    pub idle: Millis,
}

impl Reason {
    /// Starts a reason with nothing but what decided and by which firm.
    #[must_use]
    pub const fn new(choice: Choice, firm: u64) -> Self {
        Self {
            choice,
            candidates: 0,
            away: 0,
            busy: 0,
            unskilled: 0,
            excluded: 0,
            waiting: 0,
            slack: None,
            firm,
            best: Vec::new(),
        }
    }

    /// Names the best candidates, as many as the bound allows.
    #[must_use]
    pub fn with_best(mut self, best: Vec<Candidate>) -> Self {
        self.best = best;
        self.best.truncate(BEST_MAX);
        let mut bytes = 0;
        let fits = |candidate: &Candidate| {
            bytes += candidate.agent.as_str().len() + CANDIDATE_BYTES;
            bytes <= BEST_BYTES_MAX
        };
        let kept = self.best.iter().map(fits).take_while(|fits| *fits).count();
        self.best.truncate(kept);
        self
    }

    /// Gives the best candidates, the chosen one first.
    #[must_use]
    pub fn best(&self) -> &[Candidate] {
        &self.best
    }
}
