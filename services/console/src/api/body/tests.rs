//! Bodies: unknown, missing and wrong fields are named; nothing is repeated.

use contract::{AgentId, Outcome};
use serde::Deserialize;

use super::*;
use crate::api::ask::{CloseBody, TextBody, TransferBody};

fn field<T: DeserializeOwned>(text: &str) -> String {
    let problem = parse::<T>(text.as_bytes()).err().expect("refused").shape();
    assert_eq!((problem.status, problem.code), (422, "invalid"));
    assert!(!problem.detail.contains("secret"), "{}", problem.detail);
    problem.field.unwrap_or_default()
}

#[test]
fn a_known_body_is_read() {
    assert_eq!(parse::<CloseBody>(br#"{"outcome":"solved"}"#).unwrap().outcome, Text(Outcome::Solved));
    let to = parse::<TransferBody>(br#"{"to":{"agent":"lin"}}"#).unwrap().to;
    assert_eq!(to.agent, Some("lin".parse::<AgentId>().unwrap()));
}

#[test]
fn the_wrong_field_is_named() {
    assert_eq!(field::<TextBody>(r#"{"text":"a","secret":"b"}"#), "secret");
    assert_eq!(field::<TextBody>("{}"), "text");
    assert_eq!(field::<TextBody>(r#"{"text":7}"#), "text");
    assert_eq!(field::<TextBody>(r#"{"text":"a","text":"b"}"#), "text");
    assert_eq!(field::<CloseBody>(r#"{"outcome":"secret"}"#), "outcome");
    assert_eq!(field::<TransferBody>(r#"{"to":{"agent":"Secret Name"}}"#), "to.agent");
    assert_eq!(field::<TransferBody>(r#"{"to":{"desk":"x"}}"#), "to.desk");
    assert_eq!(field::<TransferBody>(r#"{"to":"lin"}"#), "to");
}

#[test]
fn what_is_no_json_is_invalid_without_a_field() {
    for text in ["", "{", "nonsense", r#"{"text":"a"} x"#, "{\"text\":\"\u{0}\"}", "[]"] {
        let problem = parse::<TextBody>(text.as_bytes()).err().expect(text);
        assert_eq!(problem.shape().status, 422, "{text}");
    }
}

#[test]
fn a_query_is_read_as_strictly() {
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Query {
        #[serde(default, deserialize_with = "maybe")]
        limit: Option<u64>,
    }
    let read = |text: &str| typed::<Query>(serde_json::from_str(text).unwrap());
    assert_eq!(read(r#"{"limit":"20"}"#).unwrap().limit, Some(20));
    assert_eq!(read(r#"{"limit":"many"}"#).unwrap_err().shape().field.as_deref(), Some("limit"));
    assert_eq!(read(r#"{"size":"20"}"#).unwrap_err().shape().field.as_deref(), Some("size"));
}
