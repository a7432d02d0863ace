//! Deliveries keep their promises: one wish per id, one submit per try, an end for each.
//!
//! In: wishes, tries, receipts. Out: where each stands. Never here: a provider.

use contract::{
    CaseId, ChannelKind, DeliveryId, DeliveryState, Lane, Millis, Timestamp,
    delivery::{DeliveryView, Due},
};
use store::{
    Store,
    deliveries::{Addressed, Begun, End, Ended, From, OnWay, Patience, ReceiptState, Road, Settled, Swept, Wish},
    page::{DeliveryFilter, Place},
};

const START: Timestamp = Timestamp::from_ms(1_800_000_000_000);

fn at(seconds: i64) -> Timestamp {
    START + Millis::from_secs(seconds)
}

fn road() -> Road {
    Road { channel: ChannelKind::Sms, account: "main".parse().unwrap(), lane: Lane::Normal }
}

fn wish(id: u128, due: i64) -> Wish {
    Wish {
        id: DeliveryId::new(id),
        case: Some(CaseId::new(9)),
        contact: Some(contract::ContactId::new(8)),
        channel: ChannelKind::Sms,
        account: "main".parse().unwrap(),
        lane: Lane::Normal,
        made_at: at(0),
        due_at: at(due),
        expires_at: at(100),
        refused: None,
        addressed: Addressed::default(),
        words: None,
    }
}

fn due(id: u128, attempt: u32) -> Due {
    Due { delivery: DeliveryId::new(id), attempt }
}

async fn put(store: &Store, wishes: &[Wish]) {
    store.deliveries().put(wishes, at(0)).await.unwrap();
}

async fn view(store: &Store, id: u128) -> DeliveryView {
    store.deliveries().get(DeliveryId::new(id)).await.unwrap().unwrap()
}

async fn stands(store: &Store, id: u128) -> (DeliveryState, u32) {
    let view = view(store, id).await;
    (view.state, view.attempt)
}

/// Waits for claims however old they are.
fn begun_before(seconds: i64) -> Patience {
    Patience { begun_before: at(seconds), claimed_before: Timestamp::from_ms(0) }
}

async fn settle(store: &Store, due: Due, settled: Settled) -> bool {
    store.submits().settle(due, From::Submitting, settled, at(2)).await.unwrap().is_some()
}

async fn receipt(store: &Store, provider_id: &str, state: ReceiptState) -> bool {
    let account = "main".parse().unwrap();
    store.receipts().put(ChannelKind::Sms, &account, provider_id, (state, None), at(3)).await.unwrap().is_some()
}

fn sent(provider_id: &str) -> Settled {
    Settled::Sent(Some(provider_id.to_owned()))
}

async fn a_wish_stays_as_it_was_first_put(store: Store) {
    put(&store, &[wish(1, 0)]).await;
    put(&store, &[Wish { due_at: at(50), ..wish(1, 0) }, wish(2, 0)]).await;
    assert_eq!(view(&store, 1).await.due_at, at(0));
    assert_eq!(store.deliveries().of_case(CaseId::new(9)).await.unwrap().len(), 2);
    put(&store, &[Wish { refused: Some("no way out"), ..wish(3, 0) }]).await;
    assert_eq!(stands(&store, 3).await, (DeliveryState::Failed, 0));
}

async fn what_is_due_is_claimed_once_in_order_and_comes_back_when_given_back(store: Store) {
    put(&store, &[wish(1, 5), wish(2, 3), wish(3, 3), wish(4, 50)]).await;
    let claims = store.claims("one");
    assert_eq!(claims.load(&road()).await.unwrap(), (0, Some(at(3))));
    assert_eq!(claims.claim(&road(), at(2), 10).await.unwrap(), []);
    assert_eq!(claims.claim(&road(), at(10), 2).await.unwrap(), [due(2, 1), due(3, 1)]);
    assert_eq!(claims.load(&road()).await.unwrap(), (2, Some(at(5))));
    assert_eq!(claims.claim(&road(), at(10), 10).await.unwrap(), [due(1, 1)]);
    claims.give_back(&[due(3, 1)]).await.unwrap();
    assert_eq!(claims.claim(&road(), at(10), 10).await.unwrap(), [due(3, 1)]);
}

async fn a_notifier_that_begins_anew_takes_back_its_own_claims_and_no_other_ones(store: Store) {
    put(&store, &[wish(1, 0), wish(2, 0), wish(3, 0)]).await;
    let [one, two] = ["one", "two"].map(|name| store.claims(name));
    assert_eq!(one.claim(&road(), at(1), 2).await.unwrap(), [due(1, 1), due(2, 1)]);
    assert_eq!(two.claim(&road(), at(1), 2).await.unwrap(), [due(3, 1)]);
    store.submits().begin(due(1, 1), at(1)).await.unwrap();
    two.take_back().await.unwrap();
    assert_eq!(one.load(&road()).await.unwrap(), (2, Some(at(0))));
    assert_eq!(two.claim(&road(), at(2), 9).await.unwrap(), [due(3, 1)]);
    one.take_back().await.unwrap();
    assert_eq!(two.claim(&road(), at(2), 9).await.unwrap(), [due(2, 1)], "what is begun is nobody's to take back");
}

async fn a_claim_that_comes_to_nothing_is_anybodys_after_a_while(store: Store) {
    put(&store, &[wish(1, 0), wish(2, 0), wish(3, 0)]).await;
    let [gone, living] = ["gone", "living"].map(|name| store.claims(name));
    assert_eq!(gone.claim(&road(), at(1), 2).await.unwrap(), [due(1, 1), due(2, 1)]);
    assert_eq!(living.claim(&road(), at(5), 1).await.unwrap(), [due(3, 1)]);
    store.submits().begin(due(1, 1), at(6)).await.unwrap();
    let before = |claimed| Patience { begun_before: at(0), claimed_before: at(claimed) };
    assert_eq!(living.sweep(at(9), before(1)).await.unwrap(), Swept::default());
    assert_eq!(living.sweep(at(9), before(5)).await.unwrap(), Swept { given_back: 1, ..Swept::default() });
    assert_eq!(living.sweep(at(9), before(5)).await.unwrap(), Swept::default());
    assert_eq!(living.claim(&road(), at(9), 9).await.unwrap(), [due(2, 1)]);
}

async fn a_try_is_begun_once(store: Store) {
    put(&store, &[wish(1, 0)]).await;
    let submits = store.submits();
    assert_eq!(submits.begin(due(1, 2), at(1)).await.unwrap(), Begun::Void);
    assert_eq!(submits.begin(due(7, 1), at(1)).await.unwrap(), Begun::Void);
    let (one, two) = tokio::join!(submits.begin(due(1, 1), at(1)), submits.begin(due(1, 1), at(1)));
    let mut both = [one.unwrap(), two.unwrap()];
    both.sort_by_key(|begun| *begun != Begun::Go);
    assert_eq!(both, [Begun::Go, Begun::Already(at(1))]);
    assert!(settle(&store, due(1, 1), sent("p1")).await);
    assert_eq!(submits.begin(due(1, 1), at(1)).await.unwrap(), Begun::Void);
    assert_eq!(submits.begin(due(1, 2), at(1)).await.unwrap(), Begun::Void);
    assert_eq!(view(&store, 1).await.provider_id.as_deref(), Some("p1"));
}

async fn nothing_begins_at_or_after_its_expiry(store: Store) {
    put(&store, &[wish(1, 0), wish(2, 0)]).await;
    assert_eq!(store.submits().begin(due(1, 1), at(100)).await.unwrap(), Begun::Expired);
    assert_eq!(stands(&store, 1).await, (DeliveryState::Expired, 0));
    assert_eq!(store.claims("one").claim(&road(), at(100), 10).await.unwrap(), []);
    let swept = store.claims("one").sweep(at(100), begun_before(0)).await.unwrap();
    assert_eq!(swept, Swept { expired: Ended::from([(road(), 1)]), ..Swept::default() });
    assert_eq!(stands(&store, 2).await, (DeliveryState::Expired, 0));
}

async fn a_refused_try_is_due_again_and_an_older_one_is_void(store: Store) {
    put(&store, &[wish(1, 0)]).await;
    store.submits().begin(due(1, 1), at(1)).await.unwrap();
    assert!(settle(&store, due(1, 1), Settled::Retry(at(20), "busy".to_owned())).await);
    assert_eq!(stands(&store, 1).await, (DeliveryState::Queued, 1));
    assert_eq!(store.claims("one").claim(&road(), at(19), 10).await.unwrap(), []);
    assert_eq!(store.claims("one").claim(&road(), at(20), 10).await.unwrap(), [due(1, 2)]);
    assert_eq!(store.submits().begin(due(1, 1), at(20)).await.unwrap(), Begun::Void);
    assert_eq!(store.submits().begin(due(1, 2), at(20)).await.unwrap(), Begun::Go);
    assert!(!settle(&store, due(1, 1), sent("late")).await, "an older try was settled");
    assert!(settle(&store, due(1, 2), Settled::Ended(End::Failed, "refused".to_owned())).await);
    assert_eq!(view(&store, 1).await.reason.as_deref(), Some("refused"));
}

async fn what_was_not_begun_can_be_put_off_or_ended(store: Store) {
    put(&store, &[wish(1, 0)]).await;
    let submits = store.submits();
    let later = Settled::Retry(at(9), "no token".to_owned());
    assert!(submits.settle(due(1, 1), From::Queued, later, at(1)).await.unwrap().is_some());
    assert_eq!(stands(&store, 1).await, (DeliveryState::Queued, 1));
    let end = Settled::Ended(End::Failed, "too long".to_owned());
    assert!(submits.settle(due(1, 1), From::Queued, end.clone(), at(1)).await.unwrap().is_none());
    assert!(submits.settle(due(1, 2), From::Queued, end, at(1)).await.unwrap().is_some());
    assert_eq!(stands(&store, 1).await, (DeliveryState::Failed, 2));
}

async fn a_try_nobody_tells_of_becomes_unknown_and_takes_a_late_answer(store: Store) {
    put(&store, &[wish(1, 0), wish(2, 0)]).await;
    for id in [1, 2] {
        store.submits().begin(due(id, 1), at(1)).await.unwrap();
    }
    assert_eq!(store.claims("one").sweep(at(61), begun_before(1)).await.unwrap(), Swept::default());
    let swept = store.claims("one").sweep(at(62), begun_before(2)).await.unwrap();
    assert_eq!(swept, Swept { unknown: Ended::from([(road(), 2)]), ..Swept::default() });
    assert_eq!(store.submits().begin(due(1, 1), at(70)).await.unwrap(), Begun::Void);
    assert_eq!(store.submits().begin(due(1, 2), at(70)).await.unwrap(), Begun::Void);
    assert!(settle(&store, due(1, 1), sent("p1")).await);
    assert_eq!(stands(&store, 1).await, (DeliveryState::Sent, 1));
    assert!(receipt(&store, &DeliveryId::new(2).to_string(), ReceiptState::Delivered).await);
    assert_eq!(stands(&store, 2).await, (DeliveryState::Delivered, 1));
}

async fn receipts_join_before_and_after_and_what_arrived_has_arrived(store: Store) {
    put(&store, &[wish(1, 0), wish(2, 0)]).await;
    for id in [1, 2] {
        store.submits().begin(due(id, 1), at(1)).await.unwrap();
    }
    assert!(!receipt(&store, " p1 ", ReceiptState::Delivered).await);
    settle(&store, due(1, 1), sent("p1")).await;
    assert_eq!(stands(&store, 1).await, (DeliveryState::Delivered, 1));
    settle(&store, due(2, 1), sent("p2")).await;
    assert!(receipt(&store, "p2", ReceiptState::Failed).await);
    assert_eq!(stands(&store, 2).await, (DeliveryState::Failed, 1));
    let account = "main".parse().unwrap();
    let receipts = store.receipts();
    let arrived = || receipts.put(ChannelKind::Sms, &account, "p2", (ReceiptState::Delivered, None), at(3));
    let joined = arrived().await.unwrap().unwrap();
    assert!(joined.ended && joined.mended, "{joined:?}");
    let joined = arrived().await.unwrap().unwrap();
    assert!(!joined.ended && !joined.mended, "{joined:?}");
    assert_eq!(stands(&store, 2).await, (DeliveryState::Delivered, 1));
    assert!(receipt(&store, "p1", ReceiptState::Failed).await);
    assert_eq!(stands(&store, 1).await, (DeliveryState::Delivered, 1));
}

async fn of_receipts_that_come_first_the_one_that_arrived_counts(store: Store) {
    put(&store, &[wish(1, 0), wish(2, 0)]).await;
    for (id, name) in [(1, "p1"), (2, "p2")] {
        store.submits().begin(due(id, 1), at(1)).await.unwrap();
        let (first, second) = match id {
            1 => (ReceiptState::Failed, ReceiptState::Delivered),
            _ => (ReceiptState::Delivered, ReceiptState::Failed),
        };
        assert!(!receipt(&store, name, first).await);
        assert!(!receipt(&store, name, second).await);
        settle(&store, due(id, 1), sent(name)).await;
        assert_eq!(stands(&store, id).await, (DeliveryState::Delivered, 1), "{name}");
    }
}

async fn what_is_on_its_way_is_counted_by_road(store: Store) {
    assert!(store.deliveries().on_way().await.unwrap().is_empty());
    let bulk = |id| Wish { lane: Lane::Bulk, ..wish(id, 7) };
    put(&store, &[wish(1, 5), wish(2, 3), wish(3, 1), wish(4, 1), bulk(5), bulk(6)]).await;
    store.submits().begin(due(3, 1), at(1)).await.unwrap();
    store.submits().begin(due(4, 1), at(1)).await.unwrap();
    assert!(settle(&store, due(4, 1), sent("p4")).await);
    // A claimed one still waits for its turn.
    store.claims("one").claim(&road(), at(4), 1).await.unwrap();
    let on_way = store.deliveries().on_way().await.unwrap();
    let normal = OnWay { queued: 2, submitting: 1, due_at: Some(at(1)) };
    let bulk = OnWay { queued: 2, submitting: 0, due_at: Some(at(7)) };
    assert_eq!(on_way, [(road(), normal), (Road { lane: Lane::Bulk, ..road() }, bulk)].into());
}

async fn an_ended_try_says_where_its_delivery_stands(store: Store) {
    put(&store, &[wish(1, 0)]).await;
    store.submits().begin(due(1, 1), at(1)).await.unwrap();
    receipt(&store, "p1", ReceiptState::Delivered).await;
    let submits = store.submits();
    let settle = || submits.settle(due(1, 1), From::Submitting, sent("p1"), at(2));
    assert_eq!(settle().await.unwrap(), Some(DeliveryState::Delivered));
    assert_eq!(settle().await.unwrap(), None);
}

async fn receipts_of_nobody_are_kept_for_a_while(store: Store) {
    receipt(&store, "stranger", ReceiptState::Delivered).await;
    assert_eq!(store.receipts().forget(at(3)).await.unwrap(), 0);
    assert_eq!(store.receipts().forget(at(4)).await.unwrap(), 1);
    put(&store, &[wish(1, 0)]).await;
    store.submits().begin(due(1, 1), at(1)).await.unwrap();
    settle(&store, due(1, 1), sent("stranger")).await;
    assert_eq!(stands(&store, 1).await, (DeliveryState::Sent, 1));
}

async fn deliveries_are_listed_in_pages_latest_first(store: Store) {
    let old = |id| Wish { made_at: at(i64::try_from(id).unwrap()), ..wish(id, 0) };
    put(&store, &[old(1), old(2), old(3), Wish { case: None, ..old(4) }]).await;
    let all = DeliveryFilter::default();
    let first = store.pages().deliveries(&all, None, 2).await.unwrap();
    assert_eq!(first.iter().map(|view| view.id.bits()).collect::<Vec<_>>(), [4, 3]);
    let of_case = DeliveryFilter { case: Some(CaseId::new(9)), state: Some(DeliveryState::Queued), ..all };
    let rest = store.pages().deliveries(&of_case, Some(Place::of_delivery(&first[1])), 10).await.unwrap();
    assert_eq!(rest.iter().map(|view| view.id.bits()).collect::<Vec<_>>(), [2, 1]);
}

async fn whoever_listens_hears_which_deliveries_stand_elsewhere(store: Store) {
    let mut moved = store.moved();
    let refused = Wish { refused: Some("no_address"), ..wish(2, 0) };
    put(&store, &[wish(1, 0), refused, wish(3, 0), wish(4, 0)]).await;
    assert_eq!(moved.next(9).await, [DeliveryId::new(2)], "what waits for its turn is no news");
    for id in [1, 3] {
        store.submits().begin(due(id, 1), at(1)).await.unwrap();
        settle(&store, due(id, 1), Settled::Sent(Some(format!("p-{id}")))).await;
    }
    assert_eq!(moved.next(9).await, [DeliveryId::new(1), DeliveryId::new(3)]);
    let account = "main".parse().unwrap();
    let said = (ReceiptState::Delivered, None);
    store.receipts().put(ChannelKind::Sms, &account, "p-1", said.clone(), at(3)).await.unwrap();
    store.receipts().put(ChannelKind::Sms, &account, "nobody", said, at(3)).await.unwrap();
    store.claims("one").sweep(at(200), begun_before(0)).await.unwrap();
    assert_eq!(moved.next(9).await, [DeliveryId::new(1), DeliveryId::new(4)]);
}

every_backend! {
    a_wish_stays_as_it_was_first_put,
    what_is_due_is_claimed_once_in_order_and_comes_back_when_given_back,
    a_notifier_that_begins_anew_takes_back_its_own_claims_and_no_other_ones,
    a_claim_that_comes_to_nothing_is_anybodys_after_a_while,
    a_try_is_begun_once,
    nothing_begins_at_or_after_its_expiry,
    a_refused_try_is_due_again_and_an_older_one_is_void,
    what_was_not_begun_can_be_put_off_or_ended,
    a_try_nobody_tells_of_becomes_unknown_and_takes_a_late_answer,
    receipts_join_before_and_after_and_what_arrived_has_arrived,
    of_receipts_that_come_first_the_one_that_arrived_counts,
    receipts_of_nobody_are_kept_for_a_while,
    what_is_on_its_way_is_counted_by_road,
    an_ended_try_says_where_its_delivery_stands,
    deliveries_are_listed_in_pages_latest_first,
    whoever_listens_hears_which_deliveries_stand_elsewhere,
}
