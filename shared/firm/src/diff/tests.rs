//! Two firms and the lines between them.

use contract::{Millis, firm::Firm};

use super::*;

fn sample() -> Firm {
    crate::read(crate::SAMPLE_FILE, crate::SAMPLE).unwrap().0.firm
}

#[test]
fn a_firm_does_not_differ_from_itself() {
    assert_eq!(diff(&sample(), &sample()), Vec::<String>::new());
}

#[test]
fn every_change_is_a_line() {
    let (old, mut new) = (sample(), sample());
    new.queues[0].within = Some(Millis::from_secs(45));
    new.agents.retain(|agent| agent.id.as_str() != "gao");
    new.rules.swap(2, 3);
    new.offer.back_off.busy = None;
    let lines = diff(&old, &new);
    assert_eq!(lines[0], "~ queue trading: within: 30s → 45s");
    assert!(lines[1].starts_with("~ rules are tried in another order: referral, distress, report, impersonation"));
    assert_eq!(lines[2..], ["- agent gao", "~ policy: offer.back_off.busy: 1m → case"]);
}

#[test]
fn a_new_thing_is_told_whole() {
    let mut new = sample();
    new.agents[0].id = "novice".parse().unwrap();
    let lines = diff(&sample(), &new);
    assert_eq!(lines[0], "- agent lin");
    assert!(lines[1].starts_with("+ agent novice: branch = hq, queues = enquiries funds trading urgent, skills = "));
}
