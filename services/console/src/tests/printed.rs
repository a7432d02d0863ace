//! Printed evidence: the words of the client's own message stand beside what it brought about.

use contract::{
    Address, AddressKind, ClientClass, ClientId, ContactId, EvidenceId, Role,
    consent::{Asks, Source},
    view::{Change, ContactView},
};
use store::{
    consent::{Act, Stamp},
    directory::Entry,
};

use super::house::{House, hq, now};

async fn client(house: &House) -> ClientId {
    let entry = Entry {
        number: "100".to_owned(),
        name: None,
        class: ClientClass::Ordinary,
        risk_class: None,
        risk_valid_until: None,
        manager: None,
        branch: Some(hq()),
        addresses: vec![Address::parse(AddressKind::Phone, "13800001234").unwrap()],
    };
    let id = entry.id();
    house.store.directory().enter(vec![entry]).await.unwrap();
    id
}

/// Has the house hear an order in a message.
async fn orders(house: &House, client: ClientId, message: u128) {
    let addresses = house.store.directory().addresses(client).await.unwrap();
    let act = Act {
        evidence: EvidenceId::new(message),
        asks: Asks::Order("morning".parse().unwrap()),
        by: Source::Contact(ContactId::new(message)),
        client,
        address: addresses[0].id,
        hash: addresses[0].blind.hash,
        stamp: Stamp::new(now(), u64::try_from(message).unwrap()),
        at: now(),
        answers: None,
        noted: None,
    };
    house.store.consents().act(act, Vec::new()).await.unwrap();
}

#[tokio::test]
async fn the_message_that_ordered_is_quoted_after_a_look() {
    let house = House::open().await;
    let id = client(&house).await;
    let page = format!("clients/{id}/consents/page");
    let (Change::Contact(view), inbound) = house.said(11, contract::CaseId::new(1), "订阅 早盘<b>") else {
        unreachable!("a contact was made")
    };
    let view = ContactView { case: None, client: Some(id), ..view };
    house.commit(vec![Change::Contact(view)], vec![inbound], Vec::new()).await;
    orders(&house, id, 11).await;
    orders(&house, id, 12).await;

    let auditor = house.token("hegui", Role::Compliance).await;
    let shown = house.get(&auditor, &page).await.body.as_str().unwrap().to_owned();
    assert!(shown.contains("<td>订阅 早盘&lt;b&gt;</td>"), "{shown}");
    assert!(shown.contains("<td>（原文已不在系统中）</td>"), "a text that is gone is said to be: {shown}");
    let looks = house.looks().await;
    assert!(looks.iter().any(|look| look.contacts == [ContactId::new(11)] && look.clients == [id]), "{looks:?}");

    let lin = house.token("lin", Role::Agent).await;
    let masked = house.get(&lin, &page).await.body.as_str().unwrap().to_owned();
    assert!(masked.contains("<td>（无权查看原文）</td>") && !masked.contains("订阅 早盘"), "{masked}");
}
