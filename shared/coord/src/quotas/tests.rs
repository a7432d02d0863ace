//! Quotas: bursts, waits and keys apart.

use contract::Timestamp;

use super::*;

#[tokio::test]
async fn a_burst_passes_then_the_key_waits_and_others_do_not() {
    let clock = Clock::by_hand(Timestamp::from_ms(1_000));
    let quotas = Quotas::local(&clock);
    let rate = Rate { per_minute: NonZeroU32::new(1).unwrap(), burst: NonZeroU32::new(3).unwrap() };
    for _ in 0..3 {
        assert_eq!(quotas.take(b"a", rate).await, Ok(()));
    }
    let wait = quotas.take(b"a", rate).await.unwrap_err();
    assert_eq!(wait, Millis::from_secs(60));
    assert_eq!(quotas.take(b"b", rate).await, Ok(()));
    clock.advance(Millis::from_secs(59));
    assert_eq!(quotas.take(b"a", rate).await, Err(Millis::from_secs(1)));
    clock.advance(Millis::from_secs(1));
    assert_eq!(quotas.take(b"a", rate).await, Ok(()));
}

#[test]
fn a_share_is_rounded_down_and_never_nothing() {
    let rate = |per_minute, burst| Rate {
        per_minute: NonZeroU32::new(per_minute).unwrap(),
        burst: NonZeroU32::new(burst).unwrap(),
    };
    assert_eq!(rate(60, 10).share(4), rate(15, 2));
    assert_eq!(rate(60, 10).share(0), rate(60, 10));
    assert_eq!(rate(5, 1).share(40), rate(1, 1));
}
