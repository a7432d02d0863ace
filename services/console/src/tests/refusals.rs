//! Refusals: whoever sends something wrong reads which field, and what is allowed.

use contract::{
    CaseId, CaseState, OfferState, PromiseState, Role,
    command::{TransferTo, Verb},
    problem::Code,
};
use reqwest::Method;
use serde_json::{Value, json};

use super::house::{House, case, id, offer};

async fn with_a_case() -> (House, String) {
    let house = House::open().await;
    let token = house.token("lin", Role::Agent).await;
    house.contact(11, case(1, CaseState::Active, "lin", Some("lin")), "您好").await;
    house.commit(vec![offer(5, 1, "lin", OfferState::Open)], vec![], vec![]).await;
    (house, token)
}

/// Says that an answer refuses a field with these words, and repeats nothing it was sent.
fn refuses(answer: &super::house::Answer, field: &str, words: &str, of: &str) {
    assert_eq!(answer.problem(), (422, "invalid"), "{of}: {}", answer.body);
    assert_eq!(answer.body["field"], field, "{of}: {}", answer.body);
    let detail = answer.body["detail"].as_str().unwrap();
    assert!(detail.contains(words), "{of}: {detail}");
    assert!(!detail.contains("138"), "{of}: {detail}");
}

#[tokio::test]
async fn a_wrong_body_reads_what_is_allowed() {
    let (house, lin) = with_a_case().await;
    let lead = house.token_of("xie", Role::Supervisor, Some("hq")).await;
    let root = house.token("root", Role::Admin).await;
    let crm = house.token("crm", Role::Integration).await;
    let at = |verb: &str| format!("cases/{}/{verb}", id(1));
    let decline = format!("offers/{}/decline", id(5));
    let long = "x".repeat(65);
    let table: Vec<(&str, String, Value, &str, &str)> = vec![
        (&lin, at("close"), json!({"outcome": "13800001234"}), "outcome", "one of solved, unsolved, duplicate, spam"),
        (&lin, at("close"), json!({"outcome": 13_800_001_234_u64}), "outcome", "needs a text"),
        (&lin, at("close"), json!({"how": "solved"}), "how", "known are outcome"),
        (&lin, at("close"), json!({}), "outcome", "missing"),
        (&lin, at("done"), json!({"now": true}), "now", "none is known"),
        (&lin, at("pend"), json!({"until": "9999-12-01T00:00:00Z"}), "until", "366 days"),
        (&lin, at("pend"), json!({"until": "9999-12-31T23:59:59Z"}), "until", "366 days"),
        (&lin, at("pend"), json!({"until": "2026-11-10"}), "until", "RFC 3339 time with an offset"),
        (&lin, at("callback"), json!({"at": "9999-01-01T00:00:00Z"}), "at", "366 days"),
        (&lin, at("callback"), json!({"at": "2026-11-10T09:00:00Z", "number": "x13800001234"}), "number", "telephone"),
        (&lin, at("transfer"), json!({"to": {"agent": "nobody"}}), "to.agent", "no such agent in the firm"),
        (&lin, at("transfer"), json!({"to": {"queue": "nowhere"}}), "to.queue", "no such queue in the firm"),
        (&lin, at("transfer"), json!({"to": {"agent": "Herr 13800001234"}}), "to.agent", "a-z"),
        (&lin, at("transfer"), json!({"to": "zhao"}), "to", "needs an object"),
        (&lin, at("rekind"), json!({"kind": "enquiry", "queue": "nowhere"}), "queue", "no such queue in this branch"),
        (&lin, at("rekind"), json!({"kind": "riddle"}), "kind", "one of enquiry, complaint"),
        (&lin, at("dialect"), json!({"language": "klingon"}), "language", "none of the firm's languages"),
        (&lin, at("dialect"), json!({"language": 7}), "language", "needs a text"),
        (&lin, at("dialect"), json!({}), "language", "missing"),
        (&lin, at("upset"), json!({"why": "shouts"}), "why", "none is known"),
        (&lead, at("assign"), json!({"agent": "nobody"}), "agent", "no such agent in this branch"),
        (&lead, at("recuse"), json!({"agent": "nobody"}), "agent", "no such agent in this branch"),
        (&lin, decline, json!({"reason": "tired"}), "reason", "one of busy, not_qualified"),
        (&lin, "agents/lin/away".to_owned(), json!({"reason": long}), "reason", "64"),
        (&root, "users".to_owned(), json!({"name": "Herr X", "role": "agent"}), "name", "a-z"),
        (&root, "users".to_owned(), json!({"name": "x", "role": "boss"}), "role", "one of agent, supervisor"),
        (&crm, "contacts".to_owned(), json!({"text": "x", "branch": "moon"}), "branch", "no such branch"),
        (
            &crm,
            "contacts".to_owned(),
            json!({"text": "x", "branch": "hq", "from": {"kind": "fax", "value": "1"}}),
            { "from.kind" },
            "one of phone, email",
        ),
    ];
    for (token, path, body, field, words) in table {
        let answer = house.post(token, &path, body.clone()).await;
        refuses(&answer, field, words, &format!("{path} {body}"));
    }
    assert_eq!(house.bus.figures().published, 0, "no branch was asked");
}

#[tokio::test]
async fn a_wrong_query_reads_what_is_allowed() {
    let house = House::open().await;
    let lead = house.token("xie", Role::Supervisor).await;
    let law = house.token("hegui", Role::Compliance).await;
    let table = [
        (&lead, "cases?state=flying", "state", "one of waiting, offered"),
        (&lead, "cases?colour=red", "colour", "known are branch, state, kind, queue, owner, agent, client"),
        (&lead, "cases?colour=red", "colour", "cursor, limit"),
        (&lead, "cases?limit=0", "limit", "a number from 1 to 200"),
        (&lead, "cases?limit=-1", "limit", "a number from 1 to 200"),
        (&lead, "cases?cursor=x", "cursor", "not a cursor of this list"),
        (&lead, "cases?client_id=13800001234", "client_id", "a UUID"),
        (&lead, "cases?branch=hq&branch=hq", "branch", "twice"),
        (&lead, "promises?state=late", "state", "one of open, kept"),
        (&lead, "contacts?channel=fax", "channel", "one of phone, email"),
        (&lead, "deliveries", "case_id", "missing"),
        (&lead, "clients?address=13800001234x", "address", "kind"),
        (&lead, "clients?kind=fax&address=1", "kind", "one of phone, email"),
        (&lead, "queues?branch=H%20Q", "branch", "a-z"),
        (&law, "journal/export?stream=branch/hq&from=-1", "from", "a number"),
        (&law, "journal/verify?stream=13800001234", "stream", "branch/"),
    ];
    for (token, path, field, words) in table {
        refuses(&house.get(token, path).await, field, words, path);
    }
}

#[tokio::test]
async fn a_wrong_id_in_an_address_says_what_an_id_is() {
    let (house, lin) = with_a_case().await;
    for path in ["cases/%FF", "cases/%FF/notes", "users/%FF/tokens", "agents/%ff"] {
        let answer = house.get(&lin, path).await;
        assert_eq!((answer.problem(), path), ((404, "not_found"), path));
        assert_eq!(answer.headers["content-type"], "application/problem+json", "{path}");
    }
    for (path, words) in [("cases/13800001234", "UUID"), ("agents/Herr%20X", "a-z"), ("cases/%F0%9F%92%A9", "UUID")] {
        let answer = house.get(&lin, path).await;
        assert_eq!(answer.problem(), (404, "not_found"), "{path}");
        let detail = answer.body["detail"].as_str().unwrap();
        assert!(detail.contains(words) && !detail.contains("138"), "{path}: {detail}");
    }
}

#[tokio::test]
async fn what_is_no_json_reads_where_it_broke() {
    let (house, lin) = with_a_case().await;
    let send = async |body: &str, media_type: Option<&str>| {
        let request = house.http.post(house.url(&format!("cases/{}/note", id(1)))).bearer_auth(&lin);
        let request = media_type.into_iter().fold(request, |request, is| request.header("content-type", is));
        let response = request.body(body.to_owned()).send().await.unwrap();
        (response.status().as_u16(), response.json::<Value>().await.unwrap())
    };
    let (status, problem) = send("{\"text\": \"13800001234\",\n nonsense}", None).await;
    assert_eq!((status, &problem["code"]), (422, &json!("invalid")));
    assert_eq!(problem["detail"], "not well-formed JSON at line 2, column 2");
    let (status, problem) = send("text=13800001234", Some("application/x-www-form-urlencoded")).await;
    assert_eq!((status, &problem["code"]), (415, &json!("invalid")));
    assert!(problem["detail"].as_str().unwrap().contains("application/json"));
    let (status, _) = send("{}", Some("application/json; charset=utf-8")).await;
    assert_eq!(status, 422, "a text is missing, the media type is fine");
}

#[tokio::test]
async fn the_same_name_with_another_content_names_the_key() {
    let (house, lin) = with_a_case().await;
    let path = format!("cases/{}/note", id(1));
    let call = |text: &str| {
        house.call(Method::POST, &lin, &path, Some(json!({ "text": text })), &[("idempotency-key", "once")])
    };
    let deciding = async {
        let command = house.command().await;
        house.decide(&command, None, vec![]).await;
    };
    let (first, ()) = tokio::join!(call("a"), deciding);
    assert_eq!(first.status, 200);
    refuses(&call("b").await, "Idempotency-Key", "another", "a command");
    let root = house.token("root", Role::Admin).await;
    let add = |name: &str| {
        let body = json!({"name": name, "role": "ops"});
        house.call(Method::POST, &root, "users", Some(body), &[("idempotency-key", "k")])
    };
    assert_eq!(add("a").await.status, 201);
    refuses(&add("b").await, "Idempotency-Key", "another", "a user");
}

#[tokio::test]
async fn what_the_branch_refuses_is_told_in_words_of_the_verb() {
    let (house, lin) = with_a_case().await;
    let promise = sample::promise(7, 1, sample::AT);
    let promise = contract::view::PromiseView { state: PromiseState::Open, ..promise };
    house.commit(vec![contract::view::Change::Promise(promise)], vec![], vec![]).await;
    let one = |verb: &str| format!("cases/{}/{verb}", id(1));
    let table: Vec<(String, Value, Code, &str)> = vec![
        (one("reply"), json!({"text": "x"}), Code::WrongState, "active"),
        (one("reply"), json!({"text": "x"}), Code::NotYours, "somebody else"),
        (one("reply"), json!({"text": "x"}), Code::NoReplyChannel, "last contact"),
        (one("done"), json!({}), Code::WrongState, "wrap-up"),
        (one("transfer"), json!({"to": {"agent": "zhao"}}), Code::WrongState, "away"),
        (one("transfer"), json!({"to": {"agent": "zhao"}}), Code::OverCapacity, "holds"),
        (format!("offers/{}/accept", id(5)), json!({}), Code::OfferGone, "offer"),
        (format!("offers/{}/decline", id(5)), json!({"reason": "busy"}), Code::WrongState, "owner"),
        (format!("promises/{}/keep", id(7)), json!({}), Code::WrongState, "promise"),
    ];
    for (path, body, code, words) in table {
        let deciding = async {
            let command = house.command().await;
            house.decide(&command, Some(code), vec![]).await;
        };
        let (answer, ()) = tokio::join!(house.post(&lin, &path, body), deciding);
        assert_eq!(answer.problem(), (409, code.as_str()), "{path}");
        let detail = answer.body["detail"].as_str().unwrap();
        assert!(detail.contains(words), "{path} {code}: {detail}");
        assert_ne!(detail, answer.body["title"], "{path} {code}");
    }
    let gone = async {
        let command = house.command().await;
        assert_eq!(command.verb, Verb::Transfer(CaseId::new(1), TransferTo::Queue("funds".parse().unwrap())));
        house.decide(&command, Some(Code::NotFound), vec![]).await;
    };
    let transfer = one("transfer");
    let (answer, ()) = tokio::join!(house.post(&lin, &transfer, json!({"to": {"queue": "funds"}})), gone);
    assert_eq!((answer.problem(), &answer.body["field"]), ((404, "not_found"), &json!("to")));
}
