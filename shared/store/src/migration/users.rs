//! Tables of those who sign in: users, tokens, sessions, tickets, answers kept for repeats.
//!
//! In: nothing. Out: SQL. Never here: a password or a token, only hashes of them.

/// Creates them.
pub(super) const TABLES: &str = r#"
CREATE TABLE "user" (
    name     TEXT   NOT NULL PRIMARY KEY,
    role     TEXT   NOT NULL,
    agent    TEXT,
    branch   TEXT,
    password TEXT,
    made_at  BIGINT NOT NULL,
    ended_at BIGINT
);

-- A bearer token: random bytes whose hash stands here.
CREATE TABLE token (
    hash    {bytes} NOT NULL PRIMARY KEY,
    "user"  TEXT    NOT NULL,
    made_at BIGINT  NOT NULL
);
CREATE INDEX token_user ON token ("user", made_at);

-- A browser that is signed in: the hash of its cookie.
CREATE TABLE session (
    hash    {bytes} NOT NULL PRIMARY KEY,
    "user"  TEXT    NOT NULL,
    ends_at BIGINT  NOT NULL
);
CREATE INDEX "session_user" ON session ("user");
CREATE INDEX session_end ON session (ends_at);

-- A ticket that opens one socket.
CREATE TABLE ticket (
    hash    {bytes} NOT NULL PRIMARY KEY,
    "user"  TEXT    NOT NULL,
    ends_at BIGINT  NOT NULL
);
CREATE INDEX ticket_end ON ticket (ends_at);

-- The answer to a request with an Idempotency-Key that no branch decides; sealed.
CREATE TABLE answered (
    id     {bytes} NOT NULL PRIMARY KEY,
    digest {bytes} NOT NULL,
    status BIGINT  NOT NULL,
    sealed {bytes} NOT NULL,
    at     BIGINT  NOT NULL
);
CREATE INDEX answered_at ON answered (at);

-- Pages of contacts go by the time they were taken.
CREATE INDEX message_accepted ON message (accepted_at, id);
CREATE INDEX promise_owner ON promise (owner, due_at) WHERE state = 'open';
CREATE INDEX case_owner ON "case" (owner, opened_at);
"#;
