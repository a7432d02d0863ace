//! Verbs: what is done about a case, one address each.
//!
//! In: bodies. Out: commands and what became of them. Never here: whether it may be done now.

use axum::{
    extract::{Path, State},
    response::Response,
};

use crate::{
    api::{
        ask::{AgentBody, Ask, CallbackBody, CaseAsk, CloseBody, NoBody, PendBody, RekindBody, TextBody, TransferBody},
        body::{Sent, id},
        error::Problem,
        key::Key,
        routes::agents::give,
        shape::Done,
    },
    caller::Caller,
    house::Shared,
    rights::Act,
};

macro_rules! verbs {
    ($($(#[$doc:meta])* $name:ident $path:literal $body:ident $act:ident |$read:ident, $house:ident| $ask:expr;)*) => {$(
        $(#[$doc])*
        #[utoipa::path(post, path = $path, tag = "cases", request_body = $body, responses((status = 200, body = Done)))]
        pub(crate) async fn $name(
            State($house): State<Shared>,
            caller: Caller,
            Path(case): Path<String>,
            key: Key,
            sent: Sent,
        ) -> Result<Response, Problem> {
            caller.may(Act::$act)?;
            let case = id(&case, "case")?;
            let $read = sent.read::<$body>()?;
            let ask = $ask;
            give(&$house, &caller, key, Ask::Case(case, ask)).await
        }
    )*};
}

verbs! {
    /// Answers the client, on the channel he came by.
    reply "/cases/{id}/reply" TextBody WorkCases |body, house| CaseAsk::Reply(body.text()?);
    /// Gives the case to a queue or an agent.
    transfer "/cases/{id}/transfer" TransferBody WorkCases |body, house| CaseAsk::Transfer(body.to()?);
    /// Agrees a call-back 回电.
    callback "/cases/{id}/callback" CallbackBody WorkCases |body, house| body.callback(house.clock().now())?;
    /// Lays the case aside until a time.
    pend "/cases/{id}/pend" PendBody WorkCases |body, house| CaseAsk::Pend(body.until(house.clock().now())?);
    /// Ends the case; its agent wraps up.
    close "/cases/{id}/close" CloseBody WorkCases |body, house| CaseAsk::Close(body.outcome.0);
    /// Ends the wrap-up.
    done "/cases/{id}/done" NoBody WorkCases |_body, house| CaseAsk::Done;
    /// Adds a note.
    note "/cases/{id}/note" TextBody WorkCases |body, house| CaseAsk::Note(body.text()?);
    /// Excludes an agent from the case, by a shift leader.
    recuse "/cases/{id}/recuse" AgentBody LeadCases |body, house| CaseAsk::Recuse(body.agent.0);
    /// Gives the case another kind 改类型.
    rekind "/cases/{id}/rekind" RekindBody WorkCases |body, house| CaseAsk::Rekind(body.kind.0, body.queue);
    /// Gives the case straight to an agent, by a shift leader.
    assign "/cases/{id}/assign" AgentBody LeadCases |body, house| CaseAsk::Assign(body.agent.0);
    /// Lets the case precede every normal one, by a shift leader.
    raise "/cases/{id}/raise" NoBody LeadCases |_body, house| CaseAsk::Raise;
}
