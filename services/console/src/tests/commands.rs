//! Commands by REST: what reaches the branch, what comes back, and repeats.

use contract::{
    AgentState, CaseId, CaseState, OfferState, Role, about,
    command::{TransferTo, Verb},
    problem::Code,
};
use reqwest::Method;
use serde_json::{Value, json};

use super::house::{Answer, House, agent, case, changed, hq, id, now, offer};
use crate::ports::FirmTaken;

fn path(verb: &str) -> String {
    format!("cases/{}/{verb}", id(1))
}

async fn with_a_case() -> (House, String) {
    let house = House::open().await;
    let token = house.token("lin", Role::Agent).await;
    house.contact(11, case(1, CaseState::Active, "lin", Some("lin")), "您好").await;
    (house, token)
}

/// Gives a command and lets the branch decide it.
async fn decided(house: &House, token: &str, path: &str, body: Value, problem: Option<Code>) -> (Answer, Verb) {
    let answering = async {
        let command = house.command().await;
        house.decide(&command, problem, vec![]).await;
        command.verb
    };
    let call = async {
        let answer = house.post(token, path, body).await;
        assert!(answer.problem().1 != "invalid" || problem == Some(Code::Invalid), "{path}: {}", answer.body);
        answer
    };
    tokio::join!(call, answering)
}

#[tokio::test]
async fn every_verb_reaches_the_branch_as_the_design_says() {
    let (house, token) = with_a_case().await;
    let lead = house.token_of("xie", Role::Supervisor, Some("hq")).await;
    house.commit(vec![offer(5, 1, "lin", OfferState::Open)], vec![], vec![]).await;
    let one = CaseId::new(1);
    let at = "2026-11-09T11:00:00+08:00";
    let offer_path = |verb: &str| format!("offers/{}/{verb}", id(5));
    let table: Vec<(&str, String, Value, Verb)> = vec![
        (&token, path("transfer"), json!({"to": {"queue": "funds"}}), {
            Verb::Transfer(one, TransferTo::Queue("funds".parse().unwrap()))
        }),
        (&token, path("callback"), json!({"at": at}), Verb::Callback(one, at.parse().unwrap())),
        (&token, path("pend"), json!({"until": at}), Verb::Pend(one, Some(at.parse().unwrap()))),
        (&token, path("close"), json!({"outcome": "solved"}), Verb::Close(one, contract::Outcome::Solved)),
        (&token, path("done"), json!({}), Verb::Done(one)),
        (&token, path("note"), json!({"text": "x"}), Verb::Note(one)),
        (&token, path("upset"), json!({}), Verb::Upset(one)),
        (&token, path("dialect"), json!({"language": "cantonese"}), Verb::Dialect(one, "cantonese".parse().unwrap())),
        (&token, path("rekind"), json!({"kind": "complaint"}), Verb::Rekind(one, contract::Kind::Complaint, None)),
        (&lead, path("recuse"), json!({"agent": "sun"}), Verb::Recuse(one, agent("sun"))),
        (&lead, path("assign"), json!({"agent": "zhao"}), Verb::Assign(one, agent("zhao"))),
        (&lead, path("raise"), json!({}), Verb::Raise(one)),
        (&token, offer_path("accept"), json!({}), Verb::Accept(contract::OfferId::new(5))),
        (&token, offer_path("decline"), json!({"reason": "busy"}), {
            Verb::Decline(contract::OfferId::new(5), contract::DeclineReason::Busy)
        }),
        (&token, "agents/lin/ready".to_owned(), json!({}), Verb::Ready(agent("lin"))),
        (&token, "agents/lin/away".to_owned(), json!({"reason": "lunch"}), Verb::Away(agent("lin"), "lunch".into())),
        (&lead, "agents/lin/away".to_owned(), json!({}), Verb::Away(agent("lin"), String::new())),
    ];
    for (token, path, body, expected) in table {
        let (answer, verb) = decided(&house, token, &path, body, None).await;
        assert_eq!((answer.status, verb), (200, expected), "{path}");
        assert_eq!(answer.body["ok"], true, "{path}");
    }
}

#[tokio::test]
async fn a_reply_travels_sealed_for_its_delivery() {
    let (house, token) = with_a_case().await;
    let path = path("reply");
    let call = house.post(&token, &path, json!({"text": "请稍等"})).await_with(async {
        let command = house.command().await;
        let Verb::Reply(of, delivery) = command.verb.clone() else { panic!("not a reply") };
        let text = house.keys.open(&about::text(delivery.bits()), command.sealed.as_ref().unwrap()).unwrap();
        assert_eq!((of, text.as_slice()), (CaseId::new(1), "请稍等".as_bytes()));
        assert_eq!((command.by.user.as_str(), command.by.role, command.branch.clone()), ("lin", Role::Agent, hq()));
        house.decide(&command, None, vec![]).await;
        delivery
    });
    let (answer, delivery) = call.await;
    assert_eq!(answer.body["delivery_id"], delivery.to_string());
}

#[tokio::test]
async fn the_branch_has_the_last_word() {
    let (house, token) = with_a_case().await;
    for (code, status) in [
        (Code::NotYours, 409),
        (Code::WrongState, 409),
        (Code::OverCapacity, 409),
        (Code::OfferGone, 409),
        (Code::Invalid, 422),
    ] {
        let (answer, _) = decided(&house, &token, &path("done"), json!({}), Some(code)).await;
        assert_eq!(answer.problem(), (status, code.as_str()));
    }
}

/// A case that a call opened may go on by short messages: which way back there is only the
/// branch knows, which knows the last contact.
#[tokio::test]
async fn whether_there_is_a_way_back_the_branch_says() {
    let (house, token) = with_a_case().await;
    let mut call = case(2, CaseState::Active, "lin", Some("lin"));
    call.channel = contract::ChannelKind::Phone;
    house.commit(vec![changed(call)], vec![], vec![]).await;
    let path = format!("cases/{}/reply", id(2));
    let (answer, _) = decided(&house, &token, &path, json!({"text": "x"}), None).await;
    assert_eq!(answer.status, 200);
    let (answer, _) = decided(&house, &token, &path, json!({"text": "x"}), Some(Code::NoReplyChannel)).await;
    assert_eq!(answer.problem(), (409, "no_reply_channel"));
}

#[tokio::test]
async fn an_answer_leaves_as_it_was_typed_and_seen() {
    let (house, token) = with_a_case().await;
    let path = format!("cases/{}/reply", id(1));
    let pasted = json!({"text": "退款\u{202e}元\r\n已到账\u{7}"});
    let deciding = async {
        let command = house.command().await;
        house.decide(&command, None, vec![]).await;
        command
    };
    let (_, command) = tokio::join!(house.post(&token, &path, pasted), deciding);
    let Verb::Reply(_, delivery) = command.verb else { panic!("no reply") };
    let sealed = command.sealed.unwrap();
    let text = house.keys.open(&about::text(delivery.bits()), &sealed).unwrap();
    assert_eq!(std::str::from_utf8(&text).unwrap(), "退款元\n已到账");
    let unseen = house.post(&token, &path, json!({"text": "\u{200b}\u{7}\u{202e}"})).await;
    assert_eq!((unseen.problem(), &unseen.body["field"]), ((422, "invalid"), &json!("text")));
}

#[tokio::test]
async fn wrong_bodies_name_their_field() {
    let (house, token) = with_a_case().await;
    let table = [
        ("reply", json!({}), "text"),
        ("reply", json!({"text": " "}), "text"),
        ("reply", json!({"text": "x".repeat(16 * 1024 + 1)}), "text"),
        ("reply", json!({"text": "x", "colour": "red"}), "colour"),
        ("transfer", json!({"to": {}}), "to"),
        ("transfer", json!({"to": {"agent": 7}}), "to.agent"),
        ("callback", json!({"at": "2026-11-09T09:00:00+08:00"}), "at"),
        ("callback", json!({"at": "2026-11-10T09:00:00"}), "at"),
        ("callback", json!({"at": "2026-11-10T09:00:00Z", "number": "abc"}), "number"),
        ("pend", json!({"until": "2020-01-01T00:00:00Z"}), "until"),
        ("close", json!({"outcome": "forgotten"}), "outcome"),
        ("rekind", json!({"kind": "riddle"}), "kind"),
        ("done", json!({"now": true}), "now"),
    ];
    for (verb, body, field) in table {
        let answer = house.post(&token, &path(verb), body.clone()).await;
        assert_eq!(answer.problem(), (422, "invalid"), "{verb} {body}");
        assert_eq!(answer.body["field"], field, "{verb} {body}");
    }
    let large = house.post(&token, &path("reply"), json!({"text": "x".repeat(1 << 20)})).await;
    assert_eq!(large.problem(), (413, "too_large"));
}

#[tokio::test]
async fn the_same_key_is_one_command() {
    let (house, token) = with_a_case().await;
    let headers = [("idempotency-key", "once")];
    let call = |text: &'static str| {
        let (body, path) = (json!({ "text": text }), path("note"));
        let (house, token) = (&house, &token);
        async move { house.call(Method::POST, token, &path, Some(body), &headers).await }
    };
    let first = call("a").await_with(async {
        let command = house.command().await;
        house.decide(&command, None, vec![]).await;
    });
    let (first, ()) = first.await;
    assert!(!first.headers.contains_key("idempotent-replay"));
    let again = call("a").await;
    assert_eq!((again.status, &again.body), (200, &first.body));
    assert_eq!(again.headers["idempotent-replay"], "true");
    assert_eq!(call("b").await.problem(), (422, "invalid"), "another content under the same key");
    assert_eq!(house.bus.figures().published, 1, "the branch was asked once");
}

#[tokio::test]
async fn a_refusal_is_replayed_too() {
    let (house, token) = with_a_case().await;
    let call = || house.call(Method::POST, &token, "agents/lin/ready", None, &[("idempotency-key", "k")]);
    let (first, ()) = call()
        .await_with(async {
            let command = house.command().await;
            house.decide(&command, Some(Code::WrongState), vec![]).await;
        })
        .await;
    let again = call().await;
    assert_eq!(first.problem(), (409, "wrong_state"));
    assert_eq!(again.problem(), (409, "wrong_state"));
    assert_eq!(again.headers["idempotent-replay"], "true");
}

#[tokio::test]
async fn a_key_of_two_hundred_and_fifty_six_signs_is_400() {
    let (house, token) = with_a_case().await;
    for key in ["x".repeat(256), String::new()] {
        let headers = [("idempotency-key", key.as_str())];
        let answer = house.call(Method::POST, &token, &path("done"), None, &headers).await;
        assert_eq!(answer.problem(), (400, "invalid"));
    }
}

#[tokio::test]
async fn an_outcome_is_found_in_the_store_when_nobody_tells_it() {
    let (house, token) = with_a_case().await;
    let (answer, ()) = house
        .post(&token, "agents/lin/ready", json!({}))
        .await_with(async {
            let command = house.command().await;
            let outcome = contract::view::OutcomeView {
                input: command.id,
                digest: command.digest.clone(),
                problem: None,
                at: now(),
                seq: 0,
            };
            house.store_only(vec![contract::view::Change::Outcome(outcome)], vec![], vec![]).await;
        })
        .await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn without_an_outcome_nobody_says_failed() {
    let (house, token) = with_a_case().await;
    let answer = house.post(&token, "agents/lin/ready", json!({})).await;
    assert_eq!(answer.problem(), (504, "outcome_unknown"));
}

#[tokio::test]
async fn what_no_branch_decides_is_done_once_under_its_key() {
    let house = House::open().await;
    let admin = house.token("root", Role::Admin).await;
    let add = |name: &'static str, key: &'static str| {
        let body = json!({"name": name, "role": "agent", "agent": "chen", "password": "long enough"});
        let (house, admin) = (&house, &admin);
        async move { house.call(Method::POST, admin, "users", Some(body), &[("idempotency-key", key)]).await }
    };
    let first = add("chen", "k1").await;
    assert_eq!(first.status, 201, "{}", first.body);
    let again = add("chen", "k1").await;
    assert_eq!((again.status, &again.body), (201, &first.body));
    assert_eq!(again.headers["idempotent-replay"], "true");
    assert_eq!(add("other", "k1").await.problem(), (422, "invalid"));
    assert_eq!(add("chen", "k2").await.problem(), (409, "wrong_state"));

    let token = || house.call(Method::POST, &admin, "users/chen/tokens", None, &[("idempotency-key", "k3")]);
    let (first, again) = (token().await, token().await);
    assert!(first.body["token"].is_string());
    assert!(again.body["token"].is_null(), "a token is shown once");
    assert_eq!(first.body["id"], again.body["id"]);
    let shown = first.body["token"].as_str().unwrap();
    assert_eq!(house.get(shown, "session").await.body["agent"], "chen");
}

#[tokio::test]
async fn a_walk_in_is_registered_once_under_its_key() {
    let house = House::open().await;
    let token = house.token("lin", Role::Agent).await;
    let body = json!({"from": {"kind": "phone", "value": "13800001234"}, "text": "想开户"});
    let call = || house.call(Method::POST, &token, "contacts", Some(body.clone()), &[("idempotency-key", "walk")]);
    let (first, again) = (call().await, call().await);
    assert_eq!(first.status, 202, "{}", first.body);
    assert_eq!((again.status, &again.body), (200, &first.body));
    let consumer = house.bus.consume(&bus::QueueName::Route(hq()), 10, 1).await.unwrap();
    let batch = consumer.next_batch(10).await.unwrap();
    assert_eq!(batch.len(), 1);
    let inbound: contract::inbound::Inbound = contract::wire::decode(&batch[0].message.body).unwrap();
    assert_eq!(inbound.matter, contract::inbound::Matter::Counter(agent("lin")));
    assert_eq!(inbound.channel, contract::ChannelKind::Counter);
    assert_eq!(first.body["contact_id"], inbound.contact.to_string());
}

#[tokio::test]
async fn a_firm_is_checked_compared_and_applied() {
    let mut house = House::open().await;
    let admin = house.token("root", Role::Admin).await;
    let faulty = house.post(&admin, "firm/check", json!({"text": "[[branch]]\nid = \"Q Q\"\n"})).await;
    assert_eq!((faulty.status, &faulty.body["ok"]), (200, &json!(false)));
    assert!(faulty.body["errors"][0]["line"].is_number(), "{}", faulty.body);
    let refused = house.post(&admin, "firm/apply", json!({"text": "nonsense"})).await;
    assert_eq!((refused.problem(), &refused.body["field"]), ((422, "invalid"), &json!("text")));

    let ghost = firm::SAMPLE.replacen("deputy = \"zhou\"", "deputy = \"boss\"", 1);
    let refused = house.post(&admin, "firm/apply", json!({ "text": ghost })).await;
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(refused.status == 422 && detail.contains("queue.trading.deputy: “boss” is no agent"), "{}", refused.body);
    house.token("boss", Role::Supervisor).await;
    let known = house.post(&admin, "firm/check", json!({ "text": ghost })).await;
    assert_eq!(known.body["ok"], true, "{}", known.body);

    let text = firm::SAMPLE.replacen("misses_until_away = 3", "misses_until_away = 4", 1);
    let diff = house.post(&admin, "firm/diff", json!({ "text": text })).await;
    assert_eq!(diff.body["changes"].as_array().map(Vec::len), Some(1), "{}", diff.body);
    let mut changes = std::mem::replace(&mut house.changes, tokio::sync::mpsc::channel(1).1);
    let (applied, ()) = house
        .post(&admin, "firm/apply", json!({ "text": text }))
        .await_with(async {
            let change = changes.recv().await.unwrap();
            assert_eq!((change.by.user.as_str(), change.book.firm.offer.misses_until_away), ("root", 4));
            let taken = FirmTaken { version: 2, branches: vec![(hq(), true), ("sz".parse().unwrap(), false)] };
            change.answer.send(Ok(taken)).unwrap();
        })
        .await;
    assert_eq!((applied.status, &applied.body["version"]), (200, &json!(2)), "{}", applied.body);
    let branches = json!([{ "branch": "hq", "taken": true }, { "branch": "sz", "taken": false }]);
    assert_eq!(applied.body["branches"], branches);
    assert_eq!(house.get(&admin, "firm").await.body["version"], 1, "whoever applies says what is in force");
}

#[tokio::test]
async fn a_request_that_still_runs_is_not_begun_twice() {
    let mut house = House::open().await;
    let admin = house.token("root", Role::Admin).await;
    let mut changes = std::mem::replace(&mut house.changes, tokio::sync::mpsc::channel(1).1);
    let apply = || {
        let body = json!({ "text": firm::SAMPLE });
        house.call(Method::POST, &admin, "firm/apply", Some(body), &[("idempotency-key", "k")])
    };
    let (first, second) = apply()
        .await_with(async {
            let change = changes.recv().await.unwrap();
            let second = apply().await;
            change.answer.send(Ok(FirmTaken { version: 1, branches: Vec::new() })).unwrap();
            second
        })
        .await;
    assert_eq!(second.problem(), (409, "wrong_state"));
    assert!(second.headers.contains_key("retry-after"));
    assert_eq!(first.status, 200);
    assert_eq!(apply().await.headers["idempotent-replay"], "true");
}

#[tokio::test]
async fn agents_are_shown_with_their_names_whether_they_were_ever_ready_or_not() {
    let house = House::open().await;
    let token = house.token("ops1", Role::Ops).await;
    let view = contract::view::AgentView { used: 2, ..sample::agent("lin", AgentState::Ready) };
    house.commit(vec![contract::view::Change::Agent(view)], vec![], vec![]).await;
    let list = house.get(&token, "agents?branch=hq").await;
    let items = list.body["items"].as_array().unwrap();
    let lin = items.iter().find(|item| item["id"] == "lin").unwrap();
    assert_eq!((&lin["state"], &lin["name"], &lin["used"]), (&json!("ready"), &json!("林晓雯"), &json!(2)));
    assert!(items.iter().any(|item| item["id"] == "chen" && item["state"] == "away" && item["since"].is_null()));
    assert!(items.iter().all(|item| item["branch"] == "hq"));
    assert_eq!(house.get(&token, "agents/nobody").await.status, 404);
}

/// Waits for an answer while something else is done that the answer needs.
trait With: Future + Sized {
    async fn await_with<T>(self, other: impl Future<Output = T>) -> (Self::Output, T) {
        tokio::join!(self, other)
    }
}

impl<F: Future> With for F {}
