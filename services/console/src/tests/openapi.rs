//! The document is whole: every address is mounted, every reference leads somewhere.

use std::collections::BTreeSet;

use contract::Role;
use serde_json::{Value, json};

use super::house::House;

fn document() -> Value {
    serde_json::to_value(crate::document()).unwrap()
}

/// Gives every address with its method.
pub(super) fn addresses() -> Vec<(String, String)> {
    let document = document();
    let paths = document["paths"].as_object().unwrap();
    let methods = |path: &String, item: &Value| {
        let methods = item.as_object().unwrap().keys().cloned();
        methods.map(|method| (method.to_uppercase(), path.clone())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(|(path, item)| methods(path, item)).collect()
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(!found.is_empty());
    for reference in found {
        let place = reference.trim_start_matches('#');
        assert!(document.pointer(place).is_some(), "{reference} leads nowhere");
    }
}

#[test]
fn every_operation_says_what_it_does_and_how_it_refuses() {
    let document = document();
    let mut ids = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(operation["summary"].is_string(), "{method} {path} says nothing");
            assert!(ids.insert(operation["operationId"].to_string()), "{method} {path} has another's name");
            for status in ["401", "403", "404", "409", "413", "422", "429", "503", "504"] {
                let problem = &operation["responses"][status]["content"]["application/problem+json"]["schema"];
                assert!(problem.is_object(), "{method} {path} does not say how it answers {status}");
            }
            for (status, response) in operation["responses"].as_object().unwrap() {
                assert!(response["description"].is_string(), "{method} {path} says nothing of {status}");
            }
            let named = |name: &str| {
                let parameters = operation["parameters"].as_array();
                parameters.is_some_and(|all| all.iter().any(|parameter| parameter["name"] == name))
            };
            let secret =
                ["/session", "/tickets", "/link", "/check", "/diff", "/preview"].iter().any(|end| path.ends_with(end));
            assert_eq!(named("Idempotency-Key"), method == "post" && !secret, "{method} {path}");
            for name in path.split('{').skip(1).filter_map(|part| part.split('}').next()) {
                assert!(named(name), "{method} {path} does not describe {name}");
            }
        }
    }
}

#[test]
fn a_field_tells_its_form_and_whether_null_is_taken() {
    let document = document();
    let property = |schema: &str, field: &str| document["components"]["schemas"][schema]["properties"][field].clone();
    assert_eq!(property("CloseBody", "outcome")["enum"], json!(["solved", "unsolved", "duplicate", "spam"]));
    let until = property("PendBody", "until");
    assert_eq!((&until["type"], &until["format"]), (&json!(["string", "null"]), &json!("date-time")));
}

#[tokio::test]
async fn the_document_is_served_and_every_address_in_it_is_mounted() {
    let house = House::open().await;
    let served = house.get("", "openapi.json").await;
    assert_eq!((served.status, &served.body), (200, &document()));
    assert_eq!(served.headers["cache-control"], "no-store");
    assert_eq!(served.headers["x-content-type-options"], "nosniff");
    for (method, path) in addresses() {
        let path = path.replace("{id}", "nothing").replace("{name}", "nobody");
        let answer = house.call(method.parse().unwrap(), "", &path, None, &[]).await;
        let (status, form) = match (method.as_str(), path.trim_start_matches("/api/v1/")) {
            ("POST", "session") => (422, "application/problem+json"),
            ("GET", "setup") => (200, "application/json"),
            (_, path) if path.starts_with("mine/") => (404, "application/problem+json"),
            _ => (401, "application/problem+json"),
        };
        assert_eq!(answer.status, status, "{method} {path}");
        assert_eq!(answer.headers["content-type"], form, "{method} {path}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_a_problem_too() {
    let house = House::open().await;
    let token = house.token("root", Role::Admin).await;
    for path in ["/nothing", "/api/v1", "/api/v1/nothing", "/api/v1/cases/1/fly"] {
        assert_eq!(house.get(&token, path).await.problem(), (404, "not_found"), "{path}");
    }
    let wrong = house.call(reqwest::Method::DELETE, &token, "queues", None, &[]).await;
    assert_eq!(wrong.problem(), (405, "invalid"));
}

#[test]
fn the_document_says_whose_it_is() {
    let info = crate::document().info;
    assert_eq!(info.title, "Shouwen");
    assert!(info.contact.is_none());
}
