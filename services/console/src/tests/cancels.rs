//! Cancels at a client's word: he who names no address means every one that it concerns.

use contract::{Address, AddressKind, ClientClass, ClientId, Millis, Role};
use reqwest::Method;
use serde_json::{Value, json};
use store::directory::Entry;

use super::house::{House, hq};

/// A client with a telephone and a mailbox.
async fn client(house: &House) -> ClientId {
    let address = |kind, value| Address::parse(kind, value).unwrap();
    let entry = Entry {
        number: "100".to_owned(),
        name: None,
        class: ClientClass::Ordinary,
        risk_class: None,
        risk_valid_until: None,
        manager: None,
        branch: Some(hq()),
        addresses: vec![address(AddressKind::Phone, "13800138000"), address(AddressKind::Email, "a@b.example")],
    };
    let id = entry.id();
    house.store.directory().enter(vec![entry]).await.unwrap();
    id
}

/// The client's addresses that a topic goes to.
async fn live(house: &House, token: &str, client: ClientId) -> Vec<Value> {
    let list = house.get(token, &format!("clients/{client}/subscriptions")).await.body;
    let items = list["items"].as_array().unwrap().iter();
    items.filter(|one| one["live"] == true).map(|one| one["address_id"].clone()).collect()
}

#[tokio::test]
async fn a_cancel_finds_the_address_that_the_topic_goes_to() {
    let house = House::open().await;
    let id = client(&house).await;
    let lead = house.token("xie", Role::Supervisor).await;
    let addresses = house.get(&lead, &format!("clients/{id}/addresses?masked=true")).await.body;
    let of = |kind: &str| {
        let found = addresses["items"].as_array().unwrap().iter().find(|one| one["kind"] == kind);
        found.map(|one| one["id"].clone()).unwrap()
    };
    let (phone, mail) = (of("phone"), of("email"));
    let topic = format!("clients/{id}/subscriptions/morning");
    let say = async |method: Method, path: &str, body: Value| {
        house.clock.advance(Millis::from_secs(1));
        let answer = house.call(method, &lead, path, Some(body), &[]).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    };

    say(Method::PUT, &topic, json!({ "wording": "发我邮箱", "address_id": mail })).await;
    let done = say(Method::DELETE, &topic, json!({ "wording": "早盘不要了" })).await;
    assert_eq!((&done["effect"], &done["address_id"]), (&json!("done"), &mail), "{done}");
    assert_eq!(done.get("others"), None, "{done}");
    assert_eq!(live(&house, &lead, id).await, Vec::<Value>::new());

    for address in [&phone, &mail] {
        say(Method::PUT, &topic, json!({ "wording": "都要", "address_id": address })).await;
    }
    let done = say(Method::DELETE, &topic, json!({ "wording": "早盘不要了" })).await;
    assert_eq!(done["others"].as_array().map(Vec::len), Some(1), "{done}");
    assert_eq!(live(&house, &lead, id).await, Vec::<Value>::new());

    say(Method::PUT, &topic, json!({ "wording": "发我邮箱", "address_id": mail })).await;
    let all = format!("clients/{id}/consents");
    say(Method::DELETE, &all, json!({ "wording": "短信别发了", "address_id": phone })).await;
    assert_eq!(live(&house, &lead, id).await, std::slice::from_ref(&mail), "who names an address means that one");
    let done = say(Method::DELETE, &all, json!({ "wording": "什么都不要了" })).await;
    assert_eq!(done["others"][0]["effect"], "done", "{done}");
    assert_eq!(live(&house, &lead, id).await, Vec::<Value>::new());
}
