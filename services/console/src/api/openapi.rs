//! The document that describes the API: what the handlers say, and what holds for all.
//!
//! In: the generated document. Out: the same with how to sign in, the `Idempotency-Key` of
//! changing requests, and the problems every address may answer with. Never here: an address.

use std::collections::BTreeMap;

use utoipa::{
    IntoResponses, Modify, OpenApi,
    openapi::{
        OpenApi as Document, RefOr, Required, Response,
        path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem},
        schema::{ObjectBuilder, SchemaType, Type},
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

use super::{
    error::{BodyProblems, KeyProblems, ProblemShape, Problems},
    key::KEY_CHARS_MAX,
};
use crate::door::COOKIE;

/// The document before the addresses are in it.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Shouwen",
        description = "What clients say, routed to the right agent within the promised time. \
                       Times are RFC 3339 with offset, spans whole seconds named `…_s`, ids texts; \
                       lists are `{\"items\", \"next\"}` with opaque cursors; every refusal is a \
                       problem (RFC 9457) with a stable `code`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    components(schemas(ProblemShape)),
    modifiers(&Signs),
)]
pub struct Frame;

/// Posts that change nothing, or whose answer is a secret of its own.
const KEYLESS: [&str; 4] = ["/session", "/tickets", "/firm/check", "/firm/diff"];

struct Signs;

impl Modify for Signs {
    fn modify(&self, document: &mut Document) {
        let bearer = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
        let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(COOKIE)));
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", bearer);
        components.add_security_scheme("session", cookie);
        let none: [&str; 0] = [];
        document.security =
            Some(vec![SecurityRequirement::new("bearer", none), SecurityRequirement::new("session", none)]);
    }
}

/// Adds what holds for every address.
#[must_use]
pub fn complete(mut document: Document) -> Document {
    for (path, item) in &mut document.paths.paths {
        let counts = !KEYLESS.iter().any(|end| path.ends_with(end));
        if let Some(operation) = item.post.as_mut().filter(|_| counts) {
            operation.parameters.get_or_insert_default().push(RefOr::T(key()));
        }
        if let Some(operation) = item.post.as_mut().filter(|_| counts) {
            add(operation, KeyProblems::responses());
        }
        for operation in all(item) {
            if operation.request_body.is_some() {
                add(operation, BodyProblems::responses());
            }
            add(operation, Problems::responses());
        }
    }
    document
}

fn add(operation: &mut Operation, problems: BTreeMap<String, RefOr<Response>>) {
    for (status, problem) in problems {
        operation.responses.responses.entry(status).or_insert(problem);
    }
}

fn all(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.post, &mut item.put, &mut item.delete].into_iter().flatten()
}

fn key() -> Parameter {
    let text = ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .min_length(Some(1))
        .max_length(Some(KEY_CHARS_MAX))
        .build();
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "Makes a repeat harmless: the same request under the same key gets the first answer again, with \
             `Idempotent-Replay: true`; another request under it is `invalid`.",
        ))
        .schema(Some(text))
        .build()
}
