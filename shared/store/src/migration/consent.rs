//! Tables of consent: what may be sent to an address, what it subscribes to, what proves it.
//!
//! In: nothing. Out: SQL. Never here: a statement that a room runs.

/// Creates them.
pub(super) const TABLES: &str = r#"
-- What promotion an address allows, whoever's it is: a cancel and a submit both lock this row
-- first. `as_of` is the place of the act that set it among all acts, see `Stamp`.
CREATE TABLE consent (
    hash             {bytes} NOT NULL PRIMARY KEY,
    commercial       TEXT    NOT NULL,
    commercial_as_of BIGINT  NOT NULL,
    advice           TEXT    NOT NULL,
    advice_as_of     BIGINT  NOT NULL,
    held             BIGINT  NOT NULL,
    held_as_of       BIGINT  NOT NULL,
    ended_as_of      BIGINT  NOT NULL
);

-- What was ordered to which address; a cancelled one stays, with what cancelled it.
CREATE TABLE subscription (
    address {bytes} NOT NULL,
    topic   TEXT    NOT NULL,
    client  {bytes} NOT NULL,
    hash    {bytes} NOT NULL,
    live    BIGINT  NOT NULL,
    as_of   BIGINT  NOT NULL,
    at      BIGINT  NOT NULL,
    PRIMARY KEY (address, topic)
);
CREATE INDEX subscription_topic ON subscription (topic, address) WHERE live = 1;
CREATE INDEX subscription_hash ON subscription (hash);
CREATE INDEX subscription_client ON subscription (client);

-- What proves it: only added to. `body` is the journal's record; `seq` its place there; `sealed`
-- what somebody noted of the client's own words.
CREATE TABLE evidence (
    id      {bytes} NOT NULL PRIMARY KEY,
    client  {bytes} NOT NULL,
    address {bytes} NOT NULL,
    hash    {bytes} NOT NULL,
    at      BIGINT  NOT NULL,
    seq     BIGINT  NOT NULL,
    effect  TEXT,
    topic   TEXT,
    body    {bytes} NOT NULL,
    sealed  {bytes}
);
CREATE INDEX evidence_client ON evidence (client, seq);
CREATE INDEX evidence_hash ON evidence (hash, seq);

-- What is still to be confirmed; one that `waits` comes after what is being submitted.
CREATE TABLE confirmation (
    id      {bytes} NOT NULL PRIMARY KEY,
    hash    {bytes} NOT NULL,
    waits   BIGINT  NOT NULL,
    at      BIGINT  NOT NULL,
    contact {bytes},
    channel TEXT,
    account TEXT
);
CREATE INDEX confirmation_at ON confirmation (at, id);

CREATE INDEX delivery_promoting ON delivery (hash)
    WHERE state = 'submitting' AND category IN ('commercial', 'advice');
CREATE INDEX delivery_promoted ON delivery (hash, made_at) WHERE category IN ('commercial', 'advice');
"#;

/// Says in which order acts are confirmed to an address: each once the one before has left.
pub(super) const ORDER: &str = r#"
ALTER TABLE confirmation ADD COLUMN stamp BIGINT NOT NULL DEFAULT 0;
UPDATE confirmation SET stamp = at * 1048576;
CREATE INDEX confirmation_order ON confirmation (hash, stamp, id);
-- The message that told the address of an act last.
ALTER TABLE consent ADD COLUMN said {bytes};
"#;
