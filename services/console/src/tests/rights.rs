//! Rights: every role at every address, as a table; and how far each reaches.

use std::collections::BTreeSet;

use contract::{CaseState, Role};
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
    ("POST", "tickets", "all"),
    ("GET", "contacts", "agent supervisor compliance integration"),
    ("POST", "contacts", "agent integration"),
    ("GET", "contacts/{id}", "agent supervisor compliance integration"),
    ("GET", "cases", "agent supervisor compliance"),
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
    ("GET", "offers", "agent supervisor compliance"),
    ("GET", "offers/{id}", "agent supervisor compliance"),
    ("POST", "offers/{id}/accept", "agent"),
    ("POST", "offers/{id}/decline", "agent"),
    ("GET", "queues", "agent supervisor ops compliance admin"),
    ("GET", "agents", "agent supervisor ops compliance admin"),
    ("GET", "agents/{id}", "agent supervisor ops compliance admin"),
    ("POST", "agents/{id}/ready", "agent"),
    ("POST", "agents/{id}/away", "agent supervisor"),
    ("GET", "promises", "agent supervisor compliance"),
    ("POST", "promises/{id}/keep", "agent supervisor"),
    ("POST", "promises/{id}/tried", "agent supervisor"),
    ("POST", "promises/{id}/drop", "agent supervisor"),
    ("GET", "clients", "agent supervisor compliance integration"),
    ("GET", "clients/{id}", "agent supervisor compliance integration"),
    ("GET", "clients/{id}/addresses", "agent supervisor compliance integration"),
    ("POST", "clients/import", "admin integration"),
    ("GET", "deliveries", "agent supervisor compliance integration"),
    ("GET", "deliveries/{id}", "agent supervisor compliance integration"),
    ("GET", "dead-letters", "ops compliance admin"),
    ("GET", "dead-letters/{id}", "ops compliance admin"),
    ("POST", "dead-letters/{id}/replay", "ops"),
    ("POST", "dead-letters/{id}/drop", "ops"),
    ("GET", "journal", "ops compliance"),
    ("GET", "journal/verify", "ops compliance"),
    ("GET", "journal/export", "compliance"),
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
    ("GET", "agent/socket", "agent"),
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
