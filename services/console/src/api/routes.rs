//! Every address of `/api/v1` on one page, and the document that describes them.
//!
//! In: the house. Out: a router and its OpenAPI document, made of the same list, so that
//! neither knows an address that the other does not. Never here: what a handler does.

#![expect(unused_qualifications, reason = "the macros of the OpenAPI document write them")]

mod agents;
mod alerts;
mod cases;
mod clients;
mod consents;
mod contacts;
mod dead;
mod deliveries;
mod desk;
mod figures;
mod firm;
mod import;
mod journal;
mod mine;
mod offers;
mod promises;
mod queues;
mod session;
mod setup;
mod subscriptions;
mod told;
mod users;
mod verb;

use std::any::Any;

use axum::{
    Json, Router,
    extract::DefaultBodyLimit,
    http::{HeaderValue, StatusCode, header},
    middleware::map_response,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use contract::problem::Code;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::OpenApi;
use utoipa_axum::{
    router::{OpenApiRouter, UtoipaMethodRouterExt as _},
    routes,
};

use super::{body::BODY_BYTES_MAX, error::Problem, openapi};
use crate::{commands::Given, house::Shared, pages, socket};

/// Where the API begins.
pub const ROOT: &str = "/api/v1";

/// Gives the list of addresses.
fn addresses() -> OpenApiRouter<Shared> {
    OpenApiRouter::with_openapi(openapi::Frame::openapi())
        .routes(
            routes!(session::show, session::sign_in, session::sign_out)
                .layer(DefaultBodyLimit::max(session::BODY_BYTES_MAX)),
        )
        .routes(routes!(session::ticket))
        .routes(routes!(setup::show))
        .routes(routes!(contacts::list, contacts::register))
        .routes(routes!(contacts::show))
        .routes(routes!(cases::list))
        .routes(routes!(cases::due))
        .routes(routes!(cases::show))
        .routes(routes!(cases::explain_case))
        .routes(routes!(cases::notes))
        .routes(routes!(cases::verb::reply))
        .routes(routes!(cases::verb::transfer))
        .routes(routes!(cases::verb::callback))
        .routes(routes!(cases::verb::pend))
        .routes(routes!(cases::verb::close))
        .routes(routes!(cases::verb::done))
        .routes(routes!(cases::verb::note))
        .routes(routes!(cases::verb::recuse))
        .routes(routes!(cases::verb::rekind))
        .routes(routes!(cases::verb::assign))
        .routes(routes!(cases::verb::raise))
        .routes(routes!(cases::verb::upset))
        .routes(routes!(cases::verb::dialect))
        .routes(routes!(offers::list))
        .routes(routes!(offers::show))
        .routes(routes!(offers::accept))
        .routes(routes!(offers::decline))
        .routes(routes!(desk::show))
        .routes(routes!(queues::list))
        .routes(routes!(figures::show))
        .routes(routes!(figures::history))
        .routes(routes!(agents::list))
        .routes(routes!(agents::show))
        .routes(routes!(agents::ready))
        .routes(routes!(agents::away))
        .routes(routes!(told::list))
        .routes(routes!(promises::list))
        .routes(routes!(promises::keep))
        .routes(routes!(promises::tried))
        .routes(routes!(promises::drop))
        .routes(routes!(clients::list))
        .routes(routes!(clients::show))
        .routes(routes!(clients::addresses))
        .routes(routes!(clients::history::show))
        .routes(routes!(subscriptions::topics))
        .routes(routes!(subscriptions::list))
        .routes(routes!(subscriptions::order, subscriptions::cancel))
        .routes(routes!(consents::list, subscriptions::cancel_all))
        .routes(routes!(consents::page))
        .routes(routes!(subscriptions::release))
        .routes(routes!(subscriptions::link))
        .routes(routes!(mine::show))
        .routes(routes!(mine::order, mine::cancel))
        .routes(routes!(mine::cancel_all))
        .routes(routes!(import::import))
        .routes(routes!(deliveries::list))
        .routes(routes!(deliveries::show))
        .routes(routes!(alerts::list, alerts::post))
        .routes(routes!(alerts::preview))
        .routes(routes!(alerts::show))
        .routes(routes!(alerts::deliveries))
        .routes(routes!(alerts::pause))
        .routes(routes!(alerts::resume))
        .routes(routes!(alerts::stop))
        .routes(routes!(dead::list))
        .routes(routes!(dead::show))
        .routes(routes!(dead::replay))
        .routes(routes!(dead::drop))
        .routes(routes!(journal::heads))
        .routes(routes!(journal::verify))
        .routes(routes!(journal::export))
        .routes(routes!(journal::deeds::list))
        .routes(routes!(firm::show))
        .routes(routes!(firm::check))
        .routes(routes!(firm::diff))
        .routes(routes!(firm::apply))
        .routes(routes!(users::list, users::add))
        .routes(routes!(users::show, users::end))
        .routes(routes!(users::password))
        .routes(routes!(users::tokens, users::token))
        .routes(routes!(users::link::make))
        .routes(routes!(users::end_token))
        .routes(routes!(socket::open))
}

/// Gives the addresses below their root, in a document that says whose it is.
fn described() -> OpenApiRouter<Shared> {
    OpenApiRouter::with_openapi(openapi::Frame::openapi()).nest(ROOT, addresses())
}

/// Gives the router of the API with its document at `openapi.json`, and the pages; what has no
/// address in it is a problem too.
pub fn router(house: Shared) -> Router {
    let (router, document) = described().split_for_parts();
    let document = Json(openapi::complete(document));
    router
        .route(&format!("{ROOT}/openapi.json"), get(move || async move { document }))
        .merge(pages::router())
        .route("/s/{token}", post(mine::one_click))
        .method_not_allowed_fallback(wrong_method)
        .fallback(absent)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(map_response(guarded))
        .with_state(house)
}

/// Gives the document alone.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    openapi::complete(described().into_openapi())
}

/// Answers with what became of a command; says so when it was decided before.
pub(crate) fn outcome(given: Given) -> Response {
    let mut response = match given.result {
        Ok(done) => Json(done).into_response(),
        Err(problem) => problem.into_response(),
    };
    if given.repeat {
        super::key::mark(&mut response);
    }
    response
}

/// Says of every answer that nobody keeps it, unless it says so itself, and that nobody takes it
/// for something else.
async fn guarded(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Answers what has no address.
async fn absent() -> Problem {
    Problem::absent("address")
}

/// Answers an address that does not know the method.
async fn wrong_method() -> Problem {
    Problem::new(Code::Invalid, "the address does not know this method").with_status(StatusCode::METHOD_NOT_ALLOWED)
}

/// Answers a call that a fault of ours ended.
fn panicked(_: Box<dyn Any + Send>) -> Response {
    tracing::error!("a handler panicked");
    Problem::unavailable("the call met a fault").into_response()
}
