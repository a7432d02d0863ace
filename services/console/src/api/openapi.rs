//! The document that describes the API: what the handlers say, and what holds for all.
//!
//! In: the generated document. Out: the same with how to sign in, the `Idempotency-Key` of
//! changing requests, and the problems every address may answer with. Never here: an address.

use std::collections::BTreeMap;

use utoipa::{
    IntoResponses, Modify, OpenApi,
    openapi::{
        Content, OpenApi as Document, RefOr, Required, Response,
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
const KEYLESS: [&str; 6] = ["/session", "/tickets", "/link", "/firm/check", "/firm/diff", "/alerts/preview"];

/// Bodies without a field that must be there.
const SPARE_BODIES: [&str; 4] = ["NoBody", "AwayBody", "PendBody", "LinkBody"];

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
        for (method, operation) in all(item) {
            operation.operation_id = Some(name(method, path));
            if operation.request_body.is_some() {
                add(operation, BodyProblems::responses());
                relax(operation);
            }
            add(operation, Problems::responses());
            describe(operation);
        }
    }
    document
}

fn add(operation: &mut Operation, problems: BTreeMap<String, RefOr<Response>>) {
    for (status, problem) in problems {
        operation.responses.responses.entry(status).or_insert(problem);
    }
}

/// Says that nothing at all is as good as `{}`, where that is taken.
fn relax(operation: &mut Operation) {
    let Some(RefOr::T(body)) = &mut operation.request_body else { return };
    let is_spare = |content: &RefOr<Content>| {
        let RefOr::T(content) = content else { return false };
        let schema = serde_json::to_string(&content.schema).unwrap_or_default();
        SPARE_BODIES.iter().any(|name| schema.contains(&format!("/{name}\"")))
    };
    if body.content.values().any(is_spare) {
        body.required = Some(Required::False);
    }
}

/// Says something of every answer, for the format asks for it.
fn describe(operation: &mut Operation) {
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response
            && response.description.is_empty()
        {
            response.description = "Done, or as asked.".to_owned();
        }
    }
}

/// Names an operation, once in the document: `post_cases_id_reply`.
fn name(method: &str, path: &str) -> String {
    let words = path.split(['/', '{', '}', '-', '.']).filter(|word| !word.is_empty());
    // The first two are `api` and `v1`.
    [method].into_iter().chain(words.skip(2)).collect::<Vec<_>>().join("_")
}

fn all(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let operations =
        [("get", &mut item.get), ("post", &mut item.post), ("put", &mut item.put), ("delete", &mut item.delete)];
    operations.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
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
