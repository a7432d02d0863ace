//! Rights and permanence of small files.

use std::os::unix::fs::PermissionsExt;

use super::*;

#[test]
fn a_file_is_replaced_whole_and_nobody_else_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("inner").join("a");
    write(&path, "one\n").unwrap();
    write(&path, "two\n").unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "two\n");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(path.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
}
