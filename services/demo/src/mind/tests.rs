//! Days of simulated agents, without a house.

use super::*;

fn mind(seed: u64) -> Mind {
    Mind::new("lin", Pace::default(), Chance::seeded(seed), 0)
}

/// Lets him work until `end`; gives what he pressed, with the time.
fn work(mind: &mut Mind, from: u64, end: u64) -> Vec<(u64, Press)> {
    let (mut now, mut pressed) = (from, Vec::new());
    while now <= end {
        while let Some(press) = mind.act(now) {
            pressed.push((now, press));
        }
        now = mind.due().max(now + 1);
    }
    pressed
}

fn case(state: &str, channel: &str, said: &str) -> Value {
    let contacts = json!([{ "id": "k1", "text": said }]);
    json!({ "type": "case", "case": { "id": "c1", "agent": "lin", "state": state, "channel": channel,
        "kind": "enquiry", "queue": "enquiries", "contacts": contacts } })
}

fn kinds(pressed: &[(u64, Press)]) -> Vec<&str> {
    pressed.iter().map(|(_, press)| press.kind).collect()
}

#[test]
fn who_is_away_at_first_becomes_ready() {
    let mut lin = mind(1);
    lin.hear(0, &json!({ "type": "hello", "state": "away", "cases": [], "offers": [] }));
    assert_eq!(kinds(&work(&mut lin, 0, 5000)), ["ready"]);
}

#[test]
fn a_message_is_answered_closed_and_done() {
    let mut lin = mind(2);
    lin.hear(0, &case("active", "sms", "请问你们几点下班"));
    let pressed = work(&mut lin, 0, 40_000);
    let kinds = kinds(&pressed);
    assert!(kinds.starts_with(&["reply"]) && kinds.contains(&"close"), "{kinds:?}");
    lin.hear(40_000, &case("wrap_up", "sms", ""));
    assert_eq!(work(&mut lin, 40_000, 46_000).first().unwrap().1, done("c1"));
    lin.hear(46_000, &case("closed", "sms", ""));
    assert!(lin.cases.is_empty());
}

#[test]
fn nobody_writes_to_a_caller() {
    for seed in 0..20 {
        let mut lin = mind(seed);
        lin.hear(0, &case("active", "phone", ""));
        let pressed = work(&mut lin, 0, 60_000);
        let kinds = kinds(&pressed);
        assert!(kinds.iter().all(|kind| *kind == "close" || *kind == "callback"), "{kinds:?}");
        assert!(!kinds.is_empty());
    }
}

#[test]
fn an_incident_goes_to_those_who_mend_it() {
    let mut lin = mind(3);
    lin.hear(0, &case("active", "sms", "撤不了单,一直显示已报"));
    let pressed = work(&mut lin, 0, 5000);
    let body = json!({ "case_id": "c1", "kind": "incident", "queue": "trading" });
    assert_eq!(pressed.first().unwrap().1, press("rekind", body));
}

#[test]
fn a_case_whose_key_did_nothing_is_not_forgotten() {
    let mut lin = mind(4);
    lin.hear(0, &case("active", "sms", ""));
    work(&mut lin, 0, 40_000);
    let later = work(&mut lin, 40_000, 40_000 + 2 * FORGOTTEN_MS);
    assert!(kinds(&later).contains(&"close"), "{later:?}");
}

#[test]
fn most_offers_are_taken_some_declined_and_all_in_time() {
    let mut answers: BTreeMap<&str, u32> = BTreeMap::new();
    for seed in 0..400 {
        let mut lin = mind(seed);
        lin.hear(0, &json!({ "type": "offer", "offer_id": "o1", "case": {} }));
        let pressed = work(&mut lin, 0, 15_000);
        let kind = pressed.first().map_or("nothing", |(_, press)| press.kind);
        *answers.entry(kind).or_default() += 1;
    }
    assert!(
        answers["accept"] > 340 && answers.contains_key("decline") && answers.contains_key("nothing"),
        "{answers:?}"
    );
}

#[test]
fn what_a_client_adds_is_answered_before_the_end() {
    let mut lin = mind(5);
    lin.hear(0, &case("active", "sms", ""));
    let mut now = 0;
    let closes = loop {
        now = lin.due().max(now);
        let press = lin.act(now).unwrap();
        if press.kind == "reply" && !lin.cases["c1"].steps.iter().any(|(_, step)| step.kind == "reply") {
            lin.hear(now, &json!({ "type": "message", "case_id": "c1", "contact": { "id": "k2" } }));
            break work(&mut lin, now, now + 20_000);
        }
    };
    assert_eq!(kinds(&closes).first(), Some(&"reply"));
}

#[test]
fn everybody_takes_a_break_and_comes_back() {
    let mut lin = mind(6);
    lin.hear(0, &json!({ "type": "hello", "state": "ready", "cases": [], "offers": [] }));
    let pressed = work(&mut lin, 0, WORK_MS.1 + 60_000);
    assert_eq!(kinds(&pressed).get(..2), Some(&["away", "ready"][..]));
}
