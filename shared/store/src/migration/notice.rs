//! Tables of alerts: what was posted, whom it names, how many a client had today.
//!
//! In: nothing. Out: SQL. Never here: a statement that a room runs.

/// Creates them.
pub(super) const TABLES: &str = r#"
-- One alert, with the firm's rules as they were when it was posted. `rank` orders lanes, best
-- first; `places` counts recipients so far, `repeats` those of them named before; `reached` is the
-- last subscriber planned; `moving` is 1 while rows have yet to follow `state`.
CREATE TABLE notice (
    id           {bytes} NOT NULL PRIMARY KEY,
    branch       TEXT    NOT NULL,
    category     TEXT    NOT NULL,
    topic        TEXT,
    state        TEXT    NOT NULL,
    rank         BIGINT  NOT NULL,
    asked        BIGINT  NOT NULL,
    planned      BIGINT  NOT NULL,
    moving       BIGINT  NOT NULL,
    places       BIGINT  NOT NULL,
    repeats      BIGINT  NOT NULL,
    reached      {bytes},
    made_at      BIGINT  NOT NULL,
    made_by      TEXT    NOT NULL,
    expires_at   BIGINT  NOT NULL,
    ended_at     BIGINT,
    digest       {bytes} NOT NULL,
    personal     BIGINT  NOT NULL,
    firm         BIGINT  NOT NULL,
    risk         TEXT,
    zone         TEXT    NOT NULL,
    quiet_from   BIGINT,
    quiet_to     BIGINT,
    window_from  BIGINT,
    window_to    BIGINT,
    per_day      BIGINT
);
CREATE INDEX notice_made ON notice (made_at, id);
CREATE INDEX notice_branch ON notice (branch, made_at, id);
CREATE INDEX notice_open ON notice (rank, made_at, id) WHERE planned = 0 AND state = 'running';
CREATE INDEX notice_moving ON notice (rank, made_at, id) WHERE moving = 1;
CREATE INDEX notice_running ON notice (made_at) WHERE planned = 1 AND state = 'running';

-- The clients that an alert names, 16 bytes each.
CREATE TABLE notice_list (
    notice  {bytes} NOT NULL PRIMARY KEY,
    clients {bytes} NOT NULL
);

-- How many commercial and advice notices of a day a client was sent.
CREATE TABLE capped (
    client {bytes} NOT NULL,
    day    TEXT    NOT NULL,
    used   BIGINT  NOT NULL,
    PRIMARY KEY (client, day)
);
CREATE INDEX capped_day ON capped (day);

ALTER TABLE delivery ADD COLUMN place BIGINT;
CREATE INDEX delivery_place ON delivery (notice, place) WHERE notice IS NOT NULL;
CREATE INDEX delivery_standing ON delivery (notice, state, reason) WHERE notice IS NOT NULL;
CREATE INDEX delivery_waits ON delivery (notice, due_at) WHERE state = 'queued' AND notice IS NOT NULL;
CREATE INDEX delivery_hash ON delivery (hash, made_at) WHERE hash IS NOT NULL;
CREATE INDEX delivery_doubt ON delivery (changed_at) WHERE state = 'unknown' AND category = 'risk' AND repeated = 0;
"#;
