//! The plan as data.

use contract::{CaseId, ChannelKind, ContactId, DeliveryId, Lane, Millis, Timestamp, view::ReplyView};
use proptest::prelude::*;

use super::{ANSWER_LIFE, Ahead, Outlet, room, wait, wish};

const NOW: Timestamp = Timestamp::from_ms(1_000_000);

fn outlet(account: &str) -> Outlet {
    Outlet { channel: ChannelKind::Sms, account: account.parse().unwrap(), branch: "hq".parse().unwrap(), window: 16 }
}

fn reply(account: &str) -> ReplyView {
    ReplyView {
        delivery: DeliveryId::new(1),
        case: CaseId::new(2),
        contact: ContactId::new(3),
        channel: ChannelKind::Sms,
        account: account.parse().unwrap(),
        agent: None,
        at: NOW,
    }
}

#[test]
fn an_answer_is_due_at_once_in_the_normal_lane_and_lives_a_day() {
    let wish = wish(&reply("main"), &[outlet("main")]);
    assert_eq!((wish.id, wish.lane, wish.due_at), (DeliveryId::new(1), Lane::Normal, NOW));
    assert_eq!((wish.expires_at, wish.refused), (NOW + ANSWER_LIFE, None));
}

#[test]
fn an_answer_without_a_way_out_fails_at_once() {
    assert_eq!(wish(&reply("other"), &[outlet("main")]).refused, Some("no_reply_channel"));
    assert_eq!(wish(&reply("main"), &[]).refused, Some("no_reply_channel"));
}

#[test]
fn lanes_behind_a_busy_one_keep_a_little() {
    assert_eq!([16, 8, 4, 1].map(super::left_over), [2, 1, 1, 1]);
}

#[test]
fn a_road_takes_two_windows() {
    assert_eq!([room(16, 0), room(16, 31), room(16, 32), room(16, 40)], [32, 1, 0, 0]);
}

#[test]
fn the_next_look_is_as_soon_as_anything_is_due() {
    let at = |ms| Ahead::At(NOW + Millis::new(ms));
    assert_eq!(wait([], NOW), Millis::new(1000));
    assert_eq!(wait([Ahead::Nothing, at(5000)], NOW), Millis::new(1000));
    assert_eq!(wait([Ahead::Nothing, at(300), at(700)], NOW), Millis::new(300));
    assert_eq!(wait([Ahead::Busy, at(300)], NOW), Millis::new(20));
    assert_eq!(wait([at(-5)], NOW), Millis::ZERO);
}

proptest! {
    #[test]
    fn claims_never_exceed_two_windows(window in 0_u64..10_000, claimed in 0_u64..100_000) {
        let room = u64::from(room(window, claimed));
        prop_assert!(room == 0 || claimed + room == window * 2);
    }
}
