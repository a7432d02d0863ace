//! Rights: which role may do what, and how far, on one page.
//!
//! In: a role and an act. Out: never, what is one's own, or a whole branch (every branch
//! for a user without one). Never here: whether it may be done now (the core decides that)
//! and who owns what.

use contract::Role;

/// How far a right reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The role may never.
    Never,
    /// What belongs to the caller's own agent.
    Own,
    /// All of the caller's branch; of every branch when he has none.
    Branch,
}

/// What a caller wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// Read live figures of queues.
    SeeFigures,
    /// Watch the house: channels, bus, processes.
    WatchHouse,
    /// Read who is ready and who is away.
    SeeAgents,
    /// Set an agent ready.
    SetReady,
    /// Set an agent away.
    SetAway,
    /// Read cases, offers and promises, and the reasons of decisions about them.
    SeeCases,
    /// Read who was told what about cases, without personal data.
    SeeTold,
    /// Read contacts and deliveries.
    SeeContacts,
    /// Read addresses, names and texts unmasked; each look is journalled.
    SeePersonal,
    /// Register a contact.
    RegisterContact,
    /// Accept and decline offers.
    AnswerOffers,
    /// Work on a case: reply, transfer, call back, pend, close, note, re-kind, upset, dialect.
    WorkCases,
    /// Lead: assign, raise, exclude an agent.
    LeadCases,
    /// Keep, try or drop what is owed.
    KeepPromises,
    /// Look clients up.
    SeeClients,
    /// Read what clients may subscribe to.
    SeeTopics,
    /// Read what a client subscribes to.
    SeeSubscriptions,
    /// Order and cancel at a client's word.
    ChangeSubscriptions,
    /// Read the evidence of it.
    SeeEvidence,
    /// Make links by which clients order and cancel themselves.
    MakeClientLinks,
    /// Bring the client book in.
    EnterClients,
    /// Read the list of dead letters, without bodies.
    SeeDead,
    /// Read what a dead letter holds; each look is journalled.
    OpenDead,
    /// Replay or drop dead letters.
    MendDead,
    /// Read heads of the journal and verify it.
    VerifyJournal,
    /// Read the journal's records.
    ExportJournal,
    /// Read the firm file.
    SeeFirm,
    /// Apply a firm file.
    ChangeFirm,
    /// Make users and tokens, end them.
    ManageUsers,
    /// Hold the agents' socket.
    HoldSocket,
    /// Post alerts, preview, pause and stop them.
    PostAlerts,
    /// See alerts and how far they are, without a word of them.
    SeeAlerts,
    /// Read what alerts say, and whom they reach.
    ReadAlerts,
}

const N: Scope = Scope::Never;
const O: Scope = Scope::Own;
const B: Scope = Scope::Branch;

/// The table, one line an act, one column a role in the order of `Role::ALL`.
#[rustfmt::skip]
pub const TABLE: &[(Act, [Scope; 6])] = &[
    //                        agent superv. ops compl. admin integration
    (Act::SeeFigures,       [ B,    B,      B,  B,     B,    N ]),
    (Act::WatchHouse,       [ N,    B,      B,  B,     B,    N ]),
    (Act::SeeAgents,        [ B,    B,      B,  B,     B,    N ]),
    (Act::SetReady,         [ O,    N,      N,  N,     N,    N ]),
    (Act::SetAway,          [ O,    B,      N,  N,     N,    N ]),
    (Act::SeeCases,         [ O,    B,      N,  B,     N,    N ]),
    (Act::SeeTold,          [ O,    B,      B,  B,     N,    N ]),
    (Act::SeeContacts,      [ O,    B,      N,  B,     N,    B ]),
    (Act::SeePersonal,      [ O,    B,      N,  B,     N,    N ]),
    (Act::RegisterContact,  [ O,    N,      N,  N,     N,    B ]),
    (Act::AnswerOffers,     [ O,    N,      N,  N,     N,    N ]),
    (Act::WorkCases,        [ O,    B,      N,  N,     N,    N ]),
    (Act::LeadCases,        [ N,    B,      N,  N,     N,    N ]),
    (Act::KeepPromises,     [ O,    B,      N,  N,     N,    N ]),
    (Act::SeeClients,       [ B,    B,      N,  B,     N,    B ]),
    (Act::SeeTopics,        [ B,    B,      B,  B,     B,    B ]),
    (Act::SeeSubscriptions, [ B,    B,      N,  B,     N,    B ]),
    (Act::ChangeSubscriptions, [ B, B,      N,  N,     N,    B ]),
    (Act::SeeEvidence,      [ B,    B,      N,  B,     N,    N ]),
    (Act::MakeClientLinks,  [ N,    N,      N,  N,     N,    B ]),
    (Act::EnterClients,     [ N,    N,      N,  N,     B,    B ]),
    (Act::SeeDead,          [ N,    N,      B,  B,     B,    N ]),
    (Act::OpenDead,         [ N,    N,      N,  B,     N,    N ]),
    (Act::MendDead,         [ N,    N,      B,  N,     N,    N ]),
    (Act::VerifyJournal,    [ N,    N,      B,  B,     N,    N ]),
    (Act::ExportJournal,    [ N,    N,      N,  B,     N,    N ]),
    (Act::SeeFirm,          [ N,    B,      B,  B,     B,    N ]),
    (Act::ChangeFirm,       [ N,    N,      N,  N,     B,    N ]),
    (Act::ManageUsers,      [ N,    N,      N,  N,     B,    N ]),
    (Act::HoldSocket,       [ O,    N,      N,  N,     N,    N ]),
    (Act::PostAlerts,       [ N,    B,      N,  N,     N,    B ]),
    (Act::SeeAlerts,        [ N,    B,      B,  B,     N,    B ]),
    (Act::ReadAlerts,       [ N,    B,      N,  B,     N,    B ]),
];

/// Says how far a role may go with an act.
#[must_use]
pub fn scope(role: Role, act: Act) -> Scope {
    let row = TABLE.iter().find(|(known, _)| *known == act).map(|(_, row)| row);
    let column = Role::ALL.iter().position(|known| *known == role);
    row.zip(column).and_then(|(row, column)| row.get(column)).copied().unwrap_or(Scope::Never)
}

#[cfg(test)]
mod tests;
