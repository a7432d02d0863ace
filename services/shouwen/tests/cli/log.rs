//! The log for programs: one object a line, calls by their ids, and nobody's words or numbers.

use std::time::Duration;

use demo::sign::signed;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use crate::house::{House, code, out, shouwen};

/// What no line may hold.
const PERSONAL: &[&str] =
    &["13800138000", "138 0013 8000", "李大可", "银证转账", "li@client.example", "a-password-of-his"];

/// Sends a call; gives its status and its id.
async fn send(request: RequestBuilder) -> (u16, String) {
    let answer = request.send().await.unwrap();
    let id = answer.headers().get("x-request-id").map(|id| id.to_str().unwrap().to_owned());
    (answer.status().as_u16(), id.expect("an answer without an id"))
}

/// Does what clients, agents and strangers do, rightly and wrongly.
async fn live(url: &str, secret: &str, token: &str) -> Vec<(u16, String)> {
    let client: Client = runtime::http::client(Duration::from_secs(30)).unwrap();
    let sms = |body: String, secret: &str| signed(client.post(format!("{url}/channels/sms/main")), secret, body);
    let body = json!({ "id": "m-13800138000", "from": "13800138000", "to": "95500", "text": "银证转账转不出来", "received_at": demo::sign::now() });
    let api = |path: &str| format!("{url}/api/v1/{path}");
    let form = |request: RequestBuilder, body: Value| {
        request.header("content-type", "application/json").body(body.to_string())
    };
    let walk_in =
        json!({ "from": { "kind": "email", "value": "li@client.example" }, "from_name": "李大可", "text": "银证转账" });
    let password = json!({ "name": "lin", "password": "a-password-of-his" });
    let mut answers = Vec::new();
    for request in [
        sms(body.to_string(), secret),
        sms(body.to_string(), "another secret"),
        sms("{\"id\": \"13800138000\", \"text\": \"银证转账".to_owned(), secret),
        client.post(format!("{url}/channels/sms/13800138000")).body("银证转账"),
        client.get(api("clients/13800138000")).bearer_auth(token),
        client.get(api("clients?address=13800138000&q=李大可")).bearer_auth(token),
        client.get(format!("{url}/s/13800138000")),
        form(client.post(api("session")), password),
        form(client.post(api("contacts")).bearer_auth(token), walk_in),
        form(client.post(api("cases/13800138000/reply")).bearer_auth(token), json!({ "text": "李大可,银证转账" })),
        client.get(api("queues")).header("x-request-id", "13800138000").bearer_auth("13800138000"),
    ] {
        answers.push(send(request).await);
    }
    let own = "0195f0c4-7d1b-7c3e-8a55-1f2e3d4c5b6a";
    assert_eq!(
        send(client.get(api("queues")).header("x-request-id", own).bearer_auth(token)).await,
        (200, own.to_owned())
    );
    answers.push((200, own.to_owned()));
    answers
}

#[test]
fn lines_are_objects_that_name_calls_and_no_client() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let house = House::start_telling(folder.path(), &log);
    let token = shouwen(folder.path(), &["user", "token", "--name", "lin", "--role", "agent", "--agent", "lin"]);
    assert_eq!(code(&token), 0);
    let secret = std::fs::read_to_string(folder.path().join("data/secrets/sms.main")).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let answers = runtime.block_on(live(&house.url, secret.trim(), out(&token).trim()));
    assert_eq!(answers[0].0, 202, "{answers:?}");
    assert_eq!(answers[1].0, 401, "{answers:?}");
    assert_eq!(house.stop(), 0);

    let text = std::fs::read_to_string(&log).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    for line in &lines {
        let has = |key: &str| line.get(key).is_some_and(Value::is_string);
        assert!(has("timestamp") && has("level"), "{line}");
    }
    let told = |id: &str, status: u16| {
        lines.iter().any(|line| line["span"]["id"] == id && line["status"] == status && line["message"] == "answered")
    };
    for (status, id) in &answers {
        assert!(told(id, *status), "no line of the call {id} that was answered {status}");
    }
    for word in PERSONAL {
        let found: Vec<_> = text.lines().filter(|line| line.contains(word)).collect();
        assert!(found.is_empty(), "{word} in the log: {found:?}");
    }
}
