//! Table and columns of leases: who lives, who holds a branch, whether it was given back.
//!
//! In: nothing. Out: SQL. Never here: a time.

/// Creates them.
pub(super) const TABLES: &str = r#"
-- A router process that has announced itself; it raises `beat` as long as it lives.
CREATE TABLE router (
    id     TEXT   NOT NULL PRIMARY KEY,
    beat   BIGINT NOT NULL,
    reader BIGINT NOT NULL
);

-- Who took the stream last; empty when that was no router.
ALTER TABLE stream ADD COLUMN holder TEXT NOT NULL DEFAULT '';
-- The epoch in which it was given back: it is free as long as that is the present one, so that
-- whoever knows nothing of this column and takes it holds it all the same.
ALTER TABLE stream ADD COLUMN released BIGINT NOT NULL DEFAULT 0;
"#;
