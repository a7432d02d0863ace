//! Offers: what stands before an agent, taken or refused.
//!
//! In: offer views. Out: shapes, commands. Never here: making an offer.

use axum::{Json, extract::State};
use contract::{AgentId, OfferId, problem::Code, view::OfferView};
use serde::Deserialize;
use utoipa::IntoParams;

use super::verb::verbs;
use crate::{
    api::{
        allowed::form,
        ask::{Ask, DeclineBody, NoBody},
        body::{Path, Wanted, id, maybe},
        error::Problem,
        shape::{List, OfferShape},
    },
    caller::Caller,
    house::Shared,
    rights::{Act, Scope},
};

/// Which offers.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Query {
    /// Before this agent; an agent need not name himself.
    #[serde(default, deserialize_with = "maybe")]
    #[param(schema_with = form::<AgentId>, required = false)]
    agent: Option<AgentId>,
}

/// The open offers before an agent.
#[utoipa::path(get, path = "/offers", tag = "desk", params(Query), responses((status = 200, body = List<OfferShape>)))]
pub(crate) async fn list(
    State(house): State<Shared>,
    caller: Caller,
    wanted: Wanted,
) -> Result<Json<List<OfferShape>>, Problem> {
    let reach = caller.may(Act::SeeCases)?;
    let query: Query = wanted.read()?;
    let agent = query.agent.or_else(|| caller.agent.clone());
    let agent = agent.ok_or_else(|| Problem::field("agent", "missing field"))?;
    if reach == Scope::Own && caller.own_agent()? != &agent {
        return Err(Problem::new(Code::NotYours, "that is another agent"));
    }
    let known = house.ports.firm.now().agent(&agent).map(|agent| agent.branch.clone());
    caller.may_in(Act::SeeCases, &known.ok_or_else(|| Problem::absent("agent"))?)?;
    let offers = house.ports.store.views().open_offers(&agent).await?;
    let mut shown = Vec::with_capacity(offers.len());
    for offer in offers {
        if !is_hidden(&house, &caller, &offer).await? {
            shown.push(OfferShape::from(&offer));
        }
    }
    Ok(Json(List::whole(shown)))
}

/// One offer.
#[utoipa::path(get, path = "/offers/{id}", tag = "desk", responses((status = 200, body = OfferShape)))]
pub(crate) async fn show(
    State(house): State<Shared>,
    caller: Caller,
    Path(offer): Path<String>,
) -> Result<Json<OfferShape>, Problem> {
    let reach = caller.may(Act::SeeCases)?;
    let offer: OfferId = id(&offer, "offer")?;
    let offer = house.ports.store.views().offer(offer).await?.ok_or_else(|| Problem::absent("offer"))?;
    if is_hidden(&house, &caller, &offer).await? {
        return Err(Problem::absent("offer"));
    }
    caller.may_in(Act::SeeCases, &offer.branch)?;
    if reach == Scope::Own && caller.own_agent()? != &offer.agent {
        return Err(Problem::new(Code::NotYours, "that offer is before somebody else"));
    }
    Ok(Json((&offer).into()))
}

verbs! {
    "desk" of "offer";
    /// Takes the case.
    accept "/offers/{id}/accept" NoBody AnswerOffers |id, _body, house| Ask::Accept(id);
    /// Refuses the case, with a reason.
    decline "/offers/{id}/decline" DeclineBody AnswerOffers |id, body, house| Ask::Decline(id, body.reason.0);
}

async fn is_hidden(house: &Shared, caller: &Caller, offer: &OfferView) -> Result<bool, Problem> {
    let case = house.ports.store.views().case(offer.case).await?;
    Ok(case.is_some_and(|case| caller.is_excluded(&case)))
}
