//! Callers: who asks, by which sign, and how far his rights reach here.
//!
//! In: a user and the firm. Out: yes, or the problem he gets: 403 what his role may never,
//! 409 what is not his, 404 what he is excluded from. Never here: HTTP, the store.

use contract::{AgentId, BranchId, CaseId, Role, UserId, audit::By, command::Actor, problem::Code, view::CaseView};

use crate::{
    api::error::Problem,
    rights::{Act, Scope, scope},
    screen::is_own,
};

/// Somebody who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The name he signs in with.
    pub user: UserId,
    /// His role.
    pub role: Role,
    /// The agent he is.
    pub agent: Option<AgentId>,
    /// The one branch he works in; of an agent the firm's, `None` = all.
    pub branch: Option<BranchId>,
}

impl Caller {
    /// Says how far he may go, or that he may never.
    pub fn may(&self, act: Act) -> Result<Scope, Problem> {
        match scope(self.role, act) {
            Scope::Never => Err(Problem::new(Code::Forbidden, format!("the role {} may never do that", self.role))),
            reach @ (Scope::Own | Scope::Branch) => Ok(reach),
        }
    }

    /// Says whether he may do it in a branch.
    pub fn may_in(&self, act: Act, branch: &BranchId) -> Result<Scope, Problem> {
        let reach = self.may(act)?;
        if self.reaches(branch) { Ok(reach) } else { Err(Problem::new(Code::NotYours, "that is another branch's")) }
    }

    /// Says whether a branch is his, or all are.
    #[must_use]
    pub fn reaches(&self, branch: &BranchId) -> bool {
        self.branch.as_ref().is_none_or(|own| own == branch)
    }

    /// Refuses who works in one branch what belongs to the whole firm.
    pub fn everywhere(&self) -> Result<(), Problem> {
        let whole = || Problem::new(Code::NotYours, "that is the whole firm's, and this user works in one branch");
        if self.branch.is_none() { Ok(()) } else { Err(whole()) }
    }

    /// Says whether he may see something of a case. From whom a case is hidden, for him there is none.
    pub fn may_with(&self, act: Act, case: &CaseView) -> Result<(), Problem> {
        let reach = self.may(act)?;
        if self.is_excluded(case) {
            return Err(Problem::absent("case"));
        }
        // A matter stays its owner's wherever others work on it; who leads where it came from sees
        // what becomes of it, without personal data.
        let own = self.agent.as_ref().is_some_and(|agent| is_own(case, agent));
        let came_from = case.came_from.as_ref().filter(|_| act != Act::SeePersonal);
        if !own && !came_from.is_some_and(|branch| self.reaches(branch)) {
            self.may_in(act, &case.branch)?;
        }
        if own || reach == Scope::Branch {
            Ok(())
        } else {
            Err(Problem::new(Code::NotYours, "that case is somebody else's"))
        }
    }

    /// Says whether he may see unmasked what belongs to a case.
    #[must_use]
    pub fn sees_personal(&self, case: &CaseView) -> bool {
        self.may_with(Act::SeePersonal, case).is_ok()
    }

    /// Says whether a case is hidden from him.
    #[must_use]
    pub fn is_excluded(&self, case: &CaseView) -> bool {
        self.agent.as_ref().is_some_and(|agent| case.recused.contains(agent))
    }

    /// Gives the agent to whom `Scope::Own` is limited.
    pub fn own_agent(&self) -> Result<&AgentId, Problem> {
        self.agent.as_ref().ok_or_else(|| Problem::new(Code::Forbidden, "this user is no agent"))
    }

    /// Gives the agent that a right of such a reach is limited to, if it is.
    pub fn only(&self, reach: Scope) -> Result<Option<AgentId>, Problem> {
        if reach == Scope::Own { self.own_agent().cloned().map(Some) } else { Ok(None) }
    }

    /// Says who he is in the journal of deeds.
    #[must_use]
    pub fn by(&self) -> By {
        By { user: self.user.clone(), role: Some(self.role) }
    }

    /// Says who he is on commands.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor { user: self.user.clone(), role: self.role, agent: self.agent.clone() }
    }

    /// Gives the branch a list of what a right reaches is limited to; what is limited to his
    /// own already needs no branch.
    pub fn listed_by(&self, reach: Scope, asked: Option<BranchId>) -> Result<Option<BranchId>, Problem> {
        let all_of_his = asked.is_none() && reach == Scope::Own;
        self.listed(asked).map(|branch| branch.filter(|_| !all_of_his))
    }

    /// Gives the branch a list is limited to: his own, or the one he asks for.
    pub fn listed(&self, asked: Option<BranchId>) -> Result<Option<BranchId>, Problem> {
        match (&self.branch, asked) {
            (Some(own), Some(asked)) if *own != asked => Err(Problem::new(Code::NotYours, "that is another branch's")),
            (Some(own), _) => Ok(Some(own.clone())),
            (None, asked) => Ok(asked),
        }
    }
}

/// Says what is hidden from a caller: of a case, its id.
#[must_use]
pub fn hidden(caller: &Caller, cases: &[CaseView]) -> Vec<CaseId> {
    cases.iter().filter(|case| caller.is_excluded(case)).map(|case| case.id).collect()
}
