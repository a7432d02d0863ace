//! Verbs: what is done about a thing, one address each, as a list.
//!
//! In: a path, a body, a right, and what it asks of the branch. Out: handlers. Never here:
//! whether it may be done now.

use axum::response::Response;

use super::outcome;
use crate::{
    api::{ask::Ask, error::Problem, key::Key},
    caller::Caller,
    house::Shared,
};

/// Writes one handler a line: the right first, then the id, then the body.
macro_rules! verbs {
    ($tag:literal of $what:literal; $(
        $(#[$doc:meta])* $name:ident $path:literal $body:ident $act:ident |$id:ident, $read:ident, $house:ident| $ask:expr;
    )*) => {$(
        $(#[$doc])*
        #[utoipa::path(post, path = $path, tag = $tag, request_body = $body, responses((status = 200, body = $crate::api::shape::Done)))]
        pub(crate) async fn $name(
            axum::extract::State($house): axum::extract::State<$crate::house::Shared>,
            caller: $crate::caller::Caller,
            $crate::api::body::Path($id): $crate::api::body::Path<String>,
            key: $crate::api::key::Key,
            sent: $crate::api::body::Sent,
        ) -> Result<axum::response::Response, $crate::api::error::Problem> {
            caller.may($crate::rights::Act::$act)?;
            let $id = $crate::api::body::id(&$id, $what)?;
            let $read = sent.read::<$body>()?;
            let ask = $ask;
            $crate::api::routes::verb::give(&$house, &caller, key, ask).await
        }
    )*};
}
pub(super) use verbs;

/// Checks an ask, gives it to the branch, answers with what became of it.
pub(super) async fn give(house: &Shared, caller: &Caller, key: Key, ask: Ask) -> Result<Response, Problem> {
    let branch = house.check(caller, &ask).await?;
    Ok(outcome(house.commands.give(caller, &key.name(), &branch, &ask).await?))
}
