//! Pages: filters, order, the place to go on from, and what an agent is excluded from.

use contract::{
    AgentId, CaseId, CaseState, Kind, Mark, PromiseState, Timestamp,
    inbound::Inbound,
    seal::Sealed,
    view::{CaseView, Change, ContactView, PromiseView},
};
use store::{
    Store,
    journal::{Commit, Stream},
    page::{CaseFilter, ContactFilter, Place, PromiseFilter},
    view::Message,
};

use crate::journal::next;

async fn hold(store: &Store, changes: Vec<Change>, contacts: Vec<Inbound>) {
    let lease = store.journal().take_lease(&Stream::parse("branch/hq").unwrap()).await.unwrap();
    store.journal().commit(Commit { changes, contacts, ..next(store, &lease, 1) }).await.unwrap();
}

fn case(number: u128, opened_ms: i64) -> CaseView {
    CaseView { opened_at: Timestamp::from_ms(opened_ms), ..sample::case(number) }
}

fn contact(number: u128, case: u128, accepted_ms: i64) -> (Change, Inbound) {
    let sealed = Sealed::from_bytes(vec![1]);
    let inbound = sample::inbound(number, Timestamp::from_ms(accepted_ms), sealed);
    (Change::Contact(sample::contact(number, case)), inbound)
}

fn changed(case: CaseView) -> Change {
    Change::Case(Box::new(case))
}

fn numbers(cases: &[CaseView]) -> Vec<u128> {
    cases.iter().map(|case| case.id.bits()).collect()
}

async fn pages_follow_each_other_without_gap_or_repeat(store: Store) {
    let cases = (1..=5).map(|n| changed(case(n, if n < 3 { 10 } else { 20 }))).collect();
    hold(&store, cases, Vec::new()).await;
    let all = CaseFilter::default();
    let first = store.pages().cases(&all, None, 2).await.unwrap();
    assert_eq!(numbers(&first), [5, 4]);
    let next = store.pages().cases(&all, first.last().map(Place::of_case), 2).await.unwrap();
    assert_eq!(numbers(&next), [3, 2]);
    let last = store.pages().cases(&all, next.last().map(Place::of_case), 2).await.unwrap();
    assert_eq!(numbers(&last), [1]);
}

async fn filters_hold_together(store: Store) {
    let other = CaseView { branch: "sz".parse().unwrap(), kind: Kind::Complaint, ..case(2, 1) };
    hold(&store, vec![changed(case(1, 1)), changed(other)], Vec::new()).await;
    let filter = |branch: &str, kind| CaseFilter {
        branch: Some(branch.parse().unwrap()),
        kind: Some(kind),
        ..CaseFilter::default()
    };
    let found = |filter| {
        let pages = store.pages();
        async move { numbers(&pages.cases(&filter, None, 9).await.unwrap()) }
    };
    assert_eq!(found(filter("hq", Kind::Enquiry)).await, [1]);
    assert_eq!(found(filter("sz", Kind::Enquiry)).await, [0_u128; 0]);
    assert_eq!(found(filter("sz", Kind::Complaint)).await, [2]);
}

async fn a_branch_lists_what_went_on_from_it_too(store: Store) {
    let sz = || "sz".parse().unwrap();
    let left = CaseView { branch: sz(), moves: 1, came_from: Some(sample::hq()), ..case(2, 2) };
    let came = CaseView { moves: 1, came_from: Some(sz()), ..case(3, 3) };
    let cases = [case(1, 1), left, came, CaseView { branch: sz(), ..case(4, 4) }].map(changed).to_vec();
    hold(&store, cases, Vec::new()).await;
    let ids = async |and_left: bool, limit: u32| {
        let filter = CaseFilter { branch: Some(sample::hq()), and_left, ..CaseFilter::default() };
        numbers(&store.pages().cases(&filter, None, limit).await.unwrap())
    };
    assert_eq!(ids(false, 9).await, [3, 1]);
    assert_eq!(ids(true, 9).await, [3, 2, 1]);
    assert_eq!(ids(true, 2).await, [3, 2]);
}

async fn an_agents_own_cases_leave_out_what_he_is_excluded_from(store: Store) {
    let agent = |name: &str| name.parse::<AgentId>().unwrap();
    let held = CaseView { owner: "zhao".to_owned(), agent: Some(agent("a_b")), ..case(1, 1) };
    let owned = CaseView { owner: "a_b".to_owned(), ..case(2, 2) };
    let excluded = CaseView { owner: "a_b".to_owned(), recused: vec![agent("lin"), agent("a_b")], ..case(3, 3) };
    // `_` stands for itself: being excluded as `axb` hides nothing from `a_b`.
    let alike = CaseView { owner: "a_b".to_owned(), recused: vec![agent("axb")], ..case(4, 4) };
    let foreign = case(5, 5);
    let (more, inbound): (Vec<_>, Vec<_>) =
        [contact(11, 2, 1), contact(13, 3, 2), contact(15, 5, 3)].into_iter().unzip();
    let cases = [held, owned, excluded, alike, foreign].map(changed);
    hold(&store, cases.into_iter().chain(more).collect(), inbound).await;
    let own = CaseFilter { own: Some(agent("a_b")), ..CaseFilter::default() };
    assert_eq!(numbers(&store.pages().cases(&own, None, 9).await.unwrap()), [4, 2, 1]);
    let own = ContactFilter { own: Some(agent("a_b")), ..ContactFilter::default() };
    let contacts = store.pages().contacts(&own, None, 9).await.unwrap();
    assert_eq!(contacts.iter().map(|(contact, _)| contact.id.bits()).collect::<Vec<_>>(), [11]);
}

async fn cases_show_their_last_contacts_and_count_all(store: Store) {
    let (views, inbound): (Vec<_>, Vec<_>) = (1..=6)
        .map(|number| contact(number, if number < 5 { 1 } else { 2 }, 100 - i64::try_from(number).unwrap()))
        .unzip();
    hold(&store, views, inbound).await;
    let asked = [1, 2, 3].map(CaseId::new);
    let shown = async |limit| {
        let contacts = store.pages().contacts_of_cases(&asked, limit).await.unwrap();
        let ids = |said: Vec<(ContactView, Message)>| said.iter().map(|(one, _)| one.id.bits()).collect::<Vec<_>>();
        contacts.into_iter().map(|(case, (said, total))| (case.bits(), ids(said), total)).collect::<Vec<_>>()
    };
    assert_eq!(shown(2).await, [(1, vec![2, 1], 4), (2, vec![6, 5], 2)]);
    assert_eq!(shown(9).await, [(1, vec![4, 3, 2, 1], 4), (2, vec![6, 5], 2)]);
}

async fn promises_come_soonest_first(store: Store) {
    let promise = |number, due, state| {
        Change::Promise(PromiseView { state, ..sample::promise(number, 1, Timestamp::from_ms(due)) })
    };
    let changes = vec![
        promise(1, 30, PromiseState::Open),
        promise(2, 10, PromiseState::Open),
        promise(3, 20, PromiseState::Kept),
    ];
    hold(&store, changes, Vec::new()).await;
    let filter = PromiseFilter { state: Some(PromiseState::Open), ..PromiseFilter::default() };
    let first = store.pages().promises(&filter, None, 1).await.unwrap();
    assert_eq!(first[0].id.bits(), 2);
    let next = store.pages().promises(&filter, Some(Place::of_promise(&first[0])), 9).await.unwrap();
    assert_eq!(next.iter().map(|promise| promise.id.bits()).collect::<Vec<_>>(), [1]);
}

async fn what_is_owed_comes_soonest_due_first(store: Store) {
    let owing = |number, due: Option<i64>, state| {
        let due_at = due.map(Timestamp::from_ms);
        changed(CaseView { due_at, state, ..sample::case(number) })
    };
    let changes = vec![
        owing(1, Some(30), CaseState::Waiting),
        owing(2, Some(10), CaseState::Active),
        owing(3, Some(20), CaseState::Offered),
        owing(4, Some(5), CaseState::Closed),
        owing(5, None, CaseState::Waiting),
        changed(CaseView { due_at: Some(Timestamp::from_ms(40)), marks: vec![Mark::Upset], ..sample::case(6) }),
    ];
    hold(&store, changes, Vec::new()).await;
    let owed = store.owed();
    assert_eq!(numbers(&owed.cases(&sample::hq(), 9).await.unwrap()), [2, 3, 1, 6]);
    assert_eq!(numbers(&owed.cases(&sample::hq(), 1).await.unwrap()), [2]);
    assert_eq!(numbers(&owed.marked(&sample::hq(), 1).await.unwrap()), [6]);
    let due: Vec<i64> = owed.waiting(&sample::hq()).await.unwrap().iter().map(|(_, at)| at.as_ms()).collect();
    assert_eq!(due, [20, 30]);
    assert!(owed.cases(&sample::name("south"), 9).await.unwrap().is_empty());
}

every_backend! {
    what_is_owed_comes_soonest_due_first,
    pages_follow_each_other_without_gap_or_repeat,
    filters_hold_together,
    a_branch_lists_what_went_on_from_it_too,
    an_agents_own_cases_leave_out_what_he_is_excluded_from,
    cases_show_their_last_contacts_and_count_all,
    promises_come_soonest_first,
}
