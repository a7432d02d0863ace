//! Many routers on one store and one bus: they share, hand over, die, sleep, wake; everything
//! is decided once.
//!
//! In: shells as they are, on a runtime each, whose time moves only when it is told to. Out:
//! facts about who holds what when, and an account of every input. Never here: a sleep.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on has failed")]
#![expect(clippy::print_stdout, reason = "figures are to be seen")]

mod account;
mod full;
mod house;
mod log;
mod process;

use std::collections::BTreeMap;

use runtime::Chance;
use store::leases::RouterId;

use house::House;

/// A dead router's branches have a holder again after so many milliseconds.
const DEAD_MAX_MS: i64 = 10_000;
/// Released branches have a holder again after so many milliseconds.
const RELEASED_MAX_MS: i64 = 2_000;

fn assert_fair(house: &House) {
    let held = house.held();
    let mut counts: BTreeMap<&RouterId, usize> = house.living().into_iter().map(|router| (router, 0)).collect();
    for (branch, holder) in &held {
        let holder = holder.as_ref().unwrap_or_else(|| panic!("nobody holds {branch}"));
        *counts.get_mut(holder).unwrap_or_else(|| panic!("{branch} is held by the dead {holder}")) += 1;
    }
    let (least, most) = (counts.values().min().unwrap(), counts.values().max().unwrap());
    assert!(most - least <= 1, "{counts:?}");
}

#[test]
fn five_routers_that_start_at_once_share_forty_branches() {
    let mut house = House::of(40);
    (0..5).for_each(|_| house.join());
    house.until("everything is shared", 5_000, |house| house.is_shared());
    assert_fair(&house);
    assert!(house.are_all_well(), "{:?}", house.words());
    house.rest();
    house.account();
}

#[test]
fn who_joins_is_given_its_share_and_who_leaves_gives_it_back_under_load() {
    let mut house = House::of(7);
    house.join();
    house.until("one holds everything", 5_000, |house| house.is_shared());
    for _ in 0..2 {
        house.join();
        house.work(6_000);
        assert_fair(&house);
    }
    for _ in 0..2 {
        house.leave(0);
        let took = house.until("what was given back is taken", RELEASED_MAX_MS, |house| house.is_shared());
        println!("taken {took} ms after it was given back");
        house.work(3_000);
        assert_fair(&house);
    }
    house.rest();
    let decided = house.account();
    assert!(decided > 100, "{decided}");
}

#[test]
fn what_a_killed_router_held_is_taken_over_and_nothing_is_lost() {
    let mut house = House::of(6);
    (0..3).for_each(|_| house.join());
    house.work(6_000);
    house.kill(1);
    let took = house.until("what the dead held is taken", DEAD_MAX_MS, |house| house.is_shared());
    println!("taken over {took} ms after its router was killed");
    house.work(2_000);
    assert_fair(&house);
    house.rest();
    house.account();
}

#[test]
fn one_who_slept_commits_nothing_when_it_wakes_and_says_so() {
    let mut house = House::of(4);
    (0..2).for_each(|_| house.join());
    house.work(6_000);
    house.freeze(0);
    let took = house.until("what the sleeper held is taken", DEAD_MAX_MS, |house| house.is_shared());
    println!("taken over {took} ms after its router fell asleep");
    house.work(20_000);
    let epochs = house.epochs();
    house.thaw(0);
    house.work(200);
    let woken = house.living()[0].clone();
    for ((branch, holder), (before, after)) in house.held().iter().zip(epochs.iter().zip(house.epochs())) {
        // Given back and taken are two steps: one alone would have taken it from who held it.
        assert!(holder.as_ref() != Some(&woken) || after >= before + 2, "it fights for {branch}, which another held");
    }
    house.work(2_000);
    let words = house.words();
    assert!(words.iter().any(|said| said.contains("another router took branch")), "{words:?}");
    house.work(4_000);
    assert_fair(&house);
    house.rest();
    house.account();
}

/// Lets a seed do what it wants with a house under load.
fn troubled(seed: u64) {
    let chance = Chance::seeded(seed);
    let below = |bound: u64| usize::try_from(chance.below(bound)).unwrap();
    let mut house = House::of(2 + below(6));
    (0..2).for_each(|_| house.join());
    for _ in 0..12 {
        house.work(500 + 100 * i64::try_from(chance.below(100)).unwrap());
        let which = below(house.count() as u64);
        match chance.below(6) {
            0 if house.count() > 1 => house.kill(which),
            1 if house.count() > 1 => house.leave(which),
            2 => house.freeze(which),
            3 => house.thaw(which),
            _ if house.count() < 5 => house.join(),
            _ => {}
        }
    }
    (0..house.count()).for_each(|which| house.thaw(which));
    house.work(12_000);
    assert_fair(&house);
    house.rest();
    let decided = house.account();
    println!("seed {seed}: {decided} inputs, each decided once");
}

#[test]
fn whatever_happens_every_input_is_decided_once() {
    (1..=3).for_each(troubled);
}
