//! Equal books and different ones.

use contract::{Millis, firm::Firm};

use super::*;

#[test]
fn equal_books_have_equal_digests_and_others_do_not() {
    let sample = || crate::read(crate::SAMPLE_FILE, crate::SAMPLE).unwrap().0;
    assert_eq!(digest(&sample()), digest(&sample()));
    let commented = crate::read("other", &format!("# a comment\n{}", crate::SAMPLE)).unwrap().0;
    assert_eq!(digest(&sample()), digest(&commented));
    let mut renamed = sample();
    renamed.names.agents[0].1 = "another name".to_owned();
    let mut slower = sample();
    slower.firm.waiting.max_wait = Millis::from_secs(1);
    assert_ne!(digest(&sample()), digest(&renamed));
    assert_ne!(digest(&sample()), digest(&slower));
}

#[test]
fn a_firm_survives_the_wire() {
    let firm = crate::read(crate::SAMPLE_FILE, crate::SAMPLE).unwrap().0.firm;
    assert_eq!(wire::decode::<Firm>(&wire::encode(&firm)).unwrap(), firm);
}
