//! Indexes by which lists are read, page by page.
//!
//! In: nothing. Out: SQL. Never here: a table.

/// Creates them.
pub(super) const TABLES: &str = r#"
CREATE INDEX case_latest ON "case" (opened_at, id);
CREATE INDEX case_aside ON "case" (owner, opened_at) WHERE state = 'pending';
CREATE INDEX promise_due ON promise (due_at, id);
"#;
