//! Consent keeps its promises: one act once, proved; a cancel confirmed when it holds.
//!
//! In: orders, cancels, loose words, submits under way. Out: what may be sent since, and what
//! proves it. Never here: the gate of a submit, which alerts go through (`delivery`).

use std::sync::atomic::{AtomicBool, Ordering};

use contract::{
    Address, AddressKind, Category, ChannelKind, ClientClass, ClientId, ContactId, DeliveryId, DeliveryState, Effect,
    EvidenceId, Granted, Lane, Millis, NoticeId, Timestamp, TopicId,
    consent::{Asks, Evidence, Permits, Proof, Source, Terms},
    delivery::Due,
    notice::Words,
    wire,
};
use store::{
    Store,
    consent::{Act, Answers, Done, Noted, PROCESS, Stamp, Unconfirmed},
    deliveries::{Addressed, Begun, From, Settled, Wish},
    directory::{ClientAddress, Entry},
    journal::{Stream, Verdict},
    notice::Draft,
};

use crate::notice;

const START: Timestamp = Timestamp::from_ms(1_800_000_000_000);

fn at(seconds: i64) -> Timestamp {
    START + Millis::from_secs(seconds)
}

fn topic(id: &str) -> TopicId {
    id.parse().unwrap()
}

fn terms() -> Vec<Terms> {
    [
        ("morning", Category::Advice, true),
        ("flash", Category::Commercial, true),
        ("notice", Category::Service, true),
        ("margincall", Category::Risk, false),
    ]
    .map(|(id, category, cancel)| Terms { topic: topic(id), category, cancel })
    .to_vec()
}

/// Enters a client with phones; gives their addresses in that order.
async fn client(store: &Store, number: &str, phones: &[&str]) -> Vec<ClientAddress> {
    let entry = Entry {
        number: number.to_owned(),
        name: None,
        class: ClientClass::Ordinary,
        risk_class: None,
        risk_valid_until: None,
        manager: None,
        branch: None,
        addresses: phones.iter().map(|phone| Address::parse(AddressKind::Phone, phone).unwrap()).collect(),
    };
    let id = entry.id();
    store.directory().enter(vec![entry]).await.unwrap();
    store.directory().addresses(id).await.unwrap()
}

/// What a client asks by the contact of that number, so many seconds after the start.
fn asked(asks: Asks, address: &ClientAddress, contact: u128, second: i64) -> Act {
    let contact = ContactId::new(contact);
    let answers = Answers { contact, channel: ChannelKind::Sms, account: "main".parse().unwrap() };
    Act {
        evidence: EvidenceId::of_contact(contact),
        asks,
        by: Source::Contact(contact),
        client: address.client,
        address: address.id,
        hash: address.blind.hash,
        stamp: Stamp::new(at(second), 0),
        at: at(second),
        answers: Some(answers),
        noted: None,
    }
}

async fn act(store: &Store, act: Act) -> Done {
    store.consents().act(act, terms()).await.unwrap()
}

async fn permits(store: &Store, address: &ClientAddress) -> Permits {
    let hash = address.blind.hash;
    store.consents().permits(&[hash]).await.unwrap().remove(&hash).unwrap_or_default()
}

async fn evidence(store: &Store, address: &ClientAddress) -> Vec<Evidence> {
    let kept = store.consents().evidence(address.client, u64::MAX, 100).await.unwrap();
    kept.into_iter().rev().map(|kept| kept.evidence).collect()
}

fn commercial(id: u128, address: &ClientAddress) -> Wish {
    Wish {
        id: DeliveryId::new(id),
        case: None,
        contact: None,
        channel: ChannelKind::Sms,
        account: "main".parse().unwrap(),
        lane: Lane::Bulk,
        made_at: at(0),
        due_at: at(0),
        expires_at: at(1000),
        refused: None,
        addressed: Addressed::to(address, Category::Commercial),
        words: None,
    }
}

/// Confirms something, as the notifier does.
async fn confirm(store: &Store, done: &Unconfirmed) -> bool {
    let message = Wish {
        id: done.evidence.id.delivery(),
        contact: done.answers.as_ref().map(|answers| answers.contact),
        addressed: Addressed::default(),
        ..commercial(0, &address_of(store, done).await)
    };
    store.consents().confirm(done, message, "v1".to_owned(), at(500)).await.unwrap()
}

/// Lets a message leave by its try of that number.
async fn leave(store: &Store, delivery: DeliveryId, attempt: u32) {
    let due = Due { delivery, attempt };
    assert_eq!(store.submits().begin(due, at(500)).await.unwrap(), Begun::Go);
    store.submits().settle(due, From::Submitting, Settled::Sent(None), at(500)).await.unwrap();
}

/// Confirms one after the other until nothing is left to confirm, each as soon as it may be; gives
/// what was confirmed.
async fn confirm_in_turn(store: &Store) -> Vec<EvidenceId> {
    let mut told = Vec::new();
    while let Some(done) = unconfirmed(store).await.into_iter().next() {
        assert!(confirm(store, &done).await);
        leave(store, done.evidence.id.delivery(), 1).await;
        told.push(done.evidence.id);
    }
    told
}

async fn address_of(store: &Store, done: &Unconfirmed) -> ClientAddress {
    store.directory().address(done.evidence.address).await.unwrap().unwrap()
}

async fn unconfirmed(store: &Store) -> Vec<Unconfirmed> {
    store.consents().unconfirmed(100).await.unwrap()
}

async fn an_act_is_done_once_and_proved(store: Store) {
    let phone = client(&store, "10001", &["13800138001"]).await.remove(0);
    let order = asked(Asks::Order(topic("morning")), &phone, 1, 0);
    assert_eq!(act(&store, order.clone()).await, Done::Now(Effect::Done));
    for _ in 0..50 {
        assert_eq!(act(&store, order.clone()).await, Done::Before(Effect::Done));
    }
    let since = Permits { topics: vec![topic("morning")], advice: Granted::Given, ..Permits::default() };
    assert_eq!(permits(&store, &phone).await, since);
    let on_record = evidence(&store, &phone).await;
    let [Evidence { what: Proof::Asked(asked), .. }] = &*on_record else { panic!("one record of what was asked") };
    assert_eq!((&asked.before, &asked.after), (&Permits::default(), &since));
    assert_eq!(asked.by, Source::Contact(ContactId::new(1)));
    let records = store.records().from(&Stream::notices(PROCESS), 1, 10).await.unwrap();
    assert_eq!(wire::decode::<Evidence>(&records[0].body).unwrap(), on_record[0]);
    assert_eq!(unconfirmed(&store).await.len(), 1);
    assert!(confirm(&store, &unconfirmed(&store).await[0]).await);
    assert_eq!(unconfirmed(&store).await, []);
    let stream = store.records().verify(&Stream::notices(PROCESS)).await.unwrap();
    assert_eq!(stream, Verdict::Whole { seq: 2 });
}

async fn a_second_cancel_is_on_record_and_not_confirmed_again(store: Store) {
    let phone = client(&store, "10001", &["13800138001"]).await.remove(0);
    act(&store, asked(Asks::Order(topic("flash")), &phone, 1, 0)).await;
    assert_eq!(act(&store, asked(Asks::CancelAll, &phone, 2, 1)).await, Done::Now(Effect::Done));
    assert_eq!(act(&store, asked(Asks::CancelAll, &phone, 3, 2)).await, Done::Now(Effect::Nothing));
    assert_eq!(evidence(&store, &phone).await.len(), 3);
    let told = confirm_in_turn(&store).await;
    assert_eq!(told, [1, 2].map(|contact| EvidenceId::of_contact(ContactId::new(contact))));
}

async fn what_cannot_be_cancelled_is_said_once(store: Store) {
    let phone = client(&store, "10001", &["13800138001"]).await.remove(0);
    act(&store, asked(Asks::Order(topic("margincall")), &phone, 1, 0)).await;
    for contact in 2..5 {
        let cancel = asked(Asks::Cancel(topic("margincall")), &phone, contact, 1);
        assert_eq!(act(&store, cancel).await, Done::Now(Effect::Refused));
    }
    assert_eq!(permits(&store, &phone).await.topics, [topic("margincall")]);
    assert_eq!(confirm_in_turn(&store).await.len(), 2);
    let unknown = asked(Asks::Order(topic("weather")), &phone, 9, 2);
    assert_eq!(act(&store, unknown).await, Done::Now(Effect::Refused));
    assert_eq!(confirm_in_turn(&store).await, []);
}

async fn a_cancel_is_confirmed_when_nothing_that_it_ended_is_under_way(store: Store) {
    let phone = client(&store, "10001", &["13800138001"]).await.remove(0);
    act(&store, asked(Asks::Order(topic("flash")), &phone, 1, 0)).await;
    assert_eq!(confirm_in_turn(&store).await.len(), 1);
    store.deliveries().put(&[commercial(7, &phone)], at(0)).await.unwrap();
    let due = Due { delivery: DeliveryId::new(7), attempt: 1 };
    assert_eq!(store.submits().begin(due, at(1)).await.unwrap(), Begun::Go);
    act(&store, asked(Asks::CancelAll, &phone, 2, 2)).await;
    let of_cancel = EvidenceId::of_contact(ContactId::new(2));
    assert_eq!(unconfirmed(&store).await, [], "a submit is under way");
    let settled = Settled::Sent(Some("p-1".to_owned()));
    store.submits().settle(due, From::Submitting, settled, at(3)).await.unwrap();
    let cancel = unconfirmed(&store).await.into_iter().find(|done| done.evidence.id == of_cancel).unwrap();
    // Two notifiers may have read it: one says it.
    assert_eq!([confirm(&store, &cancel).await, confirm(&store, &cancel).await], [true, false]);
    let view = store.deliveries().get(of_cancel.delivery()).await.unwrap().unwrap();
    assert_eq!(view.contact, Some(ContactId::new(2)));
}

async fn what_happened_first_is_confirmed_first(store: Store) {
    let [phone, other]: [_; 2] =
        client(&store, "10001", &["13800138001", "13800138002"]).await.try_into().expect("two phones");
    act(&store, asked(Asks::Order(topic("flash")), &phone, 1, 0)).await;
    assert_eq!(confirm_in_turn(&store).await.len(), 1);
    store.deliveries().put(&[commercial(7, &phone)], at(0)).await.unwrap();
    let due = Due { delivery: DeliveryId::new(7), attempt: 1 };
    assert_eq!(store.submits().begin(due, at(1)).await.unwrap(), Begun::Go);
    act(&store, asked(Asks::CancelAll, &phone, 2, 2)).await;
    // He orders again while his cancel waits, and so does another phone of his.
    act(&store, asked(Asks::Order(topic("morning")), &phone, 3, 3)).await;
    act(&store, asked(Asks::Order(topic("morning")), &other, 4, 4)).await;
    let next = || async { unconfirmed(&store).await.into_iter().map(|done| done.evidence.id).collect::<Vec<_>>() };
    let [cancel, order, elsewhere] = [2, 3, 4].map(|contact| EvidenceId::of_contact(ContactId::new(contact)));
    assert_eq!(next().await, [elsewhere]);
    store.submits().settle(due, From::Submitting, Settled::Sent(None), at(4)).await.unwrap();
    assert_eq!(next().await, [cancel, elsewhere]);
    let said = unconfirmed(&store).await.remove(0);
    assert!(confirm(&store, &said).await);
    // The word of the cancel waits for its turn, is refused for a while, and leaves at last.
    assert_eq!(next().await, [elsewhere]);
    let word = Due { delivery: cancel.delivery(), attempt: 1 };
    assert_eq!(store.submits().begin(word, at(5)).await.unwrap(), Begun::Go);
    let busy = Settled::Retry(at(60), "busy".to_owned());
    store.submits().settle(word, From::Submitting, busy, at(6)).await.unwrap();
    assert_eq!(next().await, [elsewhere]);
    leave(&store, cancel.delivery(), 2).await;
    assert_eq!(next().await, [order, elsewhere]);
    assert_eq!(confirm_in_turn(&store).await, [order, elsewhere]);
}

async fn a_cancel_that_an_order_overtook_is_not_confirmed(store: Store) {
    let phone = client(&store, "10001", &["13800138001"]).await.remove(0);
    act(&store, asked(Asks::Order(topic("morning")), &phone, 1, 0)).await;
    act(&store, asked(Asks::Order(topic("flash")), &phone, 2, 9)).await;
    assert_eq!(confirm_in_turn(&store).await.len(), 2);
    // It ends what was ordered before it, and the client has still ordered something since.
    assert_eq!(act(&store, asked(Asks::CancelAll, &phone, 3, 8)).await, Done::Now(Effect::Done));
    assert_eq!(permits(&store, &phone).await.topics, [topic("flash")]);
    assert_eq!(confirm_in_turn(&store).await, []);
}

async fn a_refusal_holds_for_every_phone_of_whoever_is_behind_the_address(store: Store) {
    let shared = "13800138001";
    let wang = client(&store, "10001", &[shared, "13800138002"]).await;
    let li = client(&store, "10002", &[shared, "13800138003"]).await;
    let other = client(&store, "10003", &["13800138004"]).await;
    let second = [&wang[1], &li[1], &other[0]];
    for (contact, address) in (1..).zip([&wang[0], &li[0], second[0], second[1], second[2]]) {
        act(&store, asked(Asks::Order(topic("flash")), address, contact, 0)).await;
    }
    act(&store, asked(Asks::CancelAll, &wang[0], 9, 1)).await;
    assert_eq!(permits(&store, &wang[0]).await.topics, [], "both had ordered it to this phone");
    for address in [&wang[0], second[0], second[1]] {
        assert_eq!(permits(&store, address).await.commercial, Granted::Withdrawn);
    }
    assert_eq!(permits(&store, second[0]).await.topics, [topic("flash")], "it was ordered to another phone");
    assert_eq!(permits(&store, second[2]).await.commercial, Granted::Given);
    let of_li = evidence(&store, second[1]).await;
    assert_eq!(of_li.len(), 5, "three orders, and what Wang's word did to both of his phones");
    act(&store, asked(Asks::Order(topic("flash")), second[0], 20, 2)).await;
    act(&store, asked(Asks::Hold, &wang[0], 21, 3)).await;
    assert!(permits(&store, second[0]).await.held && permits(&store, second[1]).await.held);
    assert!(!permits(&store, second[2]).await.held);
    let released = asked(Asks::Release, &wang[0], 22, 4);
    assert_eq!(act(&store, released).await, Done::Now(Effect::Done));
    assert!(!permits(&store, second[0]).await.held && !permits(&store, second[1]).await.held);
}

async fn what_somebody_noted_of_the_clients_words_stays_sealed(store: Store) {
    let phone = client(&store, "10001", &["13800138001"]).await.remove(0);
    let id = EvidenceId::new(77);
    let about = contract::about::text(id.bits());
    let sealed = store.keys().seal([0; 12], &about, "客户来电要求订阅早盘".as_bytes());
    let noted = Noted { version: "abc".to_owned(), sealed };
    let order =
        Act { evidence: id, noted: Some(noted), answers: None, ..asked(Asks::Order(topic("morning")), &phone, 1, 0) };
    act(&store, order).await;
    let kept = store.consents().evidence(phone.client, u64::MAX, 10).await.unwrap().remove(0);
    let plain = store.keys().open(&about, &kept.sealed.unwrap()).unwrap();
    assert_eq!(String::from_utf8(plain.to_vec()).unwrap(), "客户来电要求订阅早盘");
    assert_eq!(unconfirmed(&store).await[0].answers, None);
}

async fn one_letter_is_heard_from_whom_something_went_to_or_goes_to(store: Store) {
    let phones = client(&store, "10001", &["13800138001", "13800138002", "13800138003"]).await;
    let blind: Vec<_> = phones.iter().map(|phone| phone.blind).collect();
    assert!(store.consents().hear(&blind, at(0)).await.unwrap().is_empty());
    act(&store, asked(Asks::Order(topic("notice")), &phones[0], 1, 0)).await;
    store.deliveries().put(&[commercial(7, &phones[1]), commercial(8, &phones[2])], at(0)).await.unwrap();
    let due = Due { delivery: DeliveryId::new(7), attempt: 1 };
    store.submits().begin(due, at(1)).await.unwrap();
    store.submits().settle(due, From::Submitting, Settled::Sent(None), at(2)).await.unwrap();
    let heard = store.consents().hear(&blind, at(0)).await.unwrap();
    assert_eq!(heard, [blind[0].hash, blind[1].hash].into());
    assert_eq!(store.consents().hear(&blind, at(2)).await.unwrap(), heard, "it was planned before, and sent then");
    assert_eq!(store.consents().hear(&blind, at(3)).await.unwrap(), [blind[0].hash].into());
    act(&store, asked(Asks::Cancel(topic("notice")), &phones[0], 2, 3)).await;
    assert!(store.consents().hear(&blind, at(3)).await.unwrap().is_empty());
}

async fn subscribers_are_read_in_portions(store: Store) {
    let mut all = Vec::new();
    for number in 0..7 {
        let phone = client(&store, &format!("2000{number}"), &[&format!("1390013900{number}")]).await.remove(0);
        act(&store, asked(Asks::Order(topic("flash")), &phone, number + 1, 0)).await;
        all.push(phone.id);
    }
    let gone = store.directory().addresses(ClientId::new(1)).await.unwrap();
    assert!(gone.is_empty());
    all.sort();
    let mut read = Vec::new();
    loop {
        let page = store.consents().subscribers(&topic("flash"), read.last().copied(), 3).await.unwrap();
        if page.is_empty() {
            break;
        }
        read.extend(page.into_iter().map(|address| address.id));
    }
    assert_eq!(read, all);
}

/// I-5, with submits and a cancel of each client at the same time.
async fn no_submit_is_under_way_nor_begins_once_a_cancel_is_confirmed(store: Store) {
    let ids = notice::clients(&store, 12).await;
    notice::consented(&store, &ids).await;
    confirm_in_turn(&store).await;
    for number in 1..=4 {
        let words = Words { texts: vec![("zh-CN".to_owned(), format!("第{number}期"))], ..Words::default() };
        let draft = Draft { words, ..notice::draft(Category::Commercial, ids.clone()) };
        notice::post(&store, number, draft).await;
    }
    notice::plan(&store, at(0)).await;
    for number in 1..=4 {
        let to = store.notices().recipients(NoticeId::new(number), None, 0, 100).await.unwrap();
        assert_eq!(to.len(), ids.len());
    }
    let races = ids.iter().map(|client| race(&store, *client));
    futures_util::future::join_all(races).await;
}

/// Submits everything to a client while he cancels; checks at the moment of his confirmation, and
/// at every submit after it.
async fn race(store: &Store, client: ClientId) {
    let address = store.directory().addresses(client).await.unwrap().remove(0);
    let mut due = Vec::new();
    for number in 1..=4 {
        let to = store.notices().recipients(NoticeId::new(number), None, 0, 100).await.unwrap();
        due.extend(to.into_iter().map(|(_, view)| view).filter(|view| view.client == Some(client)).map(|view| view.id));
    }
    let confirmed = AtomicBool::new(false);
    let submits = due.iter().map(|delivery| {
        let (confirmed, due) = (&confirmed, Due { delivery: *delivery, attempt: 1 });
        async move {
            if store.submits().begin(due, at(1)).await.unwrap() == Begun::Go {
                assert!(!confirmed.load(Ordering::SeqCst), "a submit is under way after the confirmation");
                let sent = Settled::Sent(None);
                store.submits().settle(due, From::Submitting, sent, at(2)).await.unwrap();
            }
        }
    });
    let cancel = async {
        let contact = client.bits() ^ 77;
        act(store, asked(Asks::CancelAll, &address, contact, 1)).await;
        let id = EvidenceId::of_contact(ContactId::new(contact));
        loop {
            let mine = unconfirmed(store).await.into_iter().find(|done| done.evidence.id == id);
            match mine {
                Some(done) if confirm(store, &done).await => break,
                _ => tokio::task::yield_now().await,
            }
        }
        confirmed.store(true, Ordering::SeqCst);
        let views = store.deliveries().among(&due).await.unwrap();
        assert!(views.iter().all(|view| view.state != DeliveryState::Submitting), "{views:?}");
    };
    tokio::join!(futures_util::future::join_all(submits), cancel);
    for delivery in &due {
        let begun = store.submits().begin(Due { delivery: *delivery, attempt: 1 }, at(3)).await.unwrap();
        assert_ne!(begun, Begun::Go);
    }
}

every_backend!(
    no_submit_is_under_way_nor_begins_once_a_cancel_is_confirmed,
    an_act_is_done_once_and_proved,
    a_second_cancel_is_on_record_and_not_confirmed_again,
    what_cannot_be_cancelled_is_said_once,
    a_cancel_is_confirmed_when_nothing_that_it_ended_is_under_way,
    what_happened_first_is_confirmed_first,
    a_cancel_that_an_order_overtook_is_not_confirmed,
    a_refusal_holds_for_every_phone_of_whoever_is_behind_the_address,
    what_somebody_noted_of_the_clients_words_stays_sealed,
    one_letter_is_heard_from_whom_something_went_to_or_goes_to,
    subscribers_are_read_in_portions,
);
