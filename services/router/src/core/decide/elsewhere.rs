//! Matters of other branches: which contact goes there (DESIGN 4.11).
//!
//! In: a contact, the hint where else its client has an open case, and what this branch's own
//! cases say. Out: `Forwarded`, or nothing. A hint may be stale: who gets a forwarded contact
//! keeps it, so no contact goes round. Never here: a matter of this branch.

use contract::{
    CaseId,
    inbound::Matter,
    journal::{ContactFacts, Elsewhere, Event, Forwarded},
};

use super::{
    Decision,
    contact::{Belongs, grave},
};

impl Decision<'_> {
    /// Gives the matter in another branch that a contact joins: its thread's, else an open one
    /// of the same kind where this branch has none open. A complaint or report joins there only
    /// what it answers in its own thread; else it stays where it came in. Who calls or stands at
    /// the counter is served where he is.
    pub(crate) fn forwards_to(&self, facts: &ContactFacts, here: Belongs) -> Option<Elsewhere> {
        if facts.hop > 0 || !matches!(facts.matter, Matter::Message | Matter::Menu(_)) {
            return None;
        }
        let grave = grave(facts.kind);
        let joins = |matter: &Elsewhere| {
            let (answers, alike) = (facts.thread == Some(matter.case), matter.kind == facts.kind);
            let joins = if grave { answers && alike } else { answers || (alike && !self.is_open(here)) };
            joins && self.state.book.is_another(&matter.branch)
        };
        // What the store says of a case that left is newer than what is remembered of it.
        let hint = facts.elsewhere.clone().filter(joins);
        hint.or_else(|| self.left(facts).into_iter().find(joins))
    }

    /// Gives the matters of a contact that left this branch: its thread's, and those of its
    /// client that are on their way.
    fn left(&self, facts: &ContactFacts) -> Vec<Elsewhere> {
        let on_their_way = self.state.chain_of(facts.client).filter(|(_, case)| case.moving());
        let left = facts.thread.into_iter().chain(on_their_way.map(|(_, case)| case.id));
        let matter = |case: CaseId| {
            let away = self.state.away.get(&case)?;
            Some(Elsewhere { case, branch: away.to.clone(), kind: away.kind })
        };
        left.filter_map(matter).collect()
    }

    /// Gives a contact on to the branch of its matter.
    pub(crate) fn forward(&mut self, facts: &ContactFacts, matter: &Elsewhere) {
        self.emit(Event::Forwarded(Box::new(Forwarded {
            contact: facts.contact,
            input: self.input,
            client: facts.client,
            to: matter.branch.clone(),
            case: matter.case,
        })));
    }

    fn is_open(&self, here: Belongs) -> bool {
        matches!(here, Belongs::To(number) if !self.case(number).closed())
    }
}

/// Gives the matter in another branch that a matter of its own is linked to: of the same kind, or,
/// for a complaint or report, any.
pub(crate) fn linked_elsewhere(facts: &ContactFacts) -> Option<CaseId> {
    let hint = facts.elsewhere.as_ref()?;
    (grave(facts.kind) || hint.kind == facts.kind).then_some(hint.case)
}
