//! What is lost is lost by its share, and again by the same seed.

use super::*;

fn held(of_hundred: u64, seed: u64) -> Vec<u128> {
    let mut loss = Loss::seeded(of_hundred, seed);
    (0..10_000).map(|_| loss.next().as_millis()).collect()
}

#[test]
fn a_share_of_the_pieces_is_held_and_each_loss_doubles_the_wait() {
    let held = held(5, 7);
    let lost = held.iter().filter(|ms| **ms > 0).count();
    assert!((400..600).contains(&lost), "{lost} of 10000");
    assert!(held.iter().all(|ms| [0, 200, 600, 1_400, 3_000, 6_200].contains(ms)));
    assert!(held.contains(&200) && held.contains(&600));
}

#[test]
fn a_seed_draws_the_same_again_and_another_one_does_not() {
    assert_eq!(held(5, 7), held(5, 7));
    assert_ne!(held(5, 7), held(5, 8));
    assert!(held(0, 7).iter().all(|ms| *ms == 0));
}
