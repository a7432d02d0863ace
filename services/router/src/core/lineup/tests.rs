//! The head is always the least of those who stand here, whoever left before.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::core::arena::Number;

proptest! {
    #[test]
    fn the_head_is_the_least_of_those_who_stand(moves in proptest::collection::vec((0i64..8, 0u64..40), 0..400)) {
        let mut lineup = Lineup::default();
        let mut standing: BTreeSet<Standing> = BTreeSet::new();
        for (at, case) in moves {
            let one = (Timestamp::from_ms(at), case, CaseNo::new(usize::try_from(case).unwrap()));
            if standing.remove(&one) {
                lineup.leave();
            } else {
                standing.insert(one);
                lineup.join(one);
            }
            lineup.tidy(|one| standing.contains(&one));
            prop_assert_eq!(lineup.first(), standing.first().copied());
            prop_assert_eq!(lineup.len(), standing.len());
            prop_assert!(lineup.heap.len() <= COMPACT_MIN + 3 * standing.len().max(1) + 1);
        }
    }
}
