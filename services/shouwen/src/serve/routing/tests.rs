//! A data folder knows the router that was in it before.

use super::*;

#[test]
fn a_router_knows_who_was_in_its_data_folder_before() {
    let folder = tempfile::TempDir::new().unwrap();
    let begin = |seed| identity(Company::Others, folder.path(), &Chance::seeded(seed)).unwrap();
    let (first, second, third) = (begin(1), begin(2), begin(3));
    assert_eq!(first.before, None);
    assert_eq!((second.before, third.before), (Some(first.me), Some(second.me)));
}

#[test]
fn alone_nothing_is_kept() {
    let folder = tempfile::TempDir::new().unwrap();
    identity(Company::Alone, folder.path(), &Chance::seeded(1)).unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
