//! The data folder: one holder, keys made once, nothing opened without them.
//!
//! In: temporary folders. Out: refusals. Never here: a real house's key.

use std::{fs, os::unix::fs::PermissionsExt};

use contract::{Address, AddressKind};
use runtime::Chance;
use tempfile::TempDir;

use super::{Folder, FolderError, KEY_FILE, STORE_FILE, handed_keys, read_keys};

#[test]
fn a_second_holder_is_refused_until_the_first_goes() {
    let place = TempDir::new().unwrap();
    let first = Folder::lock(place.path().join("data")).unwrap();
    assert!(matches!(Folder::lock(first.path()), Err(FolderError::Held(_))));
    let path = first.path().to_owned();
    drop(first);
    Folder::lock(path).unwrap();
}

#[test]
fn keys_are_made_once_for_the_owner_alone() {
    let place = TempDir::new().unwrap();
    let folder = Folder::lock(place.path()).unwrap();
    let made = folder.keys(&Chance::seeded(1)).unwrap();
    let again = folder.keys(&Chance::seeded(2)).unwrap();
    assert_eq!((made.made, again.made), (true, false));
    assert_eq!(fs::metadata(&made.file).unwrap().permissions().mode() & 0o777, 0o600);
    let address = Address::parse(AddressKind::Email, "a@kf.example").unwrap();
    assert_eq!(made.keys.blind(&address), again.keys.blind(&address));
    assert_eq!(made.keys.blind(&address), read_keys(place.path()).unwrap().blind(&address));
}

#[test]
fn records_without_a_key_file_are_not_given_a_new_one() {
    let place = TempDir::new().unwrap();
    let folder = Folder::lock(place.path()).unwrap();
    fs::write(place.path().join(STORE_FILE), b"").unwrap();
    assert!(matches!(folder.keys(&Chance::seeded(1)), Err(FolderError::Wrong { .. })));
}

#[test]
fn a_key_file_that_was_handed_to_the_process_may_be_read_by_its_group_and_by_nobody_else() {
    let place = TempDir::new().unwrap();
    let made = Folder::lock(place.path()).unwrap().keys(&Chance::seeded(1)).unwrap();
    let address = Address::parse(AddressKind::Email, "a@kf.example").unwrap();
    for mode in [0o400, 0o440, 0o600, 0o640] {
        fs::set_permissions(&made.file, fs::Permissions::from_mode(mode)).unwrap();
        assert_eq!(handed_keys(&made.file).unwrap().blind(&address), made.keys.blind(&address));
    }
    for mode in [0o444, 0o604, 0o602, 0o660] {
        fs::set_permissions(&made.file, fs::Permissions::from_mode(mode)).unwrap();
        assert!(matches!(handed_keys(&made.file), Err(FolderError::Wrong { .. })), "{mode:o}");
    }
}

#[test]
fn several_that_make_a_shared_key_file_at_once_get_one() {
    let place = TempDir::new().unwrap();
    let file = place.path().join("keys");
    let address = Address::parse(AddressKind::Email, "a@kf.example").unwrap();
    let made: Vec<_> = std::thread::scope(|scope| {
        let make = |seed| {
            scope.spawn({
                let file = &file;
                move || super::shared_keys(file, &Chance::seeded(seed)).unwrap()
            })
        };
        let makers: Vec<_> = (0..8).map(make).collect();
        makers.into_iter().map(|maker| maker.join().unwrap()).collect()
    });
    assert_eq!(made.iter().filter(|keys| keys.made).count(), 1);
    assert!(made.iter().all(|keys| keys.keys.blind(&address) == made[0].keys.blind(&address)));
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
}

#[test]
fn a_key_file_that_others_may_read_or_that_is_damaged_is_refused() {
    let place = TempDir::new().unwrap();
    let folder = Folder::lock(place.path()).unwrap();
    let file = folder.keys(&Chance::seeded(1)).unwrap().file;
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(folder.keys(&Chance::seeded(1)).is_err());
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let text = fs::read_to_string(place.path().join(KEY_FILE)).unwrap();
    for damage in
        [text.replace("journal", "diary"), text.replace("sealing 1 ", "sealing 300 "), text + "sealing 1 00\n"]
    {
        fs::write(&file, damage).unwrap();
        let error = folder.keys(&Chance::seeded(1)).unwrap_err();
        assert!(error.to_string().ends_with("the key file is damaged"));
    }
}
