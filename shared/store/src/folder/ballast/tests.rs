//! Ballast is laid down, thrown off, and laid down again.
//!
//! In: a temporary folder. Out: its file. Never here: a full disk.

use runtime::Chance;
use tempfile::TempDir;

use super::{Ballast, FILE};

#[test]
fn ballast_is_thrown_off_and_laid_down_again() {
    let folder = TempDir::new().unwrap();
    let bytes = 3 * 1024 * 1024 + 5;
    let size = || std::fs::metadata(folder.path().join(FILE)).ok().map(|found| found.len());
    let ballast = Ballast::lay(folder.path(), bytes, &Chance::seeded(1)).unwrap();
    assert_eq!((ballast.is_released(), size()), (false, Some(bytes)));
    ballast.release();
    ballast.release();
    assert_eq!((ballast.is_released(), size()), (true, None));
    ballast.look();
    assert_eq!((ballast.is_released(), size()), (false, Some(bytes)));
    let again = Ballast::lay(folder.path(), bytes, &Chance::seeded(2)).unwrap();
    assert!(!again.is_released());
}
