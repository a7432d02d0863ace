//! What the shell asks of a State between two decisions, besides its figures.

use contract::{AccountId, AgentId, CaseId, ChannelKind, Millis};

use super::state::State;

impl State {
    /// Gives the agents who take offers, in the order of the firm file.
    #[must_use]
    pub fn ready_agents(&self) -> Vec<AgentId> {
        self.desks.iter().filter(|(_, desk)| desk.ready()).map(|(_, desk)| desk.id.clone()).collect()
    }

    /// Gives the account by which an answer to a case would go out; `None` where the client
    /// withheld his address.
    #[must_use]
    pub fn answered_by(&self, case: CaseId) -> Option<(ChannelKind, AccountId)> {
        let case = &self.cases[self.case_no(case)?];
        case.client.map(|_| (case.last.channel, case.last.account.clone()))
    }

    /// Gives how long a ready agent may be unseen before he is away.
    #[must_use]
    pub fn presence_grace(&self) -> Millis {
        self.book.firm.presence_grace
    }

    /// Gives the IANA name of the branch's time zone; `None` before there is a firm.
    #[must_use]
    pub fn time_zone(&self) -> Option<&str> {
        let id = self.book.branch.as_ref()?;
        self.book.firm.branches.iter().find(|branch| branch.id == *id).map(|branch| branch.time_zone.as_str())
    }
}
