//! The plan: which router ought to hold which branch.
//!
//! In: the routers that live, the branches with their holders. Out: a router for each branch
//! that anybody reads: what is held stays, unless somebody holds two more than another; what
//! nobody holds goes to who has the least. The same rows give the same plan to everybody.
//! Never here: time, order of arrival.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use contract::BranchId;
use store::leases::RouterId;

/// A branch that is to be held.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) branch: &'a BranchId,
    /// Who holds it by its row, living or not.
    pub(super) holder: Option<&'a RouterId>,
    /// The lowest version that reads its journal.
    pub(super) reader: u32,
}

/// Routers with the version of records that each reads.
type Members = BTreeMap<RouterId, u32>;

/// What each router is to hold: branches with the lowest version that reads them.
type Loads<'a> = BTreeMap<&'a RouterId, BTreeSet<(&'a BranchId, u32)>>;

/// Says who ought to hold what.
pub(super) fn plan<'a>(
    members: &'a Members,
    wanted: impl Iterator<Item = Wanted<'a>>,
) -> BTreeMap<&'a BranchId, RouterId> {
    let mut loads: Loads<'_> = members.keys().map(|router| (router, BTreeSet::new())).collect();
    let mut unheld = Vec::new();
    for branch in wanted {
        match branch.holder.and_then(|holder| loads.get_mut(holder)) {
            Some(load) => drop(load.insert((branch.branch, branch.reader))),
            None => unheld.push((branch.branch, branch.reader)),
        }
    }
    for (branch, reader) in unheld {
        let able = loads.iter_mut().filter(|(router, _)| reads(members, router, reader));
        if let Some((_, load)) = able.min_by_key(|(router, load)| (load.len(), **router)) {
            load.insert((branch, reader));
        }
    }
    while let Some((giver, taker, moved)) = next_move(members, &loads) {
        loads.entry(giver).or_default().remove(&moved);
        loads.entry(taker).or_default().insert(moved);
    }
    let of_router = |(router, load): (&'a RouterId, BTreeSet<_>)| {
        load.into_iter().map(move |(branch, _): (&'a BranchId, u32)| (branch, router.clone()))
    };
    loads.into_iter().flat_map(of_router).collect()
}

/// Gives a branch that one router has too many and another one reads and has too few.
fn next_move<'a>(members: &Members, loads: &Loads<'a>) -> Option<(&'a RouterId, &'a RouterId, (&'a BranchId, u32))> {
    let mut by_load: Vec<_> = loads.iter().map(|(router, load)| (load.len(), *router, load)).collect();
    by_load.sort_by_key(|(count, router, _)| (*count, *router));
    let mut givers: Vec<_> = by_load.iter().collect();
    givers.sort_by_key(|(count, router, _)| Reverse((*count, *router)));
    for (count, giver, load) in givers {
        for (_, taker, _) in by_load.iter().take_while(|(least, ..)| least + 2 <= *count) {
            if let Some(moved) = load.iter().rev().find(|(_, reader)| reads(members, taker, *reader)) {
                return Some((giver, taker, *moved));
            }
        }
    }
    None
}

fn reads(members: &Members, router: &RouterId, reader: u32) -> bool {
    members.get(router).is_some_and(|reads| *reads >= reader)
}
