//! Tables of the projections: cases, offers, promises, agents, contacts, outcomes, answers.
//!
//! In: nothing. Out: SQL. Never here: a statement that a room runs.

/// Creates them.
pub(super) const TABLES: &str = r#"
CREATE TABLE "case" (
    id            {bytes} NOT NULL PRIMARY KEY,
    branch        TEXT    NOT NULL,
    state         TEXT    NOT NULL,
    kind          TEXT    NOT NULL,
    queue         TEXT    NOT NULL,
    priority      TEXT    NOT NULL,
    channel       TEXT    NOT NULL,
    account       TEXT    NOT NULL,
    client        {bytes},
    class         TEXT    NOT NULL,
    owner         TEXT    NOT NULL,
    agent         TEXT,
    opened_at     BIGINT  NOT NULL,
    waiting_since BIGINT,
    due_at        BIGINT,
    target        BIGINT  NOT NULL,
    target_rule   TEXT    NOT NULL,
    answered_at   BIGINT,
    on_time       BIGINT,
    until         BIGINT,
    closed_at     BIGINT,
    outcome       TEXT,
    linked        {bytes},
    skills        TEXT    NOT NULL,
    recused       TEXT    NOT NULL,
    transfers     BIGINT  NOT NULL,
    declines      BIGINT  NOT NULL,
    seq           BIGINT  NOT NULL
);
CREATE INDEX case_client ON "case" (client, opened_at);
CREATE INDEX case_agent ON "case" (agent, state) WHERE agent IS NOT NULL;
CREATE INDEX case_opened ON "case" (branch, opened_at, id);
-- After the one above, which the planner would else prefer.
CREATE INDEX case_open ON "case" (branch, opened_at, id) WHERE state <> 'closed';

CREATE TABLE offer (
    id         {bytes} NOT NULL PRIMARY KEY,
    "case"     {bytes} NOT NULL,
    agent      TEXT    NOT NULL,
    branch     TEXT    NOT NULL,
    made_at    BIGINT  NOT NULL,
    expires_at BIGINT  NOT NULL,
    state      TEXT    NOT NULL,
    reason     TEXT,
    seq        BIGINT  NOT NULL
);
CREATE INDEX offer_open ON offer (agent) WHERE state = 'open';
CREATE INDEX offer_case ON offer ("case", made_at);

CREATE TABLE promise (
    id     {bytes} NOT NULL PRIMARY KEY,
    kind   TEXT    NOT NULL,
    branch TEXT    NOT NULL,
    "case" {bytes} NOT NULL,
    client {bytes},
    due_at BIGINT  NOT NULL,
    owner  TEXT    NOT NULL,
    state  TEXT    NOT NULL,
    tries  BIGINT  NOT NULL,
    seq    BIGINT  NOT NULL
);
CREATE INDEX promise_open ON promise (branch, due_at) WHERE state = 'open';
CREATE INDEX promise_case ON promise ("case");

CREATE TABLE agent (
    id     TEXT   NOT NULL PRIMARY KEY,
    branch TEXT   NOT NULL,
    state  TEXT   NOT NULL,
    reason TEXT,
    since  BIGINT NOT NULL,
    used   BIGINT NOT NULL,
    units  BIGINT NOT NULL,
    seq    BIGINT NOT NULL
);

-- What a branch made of a contact; what the client sent is its message.
CREATE TABLE contact (
    id     {bytes} NOT NULL PRIMARY KEY,
    input  {bytes} NOT NULL,
    branch TEXT    NOT NULL,
    "case" {bytes},
    client {bytes},
    kind   TEXT    NOT NULL,
    seq    BIGINT  NOT NULL
);
CREATE INDEX contact_case ON contact ("case") WHERE "case" IS NOT NULL;
CREATE INDEX contact_client ON contact (client) WHERE client IS NOT NULL;

-- What the client sent, as it came from the door, sealed. Of a call's inputs the one that tells
-- most stays: rank 2 a voice message, 1 the caller's leg and everything else, 0 another leg.
CREATE TABLE message (
    id          {bytes} NOT NULL PRIMARY KEY,
    channel     TEXT    NOT NULL,
    account     TEXT    NOT NULL,
    received_at BIGINT  NOT NULL,
    accepted_at BIGINT  NOT NULL,
    sender_kind TEXT,
    sender_hash {bytes},
    digest      {bytes} NOT NULL,
    sealed      {bytes} NOT NULL,
    rank        BIGINT  NOT NULL
);
CREATE INDEX message_sender ON message (sender_hash, received_at) WHERE sender_hash IS NOT NULL;

CREATE TABLE outcome (
    input   {bytes} NOT NULL PRIMARY KEY,
    branch  TEXT    NOT NULL,
    digest  {bytes} NOT NULL,
    problem TEXT,
    at      BIGINT  NOT NULL,
    seq     BIGINT  NOT NULL
);
CREATE INDEX outcome_at ON outcome (at);

-- An answer an agent gave; its words are a text of the same id.
CREATE TABLE reply (
    delivery {bytes} NOT NULL PRIMARY KEY,
    "case"   {bytes} NOT NULL,
    contact  {bytes} NOT NULL,
    channel  TEXT    NOT NULL,
    account  TEXT    NOT NULL,
    agent    TEXT,
    at       BIGINT  NOT NULL
);
CREATE INDEX reply_case ON reply ("case", at);

-- Free text of agents, sealed.
CREATE TABLE "text" (
    id     {bytes} NOT NULL PRIMARY KEY,
    "case" {bytes},
    author TEXT    NOT NULL,
    at     BIGINT  NOT NULL,
    sealed {bytes} NOT NULL
);
CREATE INDEX text_case ON "text" ("case", at);

-- Who was told about a case, and why.
CREATE TABLE told (
    "case" {bytes} NOT NULL,
    who    TEXT    NOT NULL,
    why    TEXT    NOT NULL,
    at     BIGINT  NOT NULL,
    PRIMARY KEY ("case", who, why, at)
);
"#;

/// Adds how often a case came from another branch, and from which last.
pub(super) const MOVES: &str = r#"
ALTER TABLE "case" ADD COLUMN moves BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "case" ADD COLUMN came_from TEXT;
ALTER TABLE promise ADD COLUMN moves BIGINT NOT NULL DEFAULT 0;
CREATE INDEX case_came_from ON "case" (came_from, opened_at, id) WHERE came_from IS NOT NULL;
"#;

/// Finds the cases that owe an answer, soonest due first.
pub(super) const OWED: &str = r#"
CREATE INDEX case_owed ON "case" (branch, due_at, id) WHERE due_at IS NOT NULL AND state <> 'closed';
"#;

/// Adds what a case was marked with, and the language that it asks for however long it waits.
pub(super) const MARKS: &str = r#"
ALTER TABLE "case" ADD COLUMN marks TEXT NOT NULL DEFAULT '';
ALTER TABLE "case" ADD COLUMN language TEXT;
"#;

/// Finds the marked among the cases that owe an answer.
pub(super) const MARKED: &str = r#"
CREATE INDEX case_marked ON "case" (branch, due_at, id) WHERE due_at IS NOT NULL AND state <> 'closed' AND marks <> '';
"#;

/// Says which branch told somebody, and lets it be read latest first.
pub(super) const TOLD: &str = r#"
ALTER TABLE told ADD COLUMN branch TEXT NOT NULL DEFAULT '';
UPDATE told SET branch = COALESCE((SELECT c.branch FROM "case" c WHERE c.id = told."case"), '');
CREATE INDEX told_latest ON told (at, "case", who, why);
CREATE INDEX told_branch ON told (branch, at, "case", who, why);
CREATE INDEX told_who ON told (who, at, "case", why);
"#;
