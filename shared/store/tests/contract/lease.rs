//! Leases keep their promises: one holder at a time, by name, and none without being seen.
//!
//! In: routers that announce, take, give back, race. Out: who holds what. Never here: a clock.

use contract::BranchId;
use store::{
    Store,
    journal::{Commit, CommitError, Lease, Stream},
    leases::{BranchLease, Hold, Living, Mark, RouterId},
};

use crate::journal::next;

fn hq() -> BranchId {
    "hq".parse().unwrap()
}

fn router(name: &str) -> RouterId {
    name.parse().unwrap()
}

async fn seen(store: &Store) -> BranchLease {
    let sight = store.leases().look().await.unwrap();
    sight.branches.into_iter().find(|found| found.branch == hq()).unwrap()
}

async fn take(store: &Store, seen: Mark, name: &str) -> Option<Lease> {
    store.leases().take(&hq(), seen, &router(name)).await.unwrap()
}

async fn a_branch_is_taken_as_it_was_seen_or_not_at_all(store: Store) {
    assert!(store.leases().look().await.unwrap().branches.is_empty(), "nobody ever took it");
    let one = take(&store, Mark::default(), "one").await.unwrap();
    assert_eq!((one.epoch, one.head_seq), (1, 0));
    assert_eq!(take(&store, Mark::default(), "two").await, None, "it is somebody's already");
    let before = seen(&store).await;
    assert_eq!(before.hold, Hold::By(router("one")));

    store.journal().beat(&one.stream, one.epoch).await.unwrap();
    assert_eq!(take(&store, before.mark, "two").await, None, "its holder gave a sign of life");
    let before = seen(&store).await;
    store.journal().commit(next(&store, &one, 1)).await.unwrap();
    assert_eq!(take(&store, before.mark, "two").await, None, "its holder committed");

    let two = take(&store, seen(&store).await.mark, "two").await.unwrap();
    assert_eq!((two.epoch, two.head_seq), (2, 1));
    assert!(matches!(store.journal().beat(&one.stream, one.epoch).await, Err(CommitError::Fenced)));
    assert_eq!(seen(&store).await.hold, Hold::By(router("two")));
}

async fn of_many_who_saw_the_same_one_takes_it(store: Store) {
    for _ in 0..20 {
        let mark = store.leases().look().await.unwrap().branches.first().map(|found| found.mark);
        let names = ["one", "two", "three", "four"];
        let racing = names.map(|name| take(&store, mark.unwrap_or_default(), name));
        let taken = futures_util::future::join_all(racing).await;
        assert_eq!(taken.iter().flatten().count(), 1, "{taken:?}");
    }
}

async fn what_is_given_back_is_free_and_its_lease_is_over(store: Store) {
    let one = take(&store, Mark::default(), "one").await.unwrap();
    assert!(store.leases().release(&one).await.unwrap());
    assert_eq!(seen(&store).await.hold, Hold::Free);
    let late = store.journal().commit(next(&store, &one, 1)).await;
    assert!(matches!(late, Err(CommitError::Fenced)), "{late:?}");
    assert!(!store.leases().release(&one).await.unwrap(), "it was no longer held");
    assert_eq!(store.leases().resume(&one).await.unwrap(), None);

    let two = take(&store, seen(&store).await.mark, "two").await.unwrap();
    assert_eq!(seen(&store).await.hold, Hold::By(router("two")));
    assert!(store.leases().release(&two).await.unwrap());
    store.journal().take_lease(&Stream::branch(&hq())).await.unwrap();
    assert_eq!(seen(&store).await.hold, Hold::Unnamed, "whoever takes it otherwise holds it too");
}

async fn a_holder_goes_on_under_a_new_epoch_unless_another_came(store: Store) {
    let one = take(&store, Mark::default(), "one").await.unwrap();
    let again = store.leases().resume(&one).await.unwrap().unwrap();
    assert!(again.epoch > one.epoch);
    let late = store.journal().commit(next(&store, &one, 1)).await;
    assert!(matches!(late, Err(CommitError::Fenced)), "what was on its way is fenced: {late:?}");
    store.journal().commit(next(&store, &again, 1)).await.unwrap();
    assert_eq!(seen(&store).await.hold, Hold::By(router("one")));
    take(&store, seen(&store).await.mark, "two").await.unwrap();
    assert_eq!(store.leases().resume(&again).await.unwrap(), None);
}

async fn a_branch_that_this_version_cannot_read_is_left_to_others(store: Store) {
    let one = take(&store, Mark::default(), "one").await.unwrap();
    let newer = Commit { reader: contract::journal::READER + 1, ..next(&store, &one, 1) };
    store.journal().commit(newer).await.unwrap();
    store.leases().release(&one).await.unwrap();
    let found = seen(&store).await;
    assert_eq!((found.reader, found.hold), (contract::journal::READER + 1, Hold::Free));
    let refused = store.leases().take(&hq(), found.mark, &router("one")).await.unwrap_err();
    assert!(refused.to_string().contains("only a newer version of Shouwen reads"), "{refused}");
}

async fn routers_are_seen_as_long_as_nobody_takes_them_off(store: Store) {
    let leases = store.leases();
    let living = |name: &str, beat| Living { router: router(name), beat, reader: contract::journal::READER };
    leases.announce(&living("one", 1)).await.unwrap();
    leases.announce(&living("two", 1)).await.unwrap();
    assert_eq!(leases.look().await.unwrap().routers, [living("one", 1), living("two", 1)]);
    leases.announce(&living("one", 2)).await.unwrap();
    leases.withdraw(&living("one", 1)).await.unwrap();
    leases.withdraw(&living("two", 1)).await.unwrap();
    assert_eq!(leases.look().await.unwrap().routers, [living("one", 2)], "who gave a sign of life since stays");
    leases.announce(&living("two", 2)).await.unwrap();
    assert_eq!(leases.look().await.unwrap().routers.len(), 2, "and who was taken off may come again");
}

every_backend! {
    a_branch_is_taken_as_it_was_seen_or_not_at_all,
    of_many_who_saw_the_same_one_takes_it,
    what_is_given_back_is_free_and_its_lease_is_over,
    a_holder_goes_on_under_a_new_epoch_unless_another_came,
    a_branch_that_this_version_cannot_read_is_left_to_others,
    routers_are_seen_as_long_as_nobody_takes_them_off,
}
