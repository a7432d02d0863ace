//! What an agent's page needs beside ids: names, how long a client waits, to whom a promise is owed.

use contract::{
    CaseId, CaseState, ContactId, DeliveryId, Millis, Role,
    view::{Change, Told},
};
use serde_json::json;

use super::house::{House, case, changed, id, now};

#[tokio::test]
async fn a_case_names_its_people_and_says_how_long_the_client_waits() {
    let house = House::open().await;
    let mut waiting = case(1, CaseState::Active, "lin", Some("zhao"));
    waiting.waiting_since = Some(now());
    house.contact(11, waiting, "您好").await;
    house.commit(vec![changed(case(2, CaseState::Waiting, "somebody", None))], vec![], vec![]).await;
    house.clock.advance(Millis::from_secs(75));
    let lead = house.token("xie", Role::Supervisor).await;
    let list = house.get(&lead, "cases").await;
    let (unknown, known) = (&list.body["items"][0], &list.body["items"][1]);
    assert_eq!((&known["owner_name"], &known["queue_name"]), (&json!("林晓雯"), &json!("综合咨询")));
    assert_eq!((known["agent_name"].is_string(), &known["waited_s"]), (true, &json!(75)));
    assert_eq!((&unknown["owner_name"], &unknown["agent_name"]), (&json!("somebody"), &json!(null)));
    assert_eq!(unknown["waited_s"], json!(null));
    let one = house.get(&lead, &format!("cases/{}", id(1))).await;
    assert_eq!(one.body["owner_name"], "林晓雯");
}

#[tokio::test]
async fn a_promise_says_to_whom_by_whom_and_about_what() {
    let house = House::open().await;
    let entry = store::directory::Entry {
        number: "100".to_owned(),
        name: Some("陈大文".to_owned()),
        class: contract::ClientClass::Important,
        risk_class: None,
        risk_valid_until: None,
        manager: None,
        branch: None,
        addresses: vec![],
    };
    let client = entry.id();
    house.store.directory().enter(vec![entry]).await.unwrap();
    let promise = contract::view::PromiseView { client: Some(client), ..sample::promise(7, 1, now()) };
    let of_case = changed(case(1, CaseState::Pending, "lin", None));
    house.commit(vec![of_case, Change::Promise(promise)], vec![], vec![]).await;
    let lin = house.token("lin", Role::Agent).await;
    let list = house.get(&lin, "promises").await;
    let owed = &list.body["items"][0];
    assert_eq!((&owed["owner_name"], &owed["client_name"]), (&json!("林晓雯"), &json!("陈**")));
    assert_eq!((&owed["case_state"], &owed["queue"]), (&json!("pending"), &json!("enquiries")));
    assert!(!list.body.to_string().contains("大文"), "a list shows no whole name");
}

#[tokio::test]
async fn who_was_told_is_read_page_by_page_and_by_whom_it_concerns() {
    let house = House::open().await;
    let told = |number: u128, who: &str, why: &str| {
        let (who, why) = (who.to_owned(), why.to_owned());
        Change::Told(Told { case: CaseId::new(number), who, why, at: now() })
    };
    let hidden =
        contract::view::CaseView { recused: vec!["lin".parse().unwrap()], ..case(2, CaseState::Waiting, "chen", None) };
    let cases = vec![changed(case(1, CaseState::Waiting, "lin", None)), changed(hidden)];
    let words =
        vec![told(1, "lin", "breach"), told(1, "xie", "breach"), told(1, "xie", "upset"), told(2, "lin", "warn")];
    house.commit([cases, words].concat(), vec![], vec![]).await;
    let lead = house.token("xie", Role::Supervisor).await;
    let (mut seen, mut path) = (Vec::new(), "told?branch=hq&limit=1".to_owned());
    loop {
        let page = house.get(&lead, &path).await.body;
        let items = page["items"].as_array().unwrap().iter();
        seen.extend(items.map(|told| format!("{} {}", told["who"].as_str().unwrap(), told["why"].as_str().unwrap())));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("told?branch=hq&limit=1&cursor={next}");
    }
    assert_eq!(seen, ["lin warn", "xie upset", "xie breach", "lin breach"], "of one moment, none is left out");
    let ops = house.token("ops1", Role::Ops).await;
    let list = house.get(&ops, "told?who=xie").await.body;
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
    assert_eq!((&list["items"][0]["queue_name"], &list["items"][0]["branch"]), (&json!("综合咨询"), &json!("hq")));
    let lin = house.token("lin", Role::Agent).await;
    let own = house.get(&lin, "told").await.body;
    assert_eq!(own["items"].as_array().unwrap().len(), 1, "what he is excluded from is hidden: {own}");
    assert_eq!(house.get(&lin, "told?cursor=x").await.problem(), (422, "invalid"));
}

#[tokio::test]
async fn a_delivery_says_when_it_is_tried_again_and_what_it_answers() {
    let house = House::open().await;
    house.contact(11, case(1, CaseState::Active, "lin", Some("lin")), "您好").await;
    let reply = sample::reply(DeliveryId::new(9), CaseId::new(1), 11);
    house.commit(vec![Change::Reply(reply)], vec![], vec![]).await;
    let wish = store::deliveries::Wish {
        id: DeliveryId::new(9),
        case: Some(CaseId::new(1)),
        contact: Some(ContactId::new(11)),
        channel: contract::ChannelKind::Sms,
        account: "main".parse().unwrap(),
        lane: contract::Lane::Normal,
        made_at: now(),
        due_at: now() + Millis::from_secs(5),
        expires_at: now() + Millis::from_secs(3600),
        refused: None,
        addressed: store::deliveries::Addressed::default(),
        words: None,
    };
    house.store.deliveries().put(&[wish], now()).await.unwrap();
    let lin = house.token("lin", Role::Agent).await;
    let one = house.get(&lin, &format!("deliveries/{}", id(9))).await.body;
    assert_eq!((&one["contact_id"], &one["agent_name"]), (&json!(id(11)), &json!("林晓雯")));
    assert_eq!(one["due_at"], (now() + Millis::from_secs(5)).to_string());
    assert_eq!(one["expires_at"], (now() + Millis::from_secs(3600)).to_string());
}

#[tokio::test]
async fn an_agent_is_shown_with_his_queues_and_signs_in_by_name() {
    let house = House::open().await;
    let lin = house.token("lin", Role::Agent).await;
    let one = house.get(&lin, "agents/lin").await.body;
    assert!(one["queues"].as_array().unwrap().contains(&json!("enquiries")), "{one}");
    assert_eq!(house.get(&lin, "session").await.body["agent_name"], "林晓雯");
}

#[tokio::test]
async fn the_desk_names_what_a_page_offers_to_choose_from() {
    let house = House::open().await;
    let lin = house.token("lin", Role::Agent).await;
    let desk = house.get(&lin, "desk").await.body;
    let queue = desk["queues"].as_array().unwrap().iter().find(|queue| queue["id"] == "enquiries").unwrap();
    assert_eq!((&queue["branch"], &queue["kinds"][0]), (&serde_json::json!("hq"), &serde_json::json!("enquiry")));
    let agents = desk["agents"].as_array().unwrap();
    assert!(agents.iter().any(|agent| agent["id"] == "lin"));
    assert!(agents.iter().all(|agent| agent["branch"] == "hq"), "his own branch's: {desk}");
    assert_eq!(desk["branches"][0]["time_zone"], "Asia/Shanghai");
}
