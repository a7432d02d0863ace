//! A consumer's hand, without a broker.

use super::{Acks, Hand};
use crate::message::{Delivery, Message, Tag};

fn message(n: u128) -> Message {
    Message::new(n, format!("body {n}"))
}

fn hand(numbers: std::ops::RangeInclusive<u64>) -> Hand {
    let hand = Hand::new(100);
    hand.lose();
    numbers.for_each(|n| hand.arrive(n, 0, message(n.into())));
    hand
}

fn ids(batch: &[Delivery]) -> Vec<(u128, u32)> {
    batch.iter().map(|delivery| (delivery.message.id, delivery.count)).collect()
}

fn tag_of(batch: &[Delivery], id: u128) -> Tag {
    batch.iter().find(|delivery| delivery.message.id == id).unwrap().tag
}

#[test]
fn a_head_without_gaps_is_acknowledged_at_once_and_the_rest_singly() {
    let hand = hand(1..=6);
    let batch = hand.take(10);
    for id in [1, 2, 4, 6] {
        hand.settle(tag_of(&batch, id));
    }
    assert_eq!(hand.acks(), Acks { up_to: Some(2), single: vec![4, 6], deliveries: 4 });
    assert_eq!(hand.acks(), Acks::default());
    hand.settle_up_to(tag_of(&batch, 5));
    assert_eq!(hand.acks(), Acks { up_to: Some(5), single: vec![], deliveries: 2 });
}

#[test]
fn what_waits_is_never_acknowledged_with_what_is_held() {
    let hand = hand(1..=4);
    let batch = hand.take(1);
    let rest = hand.take(2);
    hand.settle(rest[1].tag);
    assert_eq!(hand.acks(), Acks { up_to: None, single: vec![3], deliveries: 1 });
    hand.settle_up_to(rest[1].tag);
    assert_eq!(hand.acks(), Acks { up_to: Some(2), single: vec![], deliveries: 2 });
    assert_eq!(ids(&batch), [(1, 0)]);
}

#[test]
fn an_acknowledgement_of_a_lost_channel_goes_nowhere() {
    let hand = hand(1..=2);
    let batch = hand.take(2);
    hand.lose();
    hand.arrive(1, 0, message(7));
    hand.settle_up_to(batch[1].tag);
    assert_eq!(hand.acks(), Acks::default());
    assert_eq!(ids(&hand.take(2)), [(7, 0)]);
}

#[test]
fn what_the_user_holds_stays_his_when_it_comes_again() {
    let hand = hand(1..=3);
    let batch = hand.take(2);
    hand.lose();
    for n in 1..=3 {
        hand.arrive(n + 10, 1, message(n.into()));
    }
    assert_eq!(ids(&hand.take(10)), [(3, 1)]);
    hand.settle_up_to(batch[1].tag);
    assert_eq!(hand.acks(), Acks { up_to: Some(12), single: vec![], deliveries: 2 });
}

#[test]
fn what_was_settled_too_late_comes_again() {
    let hand = hand(1..=1);
    let batch = hand.take(1);
    hand.settle(batch[0].tag);
    hand.lose();
    hand.arrive(1, 1, message(1));
    assert_eq!(ids(&hand.take(1)), [(1, 1)]);
}

#[test]
fn a_copy_that_was_published_twice_is_a_delivery_of_its_own() {
    let hand = hand(1..=1);
    hand.take(1);
    hand.lose();
    // Another copy under the same id, never delivered before.
    hand.arrive(1, 0, message(1));
    assert_eq!(ids(&hand.take(1)), [(1, 0)]);
}

#[test]
fn a_requeued_message_of_a_lost_channel_waits_for_the_broker() {
    let hand = hand(1..=1);
    let batch = hand.take(1);
    hand.lose();
    hand.requeue(batch[0].tag);
    assert_eq!(ids(&hand.take(1)), []);
    hand.arrive(1, 1, message(1));
    assert_eq!(ids(&hand.take(1)), [(1, 1)]);
}

#[test]
fn the_third_delivery_is_alone_and_nothing_follows_until_it_is_settled() {
    let hand = hand(1..=1);
    hand.arrive(2, 2, message(2));
    hand.arrive(3, 0, message(3));
    let first = hand.take(10);
    assert_eq!(ids(&first), [(1, 0)]);
    assert_eq!(ids(&hand.take(10)), []);
    hand.settle(first[0].tag);
    let alone = hand.take(10);
    assert_eq!(ids(&alone), [(2, 2)]);
    assert_eq!(ids(&hand.take(10)), []);
    hand.settle(alone[0].tag);
    assert_eq!(ids(&hand.take(10)), [(3, 0)]);
}

#[test]
fn the_last_of_what_is_out_is_told_at_once() {
    let hand = hand(1..=3);
    let batch = hand.take(3);
    hand.settle(batch[0].tag);
    assert!(!hand.is_urgent(100));
    hand.settle_up_to(batch[2].tag);
    assert!(hand.is_urgent(100));
}
