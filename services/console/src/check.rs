//! Checks before a command is given: rights, branch, exclusion, a way back to the client.
//!
//! In: a caller and what he asks. Out: the branch that decides it, or the problem he gets.
//! Never here: whether it may be done now, and whose case it is; the branch decides that.

use contract::{AgentId, BranchId, QueueId, SkillId, command::TransferTo, problem::Code, view::CaseView};

use crate::{
    api::{
        ask::{Ask, CaseAsk},
        error::Problem,
    },
    caller::Caller,
    house::House,
    rights::{Act, Scope},
};

impl House {
    /// Checks an ask as far as it can be before the branch decides; gives the branch.
    pub async fn check(&self, caller: &Caller, ask: &Ask) -> Result<BranchId, Problem> {
        match ask {
            Ask::Ready(agent) => self.check_agent(caller, Act::SetReady, agent),
            Ask::Away(agent, _) => self.check_agent(caller, Act::SetAway, agent),
            Ask::Accept(offer) | Ask::Decline(offer, _) => {
                caller.may(Act::AnswerOffers)?;
                let own = caller.own_agent()?;
                let offer = self.ports.store.views().offer(*offer).await?.ok_or_else(|| Problem::absent("offer"))?;
                if self.case(offer.case).await.is_ok_and(|case| caller.is_excluded(&case)) {
                    return Err(Problem::absent("offer"));
                }
                let foreign = || Problem::new(Code::NotYours, "that offer is before somebody else");
                if offer.agent == *own { Ok(offer.branch) } else { Err(foreign()) }
            }
            Ask::Case(id, ask) => {
                let act = act_of(ask);
                caller.may(act)?;
                let case = self.case(*id).await?;
                self.check_case(caller, act, &case, ask)
            }
            Ask::Promise(id, _) => {
                caller.may(Act::KeepPromises)?;
                let promise = self.ports.store.views().promise(*id).await?.ok_or_else(|| Problem::absent("promise"))?;
                let case = self.case(promise.case).await?;
                if caller.is_excluded(&case) {
                    return Err(Problem::absent("promise"));
                }
                caller.may_in(Act::KeepPromises, &promise.branch)?;
                Ok(promise.branch)
            }
        }
    }

    fn check_agent(&self, caller: &Caller, act: Act, agent: &AgentId) -> Result<BranchId, Problem> {
        let reach = caller.may(act)?;
        if reach == Scope::Own && caller.own_agent()? != agent {
            return Err(Problem::new(Code::NotYours, "that is another agent"));
        }
        let firm = self.ports.firm.now();
        let branch = firm.agent(agent).map(|agent| agent.branch.clone()).ok_or_else(|| Problem::absent("agent"))?;
        caller.may_in(act, &branch)?;
        Ok(branch)
    }

    /// Refuses a name that the firm in force does not have in the branch.
    fn check_name(&self, branch: &BranchId, ask: &CaseAsk) -> Result<(), Problem> {
        let firm = self.ports.firm.now();
        // A case goes to any branch; what else is named belongs to its own.
        let anywhere = matches!(ask, CaseAsk::Transfer(_));
        match named(ask) {
            Some(Named::Agent(field, agent)) if anywhere && firm.agent(agent).is_none() => {
                Err(Problem::field(field, "no such agent in the firm"))
            }
            Some(Named::Queue(field, queue)) if anywhere && firm.queue(queue).is_none() => {
                Err(Problem::field(field, "no such queue in the firm"))
            }
            Some(_) if anywhere => Ok(()),
            Some(Named::Agent(field, agent)) if firm.agent(agent).is_none_or(|known| known.branch != *branch) => {
                Err(Problem::field(field, "no such agent in this branch"))
            }
            Some(Named::Queue(field, queue)) if firm.queue(queue).is_none_or(|known| known.branch != *branch) => {
                Err(Problem::field(field, "no such queue in this branch"))
            }
            Some(Named::Language(field, language)) if !firm.book.firm.languages.contains(language) => {
                Err(Problem::field(field, "none of the firm's languages"))
            }
            Some(Named::Agent(..) | Named::Queue(..) | Named::Language(..)) | None => Ok(()),
        }
    }

    fn check_case(&self, caller: &Caller, act: Act, case: &CaseView, ask: &CaseAsk) -> Result<BranchId, Problem> {
        if caller.is_excluded(case) {
            return Err(Problem::absent("case"));
        }
        if caller.may_in(act, &case.branch)? == Scope::Own {
            caller.own_agent()?;
        }
        self.check_name(&case.branch, ask)?;
        Ok(case.branch.clone())
    }
}

/// What an ask names of the firm, and in which field.
enum Named<'a> {
    Agent(&'static str, &'a AgentId),
    Queue(&'static str, &'a QueueId),
    Language(&'static str, &'a SkillId),
}

const fn named(ask: &CaseAsk) -> Option<Named<'_>> {
    match ask {
        CaseAsk::Transfer(TransferTo::Agent(agent)) => Some(Named::Agent("to.agent", agent)),
        CaseAsk::Transfer(TransferTo::Queue(queue)) => Some(Named::Queue("to.queue", queue)),
        CaseAsk::Assign(agent) | CaseAsk::Recuse(agent) => Some(Named::Agent("agent", agent)),
        CaseAsk::Rekind(_, Some(queue)) => Some(Named::Queue("queue", queue)),
        CaseAsk::Dialect(language) => Some(Named::Language("language", language)),
        CaseAsk::Rekind(_, None)
        | CaseAsk::Reply(_)
        | CaseAsk::Callback(..)
        | CaseAsk::Pend(_)
        | CaseAsk::Close(_)
        | CaseAsk::Done
        | CaseAsk::Note(_)
        | CaseAsk::Raise
        | CaseAsk::Upset => None,
    }
}

const fn act_of(ask: &CaseAsk) -> Act {
    match ask {
        CaseAsk::Assign(_) | CaseAsk::Raise | CaseAsk::Recuse(_) => Act::LeadCases,
        CaseAsk::Reply(_)
        | CaseAsk::Transfer(_)
        | CaseAsk::Callback(..)
        | CaseAsk::Pend(_)
        | CaseAsk::Close(_)
        | CaseAsk::Done
        | CaseAsk::Note(_)
        | CaseAsk::Rekind(..)
        | CaseAsk::Upset
        | CaseAsk::Dialect(_) => Act::WorkCases,
    }
}
