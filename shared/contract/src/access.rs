//! Looks at personal data: the records of the streams `access/<process>`.
//!
//! In: who is about to be shown what. Out: one record a look, written before it is shown.
//! Never here: what was seen; ids only.

use crate::{
    id::{CaseId, ClientId, ContactId, DeadId, DeliveryId, UserId},
    time::Timestamp,
    word::Role,
};

/// One look of a person at unmasked data of clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub user: UserId,
    /// In which role.
    pub role: Role,
    /// Where it was shown, in one word: `contact`, `contacts`, `case`, `screen`, `client`, `deliveries`,
    /// `dead_letter`.
    pub place: String,
    /// The case that he looked for, where there is one.
    pub case: Option<CaseId>,
    /// Contacts that were shown.
    pub contacts: Vec<ContactId>,
    /// Answers that were shown.
    pub deliveries: Vec<DeliveryId>,
    /// Clients whose names or addresses were shown.
    pub clients: Vec<ClientId>,
    /// Dead letters whose content was shown.
    pub letters: Vec<DeadId>,
}
