//! Users: made once, known by token, cookie and ticket, gone when ended.

use contract::{
    Role, Timestamp,
    audit::{By, Deed, What},
    seal::Sealed,
    wire,
};
use store::{
    Store,
    answered::Answer,
    journal::{PROCESS, Record, Stream, Verdict},
    users::{Token, User},
};

fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms)
}

fn lin() -> User {
    User {
        name: "lin".parse().unwrap(),
        role: Role::Agent,
        agent: Some("lin".parse().unwrap()),
        branch: None,
        made_at: at(1),
        ended_at: None,
    }
}

fn fan() -> By {
    By { user: "fan".parse().unwrap(), role: Some(Role::Admin) }
}

async fn deeds(store: &Store) -> Vec<String> {
    let records = store.records().from(&Stream::audit(PROCESS), 1, 100).await.unwrap();
    let told = |record: &Record| {
        let deed: Deed = wire::decode(&record.body).unwrap();
        format!("{}: {}", deed.by, deed.what)
    };
    records.iter().map(told).collect()
}

async fn every_change_is_journalled_with_who_did_it_and_none_that_was_not_made(store: Store) {
    let users = store.users();
    assert!(!users.add_token(&lin().name, [7; 32], at(1), &fan()).await.unwrap());
    assert!(!users.end(&lin().name, at(1), &fan()).await.unwrap());
    assert_eq!(deeds(&store).await, Vec::<String>::new());
    assert!(users.add(&lin(), &fan()).await.unwrap());
    assert!(!users.add(&lin(), &fan()).await.unwrap());
    users.set_password(&lin().name, "hash".to_owned(), &fan()).await.unwrap();
    users.add_token(&lin().name, [7; 32], at(2), &By::house()).await.unwrap();
    users.end_token(&lin().name, [7; 32], &fan()).await.unwrap();
    assert!(!users.end_token(&lin().name, [7; 32], &fan()).await.unwrap());
    users.end(&lin().name, at(5), &fan()).await.unwrap();
    let expected = [
        "fan: user lin made, role agent, agent lin",
        "fan: password of user lin set",
        "house: token 0707070707070707 of user lin made",
        "fan: token 0707070707070707 of user lin ended",
        "fan: user lin ended",
    ];
    assert_eq!(deeds(&store).await, expected);
    let verdict = store.records().verify(&Stream::audit(PROCESS)).await.unwrap();
    assert_eq!(verdict, Verdict::Whole { seq: 5 });
}

async fn a_name_is_taken_once(store: Store) {
    let users = store.users();
    assert!(!users.any().await.unwrap());
    assert!(users.add(&lin(), &fan()).await.unwrap());
    assert!(!users.add(&User { role: Role::Admin, ..lin() }, &fan()).await.unwrap());
    assert_eq!(users.get(&lin().name).await.unwrap(), Some(lin()));
    assert_eq!(users.list(None, 10).await.unwrap(), [lin()]);
    assert_eq!(users.list(Some(&lin().name), 10).await.unwrap(), []);
}

async fn a_token_names_its_user_until_it_ends(store: Store) {
    let users = store.users();
    assert!(!users.add_token(&lin().name, [7; 32], at(1), &fan()).await.unwrap(), "nobody has that name");
    users.add(&lin(), &fan()).await.unwrap();
    assert!(users.add_token(&lin().name, [7; 32], at(2), &fan()).await.unwrap());
    assert_eq!(users.of_token([7; 32]).await.unwrap(), Some(lin()));
    assert_eq!(users.of_token([8; 32]).await.unwrap(), None);
    assert_eq!(users.tokens(&lin().name).await.unwrap(), [Token { hash: [7; 32], made_at: at(2) }]);
    assert!(users.end_token(&lin().name, [7; 32], &fan()).await.unwrap());
    assert_eq!(users.of_token([7; 32]).await.unwrap(), None);
}

async fn a_session_ends_by_its_time_and_by_a_new_password(store: Store) {
    let users = store.users();
    users.add(&lin(), &fan()).await.unwrap();
    let himself = By { user: lin().name, role: Some(lin().role) };
    let (came, went) = (What::SignedIn(vec![1]), What::SignedOut(vec![2]));
    assert!(users.add_session(&himself, [1; 32], at(100), came.clone()).await.unwrap());
    assert_eq!(users.of_session([1; 32], at(99)).await.unwrap(), Some(lin()));
    assert_eq!(users.of_session([1; 32], at(100)).await.unwrap(), None);
    assert!(users.set_password(&lin().name, "hash".to_owned(), &fan()).await.unwrap());
    assert_eq!(users.of_session([1; 32], at(50)).await.unwrap(), None);
    let (user, password) = users.with_password(&lin().name).await.unwrap().unwrap();
    assert_eq!((user, password.as_deref()), (lin(), Some("hash")));

    assert!(users.add_session(&himself, [2; 32], at(100), came.clone()).await.unwrap());
    assert!(!users.end_session(&fan(), [2; 32], went.clone()).await.unwrap(), "nobody ends another's session");
    assert!(users.end_session(&himself, [2; 32], went.clone()).await.unwrap());
    assert!(!users.end_session(&himself, [2; 32], went).await.unwrap());
    assert!(users.end(&lin().name, at(5), &fan()).await.unwrap());
    assert!(!users.add_session(&himself, [3; 32], at(100), came).await.unwrap(), "he has ended");
    let his: Vec<_> = deeds(&store).await.into_iter().filter(|deed| deed.starts_with("lin: ")).collect();
    let told = ["lin: signed in by password from 01", "lin: signed in by password from 01", "lin: signed out from 02"];
    assert_eq!(his, told, "each with its session, and nothing of what was not");
}

async fn a_ticket_opens_once(store: Store) {
    let users = store.users();
    users.add(&lin(), &fan()).await.unwrap();
    users.add_ticket(&lin().name, [1; 32], at(100)).await.unwrap();
    users.add_ticket(&lin().name, [2; 32], at(100)).await.unwrap();
    assert_eq!(users.take_ticket([1; 32], at(99)).await.unwrap(), Some(lin()));
    assert_eq!(users.take_ticket([1; 32], at(99)).await.unwrap(), None);
    assert_eq!(users.take_ticket([2; 32], at(100)).await.unwrap(), None);
    users.prune(at(100)).await.unwrap();
}

async fn a_link_opens_once_for_who_has_not_ended(store: Store) {
    let users = store.users();
    users.add(&lin(), &fan()).await.unwrap();
    assert!(!users.any_password().await.unwrap());
    users.set_password(&lin().name, "hash".to_owned(), &fan()).await.unwrap();
    assert!(users.any_password().await.unwrap());
    assert!(users.add_link(&lin().name, [3; 32], at(100), &fan()).await.unwrap());
    assert_eq!(users.take_ticket([3; 32], at(99)).await.unwrap(), Some(lin()));
    assert_eq!(users.take_ticket([3; 32], at(99)).await.unwrap(), None);
    assert!(users.end(&lin().name, at(5), &fan()).await.unwrap());
    assert!(!users.add_link(&lin().name, [4; 32], at(100), &fan()).await.unwrap());
    assert!(!users.any_password().await.unwrap());
}

async fn who_is_ended_is_nobody_by_any_sign(store: Store) {
    let users = store.users();
    users.add(&lin(), &fan()).await.unwrap();
    users.set_password(&lin().name, "hash".to_owned(), &fan()).await.unwrap();
    users.add_token(&lin().name, [7; 32], at(2), &fan()).await.unwrap();
    let himself = By { user: lin().name, role: Some(lin().role) };
    assert!(users.add_session(&himself, [1; 32], at(100), What::SignedIn(vec![1])).await.unwrap());
    users.add_ticket(&lin().name, [2; 32], at(100)).await.unwrap();
    assert!(users.end(&lin().name, at(5), &fan()).await.unwrap());
    assert_eq!(users.of_token([7; 32]).await.unwrap(), None);
    assert_eq!(users.of_session([1; 32], at(6)).await.unwrap(), None);
    assert_eq!(users.take_ticket([2; 32], at(6)).await.unwrap(), None);
    assert_eq!(users.with_password(&lin().name).await.unwrap(), None);
    assert!(!users.add_token(&lin().name, [9; 32], at(6), &fan()).await.unwrap());
    assert_eq!(users.get(&lin().name).await.unwrap().unwrap().ended_at, Some(at(5)), "his name stays");
}

async fn an_answer_is_kept_the_first_time(store: Store) {
    let answer =
        |status| Answer { id: 7, digest: vec![1], status, sealed: Sealed::from_bytes(vec![2]), at: at(1_000_000_000) };
    assert_eq!(store.answered().get(7).await.unwrap(), None);
    store.answered().put(&answer(201)).await.unwrap();
    store.answered().put(&answer(500)).await.unwrap();
    assert_eq!(store.answered().get(7).await.unwrap(), Some(answer(201)));
}

every_backend! {
    every_change_is_journalled_with_who_did_it_and_none_that_was_not_made,
    a_name_is_taken_once,
    a_token_names_its_user_until_it_ends,
    a_session_ends_by_its_time_and_by_a_new_password,
    a_ticket_opens_once,
    a_link_opens_once_for_who_has_not_ended,
    who_is_ended_is_nobody_by_any_sign,
    an_answer_is_kept_the_first_time,
}
