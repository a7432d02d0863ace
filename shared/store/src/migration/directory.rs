//! Tables of the directory: clients, their addresses, versions of the firm.
//!
//! In: nothing. Out: SQL. Never here: a statement that a room runs.

/// Creates them.
pub(super) const TABLES: &str = r#"
-- A client or a prospect; `number` is his number in the firm's book.
CREATE TABLE client (
    id               {bytes} NOT NULL PRIMARY KEY,
    number           TEXT,
    name             {bytes},
    class            TEXT    NOT NULL,
    risk_class       TEXT,
    risk_valid_until TEXT,
    manager          TEXT,
    branch           TEXT,
    known_since      BIGINT  NOT NULL
);
CREATE UNIQUE INDEX client_number ON client (number) WHERE number IS NOT NULL;

-- Where a client is reached; found by the blind index, which covers the kind, shown from `sealed`.
CREATE TABLE address (
    id     {bytes} NOT NULL PRIMARY KEY,
    client {bytes} NOT NULL REFERENCES client (id),
    kind   TEXT    NOT NULL,
    hash   {bytes} NOT NULL,
    sealed {bytes} NOT NULL,
    place  BIGINT  NOT NULL
);
CREATE INDEX address_hash ON address (hash);
CREATE INDEX address_client ON address (client, place);

-- The firm files that were applied, and the names that screens show.
CREATE TABLE firm (
    version BIGINT  NOT NULL PRIMARY KEY,
    digest  {bytes} NOT NULL,
    text    TEXT    NOT NULL,
    at      BIGINT  NOT NULL,
    "by"    TEXT    NOT NULL
);

CREATE TABLE firm_name (
    kind TEXT NOT NULL,
    id   TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (kind, id)
);
"#;
