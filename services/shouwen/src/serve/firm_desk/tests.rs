//! A firm that another process put in force.

use bus::Limits;
use contract::seal::Keys;
use coord::Coord;
use runtime::{Chance, Clock, Health, Tasks};

use super::*;

#[tokio::test]
async fn what_is_applied_elsewhere_is_read_once_and_only_when_it_is_newer() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, chance, tasks) = (Clock::machine(), Chance::machine(), Tasks::new(Health::default()));
    let keys = Arc::new(Keys::new(vec![(1, [1; 32])], [2; 32], [3; 32]));
    let store = Store::in_memory(keys, clock.clone(), chance, &tasks).await.unwrap();
    let put = async |text: &str, digest: u8| {
        store.firms().put(vec![digest], text.to_owned(), &By::house(), Vec::new()).await.unwrap()
    };
    put(firm::SAMPLE, 1).await;
    let (current, shown) = watch::channel(Arc::new(latest(&store).await.unwrap()));
    let (_wisher, wishes) = mpsc::channel(1);
    let bus = Bus::embedded(folder.path(), Limits::default(), clock.clone(), &tasks).await.unwrap();
    let figures = Coord::local(&clock).figures;
    let (accounts, routed) = (Vec::new(), Routed::No);
    let mut changes = Changes { store: store.clone(), bus, figures, current, seen: 0, wishes, accounts, routed };

    assert!(store.firms().newer(1).await.unwrap().is_none());
    changes.follow().await;
    assert_eq!((shown.borrow().version, changes.seen), (1, 0));

    put("no firm", 2).await;
    changes.follow().await;
    assert_eq!((shown.borrow().version, changes.seen), (1, 2), "it does not read, and is not tried again");
    assert!(store.firms().newer(changes.seen).await.unwrap().is_none());

    put(firm::SAMPLE, 3).await;
    changes.follow().await;
    assert_eq!((shown.borrow().version, changes.seen), (3, 3));
}
