//! The branch's time against a clock that is moved by hand.

use super::*;

#[test]
fn it_goes_on_from_the_journal_and_never_back() {
    let clock = Clock::by_hand(Timestamp::from_ms(1_000_000));
    let mut time = BranchTime::start(clock.clone(), Timestamp::from_ms(1_500_000));
    assert_eq!(time.now(), Timestamp::from_ms(1_500_000), "the journal is ahead of the wall");
    clock.advance(Millis::from_secs(20));
    let later = time.now();
    assert_eq!(later, Timestamp::from_ms(1_519_000), "it is held back by one part in twenty");
    assert!(time.drift() > DRIFT_REPORTED);
    assert_eq!(time.now(), later);
}

#[test]
fn it_comes_to_agree_with_the_wall() {
    let clock = Clock::by_hand(Timestamp::from_ms(1_000_000));
    let mut time = BranchTime::start(clock.clone(), Timestamp::from_ms(1_004_000));
    for _ in 0..100 {
        clock.advance(Millis::from_secs(1));
        time.now();
    }
    assert_eq!(time.drift(), Millis::ZERO);
}
