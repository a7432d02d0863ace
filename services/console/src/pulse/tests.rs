//! Flow over restarts, forecasts, the hour behind.

use std::{collections::BTreeMap, sync::Arc};

use contract::{
    Lane, Millis, Timestamp,
    live::{BranchFigures, CountReport, ProcessReport},
    view::QueueView,
};
use store::deliveries::{OnWay, Road};

use super::{
    flow::{Counted, Flow},
    forecast::{Forecast, forecast},
    ring::{Ring, STEPS_MAX},
    *,
};

const START: Timestamp = Timestamp::from_ms(1_800_000_000_000);

fn at(seconds: i64) -> Timestamp {
    START + Millis::from_secs(seconds)
}

fn report(started: i64, counts: &[(&str, u64)]) -> Arc<ProcessReport> {
    let count = |(what, count): &(&str, u64)| CountReport {
        what: (*what).to_owned(),
        channel: "sms".to_owned(),
        account: "main".to_owned(),
        lane: String::new(),
        count: *count,
    };
    Arc::new(ProcessReport {
        started_at: at(started),
        version: String::new(),
        parts: Vec::new(),
        depths: Vec::new(),
        counts: counts.iter().map(count).collect(),
    })
}

fn more(flow: &mut Flow, reports: &[(&str, Arc<ProcessReport>)]) -> Vec<(String, u64)> {
    let reports: Vec<_> = reports.iter().map(|(name, report)| ((*name).to_owned(), report.clone())).collect();
    let grown = flow.take(&reports, START);
    grown.into_iter().map(|(Counted { what, .. }, count)| (what, count)).collect()
}

fn pairs(pairs: &[(&str, u64)]) -> Vec<(String, u64)> {
    pairs.iter().map(|(what, count)| ((*what).to_owned(), *count)).collect()
}

#[test]
fn only_what_came_since_is_counted_over_every_restart() {
    let mut flow = Flow::default();
    // One counted long before anybody listened, one started since.
    assert_eq!(
        more(&mut flow, &[("old", report(-9, &[("sent", 100)])), ("new", report(1, &[("sent", 2)]))]),
        pairs(&[("sent", 2)])
    );
    assert_eq!(
        more(&mut flow, &[("old", report(-9, &[("sent", 103), ("failed", 1)])), ("new", report(1, &[("sent", 2)]))]),
        pairs(&[("failed", 1), ("sent", 3)])
    );
    // It starts anew and counts from 0; the other is not heard for a while and comes back.
    assert_eq!(more(&mut flow, &[("new", report(50, &[("sent", 4)]))]), pairs(&[("sent", 4)]));
    assert_eq!(more(&mut flow, &[("old", report(-9, &[("sent", 110)])), ("new", report(50, &[("sent", 4)]))]), []);
    // Two series of one kind are one.
    assert_eq!(more(&mut flow, &[("new", report(50, &[("sent", 5), ("sent", 2)]))]), pairs(&[("sent", 3)]));
}

fn queue(waiting: u64, predicted_s: Option<i64>, ready_agents: u64) -> QueueView {
    QueueView {
        id: "enquiries".parse().unwrap(),
        branch: "hq".parse().unwrap(),
        waiting,
        oldest: Some(Millis::from_secs(7)),
        predicted_wait: predicted_s.map(Millis::from_secs),
        attainment: None,
        ready_agents,
    }
}

fn judged(due: &[i64], queue: &QueueView) -> (u64, u64) {
    let Forecast { late, endangered } = forecast(due.iter().map(|s| at(*s)), queue, START);
    (late, endangered)
}

#[test]
fn the_forecast_counts_the_late_and_those_who_will_be() {
    // One is taken every 10 s: due at 5 s is lost, at 20 and 30 just saved, at 35 lost again.
    assert_eq!(judged(&[-4, 0, 5, 20, 30, 35], &queue(6, Some(70), 0)), (2, 2));
    // Somebody is free.
    assert_eq!(judged(&[-4, 1], &queue(2, Some(0), 1)), (1, 0));
    // Nobody takes anything.
    assert_eq!(judged(&[1, 900], &queue(2, None, 0)), (0, 2));
    assert_eq!(judged(&[], &queue(0, None, 0)), (0, 0));
}

#[test]
fn a_series_that_begins_late_is_as_long_as_the_others_and_ends_after_an_hour() {
    let mut ring = Ring::new();
    ring.push(BTreeMap::from([("a", 1)]));
    ring.push(BTreeMap::from([("b", 2), ("c", 0)]));
    let series: Vec<_> =
        ring.series().map(|(key, values)| (*key, values.iter().copied().collect::<Vec<_>>())).collect();
    assert_eq!(series, [("a", vec![1, 0]), ("b", vec![0, 2])]);
    assert_eq!((ring.sum(&"a", 1), ring.sum(&"a", 2), ring.sum(&"d", 2)), (0, 1, 0));
    for _ in 0..STEPS_MAX - 1 {
        ring.push(BTreeMap::new());
    }
    assert_eq!(ring.series().map(|(key, values)| (*key, values.len())).collect::<Vec<_>>(), [("b", STEPS_MAX)]);
    ring.push(BTreeMap::from([("b", u64::MAX)]));
    assert_eq!(ring.sum(&"b", STEPS_MAX), u64::from(u32::MAX));
    assert_eq!(ring.steps(), STEPS_MAX);
}

#[test]
fn a_step_ends_every_ten_seconds_and_what_rested_stays() {
    let pulse = Pulse::new(START);
    let clock = runtime::Clock::by_hand(START);
    let road = Road { channel: contract::ChannelKind::Sms, account: "main".parse().unwrap(), lane: Lane::Bulk };
    let on_way = OnWay { queued: 9, submitting: 1, due_at: Some(at(0)) };
    let figures = Arc::new(BranchFigures { at: START, firm: None, queues: vec![queue(3, None, 0)], violations: 0 });
    let look = |sent: u64, on_way| Look {
        now: clock.now(),
        at: clock.monotonic(),
        branches: vec![("hq".parse().unwrap(), figures.clone())],
        processes: vec![("main".to_owned(), report(0, &[("sent", sent)]))],
        on_way,
        forecasts: None,
    };
    pulse.take(look(1, Some(BTreeMap::from([(road.clone(), on_way)]))));
    for sent in [4, 6] {
        clock.advance(Millis::from_secs(5));
        pulse.take(look(sent, None));
    }
    assert_eq!(pulse.on_way(), BTreeMap::from([(road.clone(), on_way)]));
    let hour = pulse.hour();
    assert_eq!((hour.steps, hour.at), (2, at(10)));
    let of = |series: &Series| hour.series.iter().find(|(key, _)| key == series).map(|(_, values)| values.clone());
    assert_eq!(of(&Series::Queued(road)), Some(vec![9, 9]));
    assert_eq!(of(&Series::Waiting("hq".parse().unwrap(), "enquiries".parse().unwrap())), Some(vec![3, 3]));
    let sent = pulse.lately().into_values().next();
    assert_eq!(sent, Some(Lately { minute: 6, hour: 6 }));
}

#[test]
fn a_long_look_is_followed_by_a_long_rest() {
    let clock = runtime::Clock::by_hand(START);
    let mut resting = Resting::default();
    assert!(resting.is_over(clock.monotonic()));
    let from = clock.monotonic();
    clock.advance(Millis::new(100));
    resting.took(from, clock.monotonic());
    clock.advance(Millis::new(4_999));
    assert!(!resting.is_over(clock.monotonic()));
    clock.advance(Millis::new(1));
    assert!(resting.is_over(clock.monotonic()));
}
