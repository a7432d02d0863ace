//! The feed: who is told, who is not, and what happens to who does not keep up.

use contract::{CaseId, OfferId, Timestamp, view::OfferView};
use coord::Coord;
use runtime::{Clock, Health};

use super::*;

fn feed() -> (Feed, Coord, Tasks) {
    let coord = Coord::local(&Clock::by_hand(Timestamp::from_ms(0)));
    let tasks = Tasks::new(Health::default());
    (Feed::new(coord.fanout.clone(), tasks.clone()), coord, tasks)
}

fn hq() -> BranchId {
    "hq".parse().unwrap()
}

fn agent(name: &str) -> AgentId {
    name.parse().unwrap()
}

fn offer(agent: &str) -> Change {
    Change::Offer(OfferView {
        id: OfferId::new(1),
        case: CaseId::new(1),
        agent: agent.parse().unwrap(),
        branch: hq(),
        made_at: Timestamp::from_ms(0),
        expires_at: Timestamp::from_ms(1),
        state: OfferState::Open,
        reason: None,
        seq: 1,
    })
}

fn outcome(input: u128) -> Change {
    Change::Outcome(OutcomeView {
        input: InputId::new(input),
        digest: vec![1],
        problem: None,
        at: Timestamp::from_ms(0),
        seq: 1,
    })
}

fn commit(seq: u64, changes: Vec<Change>) -> Committed {
    Committed { branch: hq(), epoch: 1, first_seq: seq, seq, changes }
}

#[tokio::test]
async fn a_commit_reaches_the_agent_it_concerns_and_no_other() {
    let (feed, coord, _tasks) = feed();
    let mut lin = feed.listen(&hq(), &agent("lin"));
    let mut tab = feed.listen(&hq(), &agent("lin"));
    let mut zhao = feed.listen(&hq(), &agent("zhao"));
    coord.fanout.tell(commit(1, vec![offer("lin")]));
    coord.fanout.tell(commit(2, vec![offer("zhao")]));
    for heard in [&mut lin, &mut tab, &mut zhao] {
        assert!(matches!(heard.words.recv().await, Some(Word::Commit(_))));
    }
    assert!(lin.words.try_recv().is_err() && tab.words.try_recv().is_err());
}

#[tokio::test]
async fn an_outcome_reaches_everybody_who_waits_for_it() {
    let (feed, coord, _tasks) = feed();
    let mut one = feed.awaited(&hq(), InputId::new(7));
    let mut two = feed.awaited(&hq(), InputId::new(7));
    coord.fanout.tell(commit(1, vec![outcome(7)]));
    assert_eq!((&mut one.outcome).await.unwrap().input, InputId::new(7));
    assert_eq!((&mut two.outcome).await.unwrap().input, InputId::new(7));
    drop((one, two));
    assert!(feed.lock().waiting.is_empty());
}

#[tokio::test]
async fn a_gap_makes_every_screen_read_again() {
    let (feed, coord, _tasks) = feed();
    let mut lin = feed.listen(&hq(), &agent("lin"));
    coord.fanout.tell_head(&hq(), 1, 1);
    coord.fanout.tell(commit(3, vec![]));
    assert!(matches!(lin.words.recv().await, Some(Word::Reread)));
}

#[tokio::test]
async fn a_screen_that_does_not_keep_up_is_told_to_go() {
    let (feed, coord, _tasks) = feed();
    let lin = feed.listen(&hq(), &agent("lin"));
    let mut zhao = feed.listen(&hq(), &agent("zhao"));
    for seq in 1..=SCREEN_BEHIND_MAX as u64 + 1 {
        coord.fanout.tell(commit(seq, vec![offer("lin")]));
    }
    coord.fanout.tell(commit(SCREEN_BEHIND_MAX as u64 + 2, vec![offer("zhao")]));
    assert!(matches!(zhao.words.recv().await, Some(Word::Commit(_))));
    assert!(lin.slow.is_cancelled() && !zhao.slow.is_cancelled());
}

#[tokio::test]
async fn a_screen_that_leaves_is_forgotten() {
    let (feed, _coord, _tasks) = feed();
    let lin = feed.listen(&hq(), &agent("lin"));
    lin.concerns([CaseId::new(1)].into_iter());
    assert_eq!(feed.screens(), 1);
    drop(lin);
    assert_eq!(feed.screens(), 0);
    assert!(feed.lock().rooms.values().all(|room| room.concerned.is_empty()));
}
