//! Order, gaps and heads as a listener hears them.

use contract::DeliveryState;

use super::*;

fn commit(epoch: u64, seq: u64) -> Committed {
    Committed { branch: "hq".parse().unwrap(), epoch, first_seq: seq, seq, changes: Vec::new() }
}

async fn heard(subscription: &mut Subscription) -> String {
    match subscription.next().await {
        Heard::Commit(commit) => format!("commit {}", commit.seq),
        Heard::Head { seq, .. } => format!("head {seq}"),
        Heard::Standing(standing) => format!("answer {}", standing.delivery.state),
        Heard::Gap => "gap".to_owned(),
    }
}

#[tokio::test]
async fn commits_come_in_order_and_a_missing_one_is_a_gap() {
    let fanout = Fanout::local();
    let branch = "hq".parse().unwrap();
    let mut listener = fanout.subscribe(&branch);
    for seq in [4, 5, 7] {
        fanout.tell(commit(1, seq));
    }
    fanout.tell_head(&branch, 1, 7);
    fanout.tell_head(&branch, 1, 8);
    fanout.tell(commit(2, 9));
    let mut all = Vec::new();
    for _ in 0..6 {
        all.push(heard(&mut listener).await);
    }
    assert_eq!(all, ["commit 4", "commit 5", "gap", "head 7", "gap", "gap"]);
}

#[tokio::test]
async fn where_an_answer_stands_is_heard_between_commits_without_a_gap() {
    let fanout = Fanout::local();
    let branch = "hq".parse().unwrap();
    assert!(!fanout.is_heard());
    let mut listener = fanout.subscribe(&branch);
    assert!(fanout.is_heard());
    fanout.tell(commit(1, 4));
    fanout.tell_standing(&branch, Standing { delivery: sample::delivery(9, 1, DeliveryState::Sent), author: None });
    fanout.tell(commit(1, 5));
    let all = [heard(&mut listener).await, heard(&mut listener).await, heard(&mut listener).await];
    assert_eq!(all, ["commit 4", "answer sent", "commit 5"]);
}

#[tokio::test]
async fn a_listener_that_is_too_slow_hears_of_it() {
    let fanout = Fanout::local();
    let mut listener = fanout.subscribe(&"hq".parse().unwrap());
    for seq in 0..=(BEHIND_MAX as u64) {
        fanout.tell(commit(1, seq));
    }
    assert_eq!(heard(&mut listener).await, "gap");
    assert_eq!(heard(&mut listener).await, "commit 1");
}
