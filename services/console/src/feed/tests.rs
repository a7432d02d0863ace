//! The feed: who is told, who is not, and what happens to who does not keep up.

use contract::{CaseId, OfferId, Timestamp, seal::Keys, view::OfferView};
use coord::Coord;
use runtime::{Chance, Clock, Health};
use store::{Store, journal::Stream};

use super::{rereads::AGENTS_A_TURN, *};

fn feed() -> (Feed, Coord, Tasks) {
    let (feed, _, coord, tasks) = feed_and_rereads();
    (feed, coord, tasks)
}

fn feed_and_rereads() -> (Feed, Rereads, Coord, Tasks) {
    let coord = Coord::local(&Clock::by_hand(Timestamp::from_ms(0)));
    let tasks = Tasks::new(Health::default());
    let (feed, rereads) = Feed::new(coord.fanout.clone(), tasks.clone());
    (feed, rereads, coord, tasks)
}

/// Lets the screens of a feed read a store whose branch stands at its first epoch, before any record.
async fn reading(rereads: Rereads, tasks: &Tasks) {
    let keys = Arc::new(Keys::new(vec![(1, [1; 32])], [2; 32], [3; 32]));
    let clock = Clock::by_hand(Timestamp::from_ms(0));
    let store = Store::in_memory(keys, clock, Chance::seeded(7), tasks).await.unwrap();
    store.journal().take_lease(&Stream::branch(&hq())).await.unwrap();
    tasks.spawn("rereads", rereads.run(store, tasks.stop()));
}

/// How long a test waits for a fact.
const DEADLINE: std::time::Duration = std::time::Duration::from_secs(60);

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
    let (feed, rereads, coord, tasks) = feed_and_rereads();
    reading(rereads, &tasks).await;
    let mut lin = feed.listen(&hq(), &agent("lin"));
    coord.fanout.tell_head(&hq(), 1, 1);
    coord.fanout.tell(commit(3, vec![]));
    assert!(matches!(lin.words.recv().await, Some(Word::Reread)));
}

#[tokio::test]
async fn a_gap_in_which_nothing_happened_has_nobody_read() {
    let (feed, rereads, coord, tasks) = feed_and_rereads();
    reading(rereads, &tasks).await;
    let mut lin = feed.listen(&hq(), &agent("lin"));
    coord.fanout.tell_head(&hq(), 1, 0);
    for _ in 0..3 {
        // A head that was not reached is a gap, whatever the store says of it.
        coord.fanout.tell_head(&hq(), 1, 7);
        tokio::time::timeout(DEADLINE, async {
            while feed.lock().rooms[&hq()].heard != Some(Reach { epoch: 1, seq: 0 }) {
                tokio::task::yield_now().await;
            }
        })
        .await
        .expect("the store is asked how far the branch is");
    }
    coord.fanout.tell(commit(8, vec![offer("lin")]));
    assert!(matches!(lin.words.recv().await, Some(Word::Commit(_))), "it was told to read");
}

#[tokio::test]
async fn after_a_gap_screens_read_so_many_at_a_time_and_each_once() {
    let (feed, mut rereads, ..) = feed_and_rereads();
    let agents = (0..3 * AGENTS_A_TURN - 5).map(|number| agent(&format!("agent-{number}")));
    let mut screens: Vec<Listener> = agents.map(|agent| feed.listen(&hq(), &agent)).collect();
    let mut told = vec![0; screens.len()];
    for gap in 1..=6 {
        if gap <= 3 {
            // Most still wait for their turn.
            let reach = |seq| Some(Reach { epoch: 1, seq });
            rereads.compare(hq(), reach(gap - 1), reach(gap));
        }
        rereads.turn();
        let before: usize = told.iter().sum();
        for (told, screen) in told.iter_mut().zip(&mut screens) {
            *told += usize::from(screen.words.try_recv().is_ok());
        }
        assert!(told.iter().sum::<usize>() - before <= AGENTS_A_TURN);
        assert!(gap < 3 || told.iter().all(|told| *told >= 1), "somebody waits for others to read twice: {told:?}");
    }
    let again = 2 * AGENTS_A_TURN;
    assert_eq!(told.iter().sum::<usize>(), screens.len() + again, "who waits already waits once: {told:?}");
}
