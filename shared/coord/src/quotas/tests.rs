//! Quotas: bursts, waits and keys apart.

use super::*;

#[tokio::test]
async fn a_burst_passes_then_the_key_waits_and_others_do_not() {
    let quotas = Quotas::local();
    let rate = Rate { per_minute: NonZeroU32::new(1).unwrap(), burst: NonZeroU32::new(3).unwrap() };
    for _ in 0..3 {
        assert_eq!(quotas.take(b"a", rate).await, Ok(()));
    }
    let wait = quotas.take(b"a", rate).await.unwrap_err();
    assert!(wait > Millis::ZERO && wait <= Millis::from_secs(60), "{wait:?}");
    assert_eq!(quotas.take(b"b", rate).await, Ok(()));
}
