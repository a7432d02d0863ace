//! The intake on a real bus and a real store.

use bus::Limits;
use contract::{Address, AddressKind, ChannelKind, Millis, inbound::PartPlace};

use super::*;
use crate::{
    house::{House, account},
    incoming::{IncomingPart, PartSource},
};

fn sms(id: &str, from: &str, text: &str) -> Incoming {
    let from = Address::parse(AddressKind::Phone, from).unwrap();
    Incoming { provider_id: Some(id.into()), text: text.into(), ..Incoming::message(Some(from)) }
}

#[tokio::test]
async fn a_contact_is_sealed_on_its_branch_s_queue() {
    let house = House::open(Limits::default()).await;
    let accepted = house.intake.accept(&account(), sms("m1", "13800138000", "怎么开户")).await.unwrap();
    let (inbound, body) = house.only_routed().await;
    assert_eq!(accepted, Accepted { contact: inbound.contact, repeat: false });
    assert_eq!(inbound.contact, ContactId::derive(ChannelKind::Sms, &account().id, "m1"));
    assert_eq!((body.text.as_str(), body.provider_id.as_deref()), ("怎么开户", Some("m1")));
    assert_eq!(inbound.sender, body.from.as_ref().map(|from| house.store.keys().blind(from)));
    assert_eq!(inbound.digest, body.digest());
    assert_eq!((inbound.received_at, inbound.accepted_at), (house.clock.now(), house.clock.now()));
    assert!(!inbound.sealed.as_bytes().windows(6).any(|window| window == "怎么".as_bytes()));
}

#[tokio::test]
async fn a_repeat_is_known_and_publishes_nothing() {
    let house = House::open(Limits::default()).await;
    let first = house.intake.accept(&account(), sms("m1", "13800138000", "x")).await.unwrap();
    let again = house.intake.accept(&account(), sms("m1", "13800138000", "x")).await.unwrap();
    assert_eq!(again, Accepted { repeat: true, ..first });
    assert_eq!(house.routed().await.len(), 1);
}

#[tokio::test]
async fn another_content_under_a_known_id_is_a_contact_of_its_own() {
    let house = House::open(Limits::default()).await;
    let first = house.intake.accept(&account(), sms("m1", "13800138000", "x")).await.unwrap();
    let other = house.intake.accept(&account(), sms("m1", "13800138000", "y")).await.unwrap();
    let again = house.intake.accept(&account(), sms("m1", "13800138000", "y")).await.unwrap();
    assert!(!other.repeat && other.contact != first.contact);
    assert_eq!(again, Accepted { repeat: true, ..other });
    assert_eq!(house.routed().await.len(), 2);
}

#[tokio::test]
async fn what_is_said_to_come_from_the_future_comes_now() {
    let house = House::open(Limits::default()).await;
    let late = house.clock.now() + Millis::from_secs(3600);
    let early = house.clock.now() + Millis::from_secs(-3600);
    let never = Timestamp::from_ms(i64::MIN);
    for (id, at) in [("m1", late), ("m2", early), ("m3", never)] {
        let incoming = Incoming { received_at: Some(at), ..sms(id, "13800138000", "x") };
        house.intake.accept(&account(), incoming).await.unwrap();
    }
    let times: Vec<Timestamp> = house.routed().await.iter().map(|(inbound, _)| inbound.received_at).collect();
    assert_eq!(times, [house.clock.now(), early, Timestamp::from_ms(0)]);
}

#[tokio::test]
async fn large_parts_are_sealed_in_the_store() {
    let house = House::open(Limits::default()).await;
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|n| n.to_le_bytes()[1]).collect();
    let part = |source| IncomingPart { name: Some("a.png".into()), media_type: "image/png".into(), source };
    let parts = vec![part(PartSource::Bytes(bytes.clone())), part(PartSource::Provider("media-1".into()))];
    house.intake.accept(&account(), Incoming { parts, ..sms("m1", "13800138000", "") }).await.unwrap();
    let (_, body) = house.only_routed().await;
    let PartPlace::Blob(blob) = body.parts[0].place else { panic!("in the store") };
    let sealed = house.store.blobs().get(blob).await.unwrap().unwrap();
    assert!(*house.store.keys().open(&about::blob(blob), &sealed).unwrap() == bytes);
    assert!(body.parts[1].place == PartPlace::Provider("media-1".into()));
}

#[tokio::test]
async fn a_flood_from_one_sender_is_stopped_and_others_are_not() {
    let house = House::open(Limits::default()).await;
    let mut refused = 0;
    for n in 0..100 {
        match house.intake.accept(&account(), sms(&format!("m{n}"), "13800138000", "x")).await {
            Ok(accepted) => assert!(!accepted.repeat),
            Err(NotAccepted::RateLimited(wait)) => {
                assert!(wait > Millis::ZERO);
                refused += 1;
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(refused, 40);
    assert!(house.intake.accept(&account(), sms("m0", "13800138000", "x")).await.unwrap().repeat);
    assert!(house.intake.accept(&account(), sms("n0", "13900139000", "x")).await.is_ok());
}

#[tokio::test]
async fn a_full_bus_refuses_and_nothing_is_remembered() {
    let mut limits = Limits::default();
    limits.queue.messages = 1;
    let house = House::open(limits).await;
    house.intake.accept(&account(), sms("m1", "13800138000", "x")).await.unwrap();
    for _ in 0..2 {
        let refused = house.intake.accept(&account(), sms("m2", "13800138000", "x")).await.unwrap_err();
        assert_eq!((refused.word(), refused.retry_after().is_some()), ("bus_full", true));
    }
    house.routed().await;
}

#[tokio::test]
async fn a_full_disk_refuses_what_is_new_and_knows_repeats() {
    let (house, ballast) = House::with_ballast().await;
    let intake = &house.intake;
    intake.accept(&account(), sms("m1", "13800138000", "x")).await.unwrap();
    ballast.release();
    let refused = intake.accept(&account(), sms("m2", "13800138000", "x")).await.unwrap_err();
    assert_eq!((refused.word(), refused.retry_after().is_some()), ("disk_full", true));
    assert!(intake.accept(&account(), sms("m1", "13800138000", "x")).await.unwrap().repeat);
    assert_eq!(house.routed_count(), 1);
}

#[tokio::test]
async fn calls_not_understood_are_parked_once_small_and_large() {
    let house = House::open(Limits::default()).await;
    let call = |bytes: usize| ParkedCall {
        method: "POST".into(),
        tail: String::new(),
        query: String::new(),
        headers: vec![("x".into(), "y".into())],
        body: vec![b'{'; bytes],
    };
    for bytes in [10, 10, 1_000_000] {
        house.intake.park(&account(), &call(bytes), house.clock.now(), "not JSON").await.unwrap();
    }
    let letters = house.bus.dead().list(None, 10).await.unwrap();
    let found: Vec<(String, &str)> =
        letters.iter().map(|letter| (letter.source.to_string(), letter.reason.as_str())).collect();
    assert_eq!(found, [("raw.sms.main".to_owned(), "not JSON"), ("raw.sms.main".to_owned(), "not JSON")]);
    for (letter, bytes) in letters.iter().zip([10, 1_000_000]) {
        let (opened, at) = house.intake.open_parked(&letter.message).await.unwrap().unwrap();
        assert!(opened == call(bytes) && at == house.clock.now());
        assert!(!letter.message.body.windows(4).any(|window| window == b"{{{{"));
    }
}
