//! Whose clock pages show: the zone of the branch, in every answer that a page draws from.

use contract::{Address, AddressKind, ClientClass, ClientId, Role};
use reqwest::Method;
use serde_json::json;
use store::directory::Entry;

use super::house::{House, hq};

const ZONE: &str = "Asia/Shanghai";

async fn client(house: &House) -> ClientId {
    let entry = Entry {
        number: "100".to_owned(),
        name: Some("陈大文".to_owned()),
        class: ClientClass::Ordinary,
        risk_class: None,
        risk_valid_until: None,
        manager: None,
        branch: Some(hq()),
        addresses: vec![Address::parse(AddressKind::Phone, "13800138000").unwrap()],
    };
    let id = entry.id();
    house.store.directory().enter(vec![entry]).await.unwrap();
    id
}

#[tokio::test]
async fn a_page_learns_the_zone_of_whoever_looks() {
    let house = House::open().await;
    for (name, role) in [("lin", Role::Agent), ("xie", Role::Supervisor), ("root", Role::Admin)] {
        let token = house.token(name, role).await;
        assert_eq!(house.get(&token, "session").await.body["time_zone"], ZONE, "{name}");
    }
    let ops = house.token("ops1", Role::Ops).await;
    let figures = house.get(&ops, "figures").await.body;
    assert_eq!(figures["branches"][0]["time_zone"], ZONE, "{figures}");

    let id = client(&house).await;
    let core = house.token("core", Role::Integration).await;
    let link = house.post(&core, &format!("clients/{id}/link"), json!({})).await.body;
    let token = link["path"].as_str().unwrap().rsplit('/').next().unwrap();
    let mine = house.get("", &format!("mine/{token}")).await.body;
    assert_eq!(mine["time_zone"], ZONE, "{mine}");
}

#[tokio::test]
async fn evidence_is_printed_by_the_clock_of_the_branch() {
    let house = House::open().await;
    let id = client(&house).await;
    let lead = house.token("xie", Role::Supervisor).await;
    let order = format!("clients/{id}/subscriptions/morning");
    let done = house.call(Method::PUT, &lead, &order, Some(json!({ "wording": "我要早盘<b>" })), &[]).await;
    assert_eq!(done.status, 200, "{}", done.body);
    let page = house.get(&lead, &format!("clients/{id}/consents/page")).await;
    let page = page.body.as_str().unwrap().to_owned();
    assert_eq!(page.matches("<td>2026-11-09 09:14:00</td>").count(), 2, "what holds, and its proof: {page}");
    assert!(page.contains("以下时间均为 Asia/Shanghai 时间（UTC+08:00）"), "{page}");
    assert!(page.contains("；早盘建议</td>"), "a topic stands there by its name: {page}");
    assert!(page.contains("我要早盘&lt;b&gt;") && !page.contains("<b>"), "{page}");
    assert!(!page.contains("T01:14:00"), "no time stands there by another clock: {page}");
}
