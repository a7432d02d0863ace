//! Tables of bodies kept beside the messages.
//!
//! In: nothing. Out: SQL. Never here: a statement that a room runs.

/// Creates them.
pub(super) const TABLES: &str = r#"
-- A body is there once its row is; `attempt` names the pieces that are its own.
CREATE TABLE blob (
    id      {bytes} NOT NULL PRIMARY KEY,
    attempt {bytes} NOT NULL,
    bytes   BIGINT  NOT NULL,
    made_at BIGINT  NOT NULL
);

CREATE TABLE blob_chunk (
    id      {bytes} NOT NULL,
    attempt {bytes} NOT NULL,
    place   BIGINT  NOT NULL,
    sealed  {bytes} NOT NULL,
    PRIMARY KEY (id, attempt, place)
);
"#;
