//! Rights: every role at every address, as a table; and how far each reaches.

use std::collections::BTreeSet;

use contract::{CaseState, Role, view::Change};
use serde_json::{Value, json};

use super::{
    house::{House, agent, case, changed, id},
    openapi::addresses,
};

/// Roles as they stand in the table.
const ROLES: [(&str, Role); 6] = [
    ("agent", Role::Agent),
    ("supervisor", Role::Supervisor),
    ("ops", Role::Ops),
    ("compliance", Role::Compliance),
    ("admin", Role::Admin),
    ("integration", Role::Integration),
];

/// Who may ask at an address at all; the others get 403. `all` is everybody who signed in.
const TABLE: &[(&str, &str, &str)] = &[
    ("GET", "session", "all"),
    ("POST", "session", "all"),
    ("DELETE", "session", "all"),
    ("GET", "setup", "all"),
    ("POST", "tickets", "all"),
    ("GET", "contacts", "agent supervisor compliance integration"),
    ("POST", "contacts", "agent integration"),
    ("GET", "contacts/{id}", "agent supervisor compliance integration"),
    ("GET", "cases", "agent supervisor compliance"),
    ("GET", "cases/due", "supervisor compliance"),
    ("GET", "cases/{id}", "agent supervisor compliance"),
    ("GET", "cases/{id}/explain", "agent supervisor compliance"),
    ("GET", "cases/{id}/notes", "agent supervisor compliance"),
    ("POST", "cases/{id}/reply", "agent supervisor"),
    ("POST", "cases/{id}/transfer", "agent supervisor"),
    ("POST", "cases/{id}/callback", "agent supervisor"),
    ("POST", "cases/{id}/pend", "agent supervisor"),
    ("POST", "cases/{id}/close", "agent supervisor"),
    ("POST", "cases/{id}/done", "agent supervisor"),
    ("POST", "cases/{id}/note", "agent supervisor"),
    ("POST", "cases/{id}/rekind", "agent supervisor"),
    ("POST", "cases/{id}/recuse", "supervisor"),
    ("POST", "cases/{id}/assign", "supervisor"),
    ("POST", "cases/{id}/raise", "supervisor"),
    ("POST", "cases/{id}/upset", "agent supervisor"),
    ("POST", "cases/{id}/dialect", "agent supervisor"),
    ("GET", "offers", "agent supervisor compliance"),
    ("GET", "offers/{id}", "agent supervisor compliance"),
    ("POST", "offers/{id}/accept", "agent"),
    ("POST", "offers/{id}/decline", "agent"),
    ("GET", "queues", "agent supervisor ops compliance admin"),
    ("GET", "figures", "supervisor ops compliance admin"),
    ("GET", "figures/history", "supervisor ops compliance admin"),
    ("GET", "agents", "agent supervisor ops compliance admin"),
    ("GET", "agents/{id}", "agent supervisor ops compliance admin"),
    ("POST", "agents/{id}/ready", "agent"),
    ("POST", "agents/{id}/away", "agent supervisor"),
    ("GET", "told", "agent supervisor ops compliance"),
    ("GET", "promises", "agent supervisor compliance"),
    ("POST", "promises/{id}/keep", "agent supervisor"),
    ("POST", "promises/{id}/tried", "agent supervisor"),
    ("POST", "promises/{id}/drop", "agent supervisor"),
    ("GET", "clients", "agent supervisor compliance integration"),
    ("GET", "clients/{id}", "agent supervisor compliance integration"),
    ("GET", "clients/{id}/addresses", "agent supervisor compliance integration"),
    ("GET", "topics", "all"),
    ("GET", "clients/{id}/subscriptions", "agent supervisor compliance integration"),
    ("PUT", "clients/{id}/subscriptions/{topic}", "agent supervisor integration"),
    ("DELETE", "clients/{id}/subscriptions/{topic}", "agent supervisor integration"),
    ("GET", "clients/{id}/consents", "agent supervisor compliance"),
    ("DELETE", "clients/{id}/consents", "agent supervisor integration"),
    ("GET", "clients/{id}/consents/page", "agent supervisor compliance"),
    ("DELETE", "clients/{id}/consents/hold", "agent supervisor integration"),
    ("POST", "clients/{id}/link", "integration"),
    ("GET", "mine/{token}", "all"),
    ("PUT", "mine/{token}/topics/{topic}", "all"),
    ("DELETE", "mine/{token}/topics/{topic}", "all"),
    ("DELETE", "mine/{token}/topics", "all"),
    ("POST", "clients/import", "admin integration"),
    ("GET", "deliveries", "agent supervisor compliance integration"),
    ("GET", "deliveries/{id}", "agent supervisor compliance integration"),
    ("GET", "alerts", "supervisor ops compliance integration"),
    ("POST", "alerts", "supervisor integration"),
    ("POST", "alerts/preview", "supervisor integration"),
    ("GET", "alerts/{id}", "supervisor ops compliance integration"),
    ("GET", "alerts/{id}/deliveries", "supervisor compliance integration"),
    ("POST", "alerts/{id}/pause", "supervisor integration"),
    ("POST", "alerts/{id}/resume", "supervisor integration"),
    ("POST", "alerts/{id}/stop", "supervisor integration"),
    ("GET", "dead-letters", "ops compliance admin"),
    ("GET", "dead-letters/{id}", "ops compliance admin"),
    ("POST", "dead-letters/{id}/replay", "ops"),
    ("POST", "dead-letters/{id}/drop", "ops"),
    ("GET", "journal", "ops compliance"),
    ("GET", "journal/verify", "ops compliance"),
    ("GET", "journal/export", "compliance"),
    ("GET", "journal/deeds", "compliance"),
    ("GET", "firm", "supervisor ops compliance admin"),
    ("POST", "firm/check", "supervisor ops compliance admin"),
    ("POST", "firm/diff", "supervisor ops compliance admin"),
    ("POST", "firm/apply", "admin"),
    ("GET", "users", "admin"),
    ("POST", "users", "admin"),
    ("GET", "users/{name}", "admin"),
    ("DELETE", "users/{name}", "admin"),
    ("PUT", "users/{name}/password", "admin"),
    ("GET", "users/{name}/tokens", "admin"),
    ("POST", "users/{name}/tokens", "admin"),
    ("DELETE", "users/{name}/tokens/{id}", "admin"),
    ("POST", "users/{name}/link", "admin"),
    ("GET", "agent/socket", "agent"),
    ("GET", "desk", "agent supervisor ops compliance admin"),
    ("GET", "clients/{id}/history", "agent supervisor compliance integration"),
];

#[test]
fn the_table_holds_every_address() {
    let table: BTreeSet<(String, String)> =
        TABLE.iter().map(|(method, path, _)| ((*method).to_owned(), format!("/api/v1/{path}"))).collect();
    assert_eq!(table, addresses().into_iter().collect());
}

#[tokio::test]
async fn a_role_gets_403_exactly_where_it_may_never() {
    let house = House::open().await;
    for (name, role) in ROLES {
        let user = if role == Role::Agent { "lin" } else { name };
        let token = house.token(user, role).await;
        for (method, path, may) in TABLE {
            let path = path.replace("{id}", &id(404)).replace("{name}", "nobody");
            // A body that no address takes: rights come before form.
            let body = (*method != "GET").then(|| json!({"nonsense": true}));
            let answer = house.call(method.parse().unwrap(), &token, &path, body, &[]).await;
            let expected = *may == "all" || may.split(' ').any(|role| role == name);
            assert_eq!(answer.status != 403, expected, "{name}: {method} {path} was answered {}", answer.status);
            assert!(answer.status < 500, "{name}: {method} {path} was answered {}", answer.status);
        }
    }
}

#[tokio::test]
async fn an_agent_sees_his_own_cases_and_no_others() {
    let house = House::open().await;
    let token = house.token("lin", Role::Agent).await;
    let mut hidden = case(3, CaseState::Active, "lin", Some("lin"));
    hidden.recused = vec![agent("lin")];
    house.contact(11, case(1, CaseState::Active, "lin", Some("lin")), "mine").await;
    house.contact(12, case(2, CaseState::Active, "zhao", Some("zhao")), "not mine").await;
    house.contact(13, hidden, "about me").await;

    let cases = house.get(&token, "cases").await;
    assert_eq!(ids(&cases.body), [id(1)]);
    let contacts = house.get(&token, "contacts").await;
    assert_eq!(ids(&contacts.body), [id(11)]);
    assert_eq!(house.get(&token, &format!("cases/{}", id(2))).await.problem(), (409, "not_yours"));
    assert_eq!(house.get(&token, &format!("contacts/{}", id(12))).await.problem(), (409, "not_yours"));
    for path in ["cases/{}", "cases/{}/explain", "cases/{}/notes"] {
        let path = path.replace("{}", &id(3));
        assert_eq!(house.get(&token, &path).await.problem(), (404, "not_found"), "{path}");
    }
    assert_eq!(house.get(&token, &format!("contacts/{}", id(13))).await.problem(), (404, "not_found"));
    let note = house.post(&token, &format!("cases/{}/note", id(3)), json!({"text": "x"})).await;
    assert_eq!(note.problem(), (404, "not_found"));
}

#[tokio::test]
async fn a_shift_leader_sees_all_of_his_branch_and_nothing_of_another() {
    let house = House::open().await;
    let here = house.token_of("xie", Role::Supervisor, Some("hq")).await;
    let there = house.token_of("qiu", Role::Supervisor, Some("sz")).await;
    let everywhere = house.token("du", Role::Supervisor).await;
    house.commit(vec![changed(case(1, CaseState::Active, "lin", Some("lin")))], vec![], vec![]).await;
    assert_eq!(ids(&house.get(&here, "cases").await.body), [id(1)]);
    assert_eq!(ids(&house.get(&everywhere, "cases").await.body), [id(1)]);
    assert_eq!(ids(&house.get(&there, "cases").await.body), [""; 0]);
    assert_eq!(house.get(&there, "cases?branch=hq").await.problem(), (409, "not_yours"));
    let path = format!("cases/{}", id(1));
    assert_eq!(house.get(&here, &path).await.status, 200);
    assert_eq!(house.get(&there, &path).await.problem(), (409, "not_yours"));
    let raise = house.post(&there, &format!("{path}/raise"), json!({})).await;
    assert_eq!(raise.problem(), (409, "not_yours"));
    assert_eq!(house.post(&there, "agents/lin/away", json!({})).await.problem(), (409, "not_yours"));
}

#[tokio::test]
async fn an_agent_sets_nobody_but_himself() {
    let house = House::open().await;
    let token = house.token("lin", Role::Agent).await;
    assert_eq!(house.post(&token, "agents/zhao/ready", json!({})).await.problem(), (409, "not_yours"));
    assert_eq!(house.post(&token, "agents/zhao/away", json!({})).await.problem(), (409, "not_yours"));
}

fn ids(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().expect("a list");
    items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

/// What an outsider gets where a thing of `lin`'s in `hq` is named: a colleague, a shift leader of
/// another branch, an agent who is excluded from the case. `branch`: only the branch says it.
const OUTSIDERS: &[(&str, &str, [&str; 3])] = &[
    ("GET", "contacts/{contact}", ["not_yours", "not_yours", "not_found"]),
    ("GET", "cases/{case}", ["not_yours", "not_yours", "not_found"]),
    ("GET", "cases/{case}/explain", ["not_yours", "not_yours", "not_found"]),
    ("GET", "cases/{case}/notes", ["not_yours", "not_yours", "not_found"]),
    ("GET", "deliveries?case_id={case}", ["not_yours", "not_yours", "not_found"]),
    ("GET", "deliveries/{delivery}", ["not_yours", "not_yours", "not_found"]),
    ("GET", "offers/{offer}", ["not_yours", "not_yours", "not_found"]),
    ("GET", "offers?agent=lin", ["not_yours", "not_yours", "not_yours"]),
    ("GET", "cases", ["nothing", "nothing", "nothing"]),
    ("GET", "cases?branch=hq", ["nothing", "not_yours", "nothing"]),
    ("GET", "cases?agent=lin", ["nothing", "nothing", "nothing"]),
    ("GET", "contacts", ["nothing", "nothing", "nothing"]),
    ("GET", "contacts?case_id={case}", ["nothing", "nothing", "nothing"]),
    ("GET", "contacts?client_id={client}", ["nothing", "nothing", "nothing"]),
    ("GET", "promises", ["nothing", "nothing", "nothing"]),
    ("GET", "promises?case_id={case}", ["nothing", "nothing", "nothing"]),
    ("GET", "queues?branch=sz", ["not_yours", "nothing", "not_yours"]),
    ("GET", "agents?branch=cd", ["not_yours", "not_yours", "not_yours"]),
    ("GET", "agents/luo", ["not_yours", "not_yours", "not_yours"]),
    ("POST", "cases/{case}/reply", ["branch", "not_yours", "not_found"]),
    ("POST", "cases/{case}/transfer", ["branch", "not_yours", "not_found"]),
    ("POST", "cases/{case}/callback", ["branch", "not_yours", "not_found"]),
    ("POST", "cases/{case}/pend", ["branch", "not_yours", "not_found"]),
    ("POST", "cases/{case}/close", ["branch", "not_yours", "not_found"]),
    ("POST", "cases/{case}/done", ["branch", "not_yours", "not_found"]),
    ("POST", "cases/{case}/note", ["branch", "not_yours", "not_found"]),
    ("POST", "cases/{case}/rekind", ["branch", "not_yours", "not_found"]),
    ("POST", "cases/{case}/recuse", ["forbidden", "not_yours", "forbidden"]),
    ("POST", "cases/{case}/assign", ["forbidden", "not_yours", "forbidden"]),
    ("POST", "cases/{case}/raise", ["forbidden", "not_yours", "forbidden"]),
    ("POST", "offers/{offer}/accept", ["not_yours", "forbidden", "not_found"]),
    ("POST", "offers/{offer}/decline", ["not_yours", "forbidden", "not_found"]),
    ("POST", "promises/{promise}/keep", ["branch", "not_yours", "not_found"]),
    ("POST", "promises/{promise}/tried", ["branch", "not_yours", "not_found"]),
    ("POST", "promises/{promise}/drop", ["branch", "not_yours", "not_found"]),
    ("POST", "agents/lin/ready", ["not_yours", "forbidden", "not_yours"]),
    ("POST", "agents/lin/away", ["not_yours", "not_yours", "not_yours"]),
];

fn body_of(path: &str) -> Value {
    match path.rsplit('/').next().unwrap() {
        "reply" | "note" => json!({"text": "x"}),
        "transfer" => json!({"to": {"queue": "funds"}}),
        "callback" => json!({"at": "2026-11-09T11:00:00+08:00"}),
        "close" => json!({"outcome": "solved"}),
        "rekind" => json!({"kind": "complaint"}),
        "recuse" | "assign" => json!({"agent": "chen"}),
        "decline" => json!({"reason": "busy"}),
        _ => json!({}),
    }
}

/// Calls as an outsider; says in a word what he got.
async fn got(house: &House, token: &str, method: &str, path: &str, expected: &str) -> String {
    let body = (method == "POST").then(|| body_of(path));
    let call = house.call(method.parse().unwrap(), token, path, body, &[]);
    let answer = if expected == "branch" {
        let deciding = async {
            let command = house.command().await;
            house.decide(&command, Some(contract::problem::Code::NotYours), vec![]).await;
        };
        let (answer, ()) = tokio::join!(call, deciding);
        return format!("branch: {}", answer.problem().1);
    } else {
        call.await
    };
    let empty = answer.body["items"].as_array().is_some_and(Vec::is_empty);
    if empty { "nothing".to_owned() } else { answer.problem().1.to_owned() }
}

#[tokio::test]
async fn an_outsider_reaches_nothing_of_a_case_by_any_address() {
    let house = House::open().await;
    let mut mine = case(1, CaseState::Active, "lin", Some("lin"));
    mine.recused = vec![agent("sun")];
    house.contact(11, mine, "我的账户").await;
    let delivery = contract::DeliveryId::new(9);
    house
        .commit(
            vec![
                super::house::offer(5, 1, "lin", contract::OfferState::Open),
                Change::Promise(sample::promise(7, 1, super::house::now())),
                Change::Reply(sample::reply(delivery, contract::CaseId::new(1), 11)),
            ],
            vec![],
            vec![],
        )
        .await;
    let outsiders = [
        house.token("zhao", Role::Agent).await,
        house.token_of("qiu", Role::Supervisor, Some("sz")).await,
        house.token("sun", Role::Agent).await,
    ];
    let ids = [("{case}", 1), ("{client}", 1), ("{contact}", 11), ("{offer}", 5), ("{promise}", 7), ("{delivery}", 9)];
    for (method, path, expected) in OUTSIDERS {
        let path = ids.iter().fold((*path).to_owned(), |path, (name, number)| path.replace(name, &id(*number)));
        for (token, expected) in outsiders.iter().zip(expected) {
            let got = got(&house, token, method, &path, expected).await;
            let expected = if *expected == "branch" { "branch: not_yours" } else { expected };
            assert_eq!(got, expected, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn an_excluded_agent_may_not_even_answer_an_offer_of_the_case() {
    let house = House::open().await;
    let token = house.token("lin", Role::Agent).await;
    let mut about_me = case(1, CaseState::Offered, "chen", None);
    about_me.recused = vec![agent("lin")];
    house.contact(11, about_me, "about me").await;
    house.commit(vec![super::house::offer(5, 1, "lin", contract::OfferState::Open)], vec![], vec![]).await;
    for (verb, body) in [("accept", json!({})), ("decline", json!({"reason": "busy"}))] {
        let answer = house.post(&token, &format!("offers/{}/{verb}", id(5)), body).await;
        assert_eq!(answer.problem(), (404, "not_found"), "{verb}");
    }
}

#[tokio::test]
async fn somebody_of_one_branch_manages_nobody_elses_and_not_the_whole_firm() {
    let house = House::open().await;
    let here = house.token_of("root-sz", Role::Admin, Some("sz")).await;
    house.token("root", Role::Admin).await;
    house.token_of("xie", Role::Supervisor, Some("hq")).await;
    house.token("lin", Role::Agent).await;
    house.token("huang", Role::Agent).await;
    let listed = house.get(&here, "users").await;
    let names: Vec<&str> = listed.body["items"].as_array().unwrap().iter().filter_map(|u| u["name"].as_str()).collect();
    assert_eq!(names, ["huang", "root-sz"]);
    for name in ["root", "xie", "lin"] {
        let path = format!("users/{name}");
        assert_eq!(house.get(&here, &path).await.problem(), (409, "not_yours"), "{name}");
        let end = house.call(reqwest::Method::DELETE, &here, &path, None, &[]).await;
        assert_eq!(end.problem(), (409, "not_yours"), "{name}");
        assert_eq!(house.get(&here, &format!("{path}/tokens")).await.problem(), (409, "not_yours"), "{name}");
        let token = house.post(&here, &format!("{path}/tokens"), json!({})).await;
        assert_eq!(token.problem(), (409, "not_yours"), "{name}");
        let body = Some(json!({"password": "long enough"}));
        let password = house.call(reqwest::Method::PUT, &here, &format!("{path}/password"), body, &[]).await;
        assert_eq!(password.problem(), (409, "not_yours"), "{name}");
    }
    for body in
        [json!({"name": "a", "role": "admin", "branch": "hq"}), json!({"name": "a", "role": "agent", "agent": "chen"})]
    {
        assert_eq!(house.post(&here, "users", body).await.problem(), (409, "not_yours"));
    }
    let own = house.post(&here, "users", json!({"name": "b", "role": "ops"})).await;
    assert_eq!((own.status, &own.body["branch"]), (201, &json!("sz")), "he can make none of all branches");
    let firm = house.post(&here, "firm/apply", json!({ "text": firm::SAMPLE })).await;
    assert_eq!(firm.problem(), (409, "not_yours"));
    let book = house.post(&here, "clients/import", json!({"csv": ""})).await;
    assert_eq!(book.problem(), (409, "not_yours"));
}

#[tokio::test]
async fn journal_and_dead_letters_of_another_branch_stay_there() {
    let house = House::open().await;
    house.commit(vec![changed(case(1, CaseState::Active, "lin", None))], vec![], vec![]).await;
    let route = bus::QueueName::Route(super::house::hq());
    house.bus.dead().park(&route, "no such thing", bus::Message::new(1, b"x".to_vec())).await.unwrap();
    let there = house.token_of("law-sz", Role::Compliance, Some("sz")).await;
    for path in ["journal", "journal/verify", "dead-letters"] {
        assert_eq!(house.get(&there, path).await.body["items"], json!([]), "{path}");
    }
    for path in ["journal/verify?stream=branch/hq", "journal/export?stream=branch/hq", "journal/deeds"] {
        assert_eq!(house.get(&there, path).await.problem(), (409, "not_yours"), "{path}");
    }
    let ops = house.token_of("ops-sz", Role::Ops, Some("sz")).await;
    let everywhere = house.token("ops", Role::Ops).await;
    let letters = house.get(&everywhere, "dead-letters").await;
    let letter = letters.body["items"][0]["id"].as_str().unwrap();
    assert_eq!(house.get(&ops, &format!("dead-letters/{letter}")).await.problem(), (409, "not_yours"));
    for verb in ["replay", "drop"] {
        let answer = house.post(&ops, &format!("dead-letters/{letter}/{verb}"), json!({})).await;
        assert_eq!(answer.problem(), (409, "not_yours"), "{verb}");
    }
    let here = house.token_of("law-hq", Role::Compliance, Some("hq")).await;
    assert_eq!(
        house.get(&here, "journal/export?stream=branch/hq").await.body["items"].as_array().map(Vec::len),
        Some(1)
    );
    assert_eq!(house.get(&here, "dead-letters").await.body["items"].as_array().map(Vec::len), Some(1));
}
