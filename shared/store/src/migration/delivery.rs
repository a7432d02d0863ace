//! Tables of deliveries, and of receipts that came before their delivery was known.
//!
//! In: nothing. Out: SQL. Never here: a statement that a room runs.

/// Creates them.
pub(super) const TABLES: &str = r#"
-- `claimed` is 1 while a delivery is on the bus or in a sender's hands.
CREATE TABLE delivery (
    id          {bytes} NOT NULL PRIMARY KEY,
    "case"      {bytes},
    contact     {bytes},
    channel     TEXT    NOT NULL,
    account     TEXT    NOT NULL,
    lane        TEXT    NOT NULL,
    state       TEXT    NOT NULL,
    claimed     BIGINT  NOT NULL,
    attempt     BIGINT  NOT NULL,
    made_at     BIGINT  NOT NULL,
    due_at      BIGINT  NOT NULL,
    expires_at  BIGINT  NOT NULL,
    changed_at  BIGINT  NOT NULL,
    provider_id TEXT,
    reason      TEXT
);
CREATE INDEX delivery_made ON delivery (made_at, id);
CREATE INDEX delivery_due ON delivery (channel, account, lane, due_at, id) WHERE state = 'queued' AND claimed = 0;
CREATE INDEX delivery_claimed ON delivery (channel, account, lane) WHERE claimed = 1;
CREATE INDEX delivery_expiry ON delivery (expires_at) WHERE state = 'queued';
CREATE INDEX delivery_submitting ON delivery (changed_at) WHERE state = 'submitting';
CREATE INDEX delivery_provider ON delivery (channel, account, provider_id) WHERE provider_id IS NOT NULL;
CREATE INDEX delivery_case ON delivery ("case", made_at) WHERE "case" IS NOT NULL;

CREATE TABLE receipt (
    channel     TEXT    NOT NULL,
    account     TEXT    NOT NULL,
    provider_id TEXT    NOT NULL,
    state       TEXT    NOT NULL,
    reason      TEXT,
    at          BIGINT  NOT NULL,
    PRIMARY KEY (channel, account, provider_id)
);
CREATE INDEX receipt_at ON receipt (at);
"#;

/// Says whose claim it is, and since when.
pub(super) const CLAIMS: &str = r#"
ALTER TABLE delivery ADD COLUMN holder TEXT NOT NULL DEFAULT '';
ALTER TABLE delivery ADD COLUMN claimed_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX delivery_claim ON delivery (claimed_at) WHERE claimed = 1 AND state = 'queued';
"#;

/// Says whom a delivery on our own motion reaches, and as what.
pub(super) const ADDRESSED: &str = r#"
ALTER TABLE delivery ADD COLUMN notice {bytes};
ALTER TABLE delivery ADD COLUMN client {bytes};
ALTER TABLE delivery ADD COLUMN address {bytes};
ALTER TABLE delivery ADD COLUMN hash {bytes};
ALTER TABLE delivery ADD COLUMN category TEXT;
ALTER TABLE delivery ADD COLUMN topic TEXT;
-- 1 when it goes out once more because nobody knows what became of it.
ALTER TABLE delivery ADD COLUMN repeated BIGINT NOT NULL DEFAULT 0;
"#;

/// Says on which day of its client a delivery is counted.
pub(super) const COUNTED: &str = "ALTER TABLE delivery ADD COLUMN counted TEXT";
