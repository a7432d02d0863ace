//! The directory keeps its promises: whose an address is, prospects, the book.
//!
//! In: entries, unknown senders. Out: owners. Never here: a real number.

use contract::{Address, AddressKind, BranchId, ClientClass, about, audit::By};
use store::{
    Store, StoreError,
    directory::{Entry, NameKind, Newcomer, import},
    error::Hindrance,
    journal::{CommitError, Stream, Verdict},
};

use crate::journal::next;

fn phone(number: &str) -> Address {
    Address::parse(AddressKind::Phone, number).unwrap()
}

fn hq() -> BranchId {
    "hq".parse().unwrap()
}

fn entry(number: &str, class: ClientClass, addresses: Vec<Address>) -> Entry {
    Entry {
        number: number.to_owned(),
        name: Some("甲".to_owned()),
        class,
        risk_class: None,
        risk_valid_until: None,
        manager: Some("sun".parse().unwrap()),
        branch: Some(hq()),
        addresses,
    }
}

/// Commits one record of a stream that meets newcomers.
async fn meet(store: &Store, stream: &str, newcomers: Vec<Newcomer>) -> Result<(), CommitError> {
    let lease = store.journal().take_lease(&Stream::parse(stream).unwrap()).await?;
    let commit = next(store, &lease, 1);
    store.journal().commit(store::journal::Commit { newcomers, ..commit }).await
}

async fn an_unknown_sender_becomes_one_prospect_however_often_he_is_met(store: Store) {
    let newcomer = Newcomer { address: phone("13900000001"), branch: hq() };
    let directory = store.directory();
    let twice = [newcomer.clone(), newcomer.clone()];
    let (foreseen, newcomers) = directory.behind(&twice).await.unwrap();
    assert_eq!(newcomers.len(), 1);
    let (one, other) = (meet(&store, "branch/hq", twice.to_vec()), meet(&store, "branch/cd", newcomers));
    let (one, other) = tokio::join!(one, other);
    one.unwrap();
    other.unwrap();
    let (found, newcomers) = directory.behind(&twice).await.unwrap();
    assert_eq!((&found, newcomers.len()), (&foreseen, 0));
    let owners = &found[&store.keys().blind(&newcomer.address)];
    assert_eq!((owners.len(), owners[0].class), (1, ClientClass::Prospect));
    let address = directory.address(owners[0].address).await.unwrap().unwrap();
    let opened = store.keys().open(&about::address(address.id), &address.sealed).unwrap();
    assert_eq!(opened.as_slice(), b"+8613900000001");
}

async fn who_decides_by_a_prospect_while_the_book_names_an_owner_decides_again(store: Store) {
    let (address, directory) = (phone("13900000008"), store.directory());
    let (_, newcomers) = directory.behind(&[Newcomer { address: address.clone(), branch: hq() }]).await.unwrap();
    directory.enter(vec![entry("C-8", ClientClass::Ordinary, vec![address.clone()])]).await.unwrap();
    let overtaken = meet(&store, "branch/hq", newcomers.clone()).await.unwrap_err();
    let CommitError::Store(StoreError::Retry { why, .. }) = overtaken else { panic!("{overtaken}") };
    assert_eq!(why, Hindrance::Overtaken);
    let head = store.records().verify(&Stream::parse("branch/hq").unwrap()).await.unwrap();
    assert_eq!(head, Verdict::Whole { seq: 0 });
    let (owners, newcomers) = directory.behind(&newcomers).await.unwrap();
    assert!(newcomers.is_empty());
    let owned: Vec<ClientClass> = owners.values().flatten().map(|owner| owner.class).collect();
    assert_eq!(owned, [ClientClass::Ordinary]);
}

async fn a_shared_phone_names_all_owners_and_the_important_one_first(store: Store) {
    let (shared, directory) = (phone("13900000002"), store.directory());
    meet(&store, "branch/hq", vec![Newcomer { address: shared.clone(), branch: hq() }]).await.unwrap();
    let ordinary = entry("C-1", ClientClass::Ordinary, vec![shared.clone()]);
    let important = entry("C-2", ClientClass::Important, vec![shared.clone()]);
    directory.enter(vec![ordinary.clone(), important.clone()]).await.unwrap();
    let blind = store.keys().blind(&shared);
    let owners = directory.owners_of(&[blind, store.keys().blind(&phone("13900000009"))]).await.unwrap();
    assert_eq!(owners.len(), 1);
    let classes: Vec<ClientClass> = owners[&blind].iter().map(|owner| owner.class).collect();
    assert_eq!(classes, [ClientClass::Important, ClientClass::Ordinary, ClientClass::Prospect]);
    assert_eq!(owners[&blind][0].client, important.id());
    assert_eq!(owners[&blind][0].manager.as_ref().map(ToString::to_string).as_deref(), Some("sun"));
}

async fn a_repeated_entry_updates_marks_and_addresses_of_the_kinds_it_names(store: Store) {
    let mail = Address::parse(AddressKind::Email, "a@kf.example").unwrap();
    let (old, new, directory) = (phone("13900000003"), phone("13900000004"), store.directory());
    let before = entry("C-1", ClientClass::Ordinary, vec![old.clone(), mail.clone()]);
    directory.enter(vec![before.clone()]).await.unwrap();
    let known_since = directory.client(before.id()).await.unwrap().unwrap().known_since;
    store.clock().advance(contract::Millis::from_secs(60));
    directory.enter(vec![entry("C-1", ClientClass::Important, vec![new.clone()])]).await.unwrap();
    let client = directory.client_numbered("C-1").await.unwrap().unwrap();
    assert_eq!((client.class, client.known_since), (ClientClass::Important, known_since));
    let name = client.name.map(|name| store.keys().open(&about::client(client.id), &name).unwrap());
    assert_eq!(name.unwrap().as_slice(), "甲".as_bytes());
    let owned = directory.owners_of(&[old, new, mail].map(|address| store.keys().blind(&address))).await.unwrap();
    assert_eq!(owned.len(), 2);
    assert_eq!(directory.addresses(client.id).await.unwrap().len(), 2);
}

async fn a_book_is_imported_twice_with_the_same_result(store: Store) {
    let mut book = String::from("id,name,phone\n");
    (0..1200).for_each(|n| book.push_str(&format!("C-{n},客户{n},1390000{n:04}\n")));
    for _ in 0..2 {
        let entries = import::read(book.as_bytes(), None).unwrap();
        assert_eq!(store.directory().import(entries).await.unwrap(), 1200);
        let owners = store.directory().owners_of(&[store.keys().blind(&phone("13900000777"))]).await.unwrap();
        assert_eq!(owners.values().map(Vec::len).collect::<Vec<_>>(), [1]);
    }
}

#[tokio::test]
async fn nothing_personal_lies_in_the_file_in_the_clear() {
    let folder = tempfile::TempDir::new().unwrap();
    let store: Store = crate::house::open(folder.path()).await;
    let named =
        Entry { name: Some("张三丰".to_owned()), ..entry("C-1", ClientClass::Ordinary, vec![phone("13912345678")]) };
    store.directory().enter(vec![named]).await.unwrap();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for secret in ["张三丰", "13912345678"] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
        }
    }
}

async fn a_firm_gets_a_version_for_each_other_text(store: Store) {
    let put = |digest: u8, name: &str| {
        let names = vec![(NameKind::Agent, "lin".to_owned(), name.to_owned())];
        let (store, text) = (store.clone(), format!("text {digest}"));
        async move { store.firms().put(vec![digest], text, &By::house(), names).await.unwrap() }
    };
    assert_eq!((put(1, "林").await, put(1, "林").await, put(2, "林晓").await), (1, 1, 2));
    assert_eq!(store.firms().latest().await.unwrap().unwrap().version, 2);
    assert_eq!(store.firms().by_digest(&[1]).await.unwrap().unwrap().text, "text 1");
    assert_eq!(store.firms().names(NameKind::Agent).await.unwrap(), [("lin".to_owned(), "林晓".to_owned())]);
}

every_backend! {
    an_unknown_sender_becomes_one_prospect_however_often_he_is_met,
    who_decides_by_a_prospect_while_the_book_names_an_owner_decides_again,
    a_shared_phone_names_all_owners_and_the_important_one_first,
    a_repeated_entry_updates_marks_and_addresses_of_the_kinds_it_names,
    a_book_is_imported_twice_with_the_same_result,
    a_firm_gets_a_version_for_each_other_text,
}
