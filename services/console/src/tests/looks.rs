//! Looks: what is masked, what is open, and that every open look was journalled first.

use contract::{
    CaseId, CaseState, ContactId, Role,
    view::{CaseView, Change},
};
use serde_json::json;
use store::journal::Stream;

use super::house::{House, agent, case, changed, id, now};

async fn with_a_contact() -> House {
    let house = House::open().await;
    house.contact(11, case(1, CaseState::Active, "lin", Some("lin")), "我的账户").await;
    house
}

#[tokio::test]
async fn who_may_see_sees_and_the_look_stands_in_the_journal() {
    let house = with_a_contact().await;
    for (name, role) in [("lin", Role::Agent), ("xie", Role::Supervisor), ("hegui", Role::Compliance)] {
        let token = house.token(name, role).await;
        let before = house.looks().await.len();
        let answer = house.get(&token, &format!("contacts/{}", id(11))).await;
        assert_eq!((answer.status, answer.body["masked"].as_bool()), (200, Some(false)), "{name}");
        assert_eq!((&answer.body["from"], &answer.body["text"]), (&json!("+8613800001234"), &json!("我的账户")));
        let looks = house.looks().await;
        assert_eq!(looks.len(), before + 1, "{name}");
        let look = looks.last().unwrap();
        assert_eq!((look.user.as_str(), look.role, look.place.as_str()), (name, role, "contact"));
        assert_eq!((look.case, look.contacts.as_slice()), (Some(CaseId::new(1)), [ContactId::new(11)].as_slice()));
    }
    let verdict = house.store.records().verify(&Stream::access("test")).await.unwrap();
    assert_eq!(verdict, store::journal::Verdict::Whole { seq: 3 });
}

#[tokio::test]
async fn a_program_sees_masked_contacts_and_leaves_no_look() {
    let house = with_a_contact().await;
    let token = house.token("crm", Role::Integration).await;
    let answer = house.get(&token, "contacts").await;
    let contact = &answer.body["items"][0];
    assert_eq!((&contact["masked"], &contact["text"]), (&json!(true), &json!(null)));
    assert_eq!(contact["from"], "+86138****1234".replace("****", "0000").replace("0000", "****"));
    assert!(house.looks().await.is_empty());
}

#[tokio::test]
async fn a_list_of_cases_is_masked_and_one_case_is_open() {
    let house = with_a_contact().await;
    let token = house.token("xie", Role::Supervisor).await;
    let list = house.get(&token, "cases").await;
    assert_eq!(list.body["items"][0]["contacts"][0]["masked"], true);
    assert!(house.looks().await.is_empty());
    let one = house.get(&token, &format!("cases/{}", id(1))).await;
    assert_eq!(one.body["contacts"][0]["text"], "我的账户");
    assert_eq!(house.looks().await.len(), 1);
}

#[tokio::test]
async fn a_list_of_contacts_is_one_look_at_all_it_shows() {
    let house = with_a_contact().await;
    house.contact(12, case(2, CaseState::Active, "zhao", Some("zhao")), "另一个").await;
    let token = house.token("hegui", Role::Compliance).await;
    let list = house.get(&token, "contacts").await;
    assert_eq!(list.body["items"].as_array().map(Vec::len), Some(2));
    let looks = house.looks().await;
    assert_eq!(looks.len(), 1);
    assert_eq!(looks[0].contacts, [ContactId::new(12), ContactId::new(11)]);
}

#[tokio::test]
async fn lists_go_on_where_the_page_ended() {
    let house = House::open().await;
    for number in 1..=5 {
        house.contact(10 + number, case(number, CaseState::Active, "lin", Some("lin")), "x").await;
    }
    let token = house.token("xie", Role::Supervisor).await;
    let mut seen = Vec::new();
    let mut path = "contacts?limit=2".to_owned();
    loop {
        let page = house.get(&token, &path).await;
        seen.extend(page.body["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        let Some(cursor) = page.body["next"].as_str() else { break };
        path = format!("contacts?limit=2&cursor={cursor}");
    }
    assert_eq!(seen, [15, 14, 13, 12, 11].map(id));
    assert_eq!(house.get(&token, "contacts?limit=1000").await.status, 200, "no more than a page holds");
    let of_case = house.get(&token, &format!("contacts?case={}", id(1))).await;
    assert_eq!(of_case.body["items"].as_array().map(Vec::len), Some(1));
    for query in ["cursor=x", "limit=0", "limit=x", "size=1", "limit=1&limit=2", "state=flying"] {
        let answer = house.get(&token, &format!("cases?{query}")).await;
        assert_eq!(answer.problem(), (422, "invalid"), "{query}");
    }
}

#[tokio::test]
async fn a_client_is_found_by_his_whole_address_and_opened_for_a_case_only() {
    let house = House::open().await;
    let from = contract::Address::parse(contract::AddressKind::Phone, "13800001234").unwrap();
    let entry = store::directory::Entry {
        number: "100".to_owned(),
        name: Some("陈大文".to_owned()),
        class: contract::ClientClass::Ordinary,
        risk_class: Some("C3".to_owned()),
        risk_valid_until: None,
        manager: None,
        branch: None,
        addresses: vec![from],
    };
    let client = entry.id();
    house.store.directory().enter(vec![entry]).await.unwrap();
    let mut own = case(1, CaseState::Active, "lin", Some("lin"));
    own.client = Some(client);
    house.contact(11, own, "x").await;

    let lin = house.token("lin", Role::Agent).await;
    let zhao = house.token("zhao", Role::Agent).await;
    let found = house.get(&lin, "clients?address=138%200000%201234").await;
    assert_eq!(found.body["items"][0]["id"], client.to_string(), "{}", found.body);
    assert_eq!(found.body["items"][0]["name"], "陈**");
    assert_eq!(house.get(&lin, "clients?address=13900000000").await.body["items"], json!([]));
    assert_eq!(house.get(&lin, "clients").await.problem(), (422, "invalid"));

    let path = format!("clients/{client}");
    let (open, masked) = (house.get(&lin, &path).await, house.get(&zhao, &path).await);
    assert_eq!((&open.body["name"], &masked.body["name"]), (&json!("陈大文"), &json!("陈**")));
    let path = format!("{path}/addresses");
    let (open, masked) = (house.get(&lin, &path).await, house.get(&zhao, &path).await);
    assert_eq!(open.body["items"][0]["value"], "+8613800001234");
    assert_ne!(masked.body["items"][0]["value"], "+8613800001234");
    let looks = house.looks().await;
    assert_eq!(looks.len(), 2);
    assert!(looks.iter().all(|look| look.user.as_str() == "lin" && look.clients == [client]));
}

#[tokio::test]
async fn an_excluded_agent_finds_nothing_of_the_case_anywhere() {
    let house = House::open().await;
    let mut about_him = case(1, CaseState::Waiting, "xu", None);
    about_him.recused = vec![agent("lin")];
    about_him.owner = "lin".to_owned();
    house.contact(11, about_him, "我要投诉林某").await;
    let token = house.token("lin", Role::Agent).await;
    for path in ["cases", "contacts", "promises", "offers"] {
        assert_eq!(house.get(&token, path).await.body["items"], json!([]), "{path}");
    }
    let filtered = format!("contacts?case_id={}", id(1));
    assert_eq!(house.get(&token, &filtered).await.body["items"], json!([]));
    assert!(house.looks().await.is_empty());
}

#[tokio::test]
async fn answers_are_shown_with_where_they_stand() {
    let house = with_a_contact().await;
    let token = house.token("lin", Role::Agent).await;
    let path = format!("cases/{}/reply", id(1));
    let answering = async {
        let command = house.command().await;
        let contract::command::Verb::Reply(of, delivery) = command.verb else { panic!("not a reply") };
        let reply = sample::reply(delivery, of, 11);
        house.decide(&command, None, vec![Change::Reply(reply)]).await;
        delivery
    };
    let (_, delivery) = tokio::join!(house.post(&token, &path, json!({"text": "已处理"})), answering);
    let list = || house.get(&token, "deliveries?case_id=00000000-0000-0000-0000-000000000001");
    let item = list().await.body["items"][0].take();
    assert_eq!((&item["id"], &item["text"]), (&json!(delivery.to_string()), &json!("已处理")));
    assert_eq!((&item["state"], &item["agent"]), (&json!("queued"), &json!("lin")));

    let wish = store::deliveries::Wish {
        id: delivery,
        case: Some(CaseId::new(1)),
        contact: Some(ContactId::new(11)),
        channel: contract::ChannelKind::Sms,
        account: "main".parse().unwrap(),
        lane: contract::Lane::Normal,
        made_at: now(),
        due_at: now(),
        expires_at: now(),
        refused: Some("no_address"),
        addressed: store::deliveries::Addressed::default(),
        words: None,
    };
    house.store.deliveries().put(&[wish], now()).await.unwrap();
    let item = house.get(&token, &format!("deliveries/{delivery}")).await.body;
    assert_eq!((&item["state"], &item["reason"]), (&json!("failed"), &json!("no_address")));

    let program = house.token("crm", Role::Integration).await;
    let masked = house.get(&program, &format!("deliveries/{delivery}")).await.body;
    assert_eq!((&masked["state"], &masked["text"]), (&json!("failed"), &json!(null)));
}

async fn with_a_client(house: &House) -> contract::ClientId {
    let entry = store::directory::Entry {
        number: "100".to_owned(),
        name: Some("陈大文".to_owned()),
        class: contract::ClientClass::Ordinary,
        risk_class: None,
        risk_valid_until: None,
        manager: None,
        branch: None,
        addresses: vec![contract::Address::parse(contract::AddressKind::Phone, "13800001234").unwrap()],
    };
    let client = entry.id();
    house.store.directory().enter(vec![entry]).await.unwrap();
    client
}

#[tokio::test]
async fn a_history_holds_all_matters_of_a_client_for_who_has_one_of_them() {
    let house = House::open().await;
    let client = with_a_client(&house).await;
    let mut hidden = case(3, CaseState::Active, "zhao", Some("zhao"));
    hidden.recused = vec![agent("lin")];
    for (number, view, text) in [
        (11, case(1, CaseState::Active, "lin", Some("lin")), "转账转不出来"),
        (12, case(2, CaseState::Closed, "zhao", None), "上周问过"),
        (13, hidden, "投诉林"),
    ] {
        let (mut said, inbound) = house.said(number, view.id, text);
        if let Change::Contact(said) = &mut said {
            said.client = Some(client);
        }
        let view = CaseView { client: Some(client), ..view };
        house.commit(vec![said, changed(view)], vec![inbound], Vec::new()).await;
    }
    let lin = house.token("lin", Role::Agent).await;
    let history = house.get(&lin, &format!("clients/{client}/history?case_id={}", id(1))).await;
    assert_eq!(history.status, 200, "{}", history.body);
    let texts: Vec<_> = history.body["contacts"].as_array().unwrap().iter().map(|said| said["text"].clone()).collect();
    assert_eq!(texts, [json!("上周问过"), json!("转账转不出来")], "nothing of what is about him");
    assert_eq!(history.body["cases"].as_array().map(Vec::len), Some(2));
    let look = house.looks().await.pop().unwrap();
    assert_eq!((look.place.as_str(), look.case.map(|case| case.to_string())), ("history", Some(id(1))));
    assert_eq!(look.contacts, [ContactId::new(12), ContactId::new(11)]);

    let chen = house.token("chen", Role::Agent).await;
    let foreign = house.get(&chen, &format!("clients/{client}/history")).await;
    assert_eq!(foreign.problem(), (409, "not_yours"));
}

#[tokio::test]
async fn who_asks_for_masked_data_looks_at_nothing() {
    let house = House::open().await;
    let client = with_a_client(&house).await;
    let own = CaseView { client: Some(client), ..case(1, CaseState::Active, "lin", Some("lin")) };
    house.contact(11, own, "x").await;
    let lin = house.token("lin", Role::Agent).await;
    let masked = house.get(&lin, &format!("clients/{client}?masked=true")).await;
    assert_eq!((masked.status, &masked.body["name"]), (200, &json!("陈**")));
    let masked = house.get(&lin, &format!("clients/{client}/addresses?masked=true")).await;
    assert_ne!(masked.body["items"][0]["value"], "+8613800001234");
    assert!(house.looks().await.is_empty());
}
