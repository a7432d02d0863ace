//! Verbs: what is done about a case, one address each.
//!
//! In: bodies. Out: commands and what became of them. Never here: whether it may be done now.

use crate::api::{
    ask::{
        AgentBody, Ask, CallbackBody, CaseAsk, CloseBody, DialectBody, NoBody, PendBody, RekindBody, TextBody,
        TransferBody,
    },
    routes::verb::verbs,
};

verbs! {
    "cases" of "case";
    /// Answers the client, on the channel he came by.
    reply "/cases/{id}/reply" TextBody WorkCases |case, body, house| Ask::Case(case, CaseAsk::Reply(body.text()?));
    /// Gives the case to a queue or an agent.
    transfer "/cases/{id}/transfer" TransferBody WorkCases |case, body, house| Ask::Case(case, CaseAsk::Transfer(body.to()?));
    /// Agrees a call-back 回电; where one is agreed already, another time for it.
    callback "/cases/{id}/callback" CallbackBody WorkCases |case, body, house| Ask::Case(case, body.callback(house.clock().now())?);
    /// Lays the case aside until a time.
    pend "/cases/{id}/pend" PendBody WorkCases |case, body, house| Ask::Case(case, CaseAsk::Pend(body.until(house.clock().now())?));
    /// Ends the case; its agent wraps up.
    close "/cases/{id}/close" CloseBody WorkCases |case, body, house| Ask::Case(case, CaseAsk::Close(body.outcome.0));
    /// Ends the wrap-up.
    done "/cases/{id}/done" NoBody WorkCases |case, _body, house| Ask::Case(case, CaseAsk::Done);
    /// Adds a note.
    note "/cases/{id}/note" TextBody WorkCases |case, body, house| Ask::Case(case, CaseAsk::Note(body.text()?));
    /// Excludes an agent from the case, by a shift leader.
    recuse "/cases/{id}/recuse" AgentBody LeadCases |case, body, house| Ask::Case(case, CaseAsk::Recuse(body.agent.0));
    /// Gives the case another kind 改类型.
    rekind "/cases/{id}/rekind" RekindBody WorkCases |case, body, house| Ask::Case(case, CaseAsk::Rekind(body.kind.0, body.queue));
    /// Gives the case straight to an agent, by a shift leader.
    assign "/cases/{id}/assign" AgentBody LeadCases |case, body, house| Ask::Case(case, CaseAsk::Assign(body.agent.0));
    /// Marks the client as upset 情绪激动; the shift leader hears of it once.
    upset "/cases/{id}/upset" NoBody WorkCases |case, _body, house| Ask::Case(case, CaseAsk::Upset);
    /// Finds who speaks the client's language 听不懂方言: an offer to a speaker who is free, else a call-back by one.
    dialect "/cases/{id}/dialect" DialectBody WorkCases |case, body, house| Ask::Case(case, CaseAsk::Dialect(body.language.0));
    /// Lets the case precede every normal one, by a shift leader.
    raise "/cases/{id}/raise" NoBody LeadCases |case, _body, house| Ask::Case(case, CaseAsk::Raise);
}
