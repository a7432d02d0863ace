//! Table of the house itself: what it must remember from one start to the next.
//!
//! In: nothing. Out: SQL. Never here: a statement that a room runs.

/// Creates it.
pub(super) const TABLES: &str = r#"
-- `keys`: a mark by which the key file is known that these records were written with.
-- `firm file`: the digest of the one that the last start was given.
CREATE TABLE house (
    name  TEXT    NOT NULL PRIMARY KEY,
    value {bytes} NOT NULL
);
"#;
