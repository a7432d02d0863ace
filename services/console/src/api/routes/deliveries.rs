//! Deliveries: the answers of a case and where each stands on its way.
//!
//! In: what branches accepted, what the notifier made of it. Out: shapes, open or masked.
//! Never here: sending.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use contract::{
    CaseId, DeliveryId,
    delivery::DeliveryView,
    view::{CaseView, ReplyView},
};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    api::{
        allowed::form,
        body::{Path, Text, Wanted, id},
        error::Problem,
        shape::{DeliveryShape, List, contact::DeliveryHead},
    },
    caller::Caller,
    house::{House, Shared},
    picture::Shown,
    rights::Act,
};

/// Which deliveries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Query {
    /// The case.
    #[serde(alias = "case")]
    #[param(schema_with = form::<CaseId>)]
    case_id: Text<CaseId>,
}

/// The answers of a case, in the order they were given.
#[utoipa::path(get, path = "/deliveries", tag = "cases", params(Query), responses((status = 200, body = List<DeliveryShape>)))]
pub(crate) async fn list(
    State(house): State<Shared>,
    caller: Caller,
    wanted: Wanted,
) -> Result<Json<List<DeliveryShape>>, Problem> {
    caller.may(Act::SeeContacts)?;
    let query: Query = wanted.read()?;
    let case = house.case(query.case_id.0).await?;
    caller.may_with(Act::SeeContacts, &case)?;
    let replies = house.ports.store.views().replies_of_case(case.id).await?;
    let standing = house.ports.store.deliveries().of_case(case.id).await?;
    let heads = heads(replies, standing);
    house.show_deliveries(&caller, &case, heads).await.map(|shapes| Json(List::whole(shapes)))
}

/// One answer.
#[utoipa::path(get, path = "/deliveries/{id}", tag = "cases", responses((status = 200, body = DeliveryShape)))]
pub(crate) async fn show(
    State(house): State<Shared>,
    caller: Caller,
    Path(delivery): Path<String>,
) -> Result<Json<DeliveryShape>, Problem> {
    caller.may(Act::SeeContacts)?;
    let absent = || Problem::absent("delivery");
    let delivery: DeliveryId = id(&delivery, "delivery")?;
    let reply = house.ports.store.views().reply(delivery).await?.ok_or_else(absent)?;
    let case = house.case(reply.case).await?;
    if caller.is_excluded(&case) {
        return Err(absent());
    }
    caller.may_with(Act::SeeContacts, &case)?;
    let standing = house.ports.store.deliveries().get(delivery).await?;
    let heads = heads(vec![reply], standing.into_iter().collect());
    house.show_deliveries(&caller, &case, heads).await?.pop().map(Json).ok_or_else(absent)
}

/// Joins what the branch accepted with where it stands.
pub(super) fn heads(replies: Vec<ReplyView>, standing: Vec<DeliveryView>) -> Vec<DeliveryHead> {
    let mut standing: BTreeMap<DeliveryId, DeliveryView> = standing.into_iter().map(|view| (view.id, view)).collect();
    let join = |reply: ReplyView| DeliveryHead { standing: standing.remove(&reply.delivery), reply };
    replies.into_iter().map(join).collect()
}

impl House {
    async fn show_deliveries(
        &self,
        caller: &Caller,
        case: &CaseView,
        heads: Vec<DeliveryHead>,
    ) -> Result<Vec<DeliveryShape>, Problem> {
        let firm = self.ports.firm.now();
        let ids: Vec<DeliveryId> = heads.iter().map(|head| head.reply.delivery).collect();
        if !caller.sees_personal(case) || ids.is_empty() {
            return Ok(heads.iter().map(|head| DeliveryShape::new(head, None, &firm)).collect());
        }
        self.look(caller, "deliveries", Shown { case: Some(case.id), deliveries: ids.clone(), ..Shown::default() })
            .await?;
        let bits: Vec<u128> = ids.iter().map(|id| id.bits()).collect();
        let texts = self.ports.store.views().texts(&bits).await?;
        let text = |head: &DeliveryHead| {
            let found = texts.iter().find(|text| text.id == head.reply.delivery.bits());
            found.and_then(|text| self.open_text(text))
        };
        Ok(heads.iter().map(|head| DeliveryShape::new(head, text(head), &firm)).collect())
    }
}
