//! `view.proto`: what a commit changed.

use super::{choices, envelopes, messages};
use crate::view::{
    AgentView, CaseView, Change, ContactView, OfferView, OutcomeView, PromiseView, ReplyView, SaidView, Told,
};

messages! {
    CaseView => CaseView {
        id, branch, state, kind, queue, priority, channel, account, client, class, owner, agent, opened_at,
        waiting_since, due_at, target, target_rule, answered_at, on_time, until, closed_at, outcome, linked, skills,
        language, marks, recused, transfers, declines, moves, came_from, seq,
    }
    OfferView => OfferView { id, case, agent, branch, made_at, expires_at, state, reason, seq }
    PromiseView => PromiseView { id, kind, branch, case, client, due_at, owner, state, tries, moves, seq }
    AgentView => AgentView { id, branch, state, reason, since, used, units, seq }
    ContactView => ContactView { id, input, branch, case, client, kind, seq }
    OutcomeView => OutcomeView { input, digest, problem, at, seq }
    ReplyView => ReplyView { delivery, case, contact, channel, account, agent, at }
    SaidView => SaidView { said, branch, at }
    Told => ToldView { case, who, why, at }
}

choices! {
    Change => Change in change { ; Case, Offer, Promise, Agent, Contact, Outcome, Reply, Told; }
}

envelopes!(Change => Change, ReplyView => ReplyView, SaidView => SaidView, CaseView => CaseView);
