//! Rights and permanence of small files.

use std::os::unix::fs::PermissionsExt;

use super::*;

#[test]
fn a_made_secret_stays_and_nobody_else_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let chance = Chance::seeded(1);
    let make = || secret(folder.path(), ChannelKind::Sms, "main", &Secret::Made, &chance).unwrap();
    let first = make();
    assert_eq!(first.len(), SECRET_BYTES * 2);
    assert_eq!(first, make());
    let path = secret_path(folder.path(), ChannelKind::Sms, "main");
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(fs::metadata(path.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn a_given_secret_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let given = Secret::Given("x".to_owned().into());
    let found = secret(folder.path(), ChannelKind::Sms, "main", &given, &Chance::seeded(1)).unwrap();
    assert_eq!(&*found, "x");
    assert!(!folder.path().join(SECRETS).exists());
}

#[test]
fn a_file_is_replaced_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    write(&path, "one\n").unwrap();
    write(&path, "two\n").unwrap();
    assert_eq!(&*read(&path).unwrap(), "two");
}
