//! Races between processes: each store here is one process of the same house.
//!
//! In: two or more stores of one database. Out: one winner, and nobody who fails without need.
//! Never here: a fault.

use std::{collections::BTreeSet, time::Duration};

use contract::{
    Address, AddressKind, ChannelKind, DeliveryId, DeliveryState, Lane, Role, Timestamp, audit::By, delivery::Due,
};
use futures_util::future::join_all;
use runtime::{Chance, Health, Tasks};
use sea_orm::ConnectionTrait;
use store::{
    Engine, Store, StoreConfig,
    deliveries::{Addressed, From, ReceiptState, Road, Settled, Wish},
    directory::{NameKind, Newcomer},
    journal::{Commit, CommitError, PROCESS, Stream, Verdict},
    leases::Mark,
    users::User,
};

use crate::{
    house::{House, clock, database, keys, open_database},
    journal::next,
};

const START: Timestamp = Timestamp::from_ms(1_800_000_000_000);
const LATER: Timestamp = Timestamp::from_ms(1_800_000_100_000);

/// Opens the same database as so many processes.
async fn processes(count: usize) -> Vec<House> {
    let database = database();
    // At the same time, the very first start included.
    join_all((0..count).map(|_| open_database(&database))).await
}

fn wish(id: u128) -> Wish {
    Wish {
        id: DeliveryId::new(id),
        case: None,
        contact: None,
        channel: ChannelKind::Sms,
        account: "main".parse().unwrap(),
        lane: Lane::Normal,
        made_at: START,
        due_at: START,
        expires_at: LATER,
        refused: None,
        addressed: Addressed::default(),
        words: None,
    }
}

fn by() -> By {
    By { user: "fan".parse().unwrap(), role: Some(Role::Admin) }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_claim_at_once_get_each_delivery_once_and_wait_for_nobody() {
    let houses = processes(4).await;
    let wishes: Vec<Wish> = (1..=1_000).map(wish).collect();
    houses[0].store.deliveries().put(&wishes, START).await.unwrap();
    let road = Road { channel: ChannelKind::Sms, account: "main".parse().unwrap(), lane: Lane::Normal };
    let claim = |store: Store| {
        let road = road.clone();
        async move {
            let mut mine: Vec<Due> = Vec::new();
            loop {
                let claimed = store.claims("any").claim(&road, START, 7).await.unwrap();
                if claimed.is_empty() {
                    return mine;
                }
                mine.extend(claimed);
            }
        }
    };
    let all = join_all(houses.iter().flat_map(|house| (0..4).map(|_| claim(house.store.clone())))).await;
    let all: Vec<Due> = all.into_iter().flatten().collect();
    let once: BTreeSet<DeliveryId> = all.iter().map(|due| due.delivery).collect();
    assert_eq!((all.len(), once.len()), (1_000, 1_000));
    assert_eq!(houses[1].store.claims("any").load(&road).await.unwrap(), (1_000, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_holders_in_two_processes_never_both_write_a_seq() {
    let houses = processes(2).await;
    let stream = Stream::parse("branch/hq").unwrap();
    let hold = |store: Store| {
        let stream = stream.clone();
        async move {
            let (mut done, mut fenced) = (0, 0);
            while done < 60 {
                let mut lease = store.journal().take_lease(&stream).await.unwrap();
                loop {
                    let commit = next(&store, &lease, 2);
                    (lease.head_seq, lease.head_hash) = (commit.new_seq, commit.new_hash);
                    match store.journal().commit(commit).await {
                        Ok(()) => done += 1,
                        Err(CommitError::Fenced) => break fenced += 1,
                        Err(CommitError::Store(error)) => panic!("{error}"),
                    }
                    if done >= 60 {
                        break;
                    }
                }
            }
            (done, fenced)
        }
    };
    let ((one, _), (two, _)) = tokio::join!(hold(houses[0].store.clone()), hold(houses[1].store.clone()));
    let whole = houses[0].store.records().verify(&stream).await.unwrap();
    assert_eq!(whole, Verdict::Whole { seq: 2 * (one + two) });
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_take_over_what_they_saw_one_holds_it() {
    let houses = processes(4).await;
    let stream = Stream::parse("branch/hq").unwrap();
    houses[0].store.journal().take_lease(&stream).await.unwrap();
    for _ in 0..20 {
        let seen = houses[0].store.journal().head(&stream).await.unwrap().unwrap();
        let branch = "hq".parse().unwrap();
        let mark = Mark { epoch: seen.epoch, beat: seen.beat };
        let tries = houses.iter().zip(["a", "b", "c", "d"]).map(|(house, name)| {
            let (leases, branch) = (house.store.leases(), &branch);
            async move { leases.take(branch, mark, &name.parse().unwrap()).await.unwrap() }
        });
        let taken: Vec<_> = join_all(tries).await.into_iter().flatten().collect();
        assert_eq!(taken.len(), 1);
        assert_eq!(taken[0].epoch, seen.epoch + 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_holder_that_wakes_as_another_takes_its_branch_commits_before_it_or_never() {
    let houses = processes(2).await;
    let (branch, stream) = ("hq".parse().unwrap(), Stream::parse("branch/hq").unwrap());
    let (names, mut fenced) = (["a", "b"].map(|name| name.parse().unwrap()), 0);
    let mut lease = houses[0].store.leases().take(&branch, Mark::default(), &names[0]).await.unwrap().unwrap();
    for round in 0..60 {
        let [woken, other] = [round % 2, (round + 1) % 2].map(|place| &houses[place].store);
        let seen = other.leases().look().await.unwrap().branches[0].mark;
        let (journal, leases) = (woken.journal(), other.leases());
        let commit = journal.commit(next(woken, &lease, 3));
        let take = leases.take(&branch, seen, &names[(round + 1) % 2]);
        lease = match tokio::join!(commit, take) {
            (Ok(()), Ok(None)) => {
                // It was awake all the time: its sign of life came first.
                let seen = other.leases().look().await.unwrap().branches[0].mark;
                leases.take(&branch, seen, &names[(round + 1) % 2]).await.unwrap().unwrap()
            }
            (Err(CommitError::Fenced), Ok(Some(taken))) => {
                fenced += 1;
                taken
            }
            both => panic!("both or neither: {both:?}"),
        };
        let late = journal.commit(Commit { epoch: lease.epoch - 1, ..next(woken, &lease, 1) }).await;
        assert!(matches!(late, Err(CommitError::Fenced)), "{late:?}");
    }
    let whole = houses[0].store.records().verify(&stream).await.unwrap();
    assert_eq!(whole, Verdict::Whole { seq: 3 * (60 - fenced) });
}

#[tokio::test(flavor = "multi_thread")]
async fn deeds_of_many_processes_stand_in_one_chain_and_none_is_missing() {
    let houses = processes(4).await;
    let add = |store: Store, process: usize| async move {
        for number in 0..15 {
            let user = User {
                name: format!("user-{process}-{number}").parse().unwrap(),
                role: Role::Ops,
                agent: None,
                branch: None,
                made_at: START,
                ended_at: None,
            };
            assert!(store.users().add(&user, &by()).await.unwrap());
        }
    };
    join_all(houses.iter().enumerate().map(|(process, house)| add(house.store.clone(), process))).await;
    let verdict = houses[0].store.records().verify(&Stream::audit(PROCESS)).await.unwrap();
    assert_eq!(verdict, Verdict::Whole { seq: 60 });
}

#[tokio::test(flavor = "multi_thread")]
async fn firms_applied_at_once_get_versions_one_after_the_other() {
    let houses = processes(3).await;
    let put = |store: Store, digest: u8| async move {
        let names = vec![(NameKind::Agent, "lin".to_owned(), format!("name {digest}"))];
        store.firms().put(vec![digest], format!("text {digest}"), &by(), names).await.unwrap()
    };
    let all =
        houses.iter().zip([0, 10, 20]).flat_map(|(house, from)| (from..from + 5).map(|n| put(house.store.clone(), n)));
    let versions: BTreeSet<u64> = join_all(all).await.into_iter().collect();
    assert_eq!(versions, (1..=15).collect());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_sender_met_by_two_branches_at_once_is_one_prospect() {
    let houses = processes(2).await;
    let branches = ["hq", "cd"];
    let mut leases = Vec::new();
    for (house, name) in houses.iter().zip(branches) {
        let stream = Stream::parse(&format!("branch/{name}")).unwrap();
        leases.push(house.store.journal().take_lease(&stream).await.unwrap());
    }
    for round in 0..30 {
        let newcomers: Vec<Newcomer> = (0..8)
            .map(|n| Newcomer {
                address: Address::parse(AddressKind::Phone, &format!("139{:08}", round * 8 + n)).unwrap(),
                branch: "hq".parse().unwrap(),
            })
            .collect();
        let commits = houses.iter().zip(&mut leases).enumerate().map(|(place, (house, lease))| {
            let mut met = newcomers.clone();
            if place == 1 {
                met.reverse();
            }
            let commit = Commit { newcomers: met, ..next(&house.store, lease, 1) };
            (lease.head_seq, lease.head_hash) = (commit.new_seq, commit.new_hash);
            async { house.store.journal().commit(commit).await.unwrap() }
        });
        join_all(commits).await;
        let (owners, unknown) = houses[0].store.directory().behind(&newcomers).await.unwrap();
        assert!(unknown.is_empty() && owners.values().all(|owners| owners.len() == 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_and_the_answer_it_belongs_to_find_each_other_whoever_is_first() {
    let houses = processes(2).await;
    let wishes: Vec<Wish> = (1..=100).map(wish).collect();
    houses[0].store.deliveries().put(&wishes, START).await.unwrap();
    let meet = |id: u128| {
        let (sender, console) = (houses[0].store.clone(), houses[1].store.clone());
        async move {
            let due = Due { delivery: DeliveryId::new(id), attempt: 1 };
            sender.submits().begin(due, START).await.unwrap();
            let (name, account) = (format!("p-{id}"), "main".parse().unwrap());
            let sent = Settled::Sent(Some(name.clone()));
            let (submits, receipts) = (sender.submits(), console.receipts());
            let (settled, put) = tokio::join!(
                submits.settle(due, From::Submitting, sent, START),
                receipts.put(ChannelKind::Sms, &account, &name, (ReceiptState::Delivered, None), START),
            );
            settled.and(put).unwrap();
        }
    };
    join_all((1..=100).map(meet)).await;
    let ids: Vec<DeliveryId> = (1..=100).map(DeliveryId::new).collect();
    let views = houses[1].store.deliveries().among(&ids).await.unwrap();
    assert_eq!(views.iter().filter(|view| view.state == DeliveryState::Delivered).count(), 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_does_not_wait_for_another_ones_commit() {
    let houses = processes(1).await;
    let store = &houses[0].store;
    let lease = store.journal().take_lease(&Stream::parse("branch/hq").unwrap()).await.unwrap();
    let (begun, holds) = tokio::sync::oneshot::channel();
    let (go, wait) = tokio::sync::oneshot::channel::<()>();
    let slow = store.write(move |_| {
        Box::pin(async move {
            begun.send(()).unwrap();
            wait.await.map_err(|_| store::StoreError::bug("the test is gone"))
        })
    });
    let quick = async {
        holds.await.unwrap();
        store.journal().commit(next(store, &lease, 3)).await.unwrap();
        go.send(()).unwrap();
    };
    let (slow, ()) = tokio::join!(slow, quick);
    slow.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_holder_that_freezes_inside_a_transaction_lets_go_of_its_stream() {
    let houses = processes(2).await;
    let [frozen, other] = [&houses[0].store, &houses[1].store];
    let stream = Stream::parse("branch/hq").unwrap();
    frozen.journal().take_lease(&stream).await.unwrap();
    let (begun, holds) = tokio::sync::oneshot::channel();
    let (go, thaws) = tokio::sync::oneshot::channel::<()>();
    let freezes = frozen.write(move |tx| {
        Box::pin(async move {
            tx.execute_unprepared("UPDATE stream SET beat = beat WHERE id = 'branch/hq'").await?;
            begun.send(()).unwrap();
            thaws.await.map_err(|_| store::StoreError::bug("the test is gone"))?;
            tx.execute_unprepared("SELECT 1").await.map(drop).map_err(store::StoreError::from)
        })
    });
    let takes = async {
        holds.await.unwrap();
        // Waits for the frozen one's lock, which the server takes from it.
        let lease = loop {
            match other.journal().take_lease(&stream).await {
                Ok(lease) => break lease,
                Err(error) => assert!(error.is_retry(), "{error:?}"),
            }
        };
        go.send(()).unwrap();
        other.journal().commit(next(other, &lease, 1)).await.unwrap();
    };
    let both = async { tokio::join!(freezes, takes) };
    let (thawed, ()) = tokio::time::timeout(Duration::from_secs(20), both).await.expect("the stream stays frozen");
    assert!(thawed.is_err_and(|error| error.is_retry()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_closing_refuses_and_has_finished_what_it_took() {
    let (place, tasks) = (tempfile::TempDir::new().unwrap(), Tasks::new(Health::default()));
    let config = StoreConfig { engine: Engine::Postgres(database()), ..StoreConfig::at(place.path()) };
    let store = Store::open(&config, keys(), clock(), Chance::seeded(1), &tasks).await.unwrap();
    let (stream, cursors) = (Stream::parse("branch/hq").unwrap(), store.cursors());
    let (set, late) = tokio::join!(cursors.set(&stream, "tail", 5), tasks.finish(Duration::from_secs(20)));
    assert_eq!(late, Vec::<String>::new());
    set.unwrap();
    assert!(cursors.set(&stream, "tail", 6).await.is_err_and(|error| error.is_retry()));
    assert_eq!(cursors.get(&stream, "tail").await.unwrap(), 5);
}
