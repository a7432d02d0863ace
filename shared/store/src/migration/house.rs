//! Table of the house itself: what must stay the same for as long as its records are read.
//!
//! In: nothing. Out: SQL. Never here: a statement that a room runs.

/// Creates it.
pub(super) const TABLES: &str = r#"
-- A mark by which the key file is known that these records were written with.
CREATE TABLE house (
    name  TEXT    NOT NULL PRIMARY KEY,
    value {bytes} NOT NULL
);
"#;
