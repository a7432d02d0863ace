//! Alerts by REST: once under a key, shown to whom it may be, paused and stopped.

use contract::{Address, AddressKind, ClientClass, Role, audit::What};
use reqwest::Method;
use serde_json::{Value, json};
use store::{directory::Entry, journal::Stream, notice::Way};

use super::house::{House, hq, now};

async fn clients(house: &House, count: u32) -> Vec<String> {
    let entry = |place: u32| Entry {
        number: format!("88{place:04}"),
        name: Some("陈大文".to_owned()),
        class: ClientClass::Ordinary,
        risk_class: None,
        risk_valid_until: None,
        manager: None,
        branch: Some(hq()),
        addresses: vec![Address::parse(AddressKind::Phone, &format!("139{place:08}")).unwrap()],
    };
    let entries: Vec<Entry> = (0..count).map(entry).collect();
    let numbers = entries.iter().map(|entry| entry.number.clone()).collect();
    house.store.directory().enter(entries).await.unwrap();
    numbers
}

async fn plan(house: &House) {
    let way = Way { branch: hq(), channel: contract::ChannelKind::Sms, account: "main".parse().unwrap() };
    while house.store.notices().plan(std::slice::from_ref(&way), now()).await.unwrap().is_some() {}
}

fn alert(clients: &[String]) -> Value {
    json!({"branch": "hq", "category": "risk", "clients": clients, "title": "盘中", "text": "请注意风险"})
}

#[tokio::test]
async fn an_alert_is_posted_once_under_its_key() {
    let house = House::open().await;
    let risk = house.token("risk", Role::Integration).await;
    let numbers = clients(&house, 3).await;
    let post = async |key: &str, body: Value| {
        house.call(Method::POST, &risk, "alerts", Some(body), &[("idempotency-key", key)]).await
    };
    let first = post("a", alert(&numbers)).await;
    assert_eq!(first.status, 202, "{}", first.body);
    let again = post("a", alert(&numbers)).await;
    assert_eq!((again.status, &again.body), (202, &first.body));
    assert_eq!(again.headers["idempotent-replay"], "true");
    assert_eq!(post("a", alert(&numbers[..1])).await.problem(), (422, "invalid"));
    assert_eq!(post(&"k".repeat(256), alert(&numbers)).await.status, 400);
    let list = house.get(&risk, "alerts").await.body;
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    plan(&house).await;
    // Without a key it is another alert, and nobody is told the same again.
    let other = house.post(&risk, "alerts", alert(&numbers)).await;
    assert_ne!(other.body["id"], first.body["id"]);
    plan(&house).await;
    let path = format!("alerts/{}", other.body["id"].as_str().unwrap());
    let shown = house.get(&risk, &path).await.body;
    assert_eq!((&shown["total"], &shown["withheld"]["duplicate"]), (&json!(3), &json!(3)));
}

#[tokio::test]
async fn who_may_not_read_an_alert_sees_its_figures_alone() {
    let house = House::open().await;
    let risk = house.token("risk", Role::Integration).await;
    let numbers = clients(&house, 2).await;
    let id = house.post(&risk, "alerts", alert(&numbers)).await.body["id"].as_str().unwrap().to_owned();
    plan(&house).await;
    let ops = house.token("ops", Role::Ops).await;
    let shown = house.get(&ops, &format!("alerts/{id}")).await.body;
    assert_eq!((&shown["text"], &shown["title"], &shown["queued"]), (&json!(null), &json!(null), &json!(2)));
    assert_eq!(house.get(&ops, &format!("alerts/{id}/deliveries")).await.problem(), (403, "forbidden"));
    let officer = house.token("hegui", Role::Compliance).await;
    let shown = house.get(&officer, &format!("alerts/{id}")).await.body;
    assert_eq!(
        (&shown["text"], &shown["made_by"], &shown["state"]),
        (&json!("请注意风险"), &json!("risk"), &json!("running"))
    );
    let page = house.get(&officer, &format!("alerts/{id}/deliveries?limit=1&state=queued")).await.body;
    assert_eq!((&page["items"][0]["place"], &page["items"][0]["state"]), (&json!(1), &json!("queued")));
    let told = &page["items"][0];
    assert_eq!((&told["number"], &told["address"]), (&json!(numbers[0]), &json!("+86139****0000")), "{told}");
    let rest = house.get(&officer, &format!("alerts/{id}/deliveries?cursor={}", page["next"].as_str().unwrap())).await;
    assert_eq!((rest.body["items"].as_array().unwrap().len(), &rest.body["next"]), (1, &json!(null)));
    let chengdu = house.token_of("luo2", Role::Supervisor, Some("cd")).await;
    assert_eq!(house.get(&chengdu, &format!("alerts/{id}")).await.problem(), (409, "not_yours"));
    assert_eq!(house.post(&chengdu, "alerts", alert(&numbers)).await.problem(), (409, "not_yours"));
}

#[tokio::test]
async fn an_alert_is_paused_goes_on_and_is_stopped_each_with_a_deed() {
    let house = House::open().await;
    let xie = house.token("xie", Role::Supervisor).await;
    let numbers = clients(&house, 1).await;
    let id = house.post(&xie, "alerts", alert(&numbers)).await.body["id"].as_str().unwrap().to_owned();
    plan(&house).await;
    let turn = async |verb: &str| house.post(&xie, &format!("alerts/{id}/{verb}"), json!({})).await;
    assert_eq!(turn("resume").await.problem(), (409, "wrong_state"));
    for (verb, state) in [("pause", "paused"), ("resume", "running"), ("stop", "stopped")] {
        let answer = turn(verb).await;
        assert_eq!((answer.status, &answer.body["state"]), (200, &json!(state)), "{}", answer.body);
    }
    assert_eq!(turn("stop").await.problem(), (409, "wrong_state"));
    while house.store.notices().follow(now()).await.unwrap() {}
    let shown = house.get(&xie, &format!("alerts/{id}")).await.body;
    assert_eq!((&shown["withheld"]["stopped"], &shown["queued"]), (&json!(1), &json!(0)));
    let records = house.store.records().from(&Stream::parse("audit/house").unwrap(), 1, 100).await.unwrap();
    let deeds: Vec<What> = records
        .iter()
        .map(|record| contract::wire::decode::<contract::audit::Deed>(&record.body).unwrap().what)
        .filter(|what| what.to_string().contains("alert"))
        .collect();
    assert!(matches!(
        deeds.as_slice(),
        [What::AlertPosted(_), What::AlertPaused(_), What::AlertResumed(_), What::AlertStopped(_)]
    ));
}

#[tokio::test]
async fn a_preview_tells_text_parts_and_who_is_withheld_and_keeps_nothing() {
    let house = House::open().await;
    let risk = house.token("risk", Role::Integration).await;
    let mut numbers = clients(&house, 2).await;
    numbers.extend(["nobody".to_owned(), numbers[0].clone()]);
    let preview = house.post(&risk, "alerts/preview", alert(&numbers)).await;
    assert_eq!(preview.status, 200, "{}", preview.body);
    let body = preview.body;
    assert_eq!(
        (&body["recipients"], &body["looked_at"], &body["by_channel"]["sms"]),
        (&json!(4), &json!(4), &json!(2))
    );
    assert_eq!((&body["withheld"]["no_address"], &body["withheld"]["duplicate"]), (&json!(1), &json!(1)));
    assert_eq!((&body["encoding"], &body["parts"]), (&json!("ucs2"), &json!(1)));
    let promotion = json!({"branch": "hq", "category": "commercial", "clients": numbers, "title": "t", "text": "培训"});
    let body = house.post(&risk, "alerts/preview", promotion).await.body;
    assert_eq!(body["withheld"]["no_consent"], 2);
    assert_eq!(house.get(&risk, "alerts").await.body["items"], json!([]));
}
