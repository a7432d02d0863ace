//! Presence on a clock that is moved by hand.

use contract::Timestamp;

use super::*;

#[tokio::test]
async fn an_agent_is_unseen_only_after_the_grace_time() {
    let clock = Clock::by_hand(Timestamp::from_ms(1_000_000));
    let presence = Presence::local(clock.clone());
    let (branch, lin): (BranchId, AgentId) = ("hq".parse().unwrap(), "lin".parse().unwrap());
    let grace = Millis::from_secs(30);
    let unseen = async || presence.unseen(&branch, std::slice::from_ref(&lin), grace).await.unwrap();

    assert!(unseen().await.is_empty(), "a presence that just started is no evidence");
    clock.advance(Millis::from_secs(29));
    presence.beat(&branch, &lin, ConsoleId(1)).await.unwrap();
    clock.advance(Millis::from_secs(29));
    assert!(unseen().await.is_empty());
    clock.advance(Millis::from_secs(1));
    assert_eq!(unseen().await, std::slice::from_ref(&lin));
    presence.beat(&branch, &lin, ConsoleId(2)).await.unwrap();
    assert!(unseen().await.is_empty());
}
