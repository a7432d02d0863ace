//! Equal firms and different ones.

use contract::Millis;

use super::*;

#[test]
fn equal_firms_have_equal_digests_and_others_do_not() {
    let sample = || crate::read(crate::SAMPLE_FILE, crate::SAMPLE).unwrap().0;
    let (one, mut other) = (sample(), sample());
    assert_eq!(digest(&one.firm), digest(&other.firm));
    other.names.firm = "another name".to_owned();
    assert_eq!(digest(&one.firm), digest(&other.firm));
    other.firm.waiting.max_wait = Millis::from_secs(1);
    assert_ne!(digest(&one.firm), digest(&other.firm));
}

#[test]
fn a_firm_survives_the_wire() {
    let firm = crate::read(crate::SAMPLE_FILE, crate::SAMPLE).unwrap().0.firm;
    assert_eq!(wire::decode::<Firm>(&wire::encode(&firm)).unwrap(), firm);
}
