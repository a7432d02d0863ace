//! Quotas: bursts, waits and keys apart.

use super::*;

#[tokio::test]
async fn a_burst_passes_then_the_key_waits_and_others_do_not() {
    let clock = Clock::by_hand(contract::Timestamp::from_ms(1_000));
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
