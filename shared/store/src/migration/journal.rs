//! Tables of the journal: streams with their head, records, cursors, snapshots.
//!
//! In: nothing. Out: SQL. Never here: a statement that a room runs.

/// Creates the table of records.
pub(super) const RECORD: &str = r#"
-- A record: encoded, and its place in the chain.
CREATE TABLE record (
    stream TEXT    NOT NULL,
    seq    BIGINT  NOT NULL,
    hash   {bytes} NOT NULL,
    body   {bytes} NOT NULL,
    PRIMARY KEY (stream, seq)
);
"#;

/// Creates the table of records in parts by month: what is older than it must be goes part by
/// part. The fence makes (stream, seq) unique over all of them.
pub(super) const RECORD_BY_MONTH: &str = r#"
CREATE TABLE record (
    stream TEXT    NOT NULL,
    seq    BIGINT  NOT NULL,
    hash   {bytes} NOT NULL,
    body   {bytes} NOT NULL,
    month  BIGINT  NOT NULL DEFAULT 0,
    PRIMARY KEY (stream, seq, month)
) PARTITION BY RANGE (month);

-- Records of months for which nobody made a part in time.
CREATE TABLE record_rest PARTITION OF record DEFAULT;
"#;

/// Creates the others.
pub(super) const TABLES: &str = r#"
-- A stream: who may write it (epoch, beat) and where it ends.
CREATE TABLE stream (
    id        TEXT    NOT NULL PRIMARY KEY,
    epoch     BIGINT  NOT NULL,
    beat      BIGINT  NOT NULL,
    head_seq  BIGINT  NOT NULL,
    head_hash {bytes} NOT NULL
);

-- Which records touched a case.
CREATE TABLE record_case (
    "case" {bytes} NOT NULL,
    stream TEXT    NOT NULL,
    seq    BIGINT  NOT NULL,
    PRIMARY KEY ("case", stream, seq)
);

-- Inputs of contacts that a record holds; commands have an outcome instead.
CREATE TABLE input (
    id     {bytes} NOT NULL PRIMARY KEY,
    stream TEXT    NOT NULL,
    seq    BIGINT  NOT NULL
);

-- How far a reader of a stream is.
CREATE TABLE "cursor" (
    stream TEXT   NOT NULL,
    reader TEXT   NOT NULL,
    seq    BIGINT NOT NULL,
    PRIMARY KEY (stream, reader)
);

-- A State as it was after a record; whole once it stands here.
CREATE TABLE snapshot (
    stream  TEXT    NOT NULL,
    seq     BIGINT  NOT NULL,
    version BIGINT  NOT NULL,
    chunks  BIGINT  NOT NULL,
    mark    {bytes} NOT NULL,
    made_at BIGINT  NOT NULL,
    PRIMARY KEY (stream, seq)
);

-- The bytes of snapshots, in pieces that do not hold up the writer.
CREATE TABLE snapshot_chunk (
    stream TEXT    NOT NULL,
    seq    BIGINT  NOT NULL,
    place  BIGINT  NOT NULL,
    bytes  {bytes} NOT NULL,
    PRIMARY KEY (stream, seq, place)
);
"#;

/// Adds the lowest version that reads all records of a stream.
pub(super) const READER: &str = "ALTER TABLE stream ADD COLUMN reader BIGINT NOT NULL DEFAULT 1;";

/// Adds to records the month of their commit, counted from the year 0.
pub(super) const RECORD_MONTH: &str = "ALTER TABLE record ADD COLUMN month BIGINT NOT NULL DEFAULT 0;";

/// Adds to streams the month of their head and its first record, by which records are found
/// without a look into every month.
pub(super) const MONTH: &str = r#"
ALTER TABLE record_case ADD COLUMN month BIGINT NOT NULL DEFAULT 0;
ALTER TABLE stream ADD COLUMN month BIGINT NOT NULL DEFAULT 0;
ALTER TABLE stream ADD COLUMN month_seq BIGINT NOT NULL DEFAULT 0;
"#;
