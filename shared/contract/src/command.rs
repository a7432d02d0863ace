//! What people and programs ask a branch to do: the messages of `command.<branch>`.
//!
//! In: what the console checked for form and rights. Out: the core's input.
//! Never here: whether it may be done now; that is the core's to decide.

use crate::{
    id::{AgentId, BranchId, CaseId, DeliveryId, InputId, OfferId, PromiseId, QueueId, SkillId, UserId, derived},
    journal::Moved,
    seal::Sealed,
    time::{Millis, Timestamp},
    word::{DeclineReason, Kind, Outcome, Role},
};

/// How far ahead a case may be laid aside or a call-back agreed: 366 days.
pub const AHEAD_MAX: Millis = Millis::from_secs(366 * 24 * 3600);

/// One command, with who gives it and an id that makes a repeat harmless.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Derived from session and `ref`, or from the `Idempotency-Key`.
    pub id: InputId,
    /// HMAC of verb and content: the same id with another one is `invalid`.
    pub digest: Vec<u8>,
    /// The branch it goes to.
    pub branch: BranchId,
    /// When the console took it.
    pub given_at: Timestamp,
    /// Who gives it.
    pub by: Actor,
    /// What is asked.
    pub verb: Verb,
    /// Free text of it in UTF-8 (a reply, a note, a number), sealed for `about::text` of the
    /// delivery's id (a reply) or the command's (the rest); the core never sees it.
    pub sealed: Option<Sealed>,
}

/// Who gives a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The name he signs in with, or `presence`, `console` for the house itself.
    pub user: UserId,
    /// His role.
    pub role: Role,
    /// The agent he is, if any.
    pub agent: Option<AgentId>,
}

impl Actor {
    /// Gives who speaks for one branch to another.
    #[must_use]
    pub fn router() -> Self {
        Self { user: "router".parse().expect("a plain word is a user name"), role: Role::Supervisor, agent: None }
    }
}

impl Command {
    /// Makes what the branch tells that a case leaves for. Its id is derived from the move, so
    /// that what is told twice is known.
    #[must_use]
    pub fn move_in(moved: &Moved, given_at: Timestamp) -> Self {
        let id = move_id(b"move in", moved.case, moved.moves);
        Self::of_router(id, &moved.to, given_at, Verb::MoveIn(Box::new(moved.clone())))
    }

    /// Makes what the branch tells that has a case to the one it left.
    #[must_use]
    pub fn move_done(moved: &Moved, given_at: Timestamp) -> Self {
        let id = move_id(b"move done", moved.case, moved.moves);
        Self::of_router(id, &moved.from, given_at, Verb::MoveDone(moved.case, moved.moves))
    }

    fn of_router(id: InputId, branch: &BranchId, given_at: Timestamp, verb: Verb) -> Self {
        Self { id, digest: Vec::new(), branch: branch.clone(), given_at, by: Actor::router(), verb, sealed: None }
    }
}

fn move_id(step: &[u8], case: CaseId, moves: u32) -> InputId {
    InputId::new(derived(&[step, &case.to_bytes(), &moves.to_be_bytes()]))
}

/// What is asked of a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verb {
    /// The agent takes offers.
    Ready(AgentId),
    /// The agent takes no offers.
    Away(AgentId, String),
    /// These offers reached a screen each.
    OffersShown(Vec<OfferId>),
    /// Take the case.
    Accept(OfferId),
    /// Refuse the case.
    Decline(OfferId, DeclineReason),
    /// Answer the client; the text is sealed beside it, the delivery has this id.
    Reply(CaseId, DeliveryId),
    /// Give the case to a queue or an agent.
    Transfer(CaseId, TransferTo),
    /// Agree a call-back at this time, or another time for the one that is agreed already; a
    /// number to call stands in the sealed text.
    Callback(CaseId, Timestamp),
    /// The owed call was made (or the client is reached otherwise).
    Keep(PromiseId),
    /// A try to reach the client failed.
    Tried(PromiseId),
    /// The promise no longer binds.
    Drop(PromiseId),
    /// Lay the case aside until a time.
    Pend(CaseId, Option<Timestamp>),
    /// End the case.
    Close(CaseId, Outcome),
    /// End the wrap-up.
    Done(CaseId),
    /// Exclude an agent from the case.
    Recuse(CaseId, AgentId),
    /// Give the case another kind, and the queue that goes with it unless one is named.
    Rekind(CaseId, Kind, Option<QueueId>),
    /// Give the case straight to an agent, by a shift leader.
    Assign(CaseId, AgentId),
    /// Precede every normal case, by a shift leader.
    Raise(CaseId),
    /// Add a note; the text is sealed beside it.
    Note(CaseId),
    /// Mark the client as upset.
    Upset(CaseId),
    /// Nobody here understands the client: find who speaks this language.
    Dialect(CaseId, SkillId),
    /// Take a case that left another branch; given by that branch's router.
    MoveIn(Box<Moved>),
    /// The branch that a case left for has it, by this move; given by that branch's router.
    MoveDone(CaseId, u32),
}

/// Where a transfer goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransferTo {
    /// To whoever is free in a queue.
    Queue(QueueId),
    /// To one agent.
    Agent(AgentId),
}
