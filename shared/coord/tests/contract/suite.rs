//! What coordination keeps, whatever it is made of.

use std::num::NonZeroU32;

use contract::{
    AgentId, DeliveryState, Millis, Timestamp,
    live::{BranchFigures, Committed, DepthReport, PartReport, ProcessReport, Standing},
    view::{Change, QueueView},
};
use coord::{ConsoleId, Coord, Rate};
use runtime::Monotonic;

use crate::house::{House, heard, hq, until};

fn lin() -> AgentId {
    sample::name("lin")
}

async fn beat(coord: &Coord, agent: &AgentId, console: u128) {
    until(async || coord.presence.beat(&hq(), agent, ConsoleId(console)).await.ok()).await;
}

fn commit(seq: u64) -> Committed {
    let changes = vec![Change::Case(Box::new(sample::case(u128::from(seq))))];
    Committed { branch: hq(), epoch: 1, first_seq: seq, seq, changes }
}

const fn rate(per_minute: u32, burst: u32) -> Rate {
    Rate {
        per_minute: NonZeroU32::new(per_minute).expect("not zero"),
        burst: NonZeroU32::new(burst).expect("not zero"),
    }
}

pub(crate) async fn an_agent_is_unseen_only_after_the_grace_time(house: House) {
    // A presence that just started is no evidence.
    becomes_unseen(&house, house.now()).await;
    let before = house.now();
    beat(&house.two, &lin(), 2).await;
    becomes_unseen(&house, before).await;
    let before = house.now();
    beat(&house.one, &lin(), 1).await;
    becomes_unseen(&house, before).await;
}

/// Asks, as a router does, until the agent is unseen: never before the grace time is over, and
/// soon after.
async fn becomes_unseen(house: &House, since: Monotonic) {
    let (agents, grace) = ([lin()], Millis::from_secs(3));
    loop {
        let unseen = house.unseen(&house.one, &agents, grace).await;
        if unseen == agents {
            break assert!(house.now().since(since) >= grace);
        }
        assert!(unseen.is_empty());
        assert!(house.now().since(since) < Millis::from_secs(60), "nobody misses him");
        house.pass(Millis::from_secs(1)).await;
    }
}

pub(crate) async fn two_consoles_with_one_agent_are_one_agent(house: House) {
    let (both, grace) = ([lin(), sample::name("zhao")], Millis::from_secs(2));
    beat(&house.one, &lin(), 1).await;
    // The first console has gone; the second one goes on, and the router asks every second.
    loop {
        house.pass(Millis::from_secs(1)).await;
        let before = house.now();
        beat(&house.two, &lin(), 2).await;
        let unseen = house.unseen(&house.one, &both, grace).await;
        let is_in_time = house.now().since(before) < grace;
        assert!(!is_in_time || !unseen.contains(&lin()), "lin is here");
        if is_in_time && unseen == both[1..] {
            break;
        }
    }
}

pub(crate) async fn commits_come_in_order_to_every_process_and_once(house: House) {
    let (mut here, mut there) = (house.one.fanout.subscribe(&hq()), house.two.fanout.subscribe(&hq()));
    first_head(&house, &mut there).await;
    first_head(&house, &mut here).await;
    for seq in 4..=200 {
        house.one.fanout.tell(commit(seq));
    }
    let delivery = sample::delivery(9, 1, DeliveryState::Sent);
    house.one.fanout.tell_standing(&hq(), Standing { delivery, author: Some(lin()) });
    house.one.fanout.tell_head(&hq(), 1, 200);
    for subscription in [&mut here, &mut there] {
        let mut expected: Vec<String> = (4..=200).map(|seq| format!("commit {seq}")).collect();
        expected.extend(["answer sent".to_owned(), "head 200".to_owned()]);
        for word in expected {
            let mut said = heard(subscription).await;
            while said == "head 3" {
                said = heard(subscription).await;
            }
            assert_eq!(said, word);
        }
    }
}

/// Tells heads until one is heard.
async fn first_head(house: &House, subscription: &mut coord::Subscription) {
    let telling = async {
        loop {
            house.one.fanout.tell_head(&hq(), 1, 3);
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::select! {
        () = telling => {}
        word = heard(subscription) => assert_eq!(word, "head 3"),
    }
}

pub(crate) async fn a_burst_passes_then_the_key_waits_and_others_do_not(house: House) {
    let slow = rate(30, 3);
    let before = house.now();
    for _ in 0..3 {
        assert_eq!(house.one.quotas.take(b"a", slow).await, Ok(()));
    }
    match house.one.quotas.take(b"a", slow).await {
        Ok(()) => assert!(house.now().since(before) >= Millis::from_secs(2), "there is one every two seconds"),
        Err(wait) => {
            assert!(wait <= Millis::from_secs(2));
            assert_eq!(house.one.quotas.take(b"b", slow).await, Ok(()));
            house.pass(wait).await;
            assert_eq!(house.one.quotas.take(b"a", slow).await, Ok(()));
        }
    }
}

pub(crate) async fn two_who_share_a_quota_take_exactly_what_it_holds(house: House) {
    let once = rate(1, 100);
    let takers = (0..8).map(|taker| {
        let quotas = if taker % 2 == 0 { house.one.quotas.clone() } else { house.two.quotas.clone() };
        async move {
            let mut taken = 0;
            for _ in 0..40 {
                taken += u32::from(quotas.take(b"key", once).await.is_ok());
            }
            taken
        }
    });
    let taken: u32 = futures_util::future::join_all(takers).await.into_iter().sum();
    assert_eq!(taken, 100);
}

fn figures(waiting: u64) -> BranchFigures {
    let queue = QueueView {
        id: sample::name("enquiries"),
        branch: hq(),
        waiting,
        oldest: Some(Millis::from_secs(3)),
        predicted_wait: None,
        attainment: Some(0.5),
        ready_agents: 1,
    };
    BranchFigures { at: sample::AT, firm: Some(vec![1; 32]), queues: vec![queue], violations: 0 }
}

pub(crate) async fn figures_are_the_latest_of_each_branch(house: House) {
    assert!(house.two.figures.get(&hq()).is_none());
    for waiting in [1, 2, 3] {
        house.one.figures.put(&hq(), figures(waiting));
    }
    let south = sample::name("south");
    house.two.figures.put(&south, figures(7));
    for side in [&house.one, &house.two] {
        let expected = vec![(hq(), figures(3).into()), (south.clone(), figures(7).into())];
        until(async || (side.figures.all() == expected).then_some(())).await;
    }
    assert_eq!(house.one.figures.get(&hq()), Some(figures(3).into()));
}

pub(crate) async fn figures_of_a_forgotten_branch_are_gone(house: House) {
    house.one.figures.put(&hq(), figures(1));
    until(async || house.two.figures.get(&hq())).await;
    house.one.figures.forget(&hq());
    until(async || house.two.figures.all().is_empty().then_some(())).await;
    assert!(house.one.figures.get(&hq()).is_none());
}

pub(crate) async fn every_process_hears_the_reports_of_all(house: House) {
    let report = |version: &str| ProcessReport {
        started_at: Timestamp::from_ms(1),
        version: version.to_owned(),
        parts: vec![PartReport { name: "bus".to_owned(), state: "failed".to_owned(), why: Some("full".to_owned()) }],
        depths: vec![DepthReport { queue: "dead".to_owned(), messages: 2 }],
        counts: Vec::new(),
    };
    house.one.reports.put(&"door-1".to_owned(), report("1"));
    house.two.reports.put(&"desk_2".to_owned(), report("2"));
    let expected = vec![("desk_2".to_owned(), report("2").into()), ("door-1".to_owned(), report("1").into())];
    for side in [&house.one, &house.two] {
        until(async || (side.reports.all() == expected).then_some(())).await;
    }
    // Figures lie apart from them.
    assert!(house.one.figures.all().is_empty());
}
